"""The help widget on sites of every kind: strict, hostile, redrawn, not listed, offline; and forged messages."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from bot.words import words
from tests.browser.hosts import (
    QUESTION,
    SHOTS,
    Sites,
    ask,
    frame,
    launcher,
    opened,
    panel,
    site,
    tag,
)

SAY = words("en")


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
