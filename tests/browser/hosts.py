"""Pages of other sites for the tests of the help widget, and what the tests do on them."""

import http.server
import threading
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SHOTS = Path(__file__).parent / "shots"
WIDE, SMALL = (1280, 900), (390, 780)
QUESTION = "how long does the school have to test my kid"


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


def faults(where):
    """What axe-core finds wrong on a page or in a frame."""
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in Axe().run(where).response["violations"]]
