"""The corpus lint finds what a curator must mend, and the law check finds a wrong section or number."""

import pytest

from bot import check
from bot.corpus import read_corpus
from bot.law_check import law_problems
from bot.reference import read_contacts, read_glossary, read_letters
from bot.settings import ROOT
from bot.types import BotError
from tests.conftest import change


def findings(corpus, old, new):
    change(corpus / "en" / "evaluation" / "evaluation-deadline.md", old, new)
    return "\n".join(map(str, check.problems(read_corpus(corpus), read_glossary(corpus, "en"))))


def test_the_tiny_corpus_has_no_findings(corpus):
    entries = [e for e in read_corpus(corpus) if e.id != "said-no-staff"]
    assert [str(p) for p in check.problems(entries) if "leads here" not in p.text] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("see: [evaluation-refused", "see: [nowhere", "`see` names nowhere, which does not exist"),
        ('  - "60 days from what"\n', "", "it has 7 question variants; give 8 to 15"),
        ("34 CFR 300.301(c)(1)", "section 300.301", "is not a citation we know the form of"),
        ("Your state may have its own limit.", "Your state may have its own limit", "has no end mark"),
        ("Your state", "**Your** state", "does not belong in plain text"),
        ("Consent means", "The BIP and the FBA mean", "BIP is not in the glossary"),
        ("60 days from what", "what now they refuse to evaluate her", "is nearly one of evaluation-deadline"),
        (
            "Consent means your written yes.",
            "Notwithstanding administrative considerations, particularly interdisciplinary determinations "
            "concerning individualized educational programming necessitate comprehensive documentation.",
            "reading grade",
        ),
    ],
)
def test_the_lint_says_what_to_mend(corpus, old, new, says):
    assert says in findings(corpus, old, new)


@pytest.fixture
def law(tmp_path):
    folder = tmp_path / "law"
    folder.mkdir()
    text = "Source\n34 CFR 300.301\n(c) The evaluation\n(1) within 60 days of consent\n(2) more"
    (folder / "34CFR300.301.txt").write_text(text, encoding="utf-8")
    return folder


def law_findings(corpus, law, exceptions=None):
    entries = [e for e in read_corpus(corpus) if e.id == "evaluation-deadline"]
    return [str(p) for p in law_problems(entries, law, exceptions or {})]


def test_the_law_check_passes_a_true_entry(corpus, law):
    assert law_findings(corpus, law) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("has 60 days", "has 90 days", "the number 90"),
        ("has 60 days", "has sixty days and ten school days", "the number 10"),
        ("300.301(c)(1)", "300.301(c)(7)", "34 CFR 300.301(c)(7) was not found"),
        ("300.301(c)(1)", "300.399", "34 CFR 300.399 was not found"),
    ],
)
def test_the_law_check_finds_a_wrong_number_or_section(corpus, law, old, new, says):
    path = corpus / "en" / "evaluation" / "evaluation-deadline.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert any(says in line for line in law_findings(corpus, law))


def test_an_exception_needs_a_sentence_that_is_still_there(corpus, law):
    exceptions = {"evaluation-deadline": {"no such words": "a reason"}}
    assert any("is in no sentence" in line for line in law_findings(corpus, law, exceptions))


def test_a_folder_without_law_is_refused(corpus, tmp_path):
    with pytest.raises(BotError, match="holds no law text"):
        law_problems(read_corpus(corpus), tmp_path / "none", {})


def test_the_products_corpus_glossary_letters_and_contacts_have_no_findings():
    corpus = ROOT / "corpus"
    entries = read_corpus(corpus)
    terms, letters = read_glossary(corpus, "en"), read_letters(corpus, "en")
    ids = {e.id for e in entries if not e.withdrawn}
    found = check.problems(entries, terms) + check.term_problems(terms, ids, entries)
    found += check.letter_problems(letters, ids)
    assert [str(p) for p in found] == []
    assert {"pti", "district", "pa", "state-agency", "civil-rights", "crisis"} <= set(read_contacts(corpus, "en"))
    assert set(read_contacts(corpus, "en")) == set(read_contacts(corpus, "es"))
