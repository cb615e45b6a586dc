"""The kiosk's doors: what the page holds, what the server answers, hands on and forgets, and who gets in as staff."""

import gc
import html
import logging
import re

import pytest
from fastapi.testclient import TestClient

from bot.settings import ROOT, Settings
from bot.types import LANGS, BotError
from bot.web.kiosk_page import LAYOUTS
from bot.web.server import build_app
from bot.web.service import Service
from bot.web.staff import FREE_TRIES, LONGEST_WAIT, Door, hash_pin
from bot.words import words

PIN = "246810"
ASKED = "how long does the school have to test my kid"


def open_kiosk(engine, **settings):
    service = Service(engine.settings.model_copy(update=settings))
    service._engine = engine
    service._opened.set()
    return TestClient(build_app(service))


@pytest.fixture(scope="module")
def kiosk(real):
    return open_kiosk(real, public_url="https://iep.school.example/", parent_center="Parent Center, 555-0100")


def ask(kiosk, *turns, lang="en"):
    answer = kiosk.post("/kiosk/ask", json={"turns": turns, "lang": lang})
    assert answer.status_code == 200
    return answer.json()


def test_the_page_runs_under_a_strict_policy_and_is_never_kept(kiosk):
    page = kiosk.get("/kiosk")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store" and "set-cookie" not in page.headers
    assert not re.search(r"<script(?! src=\"/ui/kiosk\.js\")|style=|onclick", page.text)


def test_the_page_and_its_answers_hold_no_way_out(kiosk):
    texts = [kiosk.get("/kiosk").text, ask(kiosk, ASKED)["html"], ask(kiosk, "what is the weather")["html"]]
    texts.append(ask(kiosk, "my son says he wants to kill himself")["html"])
    for text in texts:
        assert not re.search(r"<a |href=\"(?!/ui/|/favicon)|target=|download|type=\"file\"|<iframe|mailto:|tel:", text)
    assert "988" in texts[-1] and "parentcenterhub.org" in texts[2]  # the ways to help stand there as text


def test_the_answer_is_that_of_the_other_surfaces_with_its_sources(kiosk, real):
    shown = ask(kiosk, ASKED)
    for sentence in real.ask(ASKED).sentences:
        assert sentence.text.replace("'", "&#x27;").replace('"', "&quot;") in shown["html"]
    assert shown["status"] == "answered" and "34 CFR 300.301(c)(1)" in shown["html"]


def test_each_question_tile_leads_to_an_answer(kiosk):
    page = kiosk.get("/kiosk").text
    for lang in LANGS:
        visit = re.search(rf'<template id="visit-{lang}">(.*?)</template>', page, re.S)[1]
        titles = re.findall(r'data-ask value="([^"]+)"', visit)
        assert len(titles) >= 24
        for title in titles[::4]:
            assert ask(kiosk, html.unescape(title), lang=lang)["status"] == "answered", title


def test_a_follow_up_knows_the_turns_that_the_page_sends(kiosk):
    first = "what is an independent educational evaluation"
    assert "independent evaluation" in ask(kiosk, first, "and who pays for that")["html"].lower()


def test_the_code_names_the_entry_and_the_language_and_nothing_else(kiosk, real):
    shown = ask(kiosk, "canaryword how long does the school have to test my kid")["take"]
    address = re.search(r'class="address">([^<]+)<', shown)[1]
    assert re.fullmatch(r"iep\.school\.example/answer/[a-z0-9-]+\?lang=en", address)
    assert "<svg" in shown and "canaryword" not in shown and "style=" not in shown
    assert address.split("/")[2].split("?")[0] in real.index.entries["en"]


def test_without_a_public_address_there_is_no_code(real):
    assert ask(open_kiosk(real), ASKED)["take"] == ""


def test_no_answer_has_no_code(kiosk):
    assert ask(kiosk, "what is the weather")["take"] == ""


def test_personal_details_come_back_masked_and_the_page_says_so(kiosk):
    shown = ask(kiosk, "my son Marcus Canaryname was born 3/4/2015, how long does the school have to test him")
    assert "Canaryname" not in str(shown) and "2015" not in shown["question"]
    assert words("en")["masked"]["name"] in shown["html"]


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_speaks_both_languages_with_a_keyboard_for_each(kiosk, lang):
    page = kiosk.get("/kiosk").text
    visit = re.search(rf'<template id="visit-{lang}">(.*?)</template>', page, re.S)[1]
    for key in ("done", "back", "near", "still", "take"):
        assert words(lang)["kiosk"][key] in visit
    needed = "abcdefghijklmnopqrstuvwxyz?.," + ("áéíóúüñ¿¡" if lang == "es" else "")
    assert set(needed) <= set("".join(LAYOUTS[lang]))
    assert words(lang)["kiosk"]["touch"] in page and words(lang)["kiosk"]["ask_office"] in page


