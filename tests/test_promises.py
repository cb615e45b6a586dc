"""One test for each promise of the README, by its name, on the product's own corpus."""

import json
import re
import subprocess

import pytest

from bot.corpus import law_url, read_corpus
from bot.reading import GRADE_LIMIT, grade
from bot.reference import read_starts
from bot.render import to_text
from bot.render_html import Beside, to_html
from bot.settings import ROOT
from bot.types import BASES
from bot.words import words


@pytest.fixture(scope="module")
def entries(real):
    return real.index.entries["en"]


@pytest.fixture(scope="module")
def answers(real, entries):
    """Answers to every title and to two of the ways that people ask each entry: a few hundred questions."""
    questions = [q for e in entries.values() for q in (e.title, *e.questions[:2])]
    return [real.ask(q, lang="en") for q in questions]


def flat(text):
    return " ".join(text.split())


def test_every_sentence_is_literal_in_its_passage(answers, entries):
    files = {e.id: flat((ROOT / "corpus" / e.path).read_text("utf-8")) for e in entries.values()}
    sentences = 0
    for answer in answers:
        quotes = {c.n: c for c in answer.citations}
        for sentence in answer.sentences:
            for n in sentence.cites:
                assert sentence.text in quotes[n].quote
                assert flat(sentence.text) in files[quotes[n].entry]
                sentences += 1
    assert len(answers) >= 150 and sentences > 1000


def test_no_passage_no_claim(real):
    asked = ["what is the weather tomorrow", "how do i fix my car", "who won the game", "zxqv wvut", "tell me a joke"]
    for question in asked:
        answer = real.ask(question)
        assert answer.status == "abstained" and not answer.sentences
        text = to_text(answer, real.contacts["en"])
        assert (
            answer.follow_ups
            and "Parent Training and Information Center" in text
            and "special education office" in text
        )


def test_the_law_is_named(answers):
    for answer in answers:
        for c in answer.citations:
            assert c.basis in BASES
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", c.reviewed)
            assert c.law or c.basis in ("practice", "state"), c
            assert c.url == next(filter(None, map(law_url, c.law)), "")
        if answer.citations:
            assert words("en")["answer"]["official"] in to_html(answer, Beside({})) or not any(
                c.url for c in answer.citations
            )


def test_plain_words(answers):
    grades = []
    for answer in answers:
        if answer.status == "answered":
            grades.append(grade("\n".join(f"- {s.text}" for s in answer.sentences)))
    assert max(grades) <= GRADE_LIMIT
    assert sum(grades) / len(grades) <= 6.5


def test_nothing_about_the_person_is_kept(real, tmp_path, caplog):
    canary = "xylophonecanary"
    real.ask(f"how long does the school have to test my kid {canary}", [f"what is an iep {canary}"])
    assert canary not in caplog.text
    kept = [p for p in real.settings.index.rglob("*") if p.is_file() and canary.encode() in p.read_bytes()]
    assert kept == []
    code = "".join(p.read_text("utf-8") for p in (ROOT / "bot").rglob("*.py"))
    assert not re.search(r"set_cookie|BrowserState|save_history=True|flagging", code)


def test_a_computer_that_says_so(real, answers):
    for lang in ("en", "es"):
        assert words(lang)["page"]["disclaimer"] in to_text(real.ask("what is an iep", lang=lang), real.contacts[lang])
    for question in ("will i win my case", "does my son have autism or not", "what are my chances in court"):
        assert real.ask(question).reason in ("no-prediction", "no-doctor", "no-evidence", "out-of-scope")
    shown = " ".join(s.text for a in answers for s in a.sentences).lower()
    assert not re.search(r"i'm sorry to hear|i understand how|we understand how hard|!", shown)


def test_every_suggested_question_is_answered(real, entries):
    """What is offered as a next question must itself be answered, by the entry that bears it as its title."""
    for entry in entries.values():
        answer = real.ask(entry.title, lang="en")
        assert answer.status == "answered", entry.title
        assert answer.citations[0].entry == entry.id
    for start in read_starts(ROOT / "corpus", "en"):
        assert set(start.entries) <= set(entries), start.key


def test_each_way_people_ask_an_entry_finds_it(real, entries):
    """The indexed ways to ask are found again: a check of the index, not a measure of quality (see evals/)."""
    missed = [
        (q, e.id)
        for e in entries.values()
        for q in e.questions
        if e.id not in {c.entry for c in real.ask(q, lang="en").citations} and real.ask(q).status != "safety"
    ]
    total = sum(len(e.questions) for e in entries.values())
    assert len(missed) <= total * 0.01, missed


def test_the_corpus_is_our_own_and_dated(entries):
    for entry in read_corpus(ROOT / "corpus"):
        assert not re.search(r"\(\w\) \[|§|\bshall\b", " ".join(p.text for p in entry.passages)), entry.id


def test_the_repository_names_no_machine_and_no_secret():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in (ROOT / name for name in tracked.split("\0") if name):
        text = path.read_text("utf-8", errors="ignore") if path.is_file() else ""
        assert not re.search(r"/ho" + r"me/\w|/wo" + r"rk/|api[_-]?key\s*=|BEGIN [A-Z ]*PRIVATE KEY", text), path


def test_answers_are_the_same_every_time(real):
    one, two = (json.dumps([real.ask("what is an iep").sentences[0].text]) for _ in range(2))
    assert one == two
