"""The help widget on pages of other sites, in a real browser. The sites are on another origin than the product."""

import gzip
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from bot.settings import ROOT
from bot.web.widget import integrity, loader, versioned_name
from bot.words import words
from tests.conftest import TINY

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
]  # fmt: skip
WIDE, SMALL = (1280, 900), (390, 780)
SAY = words("en")
QUESTION = "how long does the school have to test my kid"

if CHROMIUM is None:
    if os.environ.get("CI"):
        raise RuntimeError("CI must have Chromium: .ci/run installs it.")
    pytest.skip("no Chromium found; install your system's chromium to run these", allow_module_level=True)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Sites:
    """Host pages on http://localhost: another origin, and another site, than the product's 127.0.0.1."""

    def __init__(self):
        self.pages = {}
        sites = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page, policy = sites.pages.get(self.path, ("", None))
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.origin = f"http://localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, html, policy=None):
        """Put up a page; return its address."""
        path = f"/{len(self.pages)}"
        self.pages[path] = (html, policy)
        return self.origin + path


@pytest.fixture(scope="module")
def sites():
    sites = Sites()
    yield sites
    sites.server.shutdown()


@pytest.fixture(scope="module")
def product(tiny, sites):
    """The product, started as a person starts it, with the host pages' origin on its list."""
    port = free_port()
    env = {
        **os.environ,
        "IEP_PORT": str(port),
        "IEP_CORPUS": str(TINY),
        "IEP_INDEX": str(tiny.settings.index),
        "IEP_EMBED_ORIGINS": json.dumps([sites.origin]),
        "IEP_REQUESTS_PER_MINUTE": "10000",
    }
    server = subprocess.Popen([sys.executable, "app.py"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def browser():
    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open an address as a fresh visitor; an error of a script on it fails the test."""
    contexts, wrong = [], []

    def visit(address, size=WIDE, before="", **options):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if before:
            page.add_init_script(before)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def tag(product, src="widget.js", **attributes):
    given = " ".join(f'{"data-" if n not in ("integrity", "crossorigin") else ""}{n.replace("_", "-")}="{v}"'
                     for n, v in attributes.items())  # fmt: skip
    return f'<script src="{product}/{src}" {given} defer></script>'


def site(product, head="", body="", lang="en", **attributes):
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A school</title>'
        f'<meta name="viewport" content="width=device-width">{head}{tag(product, **attributes)}</head><body>'
        f'<main><h1>Our school</h1><p>Welcome.</p><button id="own">Menu</button>{body}</main></body></html>'
    )


def launcher(page):
    return page.locator("iep-help .launcher")


def panel(page):
    return page.locator("iep-help dialog")


def opened(page):
    """Open the panel; return what is in the frame."""
    launcher(page).click()
    inside = page.frame_locator("iep-help iframe")
    expect(inside.locator("#box")).to_be_visible()
    return inside


def frame(page):
    return next(f for f in page.frames if "/widget?" in f.url)


def ask(inside, text):
    turns = inside.locator("article.turn").count()
    inside.locator("#box").fill(text)
    inside.locator("#box").press("Enter")
    expect(inside.locator("article.turn")).to_have_count(turns + 1, timeout=30_000)
    return inside.locator("article.turn").nth(turns)


def focused(page):
    """Where the focus is, down through shadow roots: the class or name of the element."""
    return page.evaluate(
        "() => { let e = document.activeElement; while (e.shadowRoot) e = e.shadowRoot.activeElement;"
        " return e && (e.className || e.id || e.localName); }"
    )


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
    assert tagged == bare and tagged["shift"] == 0 and tagged["long tasks"] == 0


def test_the_loader_is_at_most_ten_kilobytes_compressed(product):
    request = urllib.request.Request(f"{product}/widget.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert "Set-Cookie" not in answer.headers
        sent = answer.read()
    assert gzip.decompress(sent) == loader() and len(sent) <= 10 * 1024
    figure = re.search(r"1 request, ([\d.]+) KB compressed", (ROOT / "README.md").read_text("utf-8"))
    assert float(figure[1]) == round(len(sent) / 1024, 1)


# The talk


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
def test_a_person_asks_reads_the_source_and_goes_on(visit, sites, product, size):
    page = visit(sites.page(site(product)), size)
    page.screenshot(path=SHOTS / f"widget-closed-{size[0]}.png")
    inside = opened(page)
    page.wait_for_timeout(200)
    page.screenshot(path=SHOTS / f"widget-start-{size[0]}.png")
    inside.locator(".start [data-ask]").nth(1).click()
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
        kept = "Promise.all([localStorage.length, sessionStorage.length, document.cookie.length,"
        kept += " indexedDB.databases().then(d => d.length), caches.keys().then(k => k.length)])"
        assert where.evaluate(kept) == [0, 0, 0, 0, 0]
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
    turn = ask(opened(visit(sites.page(site(product)))), "my son says he wants to kill himself")
    expect(turn.locator('a[href="tel:988"]')).to_be_visible()


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


# Hosts of every kind

STRICT = "default-src 'none'; script-src {0}; frame-src {0}; style-src 'self'; require-trusted-types-for 'script'"


def test_it_works_under_a_strict_policy_of_the_host_without_a_violation(visit, sites, product):
    broken = "window.broken = []; addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective))"
    page = visit(sites.page(site(product, color="#0a5"), STRICT.format(product)), before=broken)
    ask(opened(page), QUESTION)
    assert page.evaluate("broken") == [] and frame(page).evaluate("broken") == []
    assert launcher(page).evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(0, 170, 85)"


HOSTILE = """<style>
* { all: unset !important; display: none !important; }
html, body, iep-help, div, button, iframe, dialog { position: static !important; z-index: -1 !important;
  opacity: 0 !important; width: 1px !important; height: 1px !important; font: 3px fantasy !important;
  visibility: hidden !important; transform: rotate(90deg) scale(.1) !important; pointer-events: none !important; }
html, body { display: block !important; opacity: 1 !important; transform: none !important;
  visibility: visible !important; }
</style>"""


def test_hostile_styles_of_the_host_do_not_reach_it(visit, sites, product):
    plain, hostile = (visit(sites.page(site(product, head=head))) for head in ("", HOSTILE))
    boxes = []
    for page in (plain, hostile):
        boxes.append(launcher(page).bounding_box())
        inside = opened(page)
        boxes.append(panel(page).bounding_box())
        ask(inside, QUESTION)
    hostile.screenshot(path=SHOTS / "widget-hostile.png")
    assert boxes[:2] == boxes[2:]
    styles = [
        launcher(page).evaluate(
            "e => [getComputedStyle(e).font, getComputedStyle(e).color, getComputedStyle(e).opacity]"
        )
        for page in (plain, hostile)
    ]
    assert styles[0] == styles[1]


def test_its_own_styles_do_not_reach_the_host(visit, sites, product):
    looks = (
        "[...document.querySelectorAll('main *')].map(e => getComputedStyle(e)).map(s => [...s].map(p => s[p]).join())"
    )
    with_tag = site(product)
    bare = visit(sites.page(with_tag.replace(tag(product), "")))
    tagged = visit(sites.page(with_tag))
    expect(launcher(tagged)).to_be_visible()
    assert tagged.evaluate(looks) == bare.evaluate(looks)


def test_on_a_single_page_site_there_is_one_launcher_whatever_is_loaded_again(visit, sites, product):
    page = visit(sites.page(site(product)))
    expect(launcher(page)).to_be_visible()
    load = f"""() => new Promise(go => {{
        const s = document.createElement("script"); s.src = "{product}/widget.js"; s.onload = go;
        document.head.append(s); }})"""
    for _ in range(3):
        page.evaluate(load)
    expect(page.locator("iep-help")).to_have_count(1)
    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    page.evaluate(load)
    expect(page.locator("iep-help")).to_have_count(1)
    page.evaluate("document.querySelector('iep-help').remove()")  # a framework that redraws the document
    expect(page.locator("iep-help")).to_have_count(1)
    ask(opened(page), QUESTION)
    page.evaluate("IEPHelp.destroy()")
    expect(page.locator("iep-help")).to_have_count(0)
    assert page.evaluate("window.IEPHelp") is None
    page.evaluate(load)
    expect(page.locator("iep-help")).to_have_count(1)
    ask(opened(page), QUESTION)


def test_it_works_where_a_browser_blocks_all_storage_of_others(browser, sites, product):
    refuse = """for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
        Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
        Object.defineProperty(Document.prototype, "cookie", { get() { throw new DOMException("blocked"); },
                                                              set() { throw new DOMException("blocked"); } });"""
    context = browser.new_context()
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.add_init_script(refuse)  # in the frame too
    page.goto(sites.page(site(product)))
    inside = opened(page)
    ask(inside, QUESTION)
    expect(ask(inside, "and what if they said no")).to_be_visible()
    assert wrong == []
    context.close()


# Messages


def test_messages_are_few_and_carry_no_word_of_the_talk(visit, sites, product):
    hear = "window.heard = []; addEventListener('message', e => heard.push(e.data), true)"
    page = visit(sites.page(site(product)), before=hear)
    inside = opened(page)
    ask(inside, QUESTION)
    page.evaluate("IEPHelp.ask('evaluation-deadline')")
    expect(inside.locator("article.turn")).to_have_count(2, timeout=30_000)
    inside.locator("#box").press("Escape")
    expect(panel(page)).to_be_hidden()
    assert page.evaluate("heard") == [{"v": 1, "type": "ready"}, {"v": 1, "type": "close"}]
    assert frame(page).evaluate("heard") == [
        {"v": 1, "type": "open"},
        {"v": 1, "type": "ask", "entry": "evaluation-deadline"},
    ]


def test_forged_messages_are_ignored(visit, sites, product):
    other = sites.page("<!doctype html><title>Another frame</title>")
    page = visit(sites.page(site(product, body=f'<iframe id="other" src="{other}"></iframe>')))
    inside = opened(page)
    sibling = next(f for f in page.frames if f.url == other)
    close = '{v: 1, type: "close"}'
    page.evaluate(f"window.postMessage({close}, '*')")  # the page to itself
    sibling.evaluate(f"parent.postMessage({close}, '*')")  # another frame
    frame(page).evaluate("for (const m of [{v: 2, type: 'close'}, {v: 1, type: 'destroy'}, {v: 1, type: 'toString'},"
                         " 'close', null, {type: 'close'}]) parent.postMessage(m, '*')")  # fmt: skip
    page.wait_for_timeout(300)
    expect(panel(page)).to_be_visible()
    for message in ('{v: 1, type: "ask", entry: "evaluation-deadline"}', '{v: 1, type: "open"}'):
        sibling.evaluate(f"for (const f of [...Array(parent.length).keys()]) parent[f].postMessage({message}, '*')")
    reach = "document.querySelector('iep-help').shadowRoot.querySelector('iframe').contentWindow"
    for message in ('{v: 2, type: "ask", entry: "evaluation-deadline"}', '{v: 1, type: "ask", entry: "<b>x"}', '"ask"'):
        page.evaluate(f"{reach}.postMessage({message}, '*')")
    page.wait_for_timeout(500)
    expect(inside.locator("article.turn")).to_have_count(0)
    page.evaluate(f"{reach}.postMessage({{v: 1, type: 'ask', entry: 'evaluation-deadline'}}, '*')")
    expect(inside.locator("article.turn")).to_have_count(1, timeout=30_000)  # the true one is heard


# Who may embed


@contextmanager
def another_site(html):
    sites = Sites()
    yield sites.page(html)
    sites.server.shutdown()


def test_a_site_that_is_not_listed_gets_a_link_to_the_help_page(visit, product):
    with another_site(site(product)) as address:
        page = visit(address)
        launcher(page).click()
        link = page.locator("iep-help a.launcher")
        expect(link).to_have_attribute("href", f"{product}/", timeout=12_000)
        expect(link).to_contain_text(SAY["widget"]["link"])
        expect(link).to_be_focused()
        expect(panel(page)).to_have_count(0)


@pytest.mark.parametrize("path", ["", "embed", "api/glossary", "ui/page.js", "widget.js"])
def test_no_page_but_the_widget_can_be_framed_even_by_a_listed_site(visit, sites, product, path):
    said = []
    page = visit("about:blank")
    page.on("console", lambda m: said.append(m.text))
    page.goto(sites.page(f'<!doctype html><iframe src="{product}/{path}"></iframe>'))
    page.wait_for_load_state("networkidle")
    assert any("frame-ancestors" in text for text in said), said


def test_a_server_that_is_away_leaves_a_link(visit, sites, product):
    page = visit(sites.page(site(product, help="https://example.org/help")))
    page.route("**/widget?*", lambda route: route.abort())
    launcher(page).click()
    expect(page.locator("iep-help a.launcher")).to_have_attribute("href", "https://example.org/help", timeout=12_000)
    page.screenshot(path=SHOTS / "widget-link.png")


def test_a_lost_connection_keeps_the_question_and_a_starting_server_is_waited_for(visit, sites, product):
    page = visit(sites.page(site(product)))
    inside = opened(page)
    page.route("**/api/turn", lambda route: route.abort())
    inside.locator("#box").fill(QUESTION)
    inside.locator("#box").press("Enter")
    expect(inside.locator("#ask .note")).to_have_text(SAY["page"]["lost"])
    expect(inside.locator("#box")).to_have_value(QUESTION)
    page.unroute("**/api/turn")
    tries = []

    def first_starting(route):
        tries.append(1)
        if len(tries) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}")
        else:
            route.continue_()

    page.route("**/api/turn", first_starting)
    inside.locator("#box").press("Enter")
    expect(inside.locator("article.turn")).to_contain_text("60 days", timeout=30_000)
    page.unroute("**/api/turn")
    page.route("**/api/turn", lambda route: route.fulfill(status=429, headers={"Retry-After": "9"}, body="{}"))
    inside.locator("#box").fill(QUESTION)
    inside.locator("#box").press("Enter")
    expect(inside.locator("#ask .note")).to_have_text(SAY["page"]["too_many"])
    expect(inside.locator("#box")).to_have_value(QUESTION)


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


def faults(where):
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in Axe().run(where).response["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_axe_finds_no_fault_in_launcher_and_panel(visit, sites, product, size, lang, scheme):
    address = sites.page(site(product, lang=lang, color="#0a5"))
    page = visit(address, size, color_scheme=scheme, bypass_csp=True)
    expect(launcher(page)).to_be_visible()
    assert faults(page) == []
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


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_install_page_has_no_faults_and_needs_nothing_inline(visit, product, lang, scheme):
    broken = "window.broken = []; addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective))"
    page = visit(f"{product}/embed?lang={lang}", SMALL, before=broken, color_scheme=scheme)
    expect(launcher(page)).to_be_visible()
    assert faults(page) == [] and page.evaluate("broken") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=SHOTS / f"widget-embed-{lang}-{scheme}.png", full_page=True)
