"""Text before scripts: puts our styles, our scripts and a small working page into the page that Gradio serves.

The small page is read and used while Gradio's scripts load. Ours stand before those and run first: Gradio's own
`head` setting adds them when its page is being drawn, and a question asked before they came was lost.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.speech import spoken

_HTML = re.compile(rb"<html[^>]*>")
_HEAD = re.compile(rb"<head[^>]*>(.*?)</head>", re.DOTALL)
_BODY = re.compile(rb"<body[^>]*>")

_SCRIPTS = b'<script src="/ui/copy.js" defer></script><script src="/ui/page.js" defer></script>'
_STYLES = b'<link rel="stylesheet" href="/ui/answer.css"><link rel="stylesheet" href="/ui/page.css">'


class FirstPaint:
    """ASGI middleware: adds our own head, text and the right language to the pages that Gradio serves."""

    def __init__(self, app: ASGIApp, pages: dict[str, tuple[str, str]]) -> None:
        """Wrap an application.

        :param pages: path -> language of the page and HTML to stand first in its body; "/" is English
        """
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; change only the pages."""
        page = self.pages.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if page is None:
            await self.app(scope, receive, send)
            return
        if elsewhere := self._elsewhere(HTTPConnection(scope), page[0]):
            await elsewhere(scope, receive, send)
            return
        start: list[Message] = []
        body = bytearray()

        async def change(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            text = _with(bytes(body), *page)
            MutableHeaders(scope=start[0])["content-length"] = str(len(text))
            await send(start[0])
            await send({"type": "http.response.body", "body": text})

        await self.app(scope, receive, change)

    def _elsewhere(self, asked: HTTPConnection, own: str) -> Response | None:
        """To the page of the language that the address asks for, or at "/" the browser."""
        paths = {lang: path for path, (lang, _) in self.pages.items()}
        path = asked.url.path
        lang = spoken(asked, tuple(paths)) if path == "/" else asked.query_params.get("lang", own)
        to = paths.get(lang, path)
        if to == path:
            return None
        query = f"?{asked.url.query}" if asked.url.query else ""
        return RedirectResponse(f"{to}{query}", 302, {"Vary": "Accept-Language"})


def _with(body: bytes, lang: str, first: str) -> bytes:
    body = _HTML.sub(f'<html lang="{lang}">'.encode(), body, count=1)
    body = _HEAD.sub(lambda m: b"<head>" + _SCRIPTS + m.group(1) + _STYLES + b"</head>", body, count=1)
    return _BODY.sub(lambda m: m.group() + first.encode(), body, count=1)
