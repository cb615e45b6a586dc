"""The help widget in a real browser on a page of another site: the first click, the talk, the focus, the looks."""

import gzip
import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from bot.settings import ROOT
from bot.web.widget import integrity, loader, versioned_name
from bot.words import words
from tests.browser.hosts import (
    QUESTION,
    SHOTS,
    SMALL,
    WIDE,
    ask,
    faults,
    focused,
    frame,
    launcher,
    opened,
    panel,
    site,
    tag,
)

SAY = words("en")


# What it does to a page before anyone wants it


def measured(visit, address):
    """Requests, storage, layout shift and long tasks of a page until it is quiet."""
    seen = []
    watch = (
        "window.shift = 0; window.long = 0;"
        "new PerformanceObserver(l => l.getEntries().forEach(e => shift += e.value))"
        ".observe({type: 'layout-shift', buffered: true});"
        "new PerformanceObserver(l => long += l.getEntries().filter(e => e.duration > 50).length)"
        ".observe({type: 'longtask', buffered: true});"
    )
    page = visit("about:blank", before=watch)
    page.on("request", lambda r: seen.append(r.url))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    return {
        "requests": seen,
        "cookies": page.context.cookies(),
        "kept": page.evaluate("[localStorage.length, sessionStorage.length]"),
        "databases": page.evaluate("indexedDB.databases().then(d => d.length)"),
        "shift": page.evaluate("shift"),
        "long tasks": page.evaluate("long"),
        "in the body": page.evaluate("document.body.innerHTML.length"),
    }


def test_before_the_first_click_it_is_one_request_and_nothing_else(visit, sites, product):
    with_tag = site(product)
    without = with_tag.replace(tag(product), "")
    bare, tagged = measured(visit, sites.page(without)), measured(visit, sites.page(with_tag))
    (SHOTS / "widget-trace.json").write_text(json.dumps({"without": bare, "with": tagged}, indent=1), "utf-8")
    assert [r for r in tagged.pop("requests") if not r.startswith(sites.origin)] == [f"{product}/widget.js"]
    assert len(bare.pop("requests")) == 1
    # A task can be long because this machine is busy; one quiet visit of a few shows that the tag makes none.
    visits = iter(range(4))
    while tagged["long tasks"] and next(visits, None) is not None:
        tagged["long tasks"] = measured(visit, sites.page(with_tag))["long tasks"]
    bare.pop("long tasks")
    assert tagged.pop("long tasks") == 0
    assert tagged == bare and tagged["shift"] == 0


