"""The check outside the model: what passes, what does not, and how good it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import support
from bot.claims import quantities, sections
from bot.corpus import read_corpus, sentences
from bot.sentences import Cutter
from bot.settings import ROOT
from bot.verify import verify
from evals.verifier import KINDS, SUPPORTED, learn, read_pairs

PASSAGE = (
    "The school has 60 days to finish the evaluation, unless your state has set its own time limit. The clock starts "
    "on the day the school gets your signed consent, not on the day you ask. The hearing must take place within 20 "
    "school days of the filing. A parent may usually bring a lawyer. You must get written notice before the change. A "
    "child can stay until age 21. The Department of Education answers within 180 days."
)
PASAJE = (
    "La escuela tiene 60 días para terminar la evaluación, a menos que su estado tenga su propio plazo. El plazo "
    "empieza el día en que la escuela recibe su permiso firmado. La escuela debe avisarle antes del cambio. Usted "
    "puede llevar a un abogado."
)


@pytest.fixture(scope="module")
def pairs():
    return read_pairs()


@pytest.mark.parametrize(
    "sentence",
    [
        "The school has 60 days to finish the evaluation, unless your state has set its own time limit.",
        "The school has sixty days to finish the evaluation, unless your state has set its own time limit.",
        "The clock starts on the day the school gets your signed consent.",
        "You must get written notice before the change.",
        "A parent may usually bring a lawyer.",
    ],
)
def test_what_the_passage_says_passes(sentence):
    assert verify(sentence, [PASSAGE], "en") == ""


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("The school has 90 days to finish the evaluation, unless your state has set its own time limit.", "number"),
        ("The school has sixty-one days to finish the evaluation.", "number"),
        ("The school has 60 weeks to finish the evaluation, unless your state has set its own time limit.", "number"),
        ("The school has 20 days to finish the evaluation, unless your state has set its own time limit.", "number"),
        ("The hearing must take place within 20 days of the filing.", "number"),
        ("The hearing must take place at least 20 school days after the filing.", "number"),
        ("A child can stay until age 22.", "number"),
        ("Under 34 CFR 300.301(c)(1), the school has 60 days to finish the evaluation.", "section"),
        ("The hearing must take place within 20 school days, says Section 300.532.", "section"),
        ("The Department of Justice answers within 180 days.", "name"),
        ("The OCR answers within 180 days.", "name"),
        ("The judge has 60 days to finish the evaluation.", "actor"),
        ("The school has 60 days [1] to finish the evaluation.", "markup"),
        ("The school has *60 days* to finish the evaluation.", "markup"),
        ("The school has 60 days, see www.example.org.", "link"),
        ("The school has 60 days, write to a@example.org.", "link"),
        ("As an AI I say that the school has 60 days.", "machine"),
        ("La escuela tiene 60 días para terminar la evaluación.", "language"),
        ("Yes, they can.", "not-supported"),
        ("Yes", "shape"),
    ],
)
def test_what_it_does_not_say_is_rejected_by_its_rule(sentence, rule):
    assert verify(sentence, [PASSAGE], "en") == rule


@pytest.mark.parametrize(
    "sentence",
    [
        "A parent must bring a lawyer.",
        "A parent may always bring a lawyer.",
        "A parent brings a lawyer.",
        "A parent may bring a lawyer.",  # "usually" is left out
        "You may get written notice before the change.",
        "You must get written notice after the change.",
        "You must get no written notice before the change.",
        "The school must get written notice before the change.",
        "The clock stops on the day the school gets your signed consent.",
        "The clock starts on the day the school gets your signed consent, if you ask.",
        "The school has 60 days to finish the evaluation, if your state has set its own time limit.",
        "The school has 60 days to finish the evaluation only if your state has set its own time limit.",
        "The clock starts on the day you ask.",
        "The school pays for a lawyer.",
    ],
)
def test_a_changed_force_condition_order_or_actor_is_rejected(sentence):
    assert verify(sentence, [PASSAGE], "en")


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        (
            "La escuela tiene sesenta días para terminar la evaluación, a menos que su estado tenga su propio plazo.",
            True,
        ),
        ("El plazo empieza el día en que la escuela recibe su permiso firmado.", True),
        ("La escuela tiene 90 días para terminar la evaluación, a menos que su estado tenga su propio plazo.", False),
        ("El plazo termina el día en que la escuela recibe su permiso firmado.", False),
        ("La escuela debe avisarle después del cambio.", False),
        ("La escuela puede avisarle antes del cambio.", False),
        ("Usted debe llevar a un abogado.", False),
        ("La escuela puede llevar a un abogado.", False),
        ("The school has 60 days to finish the evaluation.", False),
    ],
)
def test_spanish_is_held_to_the_same(sentence, passes):
    assert (verify(sentence, [PASAJE], "es") == "") is passes


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.sampled_from(sentences(PASSAGE)))
def test_no_other_number_ever_passes(number, sentence):
    held = {str(int(q.value)) for q in quantities(sentence, "en")}
    for figure in held - {str(number)}:
        assert verify(sentence.replace(figure, str(number)), [PASSAGE], "en")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_invisible_or_look_alike_letter_ever_passes(data):
    sentence = data.draw(st.sampled_from(sentences(PASSAGE)))
    at = data.draw(st.integers(0, len(sentence)))
    strange = data.draw(st.sampled_from("\u200b\u200d\u2060\u202e\ufeff\u0430\u0435\u043e\u0456<>[]{}*_`#|\\~^\n\t"))
    assert verify(sentence[:at] + strange + sentence[at:], [PASSAGE], "en")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["en", "es"]))
def test_any_text_is_judged_without_an_error(text, lang):
    assert verify(text, [PASSAGE, PASAJE], lang) in (
        "shape", "link", "markup", "machine", "language", "grade", "section", "number", "name", "actor",
        "not-supported", "",
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=40))
def test_a_reply_is_cut_alike_however_it_comes_in(sizes):
    reply = (
        "One thing is so. [1] Another, e.g. this, too [2][3]. - A point [4, 5]\nNo marker here. “Quoted?” [6]. "
        "Two sentences. With one marker [1] And the last [2]"
    )
    whole = Cutter()
    wanted = [*whole.feed(reply), *whole.end()]
    parts, found, rest = Cutter(), [], reply
    for size in sizes:
        found += parts.feed(rest[:size])
        rest = rest[size:]
    found += [*parts.feed(rest), *parts.end()]
    assert found == wanted
    assert [d.marks for d in wanted] == [(1,), (2, 3), (4, 5), (), (6,), (), (1,), (2,)]


def test_section_numbers_are_seen_in_every_way_they_are_written():
    for text in (
        "34 CFR 300.301(c)(1)",
        "section 300.301",
        "§ 104.35",
        "20 U.S.C. 1400",
        "Sección 300.8",
        "300.502(b)",
    ):
        assert sections(f"Under {text} it is so.")


def test_the_labelled_pairs_are_fit_to_measure_with(pairs):
    assert len(pairs) >= 400 and len({p.id for p in pairs}) == len(pairs)
    assert {p.kind for p in pairs if p.lang == "en"} == {p.kind for p in pairs if p.lang == "es"} == set(KINDS)
    assert not {p.entry for p in pairs if p.split == "tune"} & {p.entry for p in pairs if p.split == "test"}
    assert len({p.entry for p in pairs}) >= 100
    corpus = {
        (e.lang, p.entry, p.part): p.text
        for lang in ("en", "es")
        for e in read_corpus(ROOT / "corpus", lang)
        for p in e.passages
    }
    langs = {lang for lang, _, _ in corpus}
    stale = {p.id for p in pairs if p.lang in langs and corpus.get((p.lang, p.entry, p.part)) != p.passage}
    # A passage may be mended; when many have been, the pairs are to be looked at again.
    assert len(stale) <= 0.1 * len(pairs), sorted(stale)


@pytest.mark.parametrize("split", ["tune", "test"])
def test_planted_errors_do_not_pass_and_what_is_true_does(pairs, split):
    for lang in ("en", "es"):
        mine = [(p, verify(p.sentence, [p.passage], p.lang)) for p in pairs if (p.split, p.lang) == (split, lang)]
        for kind in set(KINDS) - {SUPPORTED}:
            passes = [not why for p, why in mine if p.kind == kind]
            most = 0.0 if kind in ("wrong number", "invented section", "stronger modal") else 0.03
            assert sum(passes) <= most * len(passes), (lang, kind)
        # What is in the passage's own words is kept; what says the same in other words often is not.
        for form, least in (("verbatim", 0.98), ("shortened", 0.8)):
            kept = [not why for p, why in mine if p.supported and p.form == form]
            assert sum(kept) >= least * len(kept), (lang, form)


def test_the_rule_is_what_the_tuning_pairs_teach(pairs):
    learned, used = learn(pairs), json.loads(support.RULE.read_text("utf-8"))
    assert learned["threshold"] == pytest.approx(used["threshold"], abs=0.01)
    assert learned["weights"] == pytest.approx(used["weights"], abs=0.02)
    assert all(weight <= 0 for weight in used["weights"].values())  # nothing but likeness speaks for a sentence
