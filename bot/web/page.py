"""The parent's page: a Gradio front end whose talk is our own rendered answers."""

import json
import logging
from collections.abc import Generator, Iterator
from contextlib import closing

import gradio as gr

from bot.render import to_text
from bot.render_html import to_html
from bot.types import BotError
from bot.web.layout import beside, e, home, menu, privacy, start_tiles
from bot.web.service import Service
from bot.web.speech import chosen
from bot.words import words

TURNS = 10  # earlier questions kept for follow-ups
QUEUE = 64  # people that may wait for an answer at once
AT_ONCE = 8  # questions worked on at once
_log = logging.getLogger(__name__)


def build_page(service: Service, lang: str = "en") -> gr.Blocks:
    """Lay out the page and wire its three events: the button, the Enter key, a tapped question."""
    say = words(lang)["page"]
    minutes = service.settings.session_minutes
    with gr.Blocks(title=say["title"], analytics_enabled=False, delete_cache=(600, 600)) as page:
        history = gr.State([], time_to_live=minutes * 60)
        gr.HTML(header(service, lang), elem_id="iep-header", apply_default_css=False)
        talk = gr.HTML(
            value="",
            html_template=_talk(service, lang),
            js_on_load="window.iepTalk(element, props, trigger, watch)",
            elem_id="iep-talk",
            apply_default_css=False,
        )
        with gr.Group(elem_id="iep-composer"):
            with gr.Row():
                box = gr.Textbox(
                    label=say["ask_label"], placeholder=say["ask_placeholder"], lines=1, max_lines=6,
                    elem_id="iep-box", autofocus=False, submit_btn=False, scale=4,
                )  # fmt: skip
                button = gr.Button(say["ask_button"], variant="primary", elem_id="iep-ask", scale=0, min_width=90)
            gr.HTML(
                f'<p class="disclaimer">{e(say["disclaimer"])} {e(privacy(service, lang))}</p>',
                elem_id="iep-disclaimer",
                apply_default_css=False,
            )

        # Generators: an answer that a language model words grows by verified sentences. All others come whole.
        def typed(text: str, earlier: list[str], request: gr.Request) -> Iterator[tuple[str, list[str]]]:
            answers = chosen(request.query_params.get("lang"), lang)
            with closing(_turns(service, text, earlier, lang, answers)) as turns:
                for turn in turns:
                    yield turn, [*earlier, text]

        def tapped(earlier: list[str], event: gr.EventData, request: gr.Request) -> Iterator[tuple[str, list[str]]]:
            yield from typed(str(getattr(event, "q", "")), earlier, request)

        shared = {
            "outputs": [talk, history],
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": AT_ONCE,
            "concurrency_id": "ask",
            "trigger_mode": "once",
        }
        gr.on([button.click, box.submit], typed, [box, history], **shared)
        talk.select(tapped, [history], **shared)
    page.queue(max_size=QUEUE, default_concurrency_limit=AT_ONCE)
    return page


def first_paint(service: Service, lang: str) -> str:
    """What stands on the page before any script has run, and for good where none can: it works by itself."""
    say, links = words(lang)["page"], menu(lang, without=("home",))
    return (
        f'<div id="iep-first">{header(service, lang)}<form method="post" action="/lite">'
        f'<label for="first-question">{e(say["ask_label"])}</label>'
        f'<textarea id="first-question" name="question" rows="2"></textarea>'
        f'<input type="hidden" name="lang" value="{lang}"><button class="go">{e(say["ask_button"])}</button></form>'
        f'<p class="disclaimer">{e(say["disclaimer"])} {e(privacy(service, lang))}</p>{links}</div>'
    )


def header(service: Service, lang: str) -> str:
    """Name and line of the page, and the other language."""
    say = words(lang)["page"]
    other = next((x for x in service.langs if x != lang), "")
    # English is where everybody starts: only its address with the language says that it was chosen.
    to = f"{home(other)}?lang={other}"
    switch = f'<a class="switch" lang="{other}" href="{to}">{e(say["other_language"])}</a>' if other else ""
    return (
        f'<a class="skip" href="#iep-box">{e(say["skip"])}</a>'
        f'<header class="top"><div><h1>{e(say["title"])}</h1><p>{e(say["tagline"])}</p></div>{switch}</header>'
    )


