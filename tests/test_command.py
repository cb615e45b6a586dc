"""The command line, as a person or a program uses it."""

import json
import os
import subprocess
import sys

import pytest

from bot.settings import ROOT
from tests.conftest import TINY


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny):
    index = tiny.settings.index

    def run(*arguments, module="bot", **environment):
        env = {k: v for k, v in os.environ.items() if not k.startswith("IEP_")}
        env |= {"IEP_CORPUS": str(TINY), "IEP_INDEX": str(index), **environment}
        command = [sys.executable, "-m", module, *map(str, arguments)]
        return subprocess.run(command, env=env, capture_output=True, text=True, cwd=ROOT, timeout=120)

    return run


def test_a_question_is_answered_as_text(run):
    done = run("ask", "how long does the school have to test my kid")
    assert done.returncode == 0
    assert "The school has 60 days" in done.stdout and "34 CFR 300.301(c)(1)" in done.stdout
    assert "not legal advice" in done.stdout and done.stderr == ""


def test_a_question_is_answered_as_json(run):
    done = run("ask", "--json", "cuanto tiempo tienen para evaluar a mi hijo")
    data = json.loads(done.stdout)
    assert (data["status"], data["lang"]) == ("answered", "es") and data["ms"] > 0


def test_many_questions_are_answered_and_bad_lines_named(run, tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": "a", "question": "what is an iep"},
        {"id": "b", "turns": ["how do I ask for testing", "and how long do they have for that"]},
        {"id": "c", "question": "cuanto tiempo", "lang": "es"},
    ]
    lines = [json.dumps(rows[0]), "{broken", json.dumps(rows[1]), '"text"', '{"id": "x"}', "", json.dumps(rows[2])]
    source.write_text("\n".join(lines), "utf-8")
    done = run("ask", "--jsonl", source, "--out", target)
    assert done.returncode == 2
    assert [n for n in range(1, 8) if f"Line {n}:" in done.stderr] == [2, 4, 5]
    answers = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [a["id"] for a in answers] == ["a", "b", "c"]
    assert answers[1]["citations"][0]["entry"] == "evaluation-deadline"
    assert answers[2]["lang"] == "es"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask", "--colour", "x"], 2, "unrecognized arguments"),
        (["ask"], 2, "required"),
        (["ask", "--jsonl", "/no/such/file"], 1, "/no/such/file cannot be read"),
        (["ask", "--jsonl", str(ROOT)], 1, "cannot be read"),
        (["ask", "--jsonl", str(ROOT / "LICENSE"), "--out", "/no/such/folder/x"], 1, "cannot be written"),
    ],
)
def test_wrong_use_is_one_clear_sentence(run, arguments, code, says):
    done = run(*arguments)
    assert done.returncode == code and says in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"IEP_PROT": "80"}, "Unknown setting IEP_PROT"),
        ({"IEP_PORT": "many"}, "The setting IEP_PORT is not usable"),
        ({"IEP_PORT": "0"}, "The setting IEP_PORT is not usable"),
        ({"IEP_CORPUS": "/no/such/folder"}, "There is no corpus folder"),
        ({"IEP_CORS_ORIGINS": "x"}, "is not usable"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(run, environment, says):
    done = run("ask", "what is an iep", **environment)
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr


def test_a_program_asks_with_one_function(tiny, monkeypatch):
    import bot.ask as module
    from bot.types import Answer

    monkeypatch.setattr(module, "load_settings", lambda: tiny.settings)
    module._default_engine.cache_clear()
    answer = module.ask("what is an iep")
    module._default_engine.cache_clear()
    assert isinstance(answer, Answer) and answer.citations[0].entry == "what-is-an-iep"
