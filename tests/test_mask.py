"""Personal details typed by mistake are taken out before anything else sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mask import mask, without_marks
from bot.render import to_text
from bot.understand import understand


@pytest.mark.parametrize(
    ("lang", "text", "secrets", "kinds"),
    [
        ("en", "my son Marcus was born 3/4/2015 and is suspended", ["Marcus", "2015"], ("birth", "name")),
        ("en", "my daughter named lucia cant read", ["lucia"], ("name",)),
        ("en", "call me at (555) 234-5678 or a.b@mail.example", ["5678", "a.b@"], ("mail", "phone")),
        ("en", "Mrs. Dunn said no, student id 4455667", ["Dunn", "4455667"], ("number", "name")),
        ("en", "born on April 3, 2014, ssn 123-45-6789", ["April", "6789"], ("birth", "number")),
        ("en", "I'm Maria Lopez and my child got suspended", ["Maria", "Lopez"], ("name",)),
        ("es", "mi hijo Juan Carlos nació el 3 de abril de 2014", ["Juan", "Carlos", "abril"], ("birth", "name")),
        ("es", "mi hija se llama lucia y no lee", ["lucia"], ("name",)),
        ("es", "la maestra López dijo que no, mi tel es 555-234-5678", ["López", "5678"], ("phone", "name")),
    ],
)
def test_details_are_masked_and_named(lang, text, secrets, kinds):
    masked, found = mask(text, lang)
    assert found == kinds
    assert not any(secret in masked for secret in secrets)
    assert "[" not in without_marks(masked, lang)


@pytest.mark.parametrize(
    "text",
    [
        "should i call 1-800-422-4453",
        "does 34 CFR 300.301(c)(1) give 60 days and section 504 10 school days",
        "my son Is in 3rd grade and my boy has Down syndrome",
        "the IEP from 2024 says 30 minutes, we live in Texas",
        "my daughter Has autism",
    ],
)
def test_what_is_no_detail_stays(text):
    assert mask(text, "en") == (text, ())


@given(st.text(max_size=300), st.sampled_from(["en", "es"]))
def test_any_text_is_masked_twice_as_once(text, lang):
    once, _ = mask(text, lang)
    assert mask(once, lang)[0] == once


def test_every_surface_asks_without_the_details(tiny):
    answer = tiny.ask(
        "My son Marcus, born 3/4/2015: how long does the school have to test him", ["his name is Zacharias"]
    )
    shown = to_text(answer, tiny.contacts["en"])
    assert answer.status == "answered"
    assert "Marcus" not in shown and "2015" not in answer.question
    assert "Left out before the search, to protect you: birth date, name." in shown


def test_what_was_said_before_is_masked_too():
    question = understand("and who pays for that", ["my son Zacharias needs an independent evaluation"], "en")
    assert "Zacharias" not in question.before and "independent evaluation" in question.before
