"""The parent's page in a real browser: ask, read, open sources, take it along, with any hand, eye or device."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pypdf import PdfReader

from bot.words import words
from tests.browser.conftest import started
from tests.conftest import TINY

SHOTS = Path(__file__).parent / "shots"


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
    context.close()
    assert wrong == []


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


def test_a_question_sent_before_the_page_is_wholly_drawn_is_answered(page):
    page.wait_for_selector("#iep-ask")
    page.evaluate("""() => {
        const button = document.getElementById("iep-ask"), place = button.parentNode
        button.remove()
        setTimeout(() => place.append(button), 700)
    }""")
    ask(page, "how long does the school have to test my kid")


def test_a_question_is_answered_although_our_script_comes_late(visit, address):
    held = []
    page = visit("about:blank")
    page.route("**/ui/page.js", lambda route: held.append(route))
    page.goto(address, wait_until="commit")
    page.wait_for_timeout(3000)
    held[0].continue_()
    page.wait_for_selector("#iep-box textarea")
    ask(page, "how long does the school have to test my kid")


def test_a_press_that_gradio_did_not_hear_is_repeated_and_asks_once(page):
    page.evaluate("""() => {
        const deaf = event => event.stopPropagation()
        document.addEventListener("click", deaf, true)
        setTimeout(() => document.removeEventListener("click", deaf, true), 1000)
    }""")
    ask(page, "how long does the school have to test my kid")
    page.wait_for_timeout(4500)
    expect(page.locator("article.turn")).to_have_count(1)


def test_what_is_typed_while_an_answer_is_made_stays_and_is_answered_next(page):
    page.fill("#iep-box textarea", "what is an iep")
    with page.expect_request("**/queue/join*"):
        page.keyboard.press("Enter")
    page.fill("#iep-box textarea", "how long does the school have to test my kid")
    expect(page.locator("article.turn")).to_have_count(1, timeout=30_000)
    page.wait_for_timeout(300)
    assert page.input_value("#iep-box textarea") == "how long does the school have to test my kid"
    page.keyboard.press("Enter")
    expect(page.locator("article.turn").nth(1).locator(".part.short")).to_contain_text("60 days", timeout=30_000)
    expect(page.locator("#iep-box textarea")).to_have_value("")


def test_a_question_pressed_while_another_is_answered_is_answered_after_it(page):
    page.fill("#iep-box textarea", "what is an iep")
    with page.expect_request("**/queue/join*"):
        page.keyboard.press("Enter")
    page.fill("#iep-box textarea", "how long does the school have to test my kid")
    page.keyboard.press("Enter")
    expect(page.locator("article.turn")).to_have_count(2, timeout=30_000)
    expect(page.locator("article.turn").nth(1).locator(".part.short")).to_contain_text("60 days")
    page.wait_for_timeout(2500)
    expect(page.locator("article.turn")).to_have_count(2)


def test_the_server_stops_although_a_page_is_open(browser, tiny):
    with started("readyz", IEP_CORPUS=str(TINY), IEP_INDEX=str(tiny.settings.index)) as server:
        page = browser.new_page()
        page.goto(server.address)
        page.wait_for_selector("#iep-box textarea")
        server.terminate()
        assert server.wait(20) == 0
        page.close()


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
    page.locator(".tile summary").nth(1).click()
    page.locator(".tile[open] [data-ask]").first.click()  # two taps from an answer
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


ANNOUNCED = """() => {
  window.said = [];
  const all = {childList: true, characterData: true, subtree: true};
  for (const line of document.querySelectorAll('[role=status]'))
    new MutationObserver(() => line.textContent && said.push(line.textContent)).observe(line, all);
}"""
PLAIN = ("lite", "answer/evaluation-deadline", "topics", "topics/iep", "letters", "letter/letter-evaluation", "terms")


def test_an_answer_is_announced_exactly_once_and_the_focus_stays_with_the_person(page):
    page.evaluate(ANNOUNCED)
    ask(page, "what is an iep")
    page.wait_for_timeout(300)
    assert page.evaluate("said") == [words("en")["page"]["answer_ready"]]
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_the_focus_goes_to_the_new_turn_when_a_question_was_tapped(page):
    turn = ask(page, "what is an iep")
    page.evaluate(ANNOUNCED)
    turn.locator("[data-ask]").first.click()
    expect(page.locator("article.turn")).to_have_count(2, timeout=30_000)
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.closest('article').id") == "turn-2"
    assert page.evaluate("said") == []  # the focus announces it


def test_a_term_opens_its_meaning_on_tap_and_key_and_closes_again(page):
    term = ask(page, "how long does the school have to test my kid").locator(".term").first
    term.click()
    meaning = page.locator(".meaning:popover-open")
    expect(meaning).to_be_visible()
    page.shots("meaning")
    page.keyboard.press("Escape")
    expect(meaning).to_have_count(0)
    term.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()


def test_a_mouse_that_rests_on_a_term_opens_its_meaning(page):
    ask(page, "how long does the school have to test my kid").locator(".term").first.hover()
    expect(page.locator(".meaning:popover-open")).to_be_visible()


def test_questions_for_the_meeting_are_collected_across_the_talk(page):
    first = ask(page, "how long does the school have to test my kid")
    first.locator("[data-tool=add]").click()
    asked = first.locator(".part.ask li").all_inner_texts()
    page.locator(".list-button").click()
    page.fill("#iep-own", "Can my sister come?")
    page.locator("[data-tool=put]").click()
    assert page.locator("#iep-list .items li span").all_inner_texts() == [*asked, "Can my sister come?"]
    page.shots("list")
    page.locator("#iep-list .items .tool").first.click()
    assert page.locator("#iep-list .items li span").all_inner_texts() == [*asked[1:], "Can my sister come?"]
    page.keyboard.press("Escape")
    expect(page.locator("#iep-list")).to_be_hidden()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie.length]") == [0, 0, 0]


def test_an_answer_is_copied_with_its_sources_and_shared_by_its_entry(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(page, "how long does the school have to test my kid canary")
    turn.locator("[data-tool=copy]").click()
    expect(turn.locator(".done")).to_have_text(words("en")["tools"]["copied"])
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "60 days" in copied and "34 CFR 300.301(c)(1)" in copied and "not legal advice" in copied
    page.evaluate("navigator.share = undefined")
    turn.locator("[data-tool=share]").click()
    expect(turn.locator(".done")).to_contain_text(words("en")["tools"]["shared"])
    assert "answer%2Fevaluation-deadline" in turn.locator('.done a[href^="sms:"]').get_attribute("href")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address.endswith("/answer/evaluation-deadline?lang=en") and "canary" not in address


def test_an_answer_is_saved_as_a_file(page):
    turn = ask(page, "how long does the school have to test my kid")
    with page.expect_download() as saving:
        turn.locator("[data-tool=save]").click()
    assert "34 CFR 300.301(c)(1)" in Path(saving.value.path()).read_text("utf-8")


def printed(page) -> str:
    """The text of the pages that the browser would print now."""
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages)


def test_one_answer_prints_whole_on_clean_pages_with_its_sources_and_the_date(page):
    ask(page, "what is an iep")
    turn = ask(page, "how long does the school have to test my kid")
    page.evaluate("window.print = () => 1")
    turn.locator("[data-tool=print]").click()
    text = printed(page)
    sources = turn.locator("details.source").count()
    assert text.count(words("en")["answer"]["reviewed"]) == sources
    assert str(date.today().year) in text.split(words("en")["page"]["disclaimer"][:30])[-1]
    for left_out in ("what is an iep", words("en")["page"]["ask_button"], words("en")["answer"]["follow_ups"]):
        assert left_out not in text.splitlines()
    assert turn.locator("details.source[open]").count() == 0, "the page is left as it was"


def test_the_browsers_own_print_prints_the_whole_talk(page):
    ask(page, "what is an iep")
    ask(page, "how long does the school have to test my kid")
    text = printed(page)
    assert text.count(words("en")["answer"]["reviewed"]) == page.locator("details.source").count()


def test_a_vote_is_thanked_for_once(page):
    turn = ask(page, "what is an iep")
    turn.locator("[data-vote=yes]").click()
    expect(turn.locator(".done")).to_have_text(words("en")["tools"]["thanks"])
    expect(turn.locator("[data-vote=no]")).to_be_disabled()


def test_a_letter_is_filled_in_without_any_request(page):
    with page.expect_popup() as opening:
        ask(page, "how do i ask the school to test my son").locator("a.letter").first.click()
    letter = opening.value
    sent = []
    letter.wait_for_selector("#blank-1")
    letter.on("request", lambda r: sent.append(r.url))
    letter.locator(".fill input").nth(3).fill("Canary Child")
    expect(letter.locator(".sheet")).to_contain_text("Canary Child")
    assert sent == []


def violations(page):
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    return [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found.response["violations"]]


def test_the_spanish_page_is_spanish_throughout_and_leads_to_english_and_back(page, address):
    page.goto(f"{address}/es/")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.wait_for_selector("#iep-box textarea")
    turn = ask(page, "how long does the school have to test my kid")  # the page's language was chosen: it wins
    expect(turn).to_have_attribute("lang", "es")
    turn = ask(page, "cuanto tiempo tiene la escuela para evaluar a mi hijo")
    expect(turn.locator(".part.short").first).to_contain_text("60 días")
    turn.locator("button.mark").first.click()
    expect(turn.locator("details.source").first).to_contain_text(words("es")["basis"]["idea"])
    page.shots("spanish")
    assert violations(page) == []
    page.locator("#iep-header .switch").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    turn = ask(page, "cuanto tiempo tiene la escuela para evaluar a mi hijo")
    expect(turn).to_have_attribute("lang", "en")  # chosen again


def test_a_browser_that_prefers_spanish_gets_it(browser, address):
    context = browser.new_context(locale="es-MX")
    page = context.new_page()
    page.goto(address)
    assert page.url == f"{address}/es/"
    page.goto(f"{address}/lite")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_or_state_breaks_an_accessibility_rule(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    assert violations(page) == []
    page.locator(".tile summary").first.click()
    assert violations(page) == []
    turn = ask(page, "how long does the school have to test my kid")
    turn.locator("button.mark").first.click()
    page.wait_for_timeout(300)
    page.shots(f"answer-{scheme}")
    assert violations(page) == []
    turn.locator("[data-tool=add]").click()
    page.locator(".list-button").click()
    assert violations(page) == []
    for path in (
        "lite",
        "languages",
        "answer/evaluation-deadline",
        "topics",
        "topics/iep",
        "letters",
        "letter/letter-evaluation",
        "terms",
    ):
        page.goto(f"{address}/{path}")
        assert violations(page) == [], path


def test_the_smallest_screen_needs_no_sideways_scrolling(browser, address):
    """320 CSS pixels: a phone, or a 1280 pixel screen at 400% (WCAG 1.4.10), with wide text spacing (1.4.12)."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
    page = context.new_page()
    spacing = "* { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important; }"
    for path in ("", "lite", "answer/evaluation-deadline", "letter/letter-evaluation", "terms"):
        page.goto(f"{address}/{path}")
        if not path:
            page.wait_for_selector("#iep-box textarea")
            for question in ("how long does the school have to test my kid", "what is the weather tomorrow"):
                ask(page, question)
        page.add_style_tag(content=spacing)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()


