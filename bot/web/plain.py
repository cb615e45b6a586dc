"""The pages without scripts: /lite to ask, one page for each entry, topics, letters and school words."""

import re

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.datastructures import FormData

from bot.ask import Engine
from bot.compose import whole_entry
from bot.corpus import TOPICS
from bot.reference import Letter, read_languages, read_letters
from bot.render_html import Beside, answer_html, chips, to_html
from bot.types import Entry
from bot.web.languages import languages_page
from bot.web.layout import Frame, e, home, privacy
from bot.web.service import Service
from bot.web.speech import chosen, spoken
from bot.words import words

TURNS = 6  # earlier questions that the simple page carries along
WAIT_SECONDS = 3  # until a page that came too early is loaded again


def add_plain_pages(app: FastAPI, service: Service) -> None:
    """Add the pages to the application."""
    pages = _Pages(service)
    app.add_api_route("/lite", pages.lite, methods=["GET", "POST"])
    app.add_api_route("/answer/{name}", pages.answer, methods=["GET"])
    app.add_api_route("/topics", pages.topics, methods=["GET"])
    app.add_api_route("/topics/{name}", pages.topic, methods=["GET"])
    app.add_api_route("/letters", pages.letters, methods=["GET"])
    app.add_api_route("/letter/{name}", pages.letter, methods=["GET"])
    app.add_api_route("/terms", pages.terms, methods=["GET"])
    app.add_api_route("/languages", pages.languages, methods=["GET"])


