"""A curator's file becomes an entry, or a sentence that says file, line and reason."""

import pytest

from bot.corpus import law_url, read_corpus, read_entry, sentences
from bot.settings import ROOT
from bot.types import CorpusError
from tests.conftest import change


def entry_file(corpus):
    return corpus / "en" / "evaluation" / "evaluation-deadline.md"


def broken(corpus, old, new):
    path = entry_file(corpus)
    change(path, old, new)
    with pytest.raises(CorpusError) as error:
        read_corpus(corpus)
    return str(error.value)


def test_an_entry_is_read_section_by_section(corpus):
    entry = read_entry(entry_file(corpus), "en", "x.md")
    assert [p.part for p in entry.passages] == ["short", "clock", "do", "ask"]
    assert entry.passage("clock").heading == "What starts and stops the clock"
    assert entry.passage("do").sentences[0] == "Write down the day you gave the school your signed form."
    assert entry.passage("ask").basis == "practice" and entry.passage("ask").law == ()
    assert entry.passage("short").law == ("34 CFR 300.301(c)(1)",)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("topic: evaluation\n", "", ":2: `topic` is missing."),
        ("topic: evaluation\n", "topic: iep\n", ":4: `topic` must be the folder's name."),
        ("id: evaluation-deadline", "id: other", ":2: `id` must be the file's name"),
        ("reviewed: 2026-11-24", "reviewed: soon", ":8: `reviewed` must be a date"),
        ("basis: idea", "basis: rumor", ":5: `basis` must be one of"),
        ("status: published", "status: published\ncolor: red", "`color` is not a known field"),
        (
            "---\nThe school",
            "---\n## What you can do\nThe school",
            "the short answer before the first heading is empty",
        ),
        ("## What you can do", "## Whatever", "unknown heading. Use one of: What it means for you;"),
        ("## What you can do", "## What you can do {colour: red}", "only `basis: ...` and `law: ...` may stand"),
        ("## Ask at the meeting", "## What you can do", "the section `What you can do` occurs twice"),
        ("title: How", "title: a: How", "not valid YAML"),
        ("---\nid", "id", ":1: the file must start with a block"),
    ],
)
def test_a_broken_entry_names_file_line_and_reason(corpus, old, new, says):
    message = broken(corpus, old, new)
    assert message.startswith("en/evaluation/evaluation-deadline.md:")
    assert says in message


def test_a_file_that_is_not_text_is_named(corpus):
    entry_file(corpus).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorpusError, match="cannot be read as UTF-8"):
        read_corpus(corpus)


def test_every_broken_file_is_named_at_once(corpus):
    for path in sorted((corpus / "en" / "evaluation").glob("*.md")):
        path.write_text("nothing", encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        read_corpus(corpus)
    assert len(str(error.value).splitlines()) == 3


def test_a_section_may_stand_on_another_rule_than_its_entry(corpus):
    path = entry_file(corpus)
    text = path.read_text(encoding="utf-8").replace(
        "## What you can do", "## What you can do {basis: section-504; law: 34 CFR 104.35, 34 CFR 104.36}"
    )
    path.write_text(text, encoding="utf-8")
    passage = read_entry(path, "en", "x.md").passage("do")
    assert (passage.basis, passage.law) == ("section-504", ("34 CFR 104.35", "34 CFR 104.36"))


def test_sentences_are_cut_at_their_ends_and_nowhere_else():
    text = 'The U.S. rule says so. Ask "Why now?" They must answer in 10 days.\n- A bullet. It stays whole.'
    assert sentences(text) == (
        "The U.S. rule says so.",
        'Ask "Why now?"',
        "They must answer in 10 days.",
        "A bullet. It stays whole.",
    )


def test_citations_lead_to_the_official_text():
    assert law_url("34 CFR 300.301(c)(1)") == "https://www.ecfr.gov/current/title-34/section-300.301"
    assert "title20-section1415" in law_url("20 U.S.C. 1415(b)(6)")
    assert law_url("Endrew F. v. Douglas County (2017)") == ""


def test_the_products_own_entries_all_read():
    entries = read_corpus(ROOT / "corpus")
    assert len(entries) >= 45
