"""The doors for programs: the API as described, its limits, and assistants over MCP."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import unsupported_method
from starlette.testclient import TestClient

from bot.settings import ROOT, Settings
from bot.types import BotError
from bot.web.limit import Limiter
from bot.web.server import build_app
from bot.web.service import Service
from tests.conftest import TINY


def served(tiny, **changed):
    service = Service(tiny.settings.model_copy(update=changed))
    service._engine = tiny
    service._opened.set()
    return build_app(service)


@contextmanager
def client_of(tiny, client=("192.0.2.1", 1), **changed):
    with TestClient(served(tiny, **changed), client=client) as client:
        yield client


@pytest.fixture(scope="module")
def client(tiny):
    with client_of(tiny, requests_per_minute=100_000) as client:
        yield client


def test_the_entries_are_listed_by_language_and_topic(client):
    rows = client.get("/api/entries").json()
    assert [r["id"] for r in rows] == sorted(r["id"] for r in rows)
    chosen = client.get("/api/entries", params={"topic": "evaluation"}).json()
    assert {r["topic"] for r in chosen} == {"evaluation"} and len(chosen) < len(rows)
    spanish = client.get("/api/entries", params={"lang": "es"}).json()
    assert spanish and all(r["lang"] == "es" for r in spanish)


def test_an_entry_is_read_whole_with_its_law(client):
    entry = client.get("/api/entries/evaluation-deadline").json()
    assert "60 days" in entry["short"] and entry["law"] == ["34 CFR 300.301(c)(1)"]
    assert entry["sections"][0]["url"].startswith("https://www.ecfr.gov/")
    missing = client.get("/api/entries/no-such-entry")
    assert missing.status_code == 404 and "No entry" in missing.json()["error"]
    broken = client.get("/api/entries/no%0Asuch%20entry")
    assert broken.status_code == 404 and broken.headers["content-type"] == "application/json"


def test_the_glossary_explains_terms_in_plain_words(client, tiny):
    assert client.get("/api/glossary").json()[0]["plain"] == tiny.glossary["en"][0].plain


def test_a_search_finds_the_nearest_entries_best_first(client):
    found = client.get("/api/search", params={"q": "how long for testing", "limit": 3}).json()
    assert found[0]["entry"]["id"] == "evaluation-deadline"
    assert [f["score"] for f in found] == sorted((f["score"] for f in found), reverse=True) and len(found) == 3


def test_a_turn_comes_as_the_html_that_every_surface_shows(client):
    turn = client.post("/api/turn", json={"turns": ["how long for testing my kid <b>"], "number": 7}).json()
    assert 'id="turn-7"' in turn["html"] and "&lt;b&gt;" in turn["html"] and turn["status"] == "answered"
    shown = client.post("/api/turn", json={"entry": "evaluation-deadline"}).json()
    assert "60 days" in shown["html"] and shown["question"] in shown["html"]
    assert client.post("/api/turn", json={"entry": "no-such-entry"}).status_code == 404


@pytest.mark.parametrize("path", ["entries?lang=fr", "search", "search?q=x&limit=99", "entries/a%20b"])
def test_what_cannot_be_used_is_said_in_a_sentence(client, path):
    answer = client.get(f"/api/{path}")
    assert answer.status_code in (404, 422)
    if answer.status_code == 422:
        assert "cannot be used" in answer.json()["error"]


@pytest.mark.parametrize("body", [b'{"question": "x", "id": NaN}', b'{"question": "x", "id": {"a": 1}}', b"[" * 9000])
def test_no_body_breaks_the_answer(client, body):
    assert client.post("/api/ask", content=body).status_code == 400


def test_half_a_character_is_no_error(client):
    answer = client.post("/api/ask", content=b'{"question": "iep \\ud800", "id": "\\ud800"}')
    assert answer.status_code == 200
    answer.json()


def test_the_description_is_at_one_address_and_can_be_turned_off(client, tiny):
    described = client.get("/api/openapi.json").json()
    assert {(path, m.upper()) for path, doors in described["paths"].items() for m in doors} == set(DOORS)
    with client_of(tiny, openapi=False) as quiet:
        assert quiet.get("/api/openapi.json").status_code == 404
        assert quiet.get("/api/glossary").status_code == 200


@pytest.fixture(scope="module")
def described(tiny):
    return schemathesis.openapi.from_asgi("/api/openapi.json", served(tiny, requests_per_minute=100_000))


DOORS = [
    ("/ask", "POST"), ("/turn", "POST"), ("/entries", "GET"), ("/entries/{id}", "GET"), ("/glossary", "GET"),
    ("/search", "GET"),
]  # fmt: skip


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), DOORS)
def test_the_api_does_what_its_description_says_whatever_is_sent(described, path, method, mode):
    """Schemathesis makes requests from the description, usable ones and others, and compares each answer with it."""

    @given(case=described[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def asked(case):
        # A method that no route has is 404 here, like every other door that is shut (bot/web/guard.py).
        case.call_and_validate(excluded_checks=[unsupported_method])

    asked()


def test_a_client_that_asks_too_often_waits_and_others_do_not(tiny):
    app = served(tiny, requests_per_minute=3)
    with TestClient(app, client=("192.0.2.1", 1)) as one, TestClient(app, client=("192.0.2.2", 1)) as other:
        assert [one.get("/api/glossary").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        refused = one.post("/api/ask", json={"question": "what is an iep"})
        assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 60
        assert "too many" in refused.json()["error"]
        assert other.get("/api/glossary").status_code == 200
        assert one.get("/healthz").status_code == 200  # the pages are not part of it


def test_a_client_may_ask_again_after_the_seconds_it_was_told(tiny, monkeypatch):
    import limits.aio.storage.memory as counted

    with client_of(tiny, requests_per_minute=1) as client:
        assert client.get("/api/glossary").status_code == 200
        wait = int(client.get("/api/glossary").headers["retry-after"])
        now = time.time()
        monkeypatch.setattr(counted.time, "time", lambda: now + wait)
        assert client.get("/api/glossary").status_code == 200


def seen_as(tiny, header, values, peer="192.0.2.1"):
    """Statuses of requests that carry these values, where each client has one request."""
    with client_of(tiny, client=(peer, 1), client_header=header, requests_per_minute=1) as client:
        return [client.get("/api/glossary", headers={"X-Forwarded-For": v}).status_code for v in values]


def test_a_client_cannot_name_itself_unless_a_proxy_is_trusted(tiny):
    assert seen_as(tiny, "", ["198.51.100.1", "198.51.100.2"]) == [200, 429]
    assert seen_as(tiny, "x-forwarded-for", ["198.51.100.1", "198.51.100.2"]) == [200, 200]
    # The proxy appends what it saw; what the client wrote before it does not count.
    assert seen_as(tiny, "x-forwarded-for", ["8.8.8.8, 198.51.100.1", "9.9.9.9, 198.51.100.1"]) == [200, 429]
    assert seen_as(tiny, "x-forwarded-for", ["nonsense", "other nonsense"]) == [200, 429]


def test_one_home_is_one_client_in_ipv6_too(tiny):
    assert seen_as(tiny, "x-forwarded-for", ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]) == [200, 429, 200]
    assert seen_as(tiny, "x-forwarded-for", ["::ffff:192.0.2.9", "192.0.2.9"]) == [200, 429]


@pytest.fixture(scope="module")
def redis():
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI"):
            raise RuntimeError("CI must have redis-server: .ci/run installs it.")
        pytest.skip("no redis-server found; install your system's to run this")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], stdout=subprocess.DEVNULL
    )
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield server, f"redis://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


def test_several_servers_count_together_in_redis_and_answer_without_it(tiny, redis, caplog):
    server, address = redis
    shared = {"requests_per_minute": 2, "redis": address}
    with client_of(tiny, **shared) as one, client_of(tiny, **shared) as other:
        assert [c.get("/api/glossary").status_code for c in (one, other, one, other)] == [200, 200, 429, 429]
        server.terminate()
        server.wait(10)
        assert one.get("/api/glossary").status_code == 200
    assert "cannot be counted" in caplog.text and "192.0.2.1" not in caplog.text


def test_a_missing_redis_package_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(BotError, match=r"iep-explainer\[redis\]"):
        Limiter(Settings(redis="redis://127.0.0.1"))


SITE = "https://school.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def test_a_listed_site_may_call_from_its_pages_and_no_other(tiny):
    with client_of(tiny, cors_origins=(SITE,), requests_per_minute=1) as client:
        asked = client.options("/api/ask", headers={"Origin": SITE, **PREFLIGHT})
        assert asked.status_code == 200 and asked.headers["access-control-allow-origin"] == SITE
        assert "POST" in asked.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in asked.headers
        refused = client.options("/api/ask", headers={"Origin": "https://evil.example", **PREFLIGHT})
        assert refused.status_code == 400 and "access-control-allow-origin" not in refused.headers
        client.get("/api/glossary")
        late = client.get("/api/glossary", headers={"Origin": SITE})
        assert late.status_code == 429 and "Retry-After" in late.headers["access-control-expose-headers"]
        assert late.headers["access-control-allow-origin"] == SITE and late.headers["vary"] == "Origin"


def test_without_the_setting_no_preflight_is_answered(client):
    answer = client.options("/api/ask", headers={"Origin": SITE, **PREFLIGHT})
    assert answer.status_code == 404 and not any(h.startswith("access-control") for h in answer.headers)


def test_an_assistant_lists_the_tools_and_calls_them(tiny):
    """The official client, over standard input and output, with the server as a person starts it."""
    from mcp import Client, StdioServerParameters, stdio_client

    env = {"IEP_CORPUS": str(TINY), "IEP_INDEX": str(tiny.settings.index), "PATH": os.environ["PATH"]}
    command = StdioServerParameters(command=sys.executable, args=["-m", "bot", "mcp"], env=env, cwd=ROOT)

    async def talk():
        async with Client(stdio_client(command)) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"ask", "search", "entry"}
            assert all(tool.annotations.read_only_hint for tool in tools.values())
            answer = await client.call_tool("ask", {"question": "how long does the school have to test my kid"})
            found = await client.call_tool("search", {"text": "how long for testing"})
            entry = await client.call_tool("entry", {"id": "evaluation-deadline"})
            none = await client.call_tool("entry", {"id": "no-such-entry"})
            return answer, found, entry, none

    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        answer, found, entry, none = thread.submit(lambda: asyncio.run(talk())).result()
    said = answer.structured_content
    assert said["status"] == "answered" and said["citations"][0]["law"] == ["34 CFR 300.301(c)(1)"]
    assert said["sentences"][0]["text"] in said["citations"][0]["quote"]
    assert found.structured_content["result"][0]["entry"]["id"] == "evaluation-deadline"
    assert "60 days" in entry.structured_content["short"]
    assert none.is_error and "no-such-entry" in none.content[0].text


def test_the_readme_shows_how_langchain_uses_the_retriever(tiny, monkeypatch):
    shown = re.search(
        r"```python\n(from bot\.ask import open_engine.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S
    )
    monkeypatch.setenv("IEP_CORPUS", str(TINY))
    monkeypatch.setenv("IEP_INDEX", str(tiny.settings.index))
    names = {}
    exec(shown[1], names)
    document = names["documents"][0]
    assert document.metadata["entry"] == "evaluation-deadline" and document.metadata["law"]
