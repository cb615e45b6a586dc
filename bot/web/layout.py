"""The frame of the plain pages: no script needed, nothing but one style sheet, the same links on each."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse

from bot.corpus import read_title
from bot.model import place
from bot.reference import Start
from bot.render_html import Beside, chips
from bot.types import LANGS
from bot.web.service import Service
from bot.words import words

if TYPE_CHECKING:
    from bot.ask import Engine

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
    privacy: str = ""  # where what is typed goes, when it is not this machine alone

    def page(self, title: str, body: str, path: str, scripts: tuple[str, ...] = (), status: int = 200) -> HTMLResponse:
        """A whole page.

        :param title: plain text, of the page
        :param body: HTML
        :param path: address of the page without its language
        :param scripts: names of scripts in /ui, for a page that is better with them
        """
        say = words(self.lang)["page"]
        loaded = "".join(f'<script src="/ui/{script}" defer></script>' for script in scripts)
        other = next((x for x in self.langs if x != self.lang), "")
        switch = f'<a lang="{other}" href="{path}?lang={other}">{e(say["other_language"])}</a>' if other else ""
        text = (
            f'<!doctype html><html lang="{self.lang}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{e(title)} - {e(say['title'])}</title>"
            f'<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/ui/answer.css">'
            f'<link rel="stylesheet" href="/ui/plain.css">{loaded}</head>'
            f'<body><a class="skip" href="#main">{e(say["skip_plain"])}</a>'
            f'<header class="top"><p class="name"><a href="{home(self.lang)}">{e(say["title"])}</a></p>'
            f"{switch}</header>"
            f'<main id="main">{body}</main>'
            f"<footer>{menu(self.lang)}"
            f'<p class="disclaimer">{e(say["disclaimer"])} {e(self.privacy or say["privacy"])}</p></footer>'
            "</body></html>"
        )
        return HTMLResponse(text, status, {"Content-Security-Policy": POLICY})


def menu(lang: str, without: tuple[str, ...] = ()) -> str:
    """The links that every page has at its end.

    :param without: those that the page already has elsewhere
    """
    say = words(lang)["page"]
    pages = (
        ("home", home(lang)),
        *((k, f"/{k}?lang={lang}") for k in ("topics", "letters", "terms", "languages", "lite", "embed")),
    )
    rows = "".join(f'<li><a href="{href}">{e(say[key])}</a></li>' for key, href in pages if key not in without)
    return f'<nav class="menu" aria-label="{e(say["menu"])}"><ul>{rows}</ul></nav>'


def beside(service: Service, engine: "Engine", lang: str, framed: bool = False) -> Beside:
    """What stands beside an answer where scripts run: contacts, terms, letters, votes where the owner keeps them.

    :param lang: of the answer
    :param framed: in the help widget's frame
    """
    votes = service.settings.feedback is not None
    return Beside(
        engine.contacts[lang], engine.glossary.get(lang, ()), service.letters(lang), votes=votes, framed=framed
    )


def start_titles(service: Service, start: Start, lang: str) -> list[str]:
    """The questions of a situation: titles of its entries, so that each has an answer."""
    return [title for x in start.entries if (title := read_title(service.settings.corpus, lang, x))]


def start_tiles(service: Service, lang: str) -> str:
    """Situations to start from; opened, their questions."""
    tiles = ""
    for start in service.starts(lang):
        if titles := start_titles(service, start, lang):
            tiles += f'<details class="tile" name="tile"><summary>{e(start.name)}</summary>{chips(titles)}</details>'
    return tiles


def privacy(service: Service, lang: str) -> str:
    """What becomes of what a person types: with a hosted language model, who else gets it."""
    return sent_to(service, lang) or str(words(lang)["page"]["privacy"])


def sent_to(service: Service, lang: str) -> str:
    """Where questions go beyond this machine, in a sentence; "" when they stay here."""
    host = place(service.settings).host
    return str(words(lang)["page"]["privacy_hosted"].format(host=host)) if host else ""


def home(lang: str) -> str:
    """Address of the page with the talk."""
    return "/" if lang == "en" else f"/{lang}/"


def e(text: str) -> str:
    """Escape a text for HTML."""
    return html.escape(text, quote=True)