def test_everything_is_reached_with_the_keyboard_alone(page):
    turn = ask(page, "how long does the school have to test my kid")
    wanted = turn.locator("button:visible, summary:visible, a:visible").count()
    page.evaluate("document.querySelector('#turn-1 h2').focus()")
    reached = 0
    for _ in range(wanted):
        page.keyboard.press("Tab")
        inside = page.evaluate("document.activeElement.closest('article') !== null")
        shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'")
        assert shown
        reached += inside
    assert reached == wanted


def test_targets_are_large_enough_for_a_thumb(page):
    ask(page, "how long does the school have to test my kid")
    sizes = page.evaluate(
        "[...document.querySelectorAll('article .chip, article .tool, article summary, #iep-ask, .tile summary')]"
        ".filter(e => e.offsetParent).map(e => Math.round(e.getBoundingClientRect().height))"
    )
    assert sizes and min(sizes) >= 44


def test_without_scripts_the_first_page_still_asks_and_answers(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.fill("#first-question", "how long does the school have to test my kid")
    page.locator("#iep-first .go").click()
    expect(page.locator(".part.short").first).to_contain_text("60 days")
    page.locator(".chip").first.click()
    expect(page.locator("article.turn")).to_have_count(1)
    page.screenshot(path=SHOTS / "lite.png")
    context.close()


def test_what_the_page_loads_stays_within_its_budget(browser, address):
    """Everything from this host, compressed as the browser asks for it."""
    context = browser.new_context()
    page = context.new_page()
    hosts, size = set(), []
    page.on("response", lambda r: (hosts.add(r.url.split("/")[2]), size.append(r)))
    page.goto(address)
    page.wait_for_selector("#iep-box textarea")
    total = sum(
        r.request.sizes()["responseBodySize"] for r in size if "/queue/" not in r.url and "heartbeat" not in r.url
    )
    assert hosts == {address.removeprefix("http://")}
    assert total < 1_500_000, total
    context.close()


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
    context.set_offline(False)
    page.locator("#iep-starting [data-tool=retry]").click(timeout=15_000)
    expect(page.locator("article.turn")).to_have_count(1, timeout=30_000)
    context.close()