def test_the_loader_is_at_most_ten_kilobytes_compressed(product):
    request = urllib.request.Request(f"{product}/widget.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert "Set-Cookie" not in answer.headers
        sent = answer.read()
    assert gzip.decompress(sent) == loader() and len(sent) <= 10 * 1024
    figure = re.search(r"1 request, (\d+) KB compressed", (ROOT / "README.md").read_text("utf-8"))
    assert int(figure[1]) == round(len(sent) / 1024)


# The talk


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
def test_a_person_asks_reads_the_source_and_goes_on(visit, sites, product, size):
    page = visit(sites.page(site(product)), size)
    page.screenshot(path=SHOTS / f"widget-closed-{size[0]}.png")
    inside = opened(page)
    page.wait_for_timeout(200)
    page.screenshot(path=SHOTS / f"widget-start-{size[0]}.png")
    inside.locator(".tile summary").first.click()
    inside.locator(".tile[open] [data-ask]").nth(1).click()
    turn = inside.locator("article.turn").first
    expect(turn).to_contain_text("60 days", timeout=30_000)
    expect(inside.locator(".start")).to_be_hidden()
    page.screenshot(path=SHOTS / f"widget-answer-{size[0]}.png")
    turn.locator("button.mark").first.click()
    expect(turn.locator("details.source").first).to_have_attribute("open", "")
    expect(turn.locator("blockquote").first).to_contain_text("60 days")
    page.wait_for_timeout(200)
    page.screenshot(path=SHOTS / f"widget-source-{size[0]}.png")
    turn.locator(".chips [data-ask]").first.click()
    expect(inside.locator("article.turn")).to_have_count(2, timeout=30_000)
    assert "answered" in inside.locator("article.turn .answer").nth(1).get_attribute("class")
    ask(inside, "and what if they said no")
    expect(inside.locator("#ask .small")).to_contain_text("not legal advice")
    expect(inside.locator("#ask .small")).to_be_in_viewport()
    assert frame(page).evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_talk_is_understood_in_its_course_and_starts_anew(visit, sites, product):
    page = visit(sites.page(site(product)))
    inside = opened(page)
    ask(inside, "how do i ask for testing")
    expect(ask(inside, "and how long do they have for that")).to_contain_text("60 days")
    inside.locator("#anew").click()
    expect(inside.locator("article.turn")).to_have_count(0)
    expect(inside.locator(".start")).to_be_visible()
    sent = []
    page.on("request", lambda r: sent.append(r.post_data) if "/api/turn" in r.url else None)
    ask(inside, QUESTION)
    assert json.loads(sent[0])["turns"] == [QUESTION]


def test_the_talk_is_in_the_frames_memory_only(visit, sites, product):
    page = visit(sites.page(site(product)))
    ask(opened(page), QUESTION)
    for where in (page, frame(page)):
        for store in ("localStorage.length", "sessionStorage.length", "document.cookie.length",
                      "(await indexedDB.databases()).length", "(await caches.keys()).length"):  # fmt: skip
            # Where the browser refuses a store to a frame of another site, nothing can be in it.
            assert where.evaluate(f"async () => {{ try {{ return {store}; }} catch (refused) {{ return 0; }} }}") == 0
    assert QUESTION not in page.content() and all(QUESTION not in f.url for f in page.frames)
    page.reload()
    expect(opened(page).locator("article.turn")).to_have_count(0)


@pytest.mark.parametrize(
    ("asked", "page_lang", "seen"),
    [("es", "en", "es"), ("auto", "es-MX", "es"), ("auto", "fr", "en"), ("en", "es", "en")],
)
def test_it_speaks_the_language_it_was_given_or_the_pages(visit, sites, product, asked, page_lang, seen):
    page = visit(sites.page(site(product, lang=page_lang).replace("defer", f'data-lang="{asked}" defer')))
    expect(launcher(page)).to_contain_text(words(seen)["widget"]["launcher"])
    inside = opened(page)
    expect(inside.locator("html")).to_have_attribute("lang", seen)
    expect(inside.locator(".start h2")).to_have_text(words(seen)["page"]["start_heading"])
    if asked == "es":
        turn = ask(inside, QUESTION)
        expect(turn).to_have_attribute("lang", "es")


def test_danger_gets_the_card_with_numbers_to_tap(visit, sites, product):
    inside = opened(visit(sites.page(site(product)), SMALL))
    ask(inside, QUESTION)
    turn = ask(inside, "my son says he wants to kill himself")
    expect(turn.locator("h2")).to_be_in_viewport(ratio=1)
    expect(turn.locator('a[href="tel:988"]')).to_be_in_viewport()


def test_an_answer_can_be_judged_and_opened_as_a_page_of_its_own(visit, sites, product):
    page = visit(sites.page(site(product)))
    inside = opened(page)
    turn = ask(inside, QUESTION)
    with page.expect_response("**/api/vote") as voted:
        turn.locator('[data-vote="yes"]').click()
    assert voted.value.status == 204
    vote = voted.value.request.post_data_json
    assert vote == {"entries": ["evaluation-deadline"], "lang": "en", "helpful": True}
    expect(turn.locator(".done")).to_have_text(SAY["tools"]["thanks"])
    assert turn.locator("[data-tool]").count() == 0  # nothing that a frame of another site cannot do
    with page.expect_popup() as popup:
        turn.locator(".tools a").first.click()
    expect(popup.value.locator("h1")).to_contain_text("How long the school has")
    assert QUESTION.split()[-1] not in popup.value.url


def test_escape_closes_an_open_meaning_first_and_then_the_panel(visit, sites, product):
    page = visit(sites.page(site(product)), SMALL)
    inside = opened(page)
    ask(inside, "what is an iep").locator("button.term").first.click()
    meaning = inside.locator(".meaning:popover-open")
    expect(meaning).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(meaning).to_have_count(0)
    page.wait_for_timeout(200)
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()


def test_markup_typed_by_a_person_is_shown_as_text(visit, sites, product):
    turn = ask(opened(visit(sites.page(site(product)))), '<img src=x onerror="document.title=1"> what is an iep')
    expect(turn.locator("h2")).to_contain_text("<img src=x")
    assert turn.locator("img").count() == 0


# Focus and screens


def test_on_a_wide_screen_the_page_stays_usable_and_escape_closes_from_both_sides(visit, sites, product):
    page = visit(sites.page(site(product, body="<script>own.onclick = () => own.textContent = 'Open'</script>")))
    inside = opened(page)
    expect(panel(page)).to_have_attribute("aria-modal", "false")
    expect(panel(page)).to_have_accessible_name(SAY["widget"]["title"])
    expect(launcher(page)).to_have_attribute("aria-expanded", "true")
    page.locator("#own").click()
    expect(page.locator("#own")).to_have_text("Open")
    page.keyboard.press("Escape")  # in the page
    expect(panel(page)).to_be_hidden()
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")
    launcher(page).focus()
    page.keyboard.press("Enter")
    inside.locator("#box").click()
    page.keyboard.press("Escape")  # in the frame
    expect(panel(page)).to_be_hidden()
    assert focused(page) == "launcher"
    ask(opened(page), QUESTION)  # the frame is still there


def test_on_a_small_screen_the_focus_is_kept_in_and_the_page_is_out_of_reach(visit, sites, product):
    page = visit(sites.page(site(product)), SMALL)
    inside = opened(page)
    expect(panel(page)).to_have_attribute("aria-modal", "true")
    box = panel(page).bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *SMALL)
    places = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        places.add(focused(page))
    assert "own" not in places and "launcher" not in places and {"close", "iframe"} & {str(p).strip() for p in places}
    page.evaluate("own.focus()")
    assert focused(page) != "own"
    inside.locator("#box").click()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    assert focused(page) == "launcher"
    launcher(page).click()
    page.locator("iep-help .close").focus()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")