def _turns(
    service: Service, text: str, earlier: list[str], lang: str, answers: str | None
) -> Generator[str, None, None]:
    """Answer one question as the JSON that page.js appends to the talk, again each time the answer has grown.

    :param lang: of the page
    :param answers: language that the answer must be in; None: that of the question
    """
    number = len(earlier) + 1
    try:
        engine = service.engine()
        with closing(engine.stream(text, earlier[-TURNS:], answers)) as growing:
            for answer in growing:
                turn = {
                    "turn": number,
                    "question": text,
                    "status": "growing" if answer.growing else answer.status,
                    "html": to_html(answer, beside(service, engine, answer.lang), number),
                    "text": f"{answer.question}\n\n{to_text(answer, engine.contacts[answer.lang])}",
                }
                yield json.dumps(turn)
    except BotError:
        shown = f'<article class="turn"><p class="answer">{e(words(lang)["page"]["starting_failed"])}</p></article>'
        yield json.dumps({"turn": number, "question": text, "status": "failed", "html": shown, "text": ""})


def _talk(service: Service, lang: str) -> str:
    """The talk before the first question: where to start. page.js appends each answer to it."""
    say = words(lang)
    page, tools, links = say["page"], say["tools"], menu(lang, without=("home", "topics"))
    fixed = {k: page[k] for k in ("starting", "lost", "back_again", "retry")}
    texts = {**fixed, **tools, "ready": page["answer_ready"]}
    tiles = start_tiles(service, lang)
    return (
        f'<p class="starting" id="iep-starting" role="status" hidden></p>'
        f'<div class="start"><h2>{e(page["start_heading"])}</h2><div class="tiles">{tiles}</div>'
        f'<p class="browse"><a href="/topics?lang={lang}">{e(page["topics"])}</a></p></div>'
        f'<div class="turns" role="log" aria-live="off" aria-label="{e(page["talk"])}"></div>'
        f'<p class="visually-hidden" role="status" id="iep-ready" data-words="{e(json.dumps(texts))}"></p>'
        f'<div class="after" hidden><button type="button" class="tool" data-tool="print-talk">{e(tools["print_talk"])}'
        f'</button><a class="tool" href="{home(lang)}">{e(page["new_talk"])}</a></div>'
        f"{_list_panel(lang)}{links}"
        f'<p class="print-only">{e(page["disclaimer"])} {e(say["answer"]["date"])}: <span class="today"></span></p>'
    )


def _list_panel(lang: str) -> str:
    """The meeting list: questions to take along, kept by page.js and nowhere else."""
    say = words(lang)["tools"]
    return (
        f'<button type="button" class="list-button" data-tool="list" hidden>{e(say["list"])} '
        f'<span class="n count">0</span></button>'
        f'<dialog id="iep-list" aria-labelledby="iep-list-title">'
        f'<h2 id="iep-list-title" tabindex="-1">{e(say["list"])}</h2>'
        f'<p class="empty">{e(say["list_empty"])}</p><ol class="items"></ol>'
        f'<form class="own" method="dialog"><label for="iep-own">{e(say["list_own"])}</label>'
        f'<input id="iep-own" autocomplete="off" maxlength="300"><button type="button" class="tool" data-tool="put">'
        f'{e(say["list_put"])}</button></form><p class="note">{e(say["list_note"])}</p>'
        f'<div class="tools"><button type="button" class="tool" data-tool="print-list">{e(say["print_list"])}</button>'
        f'<button type="button" class="tool" data-tool="copy-list">{e(say["copy_list"])}</button>'
        f'<button type="button" class="tool" data-tool="close">{e(say["close"])}</button></div>'
        f'<p class="done" role="status"></p></dialog>'
    )
