"""What the server sends for the help widget: who may embed it, its versions and the command that prints them."""

import base64
import hashlib
import re
import sys

import pytest
from starlette.testclient import TestClient

from bot.__main__ import main
from bot.settings import Settings, load_settings
from bot.types import BotError
from bot.web import widget
from bot.web.server import build_app
from bot.web.service import Service

SITE = "https://school.example"


@pytest.fixture
def client(tiny):
    with TestClient(build_app(Service(tiny.settings.model_copy(update={"embed_origins": (SITE,)})))) as client:
        yield client


def policy(answer):
    return dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))


def test_only_the_widget_may_be_framed_and_only_by_listed_sites(client, tiny):
    assert policy(client.get("/widget"))["frame-ancestors"] == f"'self' {SITE}"
    for path in ("/", "/embed", "/widget.js", "/api/glossary", "/healthz", "/ui/frame.js", "/nothing"):
        assert policy(client.get(path))["frame-ancestors"] == "'none'"
    with TestClient(build_app(Service(tiny.settings))) as alone:
        assert policy(alone.get("/widget"))["frame-ancestors"] == "'self'"


@pytest.mark.parametrize("path", ["/widget", "/widget?lang=es&answers=es", "/embed", "/embed?lang=es"])
def test_our_pages_need_nothing_inline(client, path):
    answer = client.get(path)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert policy(answer)["default-src"] == "'none'" and "set-cookie" not in answer.headers
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)|javascript:", answer.text)


@pytest.mark.parametrize("path", ["/widget?lang=fr", '/widget?answers="><b>', "/embed?lang=x"])
def test_a_page_in_a_language_it_has_not_is_refused(client, path):
    assert client.get(path).status_code == 422


@pytest.mark.parametrize(
    "wrong", ["https://a.example; script-src *", "a.example", "'self'", "https://a.example/x", "https:"]
)
def test_what_is_no_site_is_refused_as_a_setting(monkeypatch, wrong):
    monkeypatch.setenv("IEP_EMBED_ORIGINS", f'["{wrong}"]')
    with pytest.raises(BotError, match="IEP_EMBED_ORIGINS"):
        load_settings()


@pytest.mark.parametrize("right", ["*", SITE, "https://*.school.example", "http://localhost:8000"])
def test_a_site_its_subdomains_or_any_site_may_be_listed(right):
    assert Settings(embed_origins=(right,)).embed_origins == (right,)


def test_a_version_is_named_by_its_content_and_never_changes(client, capsys):
    assert main(["integrity"]) == 0
    printed = capsys.readouterr().out
    address, check = re.search(r'src="https://HOST(/[^"]+)" integrity="sha384-([^"]+)"', printed).groups()
    answer = client.get(address)
    assert base64.b64encode(hashlib.sha384(answer.content).digest()).decode() == check
    assert answer.content == client.get("/widget.js").content
    assert (
        "immutable" in answer.headers["cache-control"]
        and "immutable" not in client.get("/widget.js").headers["cache-control"]
    )
    assert client.get("/widget-0123456789ab.js").status_code == 404


def test_any_site_may_read_the_tags_file_so_that_its_hash_can_be_checked(client):
    headers = client.get("/widget.js", headers={"Origin": "https://anyone.example"}).headers
    assert headers["access-control-allow-origin"] == "*" and headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-origin" not in client.get("/widget").headers


def test_a_kept_version_is_served_after_the_file_has_changed(tiny, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(widget, "LOADER", tmp_path)
    (tmp_path / "widget.js").write_text("first /*WORDS*/ {}", "utf-8")
    widget.loader.cache_clear()
    try:
        assert main(["integrity", "--keep"]) == 0
        first = widget.versioned_name(widget.loader())
        (tmp_path / "widget.js").write_text("second /*WORDS*/ {}", "utf-8")
        widget.loader.cache_clear()
        with TestClient(build_app(Service(tiny.settings))) as client:
            assert client.get(f"/{first}").text.startswith("first {")
            assert client.get("/widget.js").text.startswith("second {")
    finally:
        widget.loader.cache_clear()


def test_the_tags_file_holds_its_words_in_both_languages():
    text = widget.loader().decode()
    assert "Special education help" in text and "Ayuda de educación especial" in text and "/*WORDS*/" not in text
    assert not re.search(r"innerHTML|eval\(|document\.write|localStorage|sessionStorage|document\.cookie", text)


def test_a_missing_mcp_package_is_said_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "bot.mcp", raising=False)
    assert main(["mcp"]) == 1
    assert 'pip install "iep-explainer[mcp]"' in capsys.readouterr().err