def test_a_turned_phone_changes_the_panel_and_keeps_the_talk(visit, sites, product):
    page = visit(sites.page(site(product)))
    inside = opened(page)
    ask(inside, QUESTION)
    page.set_viewport_size({"width": 390, "height": 780})
    expect(panel(page)).to_have_attribute("aria-modal", "true")
    expect(launcher(page)).to_have_attribute("aria-expanded", "true")
    expect(inside.locator("article.turn")).to_have_count(1)


def test_opening_puts_the_focus_into_the_frame(visit, sites, product):
    page = visit(sites.page(site(product)))
    opened(page)
    assert "iframe" in page.evaluate("document.activeElement.shadowRoot.activeElement.localName")
    expect(page.frame_locator("iep-help iframe").locator("h1")).to_be_focused()


# Looks, scripts, accessibility


def test_it_is_themed_by_attributes_and_by_custom_properties(visit, sites, product):
    given = visit(
        sites.page(site(product, color="gold", position="top-left", offset_x="40", offset_y="2rem", z_index="7"))
    )
    box = launcher(given).bounding_box()
    assert (box["x"], box["y"]) == (40, 32) and box["width"] >= 48 and box["height"] >= 48
    assert given.locator("iep-help").evaluate("e => getComputedStyle(e).zIndex") == "7"
    assert launcher(given).evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 215, 0)"
    expect(launcher(given)).to_have_css("color", "rgb(0, 0, 0)")
    styled = "<style>:root { --iep-help-color: navy; --iep-help-offset-x: 60px; }</style>"
    page = visit(sites.page(site(product, head=styled)))
    box = launcher(page).bounding_box()
    assert round(box["x"] + box["width"]) == WIDE[0] - 60
    expect(launcher(page)).to_have_css("background-color", "rgb(0, 0, 128)")
    expect(launcher(page)).to_have_css("color", "rgb(255, 255, 255)")
    wrong = visit(sites.page(site(product, color="red; x", offset_x="url(x)", z_index="x", position="middle")))
    expect(launcher(wrong)).to_have_css("background-color", "rgb(15, 92, 99)")
    assert launcher(wrong).bounding_box()["height"] >= 48