def test_the_fault_screen_names_whom_to_ask_before_anything_has_loaded(kiosk):
    body = kiosk.get("/kiosk").text.split("<main", 1)[1].split("</main>")[0]
    assert "Please ask the front office" in body and "555-0100" in body and "oficina" in body


def test_a_printer_that_is_not_there_is_not_offered(real):
    assert 'data-tool="print"' in open_kiosk(real).get("/kiosk").text
    assert 'data-tool="print"' not in open_kiosk(real, kiosk_printer=False).get("/kiosk").text


@pytest.mark.parametrize("body", [{}, {"turns": [], "lang": "en"}, {"turns": ["x"]}, {"turns": ["x"], "lang": "fr"}])
def test_what_is_no_visit_is_refused_without_repeating_it(kiosk, body):
    refused = kiosk.post("/kiosk/ask", json=body)
    assert refused.status_code == 400 and refused.text == ""


def test_a_server_that_is_still_starting_says_so(tiny):
    starting = TestClient(build_app(Service(tiny.settings)))
    assert starting.get("/kiosk").status_code == 200
    assert starting.post("/kiosk/ask", json={"turns": ["x"], "lang": "en"}).status_code == 503


def test_no_object_of_the_server_and_no_log_holds_a_question_afterwards(kiosk, caplog):
    caplog.set_level(logging.DEBUG)
    word = "".join(["canary", "heron", "seventeen"])
    ask(kiosk, f"what is an iep {word}", f"how long does the school have to test my {word} kid")
    kiosk.post("/kiosk/ask", json={"turns": [f"{word}"], "lang": "xx"})
    gc.collect()
    held = {
        type(holder).__name__
        for holder in gc.get_objects()
        for value in gc.get_referents(holder)
        if type(value) in (str, bytes) and value != word and (word if type(value) is str else word.encode()) in value
    }
    assert held == set()
    assert word not in caplog.text


# --- staff ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def staffed(real):
    return open_kiosk(real, staff_pin=hash_pin(PIN))


def test_staff_see_counts_and_dates_and_no_question(staffed):
    ask(staffed, "how long does the school have to test my kid canaryword")
    ask(staffed, "what is the weather")
    shown = staffed.post("/kiosk/staff", json={"pin": PIN})
    assert shown.status_code == 200
    for said in ("0.1.0", "2026-1", "0 days 0 hours", "306", "<dd>1</dd>"):
        assert said in shown.json()["html"], said
    assert "canaryword" not in shown.text


def test_a_wrong_pin_is_refused_and_then_must_wait(staffed):
    for _ in range(FREE_TRIES - 1):
        assert staffed.post("/kiosk/staff", json={"pin": "111111"}).status_code == 403
    assert staffed.post("/kiosk/staff", json={"pin": "111111"}).status_code == 429
    right = staffed.post("/kiosk/staff", json={"pin": PIN})
    assert right.status_code == 429 and "html" not in right.json()  # right, and still too early


def test_the_wait_doubles_and_ends():
    now = [0.0]
    door = Door(hash_pin(PIN), lambda: now[0])
    waits = []
    for _ in range(14):
        assert not door.opens("111111")
        waits.append(door.seconds_to_wait())
        assert not waits[-1] or not door.opens(PIN)
        now[0] += waits[-1] + 1
    assert waits[: FREE_TRIES + 2] == [0, 0, 4, 8, 16] and max(waits) == LONGEST_WAIT
    assert door.opens(PIN)


def test_without_a_pin_there_is_no_staff_door(kiosk):
    assert kiosk.post("/kiosk/staff", json={"pin": ""}).status_code in (404, 405)
    assert "data-staff" not in kiosk.get("/kiosk").text.split("</template>")[0]


def test_the_pin_is_stored_as_a_hash_that_a_setting_can_hold():
    assert PIN not in hash_pin(PIN) and hash_pin(PIN) != hash_pin(PIN)
    assert Settings(staff_pin=hash_pin(PIN)).staff_pin
    with pytest.raises(ValueError, match="staff_pin"):
        Settings(staff_pin=PIN)


@pytest.mark.parametrize(("typed", "said"), [(["12"], "6 to 12 digits"), (["123456", "123457"], "differ")])
def test_a_pin_that_cannot_be_used_is_said_in_words(monkeypatch, typed, said):
    from bot.web import staff

    answers = iter(typed)
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    with pytest.raises(BotError, match=said):
        staff._ask_pin()


def test_the_sample_policy_lets_nothing_but_the_kiosk_through():
    import json

    policy = json.loads((ROOT / "deploy/kiosk/chromium-policy.json").read_text("utf-8"))
    assert policy["URLBlocklist"] == ["*"]
    assert all("/kiosk" in x or "/ui/" in x or x.endswith(("/readyz", "/favicon.ico")) for x in policy["URLAllowlist"])
