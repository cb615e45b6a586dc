"""What every request passes: an allow-list of routes, a body limit, security headers, CORS by setting.

Gradio opens many doors that this product does not need (uploads, file and proxy fetching, monitoring, run
history, API pages). Only what a recorded browser session used is let through; everything else is 404.
"""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.words import words

BODY_LIMIT = 64 * 1024  # bytes; a question is at most a few thousand

# Method, path. Gradio's own are those that one browser session of the page asks for.
ALLOWED = tuple(
    (method, re.compile(path))
    for method, path in (
        ("GET", r"/"),
        ("GET", r"/(healthz|readyz|favicon\.ico)"),
        ("POST", r"/api/(ask|vote)"),
        ("GET", r"/(lite|topics|letters|terms)"),
        ("POST", r"/lite"),
        ("GET", r"/(answer|topics|letter)/[a-z0-9-]+"),
        ("GET", r"/kiosk"),
        ("POST", r"/kiosk/(ask|staff)"),
        ("GET", r"/ui/[\w.-]+"),
        ("GET", r"/(config|theme\.css|manifest\.json)"),
        ("GET", r"/(assets|static|svelte)/[\w./-]+"),
        ("POST", r"/gradio_api/queue/join"),
        ("GET", r"/gradio_api/queue/data"),
        ("GET", r"/gradio_api/heartbeat/[\w-]+"),
        ("POST", r"/gradio_api/(cancel|reset)"),
        ("GET", r"/gradio_api/(startup-events|app_id)"),  # app_id: after a lost connection, is it the same server?
    )
)

HEADERS = {
    # Gradio writes its settings inline and compiles page templates, hence the two 'unsafe' words for its page.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, cors_origins: Iterable[str] = ()) -> None:
        """Wrap an application.

        :param cors_origins: other sites that may call, exact origins
        """
        self.app = app
        self.cors_origins = frozenset(cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an allowed request through and finish its headers."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here
        origin = Headers(scope=scope).get("origin", "")

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._headers(MutableHeaders(scope=message), origin)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, finish)

    def _refusal(self, scope: Scope) -> Response | None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if not any(method == m and p.fullmatch(scope["path"]) for m, p in ALLOWED) or ".." in scope["path"]:
            return PlainTextResponse(words("en")["page"]["not_found"], 404)
        length = Headers(scope=scope).get("content-length", "0")
        if method == "POST" and (not length.isdigit() or int(length) > BODY_LIMIT):
            return PlainTextResponse("Too long.", 413)
        if method == "POST" and "transfer-encoding" in Headers(scope=scope):
            return PlainTextResponse("Length required.", 411)
        return None

    def _headers(self, headers: MutableHeaders, origin: str) -> None:
        for name in ("access-control-allow-origin", "access-control-allow-credentials", "server"):
            del headers[name]
        for name, value in HEADERS.items():
            headers.setdefault(name, value)  # our own pages bring a stricter policy
        if origin in self.cors_origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers.add_vary_header("Origin")
