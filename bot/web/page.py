"""The parent's page: a Gradio front end whose talk is our own rendered answers."""

import html
import json
import logging

import gradio as gr

from bot.render import to_html
from bot.types import BotError
from bot.web.service import Service
from bot.words import words

TURNS = 10  # earlier questions kept for follow-ups
QUEUE = 64  # people that may wait for an answer at once
AT_ONCE = 8  # questions worked on at once
_log = logging.getLogger(__name__)

HEAD = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="stylesheet" href="/ui/page.css"><script src="/ui/page.js" defer></script>'
)


def build_page(service: Service, lang: str = "en") -> gr.Blocks:
    """Lay out the page and wire its three events: the button, the Enter key, a tapped question."""
    say = words(lang)["page"]
    minutes = service.settings.session_minutes
    with gr.Blocks(title=say["title"], analytics_enabled=False, delete_cache=(600, 600)) as page:
        history = gr.State([], time_to_live=minutes * 60)
        gr.HTML(_header(lang), elem_id="iep-header", apply_default_css=False)
        talk = gr.HTML(
            value="",
            html_template=_start(lang),
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
                f'<p class="disclaimer">{_e(say["disclaimer"])} {_e(say["privacy"])}</p>',
                elem_id="iep-disclaimer",
                apply_default_css=False,
            )

        def typed(text: str, earlier: list[str]) -> tuple[str, list[str], str]:
            turn, earlier = _turn(service, text, earlier, lang)
            return turn, earlier, ""

        def tapped(earlier: list[str], event: gr.EventData) -> tuple[str, list[str], str]:
            return typed(str(getattr(event, "q", "")), earlier)

        shared = {
            "outputs": [talk, history, box],
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


def _turn(service: Service, text: str, earlier: list[str], lang: str) -> tuple[str, list[str]]:
    """Answer one question as the JSON that page.js appends to the talk."""
    number = len(earlier) + 1
    try:
        engine = service.engine()
        answer = engine.ask(text, earlier[-TURNS:], None)
        shown = to_html(answer, engine.contacts[answer.lang], number)
        status = answer.status
    except BotError:
        shown = f'<article class="turn"><p class="answer">{_e(words(lang)["page"]["starting_failed"])}</p></article>'
        status = "failed"
    return json.dumps({"turn": number, "status": status, "html": shown}), [*earlier, text]


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _header(lang: str) -> str:
    say = words(lang)["page"]
    return (
        f'<a class="skip" href="#iep-box">{_e(say["skip"])}</a>'
        f'<header class="top"><div><h1>{_e(say["title"])}</h1><p>{_e(say["tagline"])}</p></div></header>'
        f'<p class="starting" id="iep-starting" role="status" hidden data-starting="{_e(say["starting"])}" '
        f'data-lost="{_e(say["lost"])}"></p>'
    )


def _start(lang: str) -> str:
    """The talk before the first question: where to start. page.js appends each answer to it."""
    say = words(lang)["page"]
    chips = "".join(
        f'<li><button type="button" class="chip" data-ask>{_e(q)}</button></li>' for q in say["starters"].values()
    )
    return (
        f'<div class="start"><h2>{_e(say["start_heading"])}</h2><ul class="chips">{chips}</ul></div>'
        f'<div class="turns" role="log" aria-live="off"></div>'
        f'<p class="visually-hidden" role="status" data-ready="{_e(words(lang)["page"]["answer_ready"])}"></p>'
    )