class _Pages:
    """One method for each page. Each waits for nothing: before the engine is open they say so and load again."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def lite(self, request: Request) -> Response:
        """Ask and read without scripts. The questions travel in the form, never in an address."""
        form = await request.form() if request.method == "POST" else FormData()
        # A tapped question comes beside the box, empty or not; it stands first on the page and counts.
        text = next((str(x) for x in form.getlist("question") if str(x).strip()), "")
        earlier = [str(x) for x in form.getlist("before")][-TURNS:]
        frame = self._frame(request, str(form.get("lang", "")))
        # The form carries a language only where somebody chose it.
        answers = chosen(str(form.get("chosen", "")) or request.query_params.get("lang"), frame.lang)
        if not self.service.ready:
            return _early(frame, "/lite", _form(frame.lang, text, earlier, answers))
        if request.method != "POST":
            return frame.page(words(frame.lang)["page"]["home"], self._lite_start(frame.lang, answers), "/lite")
        engine = self.service.engine()
        answer = await run_in_threadpool(engine.ask, text, earlier, answers)
        beside = _beside(engine, answer.lang, self._letters(answer.lang))
        asked = [*earlier, text] if answer.reason not in ("empty", "too-long") else earlier
        kept = text if answer.reason == "too-long" else ""
        body = to_html(answer, beside) + _form(frame.lang, kept, asked, answers)
        body = f'<form method="post" action="/lite">{body}</form>'
        return frame.page(words(frame.lang)["page"]["answer"], body, "/lite")

    def answer(self, request: Request, name: str) -> Response:
        """One entry with all its sections and sources: to link, to print, to hand on."""
        frame = self._frame(request)
        if not self.service.ready:
            return _early(frame, f"/answer/{name}")
        engine = self.service.engine()
        entry = engine.index.entries.get(frame.lang, {}).get(name)
        if entry is None:
            return _missing(frame, f"/answer/{name}")
        say = words(frame.lang)
        found = whole_entry(entry)
        beside = _beside(engine, frame.lang, self._letters(frame.lang))
        entries = engine.index.entries[frame.lang]
        near = [entries[x] for x in entry.see if x in entries]
        body = (
            f'<p class="crumb"><a href="/topics/{entry.topic}?lang={frame.lang}">'
            f"{e(say['topics'][entry.topic])}</a></p>"
            f'<article class="turn"><h1>{e(entry.title)}</h1>'
            f'<div class="answer">{answer_html(found, beside)}</div></article>'
            f"<h2>{e(say['answer']['also'])}</h2>{_links(near, frame.lang)}"
        )
        return frame.page(entry.title, body, f"/answer/{name}")

    def topics(self, request: Request) -> Response:
        """Every topic, for those who do not know what to ask."""
        frame = self._frame(request)
        say = words(frame.lang)
        rows = "".join(f'<li><a href="/topics/{x}?lang={frame.lang}">{e(say["topics"][x])}</a></li>' for x in TOPICS)
        body = f'<h1>{e(say["page"]["topics"])}</h1><ul class="topics">{rows}</ul>'
        return frame.page(say["page"]["topics"], body, "/topics")

    def topic(self, request: Request, name: str) -> Response:
        """The entries of one topic."""
        frame = self._frame(request)
        say = words(frame.lang)
        if name not in TOPICS:
            return _missing(frame, "/topics")
        if not self.service.ready:
            return _early(frame, f"/topics/{name}")
        entries = [x for x in self.service.engine().index.entries[frame.lang].values() if x.topic == name]
        body = (
            f'<p class="crumb"><a href="/topics?lang={frame.lang}">{e(say["page"]["back"])}</a></p>'
            f"<h1>{e(say['topics'][name])}</h1>{_links(sorted(entries, key=lambda x: x.title), frame.lang)}"
        )
        return frame.page(say["topics"][name], body, f"/topics/{name}")

    def letters(self, request: Request) -> Response:
        """The letter templates."""
        frame = self._frame(request)
        say = words(frame.lang)["letter"]
        rows = "".join(
            f'<li><a href="/letter/{x.id}?lang={frame.lang}">{e(x.title)}</a></li>' for x in self._letters(frame.lang)
        )
        body = f'<h1>{e(say["heading"])}</h1><p>{e(say["intro"])}</p><ul class="topics">{rows}</ul>'
        return frame.page(say["heading"], body, "/letters")

    def letter(self, request: Request, name: str) -> Response:
        """One letter. Its blanks are filled in by letter.js in the browser; nothing typed is sent."""
        frame = self._frame(request)
        found = next((x for x in self._letters(frame.lang) if x.id == name), None)
        if found is None:
            return _missing(frame, "/letters")
        if not self.service.ready:
            return _early(frame, f"/letter/{name}")
        entry = self.service.engine().index.entries[frame.lang][found.entry]
        return frame.page(found.title, _letter(found, entry), f"/letter/{name}", ("copy.js", "letter.js"))

    def terms(self, request: Request) -> Response:
        """The glossary."""
        frame = self._frame(request)
        say = words(frame.lang)
        if not self.service.ready:
            return _early(frame, "/terms")
        rows = "".join(
            f'<dt id="{_anchor(t.term)}">{e(", ".join((t.term, *t.also)))}</dt><dd>{e(t.plain)} '
            f'<a href="/answer/{t.entry}?lang={frame.lang}">{e(say["answer"]["also"])}'
            f'<span class="visually-hidden">: {e(t.term)}</span></a></dd>'
            for t in sorted(self.service.engine().glossary.get(frame.lang, []), key=lambda t: t.term.lower())
        )
        return frame.page(
            say["page"]["terms"], f'<h1>{e(say["page"]["terms"])}</h1><dl class="terms">{rows}</dl>', "/terms"
        )

    def languages(self, request: Request) -> Response:
        """For those who read neither language: the right to an interpreter, in ten more."""
        frame = self._frame(request)
        title = words(frame.lang)["languages"]["heading"]
        return frame.page(title, languages_page(frame, read_languages(self.service.settings.corpus)), "/languages")

    def _frame(self, request: Request, lang: str = "") -> Frame:
        """The frame in the language of the form, else in that of the address, else in the browser's."""
        langs = self.service.langs
        lang = lang if lang in langs else spoken(request, langs)
        return Frame(lang, langs, privacy(self.service, lang))

    def _letters(self, lang: str) -> list[Letter]:
        return read_letters(self.service.settings.corpus, lang)

    def _lite_start(self, lang: str, answers: str | None) -> str:
        say = words(lang)
        entries = self.service.engine().index.entries[lang]
        groups = "".join(
            f"<h2>{e(x.name)}</h2>{chips(entries[n].title for n in x.entries[:2] if n in entries)}"
            for x in self.service.starts(lang)
        )
        return (
            f"<h1>{e(say['page']['title'])}</h1><p>{e(say['page']['tagline'])}</p>"
            f'<form method="post" action="/lite">{_form(lang, "", [], answers)}</form>'
            f'<form method="post" action="/lite"><input type="hidden" name="lang" value="{lang}">'
            f"{_hidden(answers)}{groups}</form>"
        )


