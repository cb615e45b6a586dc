"""The help widget: the one tag for other sites, and the small page of ours that it shows in a frame.

The tag's file is loader/widget.js with its words filled in. Its versioned address names its content, and stays good
after an upgrade when `python -m bot integrity --keep` has put a copy into loader/.
"""

import base64
import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from fastapi import FastAPI, Header, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from bot.types import LANGS
from bot.web.embed import embed_page
from bot.web.layout import e, privacy, sent_to, start_tiles
from bot.web.service import Service
from bot.words import words

LOADER = Path(__file__).with_name("loader")
_PLACE = "/*WORDS*/ {}"  # in the source: where the words go
_MINUTES_15, _YEAR = 900, 31_536_000  # seconds

Lang = Annotated[Literal["en", "es"], Query()]


@cache
def loader() -> bytes:
    """The file behind the tag: loader/widget.js with the words of all languages."""
    say = json.dumps({lang: words(lang)["widget"] for lang in LANGS}, ensure_ascii=False)
    source = (LOADER / "widget.js").read_text(encoding="utf-8")
    return source.replace(_PLACE, say).encode()


def versioned_name(content: bytes) -> str:
    """Name of a version of the file, from what is in it."""
    return f"widget-{hashlib.sha256(content).hexdigest()[:12]}.js"


def integrity(content: bytes) -> str:
    """Hash for the tag's integrity attribute (Subresource Integrity, SHA-384)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def keep() -> Path:
    """Keep the present file, so that tags which pin it work after the next change.

    :returns: where it is kept
    """
    path = LOADER / versioned_name(loader())
    path.write_bytes(loader())
    return path


def add_widget(app: FastAPI, service: Service) -> None:
    """Add the tag's file, the framed page and the page that shows how to install it."""
    versions = {path.name: path.read_bytes() for path in LOADER.glob("widget-*.js")}
    versions[versioned_name(loader())] = loader()

    @app.get("/widget.js")
    def newest(accept_encoding: Annotated[str, Header()] = "") -> Response:
        """The tag's file as it is now."""
        return _script(loader(), accept_encoding, f"public, max-age={_MINUTES_15}")

    @app.get("/widget-{version}.js")
    def version(version: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
        """One version of the tag's file; it never changes."""
        content = versions.get(f"widget-{version}.js")
        if content is None:
            return PlainTextResponse(words("en")["page"]["not_found"], 404)
        return _script(content, accept_encoding, f"public, max-age={_YEAR}, immutable")

    @app.get("/widget")
    def frame(lang: Lang = "en", answers: Lang | None = None) -> HTMLResponse:
        """The page in the frame."""
        return HTMLResponse(_frame(service, lang, answers or ""))

    @app.get("/embed")
    def embed(lang: Lang = "en") -> HTMLResponse:
        """How to put the widget on a site."""
        return HTMLResponse(embed_page(lang, versioned_name(loader()), integrity(loader()), sent_to(service, lang)))


def _script(content: bytes, accepted: str, caching: str) -> Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if "gzip" in accepted:
        content, headers["Content-Encoding"] = gzip.compress(content, mtime=0), "gzip"
    return Response(content, media_type="text/javascript", headers=headers)


def _frame(service: Service, lang: str, answers: str) -> str:
    """The talk in a frame. Addresses are relative, so that it works under a folder of a proxy too."""
    say = words(lang)["page"]
    spoken = {name: say[name] for name in ("answer_ready", "starting", "lost", "too_many")} | words(lang)["frame"]
    spoken["thanks"] = words(lang)["tools"]["thanks"]
    tiles = start_tiles(service, lang)
    start = f'<h2>{e(say["start_heading"])}</h2><div class="tiles">{tiles}</div>' if tiles else ""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{e(say["title"])}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">'
        '<link rel="icon" href="favicon.ico"><link rel="stylesheet" href="ui/answer.css">'
        '<link rel="stylesheet" href="ui/frame.css"><script src="ui/frame.js" defer></script></head>'
        f'<body data-answers="{answers}" data-words="{e(json.dumps(spoken, ensure_ascii=False))}">'
        f'<main><div id="iep-talk"><h1 tabindex="-1">{e(say["title"])}</h1>'
        f'<div class="start"><p class="tagline">{e(say["tagline"])}</p>'
        f"{start}</div>"
        '<div class="turns" role="log" aria-live="off"></div></div>'
        f'<form id="ask"><p class="note" role="status"></p><label for="box">{e(say["ask_label"])}</label>'
        f'<div class="row"><textarea id="box" rows="1" placeholder="{e(say["ask_placeholder"])}"></textarea>'
        f"<button>{e(say['ask_button'])}</button></div>"
        f'<p class="small">{e(say["disclaimer"])} {e(privacy(service, lang))} '
        f'<button type="button" id="anew" hidden>{e(say["new_talk"])}</button></p></form></main></body></html>'
    )
