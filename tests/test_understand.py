"""A question is read before it is looked up: language, parts, what it leans on, danger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.danger import by_words as danger
from bot.types import STATUS_OF_REASON
from bot.understand import clean, detect_language, understand


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        ("\x00\x07\u200b", "empty"),
        ("a" * 10_000, "too-long"),
        ("😀😀😀", "no-words"),
        ("???", "no-words"),
        ("12345", "no-words"),
        ("学校什么时候评估我的孩子", "other-language"),
        ("как получить план для ребенка", "other-language"),
        ("متى تقيم المدرسة طفلي", "other-language"),
    ],
)
def test_what_cannot_be_looked_up_is_said(text, reason):
    assert understand(text).reason == reason


@given(st.text(max_size=1500))
def test_any_text_gets_a_known_reading(text):
    question = understand(text)
    assert question.reason in ("", *STATUS_OF_REASON)
    assert question.reason or question.asked


@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("how long does the school have", "en"),
        ("IEP", "en"),
        ("cuanto tiempo tiene la escuela", "es"),
        ("mi hijo necesita un IEP", "es"),
        ("¿IEP?", "es"),
        ("no", "en"),
        ("what is the plan", "en"),
    ],
)
def test_the_language_of_a_question_is_detected(text, lang):
    assert detect_language(text) == lang


def test_a_word_that_tells_nothing_is_in_the_language_of_the_talk():
    assert detect_language("ok") == "en"
    assert detect_language("ok", ["mi hijo necesita un IEP", "IEP"]) == "es"
    assert detect_language("what is an iep", ["mi hijo necesita un IEP"]) == "en"


def test_the_language_of_the_page_wins():
    assert understand("what is an iep", lang="es").lang == "es"


def test_two_questions_at_once_are_two():
    parts = understand("How long do they have to test him? And who comes to the IEP meeting?").parts
    assert len(parts) == 2
    assert understand("my son has adhd and anxiety and he is nine").parts == ()
    assert understand("we asked in march and nobody answered. is that legal").parts == ()


def test_a_follow_up_leans_on_the_last_full_question():
    question = understand("what if they refuse", ["what is an iep", "how long does testing take", "and then?"])
    assert question.leans
    assert question.before == "how long does testing take and then?"
    assert question.recent == "how long does testing take and then?"
    told = understand("does that count", ["my son has autism", "the bus left without my son", "the office called"])
    assert (told.before, told.recent) == ("the office called", "the bus left without my son the office called")
    assert not understand("who comes to the iep meeting", ["what is an iep"]).leans


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "how long?"), ("en", "since when"), ("en", "free?"), ("es", "¿es gratis?"), ("es", "obligatorio?")],
)
def test_a_question_of_a_word_or_two_leans_on_what_was_said(lang, text):
    assert understand(text, ["what is mediation"], lang).leans


@pytest.mark.parametrize(
    "text",
    [
        "my daughter says she wants to kill herself",
        "he said he wants to die",
        "shes cutting her arms",
        "i think my son is suicidle",
        "the aide hit my son",
        "a teacher touched my daughter inappropriately",
        "my son was restrained and came home with bruises",
        "my child is missing from school",
        "we cant find my son he left school",
        "a kid brought a gun to school right now",
        "mi hija se quiere morir",
        "el maestro golpeó a mi hijo",
    ],
)
def test_danger_is_heard(text):
    assert danger(text)
    assert understand(text).reason == "safety"


@pytest.mark.parametrize(
    "text",
    [
        "this homework is killing me",
        "my son is missing a lot of school",
        "she is missing her speech minutes",
        "i would die of embarrassment at the meeting",
        "my son hit a teacher and got suspended",
        "can they cut his services",
        "they lost my sons iep",
        "the school shot down every idea",
        "he ran out of class yesterday",
        "the bus is always late and he gets home late",
        "what are the rules for restraint and seclusion",
        "they are abusing the system",
        "he does not want to go to school",
        "he hits me in front of his therapist",
        "my baby took the whole bottle of milk",
        "the principal shook his head at the aide request",
    ],
)
def test_ordinary_words_are_not_danger(text):
    assert not danger(text)
