"""The parent's page in a real browser: ask, read the answer, open its source."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from bot.settings import ROOT
from bot.words import words

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
]  # fmt: skip

if CHROMIUM is None:
    if os.environ.get("CI"):
        raise RuntimeError("CI must have Chromium: .ci/run installs it.")
    pytest.skip("no Chromium found; install your system's chromium to run these", allow_module_level=True)


@pytest.fixture(scope="module")
def address(real):
    """The product itself, started as a person starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "IEP_PORT": str(port), "IEP_INDEX": str(real.settings.index)}
    server = subprocess.Popen([sys.executable, "app.py"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["wide", "phone"])
def page(browser, address, request):
    """A fresh visitor; any script error or request to another host fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 and "readyz" not in r.url else None
    )
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else wrong.append(r.url))
    page.goto(address)
    page.wait_for_selector("#iep-box textarea")
    page.shots = lambda name: page.screenshot(path=SHOTS / f"{name}-{width}.png")
    yield page
    assert wrong == []
    context.close()


def ask(page, text):
    turns = page.locator("article.turn").count()
    page.fill("#iep-box textarea", text)
    page.keyboard.press("Enter")
    expect(page.locator("article.turn")).to_have_count(turns + 1, timeout=60_000)
    return page.locator("article.turn").nth(turns)


def test_a_parent_asks_and_reads_the_answer_and_its_source(page):
    page.shots("start")
    turn = ask(page, "how long does the school have to test my kid")
    expect(turn.locator(".part.short")).to_contain_text("60 days")
    page.shots("answer")
    turn.locator("button.mark").first.click()
    source = turn.locator("details.source").first
    expect(source).to_have_attribute("open", "")
    expect(source.locator("blockquote")).to_contain_text("60 days")
    expect(source).to_contain_text("34 CFR 300.301(c)(1)")
    expect(source).to_contain_text(words("en")["basis"]["idea"])
    expect(source.locator("time")).to_have_text(re.compile(r"^2026-1\d-\d\d$"))
    expect(source.locator("a")).to_have_attribute("href", "https://www.ecfr.gov/current/title-34/section-300.301")
    page.shots("source")


def test_the_disclaimer_is_always_in_view(page):
    disclaimer = page.locator(".disclaimer")
    expect(disclaimer).to_contain_text("not legal advice")
    for _ in range(2):
        ask(page, "what is an iep")
        expect(disclaimer).to_be_in_viewport()


def test_a_suggested_question_is_answered_when_tapped(page):
    turn = ask(page, "how long does the school have to test my kid")
    turn.locator("[data-ask]").first.click()
    expect(page.locator("article.turn")).to_have_count(2, timeout=30_000)
    expect(page.locator("article.turn").nth(1).locator(".answer.answered")).to_be_visible()


def test_a_starting_question_is_answered_when_tapped(page):
    page.locator(".start [data-ask]").nth(1).click()
    expect(page.locator("article.turn .answer.answered")).to_be_visible(timeout=30_000)
    expect(page.locator(".start")).to_be_hidden()


def test_markup_typed_by_a_person_is_shown_as_text(page):
    turn = ask(page, '<img src=x onerror="document.title=1"> what is $10 and $20 **iep**')
    expect(turn.locator("h2")).to_contain_text("<img src=x")
    assert turn.locator("img").count() == 0


def test_danger_gets_the_card_with_numbers_to_tap(page):
    turn = ask(page, "my son says he wants to kill himself")
    expect(turn.locator('a[href="tel:988"]')).to_be_visible()
    page.shots("safety")


def test_no_answer_says_who_can_help(page):
    turn = ask(page, "what is the weather tomorrow")
    expect(turn).to_contain_text("Parent Training and Information Center")
    page.shots("abstained")


def test_nothing_is_kept_in_the_browser_and_the_page_fits_the_screen(page):
    ask(page, "what is an iep")
    kept = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie.length]")
    assert kept == [0, 0, 0]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_focus_goes_to_the_answer_and_is_announced_once(page):
    ask(page, "what is an iep")
    assert page.evaluate("document.activeElement.tagName") == "H3"
    expect(page.locator("#iep-talk [role=status]")).to_have_text(words("en")["page"]["answer_ready"])


def test_the_typed_question_stays_when_the_server_is_gone(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.fill("#iep-box textarea", "what is an iep")
    context.set_offline(True)
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    assert page.input_value("#iep-box textarea") == "what is an iep"
    expect(page.locator("#iep-starting")).to_contain_text(words("en")["page"]["lost"], timeout=15_000)
    context.close()