def test_it_is_not_printed(visit, sites, product):
    page = visit(sites.page(site(product)))
    expect(launcher(page)).to_be_visible()
    page.emulate_media(media="print")
    expect(launcher(page)).to_be_hidden()


def test_a_host_opens_it_from_its_own_script(visit, sites, product):
    page = visit(sites.page(site(product)))
    page.locator("#own").focus()
    page.evaluate("IEPHelp.ask('evaluation-deadline')")
    inside = page.frame_locator("iep-help iframe")
    expect(inside.locator("article.turn")).to_contain_text("60 days", timeout=30_000)
    page.evaluate("IEPHelp.close()")
    expect(panel(page)).to_be_hidden()
    assert focused(page) == "own"  # what had the focus has it again
    page.evaluate("IEPHelp.ask('<b>'); IEPHelp.ask(7); IEPHelp.ask()")
    expect(panel(page)).to_be_hidden()
    page.evaluate("IEPHelp.open(); IEPHelp.open()")
    expect(panel(page)).to_be_visible()


@pytest.mark.parametrize(
    ("lang", "size", "scheme"),
    [("en", WIDE, "light"), ("es", WIDE, "dark"), ("es", SMALL, "light"), ("en", SMALL, "dark")],
)
def test_axe_finds_no_fault_in_launcher_and_panel(visit, sites, product, lang, size, scheme):
    address = sites.page(site(product, lang=lang, color="#0a5"))
    page = visit(address, size, color_scheme=scheme, bypass_csp=True)
    expect(launcher(page)).to_be_visible()
    assert faults(page) == []
    page.emulate_media(forced_colors="active")
    assert faults(page) == []
    page.emulate_media(forced_colors="none")
    inside = opened(page)
    assert faults(page) == []
    turn = ask(inside, QUESTION)
    if turn.locator("button.mark").count():
        turn.locator("button.mark").first.click()
    assert faults(frame(page)) == []


# The install page


def test_a_webmaster_chooses_sees_it_and_copies_a_tag_that_works(visit, sites, product):
    page = visit(f"{product}/embed", permissions=["clipboard-read", "clipboard-write"])
    expect(launcher(page)).to_be_visible()
    page.locator("[name=color]").fill("#aa3300")
    page.locator("[name=position]").select_option("bottom-left")
    page.locator("[name=lang]").select_option("es")
    expect(launcher(page)).to_have_css("background-color", "rgb(170, 51, 0)")
    expect(launcher(page)).to_contain_text(words("es")["widget"]["launcher"])
    assert launcher(page).bounding_box()["x"] == 16
    page.locator("[name=pin]").check()
    expect(page.locator("iep-help")).to_have_count(1)
    expect(launcher(page)).to_be_visible()
    ask(opened(page), QUESTION)
    page.screenshot(path=SHOTS / "widget-embed.png")
    page.keyboard.press("Escape")
    page.locator("#copy").click()
    expect(page.locator("#said")).to_have_text(SAY["embed"]["copied"])
    copied = page.evaluate("navigator.clipboard.readText()")
    assert versioned_name(loader()) in copied and integrity(loader()) in copied
    host = visit(sites.page(f'<!doctype html><html lang="en"><title>x</title><body>{copied}</body></html>'))
    expect(launcher(host)).to_have_css("background-color", "rgb(170, 51, 0)")
    changed = copied.replace("sha384-", "sha384-x")
    other = visit(sites.page(f'<!doctype html><html lang="en"><title>x</title><body>{changed}</body></html>'))
    other.wait_for_load_state("networkidle")
    expect(other.locator("iep-help")).to_have_count(0)


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("es", "dark")])
def test_the_install_page_has_no_faults_and_needs_nothing_inline(visit, product, lang, scheme):
    broken = "window.broken = []; addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective))"
    page = visit(f"{product}/embed?lang={lang}", SMALL, before=broken, color_scheme=scheme)
    expect(launcher(page)).to_be_visible()
    assert faults(page) == [] and page.evaluate("broken") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=SHOTS / f"widget-embed-{lang}-{scheme}.png", full_page=True)
