"""The page and the other doors when a language model words the answer."""

import json
import re
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from bot.web.server import build_app
from bot.web.service import Service
from bot.words import words
from tests.models import with_model
from tests.test_generate import ASKED, GOOD
from tests.test_web import ask_over_http

LIE = "The school must finish in 3 days. [1] "


def service_of(engine, **settings):
    service = Service(engine.settings.model_copy(update=settings))
    service._engine = engine
    service._opened.set()
    return service


def test_the_answer_grows_on_the_page_by_verified_sentences(tiny):
    engine, _ = with_model(tiny, LIE + GOOD, pause=0.01)
    with TestClient(build_app(service_of(engine))) as client:
        events = ask_over_http(client, ASKED)
    assert "3 days" not in events
    assert events.count("process_generating") >= 3
    assert words("en")["answer"]["generated"] in events


def test_every_door_gives_the_verified_answer_and_says_how_it_was_made(tiny):
    engine, _ = with_model(tiny, LIE + GOOD)
    with TestClient(build_app(service_of(engine))) as client:
        row = client.post("/api/ask", json={"question": ASKED}).json()
        assert row["made"] == "generated" and "3 days" not in json.dumps(row)
        for shown in (
            client.post("/api/turn", json={"turns": [ASKED]}).json()["html"],
            client.post("/lite", data={"question": ASKED, "lang": "en"}).text,
        ):
            assert words("en")["answer"]["generated"] in shown and "3 days" not in shown


@contextmanager
def served(engine, **settings):
    """The engine behind a real server, as its address: a lost connection is only noticed there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(build_app(service_of(engine, **settings)), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def test_closing_the_page_stops_the_model(tiny):
    engine, model = with_model(tiny, GOOD * 100, pause=0.05, seconds=60.0)
    with served(engine) as address, httpx.Client(base_url=address, timeout=30) as client:
        config = client.get("/config").json()
        event = next(d for d in config["dependencies"] if any(t[1] == "click" for t in d["targets"]))
        body = {"data": [ASKED, None], "fn_index": event["id"], "trigger_id": event["targets"][0][0]}
        client.post("/gradio_api/queue/join", json={**body, "session_hash": "gone"}).raise_for_status()
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "gone"}) as events:
            for line in events.iter_lines():
                if "process_generating" in line:
                    break
        time.sleep(2.0)  # in this time it may notice
        before = len(model.said)
        time.sleep(1.0)
        assert len(model.said) - before <= 1


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/api/ask", {"json": {"question": ASKED}}),
        ("/api/turn", {"json": {"turns": [ASKED]}}),
        ("/kiosk/ask", {"json": {"turns": [ASKED], "lang": "en"}}),
        ("/lite", {"data": {"question": ASKED, "lang": "en"}}),
    ],
)
def test_a_program_that_hangs_up_stops_the_model(tiny, path, sent):
    engine, model = with_model(tiny, GOOD * 100, pause=0.4, seconds=60.0)
    with served(engine, model="openai:x", model_url="http://127.0.0.1:9/v1") as address:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(address + path, **sent, timeout=1.5)
        time.sleep(1.5)
        before = len(model.said)
        time.sleep(1.5)
        assert 0 < len(model.said) == before


HOSTED = {"model": "openai:x", "model_url": "https://llm.example.org/v1"}


@pytest.mark.parametrize("path", ["/", "/es/", "/lite", "/topics", "/kiosk", "/widget", "/embed", "/terms"])
def test_each_page_says_when_questions_leave_this_machine(tiny, path):
    said = re.escape(words("en")["page"]["privacy_hosted"].format(host="llm.example.org")[:60])
    dicho = re.escape(words("es")["page"]["privacy_hosted"].format(host="llm.example.org")[:60])
    with TestClient(build_app(service_of(tiny, **HOSTED))) as client:
        assert re.search(f"{said}|{dicho}", client.get(path).text)
    with TestClient(build_app(service_of(tiny, model="ollama:llama3.2"))) as client:
        assert not re.search(f"{said}|{dicho}", client.get(path).text)


def test_a_missing_package_ends_the_start_with_one_sentence(tiny):
    import os
    import subprocess
    import sys

    from bot.settings import ROOT

    env = {
        **os.environ,
        "IEP_MODEL": "nosuchprovider:x",
        "IEP_INDEX": str(tiny.settings.index),
        "IEP_CORPUS": str(tiny.settings.corpus),
    }
    for command in (["app.py"], ["-m", "bot", "ask", "what is an iep"]):
        done = subprocess.run(
            [sys.executable, *command], env=env, capture_output=True, text=True, cwd=ROOT, timeout=120
        )
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        assert "pip install" in done.stderr
