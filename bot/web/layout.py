"""The frame of the plain pages: no script needed, nothing but one style sheet, the same links on each."""

import html
from dataclasses import dataclass

from fastapi.responses import HTMLResponse

from bot.corpus import read_title
from bot.render_html import chips
from bot.types import LANGS
from bot.web.service import Service
from bot.words import words

# Stricter than the Gradio page needs: no inline code at all.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Frame:
    """What every plain page shows around its body."""

    lang: str
    langs: tuple[str, ...] = LANGS  # languages that have answers

    def page(self, title: str, body: str, path: str, script: str = "", status: int = 200) -> HTMLResponse:
        """A whole page.

        :param title: plain text, of the page
        :param body: HTML
        :param path: address of the page without its language
        :param script: name of a script in /ui, for a page that is better with one
        """
        say = words(self.lang)["page"]
        scripts = f'<script src="/ui/{script}" defer></script>' if script else ""
        other = next((x for x in self.langs if x != self.lang), "")
        switch = f'<a lang="{other}" href="{path}?lang={other}">{e(say["other_language"])}</a>' if other else ""
        text = (
            f'<!doctype html><html lang="{self.lang}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{e(title)} - {e(say['title'])}</title>"
            f'<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/ui/answer.css">'
            f'<link rel="stylesheet" href="/ui/plain.css">{scripts}</head>'
            f'<body><a class="skip" href="#main">{e(say["skip_plain"])}</a>'
            f'<header class="top"><p class="name"><a href="{home(self.lang)}">{e(say["title"])}</a></p>'
            f"{switch}</header>"
            f'<main id="main">{body}</main>'
            f"<footer>{menu(self.lang)}"
            f'<p class="disclaimer">{e(say["disclaimer"])} {e(say["privacy"])}</p></footer></body></html>'
        )
        return HTMLResponse(text, status, {"Content-Security-Policy": POLICY})


def menu(lang: str, without: tuple[str, ...] = ()) -> str:
    """The links that every page has at its end.

    :param without: those that the page already has elsewhere
    """
    say = words(lang)["page"]
    pages = (("home", home(lang)), *((k, f"/{k}?lang={lang}") for k in ("topics", "letters", "terms", "lite", "embed")))
    rows = "".join(f'<li><a href="{href}">{e(say[key])}</a></li>' for key, href in pages if key not in without)
    return f'<nav class="menu" aria-label="{e(say["menu"])}"><ul>{rows}</ul></nav>'


def start_tiles(service: Service, lang: str) -> str:
    """Situations to start from; opened, their questions. Each is an entry's title, so each has an answer."""
    tiles = ""
    for start in service.starts(lang):
        titles = [title for x in start.entries if (title := read_title(service.settings.corpus, lang, x))]
        if titles:
            tiles += f'<details class="tile" name="tile"><summary>{e(start.name)}</summary>{chips(titles)}</details>'
    return tiles


def home(lang: str) -> str:
    """Address of the page with the talk."""
    return "/" if lang == "en" else f"/{lang}/"


def e(text: str) -> str:
    """Escape a text for HTML."""
    return html.escape(text, quote=True)
