"""The pages without scripts: ask, browse, print and share with nothing but HTML."""

import html
import re

import pytest
from fastapi.testclient import TestClient

from bot.settings import ROOT, Settings
from bot.web.server import STATIC, build_app
from bot.web.service import Service
from bot.words import words

LITE_LIMIT = 30_000  # bytes: the page and all it loads


@pytest.fixture(scope="module")
def client(real):
    service = Service(real.settings)
    service._engine = real
    service._opened.set()
    return TestClient(build_app(service))


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_simple_page_and_its_answer_are_small_and_have_no_script(client):
    styles = sum((STATIC / name).stat().st_size for name in ("answer.css", "plain.css"))
    answer = client.post("/lite", data={"question": "how long does the school have to test my kid"})
    for page in (client.get("/lite"), answer):
        assert page.status_code == 200
        assert "<script" not in page.text and 'style="' not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert len(client.get("/lite").content) + styles < LITE_LIMIT
    assert "60 days" in text_of(answer.text) and "34 CFR 300.301(c)(1)" in answer.text


def test_a_follow_up_on_the_simple_page_knows_what_was_asked_before(client):
    first = client.post("/lite", data={"question": "what is an independent educational evaluation"})
    assert re.search(r'name="before" value="what is an independent', first.text)
    second = client.post(
        "/lite", data={"question": "and who pays for that", "before": "what is an independent educational evaluation"}
    )
    assert "independent evaluation" in text_of(second.text).lower()


def test_a_question_never_stands_in_an_address(client):
    page = client.post("/lite", data={"question": "canaryquestion about an iep"})
    assert 'method="post"' in page.text
    assert not re.search(r'(href|action)="[^"]*canaryquestion', page.text)
    assert client.get("/lite?question=canaryquestion").text.count("canaryquestion") == 0


def test_every_entry_has_a_page_of_its_own_with_all_it_says(client, real):
    for entry in list(real.index.entries["en"].values())[::10]:
        page = client.get(f"/answer/{entry.id}")
        shown = text_of(page.text)
        assert page.status_code == 200 and '<html lang="en">' in page.text
        for passage in entry.passages:
            for sentence in passage.sentences:
                assert sentence in shown, (entry.id, sentence)
            assert all(law in shown for law in passage.law)


def test_every_entry_is_reached_by_its_topic(client, real):
    topics = re.findall(r'href="(/topics/[a-z0-9-]+)\?', client.get("/topics").text)
    linked = {x for t in topics for x in re.findall(r'href="/answer/([a-z0-9-]+)\?', client.get(t).text)}
    assert linked == set(real.index.entries["en"])


def test_every_letter_can_be_opened_and_names_when_to_send_it(client):
    letters = re.findall(r'href="(/letter/[a-z0-9-]+)\?', client.get("/letters").text)
    assert len(letters) >= 10
    for letter in letters:
        page = client.get(letter)
        assert page.status_code == 200
        assert '<span class="blank">[' in page.text and 'href="/answer/' in page.text


def test_every_school_word_is_explained(client, real):
    shown = text_of(client.get("/terms").text)
    assert all(term.plain in shown for term in real.glossary["en"])


@pytest.mark.parametrize("path", ["/answer/nothing-here", "/topics/nothing", "/letter/letter-nothing"])
def test_an_unknown_page_says_so_and_leads_back(client, path):
    page = client.get(path)
    assert page.status_code == 404
    assert words("en")["page"]["not_found"] in page.text and 'href="/"' in page.text


def test_an_empty_or_long_question_on_the_simple_page_gets_one_sentence(client):
    assert words("en")["reason"]["empty"] in text_of(client.post("/lite", data={"question": " "}).text)
    long = client.post("/lite", data={"question": "iep " * 400})
    assert "characters" in text_of(long.text) and "iep iep" in long.text  # what was typed is still there


def test_before_the_answers_are_ready_a_page_says_so_and_comes_again(tmp_path):
    client = TestClient(build_app(Service(Settings(corpus=ROOT / "corpus", index=tmp_path))))
    page = client.get("/answer/evaluation-deadline")
    assert page.status_code == 503 and page.headers["refresh"] == "3"
    assert words("en")["page"]["starting"] in page.text
    typed = client.post("/lite", data={"question": "what is an iep"})
    assert "what is an iep" in typed.text and "refresh" not in typed.headers


def test_the_page_reads_before_any_script_has_run(client):
    page = client.get("/").text
    first = page[page.index("<body") :]
    assert words("en")["page"]["tagline"] in html.unescape(first)
    assert 'action="/lite"' in first and '<html lang="en">' in page


def test_a_vote_keeps_entry_language_and_vote_and_nothing_else(real, tmp_path):
    path = tmp_path / "votes.jsonl"
    service = Service(real.settings.model_copy(update={"feedback": path}))
    service._engine = real
    service._opened.set()
    client = TestClient(build_app(service))
    vote = {"entries": ["evaluation-deadline"], "lang": "en", "helpful": True}
    assert client.post("/api/vote", json=vote).status_code == 204
    for wrong in ({**vote, "text": "canary"}, {**vote, "entries": ["canary"]}, {**vote, "lang": "fr"}, ["x"], None):
        assert client.post("/api/vote", json=wrong).status_code == 400
    assert path.read_text() == '{"entries": ["evaluation-deadline"], "lang": "en", "helpful": true}\n'
    off = Service(real.settings.model_copy(update={"feedback": None}))
    assert TestClient(build_app(off)).post("/api/vote", json=vote).status_code in (404, 405)
