"""One test for each promise of the README, by its name, on the product's own corpus."""

import json
import re
import subprocess

import pytest

from bot.corpus import law_url, read_corpus
from bot.reading import EASE_LIMIT, GRADE_LIMIT, ease, grade, label
from bot.reference import read_glossary, read_starts
from bot.render import to_text
from bot.render_html import Beside, to_html
from bot.settings import ROOT
from bot.types import BASES, LANGS
from bot.words import words


@pytest.fixture(scope="module", params=LANGS)
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def entries(real, lang):
    return real.index.entries[lang]


@pytest.fixture(scope="module")
def answers(real, entries, lang):
    """Answers to every title and to one of the ways that people ask each entry: a few hundred questions."""
    questions = [q for e in entries.values() for q in (e.title, e.questions[0])]
    return [real.ask(q, lang=lang) for q in questions]


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


def test_no_passage_no_claim(real, lang):
    asked = {
        "en": [
            "what is the weather tomorrow",
            "how do i fix my car",
            "who won the game",
            "zxqv wvut",
            "tell me a joke",
        ],
        "es": ["que clima va a hacer manana", "como arreglo mi carro", "quien gano el partido", "zxqv wvut"],
    }
    for question in asked[lang]:
        answer = real.ask(question, lang=lang)
        assert answer.status == "abstained" and not answer.sentences
        text = to_text(answer, real.contacts[lang])
        assert answer.follow_ups
        assert all(real.contacts[lang][who].name in text for who in ("pti", "district"))


def test_the_law_is_named(answers, lang):
    for answer in answers:
        for c in answer.citations:
            assert c.basis in BASES
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", c.reviewed)
            assert c.law or c.basis in ("practice", "state"), c
            assert c.url == next(filter(None, map(law_url, c.law)), "")
        if answer.citations:
            assert words(lang)["answer"]["official"] in to_html(answer, Beside({})) or not any(
                c.url for c in answer.citations
            )


def test_plain_words(answers, lang):
    texts = ["\n".join(f"- {s.text}" for s in a.sentences) for a in answers if a.status == "answered"]
    if lang == "en":
        grades = [grade(text) for text in texts]
        assert max(grades) <= GRADE_LIMIT
        assert sum(grades) / len(grades) <= 6.5
    else:
        scores = [ease(text) for text in texts]
        assert min(scores) >= EASE_LIMIT
        assert label(sum(scores) / len(scores)) in ("fácil, grade 5", "algo fácil, grade 6")


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


def test_every_suggested_question_is_answered(real, entries, lang):
    """What is offered as a next question must itself be answered, by the entry that bears it as its title."""
    for entry in entries.values():
        answer = real.ask(entry.title, lang=lang)
        assert answer.status == "answered", entry.title
        assert answer.citations[0].entry == entry.id
    for start in read_starts(ROOT / "corpus", lang):
        assert set(start.entries) <= set(entries), start.key


def test_every_term_of_the_glossary_is_answered_by_each_of_its_names(real, lang):
    """The plainest of all questions; a term that several entries explain may be answered by another of them."""
    terms = [t for t in read_glossary(ROOT / "corpus", lang) if t.entry]
    forms = {"en": ("what is {}", "What does {} mean?"), "es": ("qué es {}", "¿Qué significa {}?")}[lang]
    entry_of = {name: t.entry for t in terms for name in (t.term, *t.also)}
    spoken = [(forms[0], str), (forms[0], str.lower), (forms[1], str)]
    asked = {form.format(written(name)): name for name in entry_of for form, written in spoken}
    answers = {question: real.ask(question, lang=lang) for question in asked}
    elsewhere = {x for q, x in asked.items() if entry_of[x] not in {c.entry for c in answers[q].citations}}
    assert len(terms) > 190
    assert [question for question, answer in answers.items() if answer.status != "answered"] == []
    assert len(elsewhere) <= 5, elsewhere


def test_each_way_people_ask_an_entry_finds_it(real, entries, lang):
    """The indexed ways to ask are found again: a check of the index, not a measure of quality (see evals/)."""
    missed = [
        (q, e.id)
        for e in entries.values()
        for q in e.questions[::3]
        if e.id not in {c.entry for c in real.ask(q, lang=lang).citations} and real.ask(q).status != "safety"
    ]
    total = sum(len(e.questions[::3]) for e in entries.values())
    assert len(missed) <= total * 0.01, missed


def test_the_corpus_is_our_own_and_dated(lang):
    for entry in read_corpus(ROOT / "corpus", lang):
        assert not re.search(r"\(\w\) \[|§|\bshall\b", " ".join(p.text for p in entry.passages)), entry.id


def test_the_repository_names_no_machine_and_no_secret():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in (ROOT / name for name in tracked.split("\0") if name):
        text = path.read_text("utf-8", errors="ignore") if path.is_file() else ""
        assert not re.search(r"/ho" + r"me/\w|/wo" + r"rk/|api[_-]?key\s*=|BEGIN [A-Z ]*PRIVATE KEY", text), path


def test_answers_are_the_same_every_time(real):
    one, two = (json.dumps([real.ask("what is an iep").sentences[0].text]) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("lang", "talk", "question", "entry"),
    [
        ("en", ["my sons speech therapist left in october", "they say they cant find anybody"],
         "do they have to make up those sessions", "missed-services"),
        ("en", ["My daughter was suspended for 4 days.", "Now another 8, for pushing."],
         "do those add up?", "discipline-pattern"),
        ("en", ["how long do they have to test her for an iep"], "and for a 504?", "504-evaluation"),
        ("es", ["a mi hijo lo suspendieron 6 dias", "ahora lo quieren suspender otros 6"],
         "esos se suman?", "discipline-ten-days"),
        ("es", ["no vino la psicologa a la junta"], "vale asi?", "iep-meeting-member-excused"),
        ("es", ["mi hijo tiene iep en texas", "nos mudamos a florida"], "sirve alla?", "moving-another-state"),
        ("es", ["que es la mediacion"], "es gratis?", "mediation"),
    ],
)  # fmt: skip
def test_a_follow_up_is_read_with_the_story_before_it(real, lang, talk, question, entry):
    assert entry in real.ask(question, talk, lang).titles


@pytest.mark.parametrize(
    ("lang", "question"),
    [("en", "asdf"), ("en", "purple monkey dishwasher"), ("en", "who pays for a tutor at kumon"),
     ("es", "quien gano el partido"), ("es", "la lavadora azul")],
)  # fmt: skip
def test_what_is_not_covered_stays_so_in_the_middle_of_a_talk(real, lang, question):
    talk = {"en": ["my son was suspended for ten days"], "es": ["suspendieron a mi hijo diez dias"]}[lang]
    assert real.ask(question, talk, lang).status == "abstained"


@pytest.mark.parametrize(
    ("lang", "question", "entry"),
    [
        ("en", "who can i bring to the iep meeting", "iep-meeting-bring-someone"),
        ("es", "¿y un plan 504?", "what-is-504"),
    ],
)
def test_a_new_subject_gets_its_own_answer(real, lang, question, entry):
    talk = {"en": ["my son was suspended for ten days"], "es": ["que es un iep"]}[lang]
    assert entry in real.ask(question, talk, lang).titles
