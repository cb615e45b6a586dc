"""The HTTP doors: what is open, what is shut, what a visitor sees while the server starts."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from bot.settings import Settings
from bot.web.guard import ALLOWED, HEADERS
from bot.web.server import build_app
from bot.web.service import Service


@pytest.fixture(scope="module")
def client(tiny):
    service = Service(tiny.settings)
    service._engine = tiny
    service._opened.set()
    with TestClient(build_app(service), raise_server_exceptions=False) as client:
        yield client


def test_the_process_says_it_is_up_and_ready(client):
    assert client.get("/healthz").json() == {"status": "up"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_the_page_is_there_before_the_engine_is(tiny):
    with TestClient(build_app(Service(tiny.settings))) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.get("/readyz").json() == {"status": "starting"}
        assert "IEP Explainer" in client.get("/").text


def test_an_engine_that_cannot_open_is_said_in_words(tmp_path):
    failed = []
    service = Service(Settings(corpus=tmp_path / "none", index=tmp_path / "index"), on_failure=lambda: failed.append(1))
    service._open()
    assert failed and "There is no index yet" in service.failure and not service.ready


def test_a_broken_corpus_leaves_the_last_good_index_in_use(settings, embedder, caplog):
    from bot.build import sync

    sync(settings, embedder)
    (settings.corpus / "en" / "evaluation" / "evaluation-deadline.md").write_text("broken", "utf-8")
    service = Service(settings)
    service._open()
    assert service.ask("how long does the school have to test my kid").status == "answered"
    assert "evaluation-deadline.md:1:" in caplog.text


def test_a_new_index_is_taken_up_while_running(settings, embedder):
    import time

    from bot.build import sync

    service = Service(settings)
    service._open()
    path = settings.corpus / "en" / "evaluation" / "evaluation-deadline.md"
    path.write_text(
        path.read_text("utf-8").replace("Your state may have its own limit.", "See the blue page."), "utf-8"
    )
    sync(settings, embedder)
    for _ in range(100):
        answer = service.ask("how long does the school have to test my kid")
        if any("blue page" in s.text for s in answer.sentences):
            return
        time.sleep(0.1)
    pytest.fail("the new words were never answered")


SHUT = [
    "/gradio_api/info", "/info", "/gradio_api/runs", "/runs", "/monitoring", "/monitoring/summary",
    "/gradio_api/monitoring", "/gradio_api/monitoring/summary", "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=https://example.org/", "/file=/etc/passwd", "/gradio_api/proxy=https://example.org/",
    "/gradio_api/deep_link", "/gradio_api/openapi.json", "/openapi.json", "/docs", "/redoc", "/gradio_api/mcp/",
    "/gradio_api/upload_progress", "/gradio_api/stream/x/y/z/playlist.m3u8", "/gradio_api/component_server",
    "/gradio_api/custom_component/x/y/z", "/robots.txt", "/assets/../app.py", "/ui/../server.py", "/login", "/token",
    "/gradio_api/dev/reload", "/gradio_api/vibe-edit/",
]  # fmt: skip


@pytest.mark.parametrize("path", SHUT)
def test_doors_that_are_not_needed_are_shut(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/call/ask", "/gradio_api/run/predict", "/healthz", "/"]
)
def test_nothing_is_taken_in_by_post_but_a_question(client, path):
    assert client.post(path, json={"data": ["x"]}).status_code == 404


def paths_of(router):
    for route in getattr(router, "routes", ()):
        if getattr(route, "path", None) is not None:
            yield route.path
        yield from paths_of(getattr(route, "app", None))
        for path in paths_of(getattr(route, "original_router", None)):  # an included router: Gradio's API
            yield path
            yield f"/gradio_api{path}"


def test_every_route_of_the_application_is_on_the_list_or_shut(client):
    opened = set()
    everything = set(paths_of(client.app.app.app))
    assert len(everything) > 30
    for path in everything:
        plain = re.sub(r"\{[^}]*\}", "x", path) or "/"
        if any(m == "GET" and p.fullmatch(plain) for m, p in ALLOWED):
            opened.add(path)
        else:
            assert client.get(plain).status_code == 404, path
    # A door that an upgrade of Gradio adds to these must be looked at before it is let through.
    assert {p for p in opened if not p.startswith(("/ui", "/assets", "/static", "/svelte"))} <= {
        "", "/", "/healthz", "/readyz", "/favicon.ico", "/config", "/config/", "/theme.css", "/manifest.json",
        "/gradio_api/queue/data", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/startup-events",
        "/widget", "/widget.js", "/embed",
        "/gradio_api/app_id", "/gradio_api/app_id/", "/lite", "/topics", "/letters", "/terms", "/answer/{name}",
        "/topics/{name}", "/letter/{name}", "/kiosk", "/languages",
    }  # fmt: skip


def test_a_large_body_is_refused(client):
    big = b"x" * (65 * 1024)
    assert client.post("/gradio_api/queue/join", content=big).status_code == 413
    chunks = (b"x" for _ in range(3))
    assert client.post("/gradio_api/queue/join", content=chunks).status_code in (411, 413)


def test_no_other_site_may_read_answers_unless_it_is_listed(client, tiny):
    for path in ("/", "/healthz", "/config", "/gradio_api/queue/data?session_hash=x"):
        answer = client.get(path, headers={"Origin": "https://evil.example", "Host": "school.example"})
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
    listed = Service(tiny.settings.model_copy(update={"cors_origins": ("https://school.example",)}))
    with TestClient(build_app(listed)) as other:
        answer = other.get("/healthz", headers={"Origin": "https://school.example"})
        assert answer.headers["access-control-allow-origin"] == "https://school.example"


@pytest.mark.parametrize("path", ["/", "/healthz", "/ui/page.js", "/nothing"])
def test_every_answer_carries_the_security_headers_and_no_cookie(client, path):
    headers = client.get(path).headers
    assert all(headers[name] == value for name, value in HEADERS.items())
    assert "set-cookie" not in headers


def test_an_error_inside_shows_no_text_of_its_own(client, tiny, monkeypatch):
    from bot.ask import Engine

    def broken(self, *_, **__):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Engine, "ask", broken)
    shown = ask_over_http(client, "what is an iep")
    assert "secret detail" not in shown and "RuntimeError" not in shown


def test_a_question_is_answered_over_http(client):
    shown = ask_over_http(client, "how long does the school have to test my kid")
    assert "The school has 60 days" in shown and "34 CFR 300.301(c)(1)" in shown


def test_a_program_asks_by_json(client):
    asked = {"id": "a", "question": "how long does the school have to test my kid"}
    answer = client.post("/api/ask", json=asked)
    assert answer.headers["content-type"] == "application/json"
    row = answer.json()
    assert (row["id"], row["status"]) == ("a", "answered")
    assert "60 days" in row["text"] and row["citations"][0]["law"] == ["34 CFR 300.301(c)(1)"]
    talk = client.post("/api/ask", json={"turns": ["how do i ask for testing", "and how long do they have"]}).json()
    assert talk["citations"][0]["entry"] == "evaluation-deadline"


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"question": 1}', b'{"question": "x", "lang": "fr"}'])
def test_what_is_not_a_question_is_said_to_a_program(client, body):
    answer = client.post("/api/ask", content=body)
    assert answer.status_code == 400 and "question" in answer.json()["error"]


def test_a_program_is_told_to_come_back_while_the_server_starts(tiny):
    with TestClient(build_app(Service(tiny.settings))) as starting:
        answer = starting.post("/api/ask", json={"question": "what is an iep"})
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0


def test_many_people_at_once_get_the_answers_of_one_alone(client, tiny):
    questions = ["how long does the school have to test my kid", "whats an iep", "iep or 504, which one"] * 6
    with ThreadPoolExecutor(16) as people:
        rows = list(people.map(lambda q: client.post("/api/ask", json={"question": q}).json(), questions))
    for question, row in zip(questions, rows, strict=True):
        assert row["sentences"][0]["text"] == tiny.ask(question).sentences[0].text


def test_the_page_offers_no_api_no_uploads_and_no_run_history(client):
    config = client.get("/config").json()
    assert all(d["api_visibility"] == "private" for d in config["dependencies"])
    assert not config.get("run_history") and not config.get("show_error") and config.get("footer_links") == []
    assert {c["type"] for c in config["components"]} <= {
        "html",
        "textbox",
        "button",
        "state",
        "group",
        "row",
        "form",
        "column",
    }


def ask_over_http(client, text):
    """Ask as the page does: join the queue, read the events; return everything that came back."""
    config = client.get("/config").json()
    event = next(d for d in config["dependencies"] if any(t[1] == "click" for t in d["targets"]))
    body = {"data": [text, None], "event_data": None, "fn_index": event["id"], "trigger_id": event["targets"][0][0]}
    joined = client.post("/gradio_api/queue/join", json={**body, "session_hash": "test"})
    assert joined.status_code == 200, joined.text
    return client.get("/gradio_api/queue/data", params={"session_hash": "test"}).text


def test_a_taken_port_is_one_clear_sentence(tiny):
    import os
    import socket
    import subprocess
    import sys

    from bot.settings import ROOT

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "IEP_PORT": str(port), "IEP_INDEX": str(tiny.settings.index)}
        done = subprocess.run([sys.executable, "app.py"], env=env, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and f"port {port} cannot be used" in done.stderr
