"""What every request passes: an allow-list of routes, a body limit, security headers for each route.

Gradio opens many doors that this product does not need (uploads, file and proxy fetching, monitoring, run
history, API pages). Only what a recorded browser session used is let through; everything else is 404.
"""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.speech import spoken
from bot.words import words

BODY_LIMIT = 64 * 1024  # bytes; a question is at most a few thousand

# Method, path. Gradio's own are those that one browser session of the page asks for.
ALLOWED = tuple(
    (method, re.compile(path))
    for method, path in (
        ("GET", r"/(es/)?"),
        ("GET", r"/(healthz|readyz|favicon\.ico)"),
        ("POST", r"/api/(ask|turn|vote)"),
        ("GET", r"/api/[\s\S]+"),  # an application of its own, which says in JSON what it has not
        ("GET", r"/(widget(-[0-9a-f]+)?\.js|widget|embed)"),
        ("GET", r"/(lite|topics|letters|terms|languages)"),
        ("POST", r"/lite"),
        ("GET", r"/(answer|topics|letter)/[a-z0-9-]+"),
        ("GET", r"/kiosk"),
        ("POST", r"/kiosk/(ask|staff)"),
        ("GET", r"/ui/[\w.-]+"),
        ("GET", r"(/es)?/(config|theme\.css|manifest\.json)"),
        ("GET", r"(/es)?/(assets|static|svelte)/[\w./-]+"),
        ("POST", r"(/es)?/gradio_api/queue/join"),
        ("GET", r"(/es)?/gradio_api/queue/data"),
        ("GET", r"(/es)?/gradio_api/heartbeat/[\w-]+"),
        ("POST", r"(/es)?/gradio_api/(cancel|reset)"),
        # app_id: after a lost connection, is it the same server?
        ("GET", r"(/es)?/gradio_api/(startup-events|app_id)"),
    )
)

_CSP = "Content-Security-Policy"
HEADERS = {
    # Gradio writes its settings inline and compiles page templates, hence the two 'unsafe' words for its page.
    _CSP: (
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Our own pages need no inline script or style, and only the widget may stand in another site's page.
_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {who}"
)
_DATA = "default-src 'none'; frame-ancestors 'none'"


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, embed_origins: Iterable[str] = ()) -> None:
        """Wrap an application.

        :param embed_origins: other sites that may show the help widget, as sources of a content policy
        """
        self.app = app
        # Path -> headers of its own, over HEADERS.
        self.own = (
            (re.compile(r"/widget"), {_CSP: _STRICT.format(who=" ".join(["'self'", *embed_origins]))}),
            (re.compile(r"/embed"), {_CSP: _STRICT.format(who="'none'")}),
            # Any site may load the tag, also with an integrity hash, which a browser checks only where it may read.
            (
                re.compile(r"/widget[\w-]*\.js"),
                {_CSP: _DATA, "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"},
            ),
            (re.compile(r"/api/[\s\S]*"), {_CSP: _DATA}),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an allowed request through and finish its headers."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, finish)

    def _refusal(self, scope: Scope) -> Response | None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if not any(method == m and p.fullmatch(scope["path"]) for m, p in ALLOWED) or ".." in scope["path"]:
            return PlainTextResponse(words(spoken(HTTPConnection(scope)))["page"]["not_found"], 404)
        length = Headers(scope=scope).get("content-length", "0")
        if method == "POST" and (not length.isdigit() or int(length) > BODY_LIMIT):
            return PlainTextResponse("Too long.", 413)
        if method == "POST" and "transfer-encoding" in Headers(scope=scope):
            return PlainTextResponse("Length required.", 411)
        return None

    def _headers(self, headers: MutableHeaders, path: str) -> None:
        # Gradio lets any site read; who may is settled in server.py.
        for name in ("access-control-allow-origin", "access-control-allow-credentials", "server"):
            del headers[name]
        own: dict[str, str] = next((own for pattern, own in self.own if pattern.fullmatch(path)), {})
        for name, value in own.items():
            headers[name] = value
        for name, value in HEADERS.items():
            headers.setdefault(name, value)  # the plain pages bring a stricter policy