def _hidden(answers: str | None) -> str:
    return f'<input type="hidden" name="chosen" value="{answers}">' if answers else ""


def _form(lang: str, text: str, earlier: list[str], answers: str | None) -> str:
    """The question box and what was asked before, as the inside of a form.

    :param answers: language that was chosen for the answers, if any
    """
    say = words(lang)
    before = "".join(f'<input type="hidden" name="before" value="{e(x)}">' for x in earlier[-TURNS:])
    forget = f' <a href="/lite?lang={lang}">{e(say["lite"]["forget"])}</a>' if earlier else ""
    return (
        f'<div class="ask"><label for="question">{e(say["page"]["ask_label"])}</label>'
        f'<textarea id="question" name="question" rows="3">{e(text)}</textarea>'
        f'<input type="hidden" name="lang" value="{lang}">{_hidden(answers)}{before}'
        f'<button class="go">{e(say["page"]["ask_button"])}</button>{forget}</div>'
    )


def _letter(letter: Letter, entry: Entry) -> str:
    lang = entry.lang
    say = words(lang)
    text = re.sub(r"\[[^\]]+\]", lambda m: f'<span class="blank">{m.group()}</span>', e(letter.text))
    paragraphs = "".join(f"<p>{'<br>'.join(x.splitlines())}</p>" for x in text.split("\n\n"))
    buttons = "".join(
        f'<button type="button" class="tool" data-tool="{k}">{e(say["tools"][k])}</button>' for k in ("print", "copy")
    )
    return (
        f'<p class="crumb"><a href="/letters?lang={lang}">{e(say["letter"]["heading"])}</a></p>'
        f"<h1>{e(letter.title)}</h1>"
        f'<p>{e(say["letter"]["for_answer"])}: <a href="/answer/{letter.entry}?lang={lang}">{e(entry.title)}</a>. '
        f"{e('; '.join(letter.law))}</p>"
        f'<div class="fill" data-heading="{e(say["letter"]["fill"])}" data-note="{e(say["page"]["not_kept"])}"></div>'
        f'<section class="sheet" aria-label="{e(say["letter"]["preview"])}">{paragraphs}</section>'
        f'<div class="tools" hidden>{buttons}</div>'
        f'<p class="done" role="status" data-copied="{e(say["letter"]["copied"])}"></p>'
    )


def _links(entries: list[Entry], lang: str) -> str:
    rows = "".join(f'<li><a href="/answer/{x.id}?lang={lang}">{e(x.title)}</a></li>' for x in entries)
    return f'<ul class="topics">{rows}</ul>'


def _beside(engine: Engine, lang: str, letters: list[Letter]) -> Beside:
    return Beside(engine.contacts[lang], engine.glossary.get(lang, []), letters, plain=True)


def _early(frame: Frame, path: str, body: str = "") -> Response:
    """A page that came before the answers are ready: it says so, and comes again by itself when nothing was typed."""
    say = words(frame.lang)["page"]
    form = f'<form method="post" action="/lite">{body}</form>' if body else ""
    page = frame.page(say["title"], f'<p role="status">{e(say["starting"])}</p>{form}', path, status=503)
    page.headers["Retry-After"] = str(WAIT_SECONDS)
    if not body:
        page.headers["Refresh"] = str(WAIT_SECONDS)
    return page


def _missing(frame: Frame, path: str) -> Response:
    say = words(frame.lang)["page"]
    body = f'<h1>{e(say["not_found"])}</h1><p><a href="{home(frame.lang)}">{e(say["home"])}</a></p>'
    return frame.page(say["not_found"], body, path, status=404)


def _anchor(term: str) -> str:
    return re.sub(r"\W+", "-", term.lower()).strip("-")
