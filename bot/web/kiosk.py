"""The kiosk in the front office: one page that is never left, a door for its questions, and a staff page.

The server keeps no session for it: the page holds the talk and sends it along, and forgets it by itself.
"""

import time
from collections import Counter
from typing import Literal

import segno
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError

from bot.ask import Engine
from bot.contract import read_asked
from bot.render_html import Beside, to_html
from bot.types import Answer
from bot.web.kiosk_page import kiosk_page
from bot.web.layout import e
from bot.web.service import Service
from bot.web.staff import Door, report
from bot.words import words

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FORGET = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}


class StaffAsked(BaseModel):
    """A PIN."""

    pin: str = Field(max_length=32)
    lang: Literal["en", "es"] = "en"


def add_kiosk(app: FastAPI, service: Service) -> None:
    """Add the page, `POST /kiosk/ask`, and `POST /kiosk/staff` where a PIN is set."""
    counts: Counter[str] = Counter()

    @app.get("/kiosk")
    def page() -> HTMLResponse:
        """The whole kiosk. It holds every fixed word, so that it can speak when the server cannot."""
        return HTMLResponse(kiosk_page(service), headers=FORGET)

    @app.post("/kiosk/ask")
    async def ask(request: Request) -> Response:
        """Answer the last question of a visit as the page shows it. What is asked is the JSON of `/api/ask`."""
        asked = read_asked(await request.body())
        if asked is None or asked.lang is None:
            return Response(status_code=400, headers=FORGET)
        if not service.ready:
            return Response(status_code=503, headers=FORGET)
        engine = service.engine()
        *earlier, text = asked.turns
        answer = await run_in_threadpool(engine.ask, text, earlier, asked.lang)
        counts[answer.status] += 1
        return JSONResponse(_shown(answer, engine, service.settings.public_url), headers=FORGET)

    if service.settings.staff_pin:
        _add_staff(app, service, counts)


def take(answer: Answer, public_url: str) -> str:
    """The QR code that leads to the answer's own page, with its address, or "".

    It carries the entry's id and the language, never the question.

    :param public_url: where the public can reach the product; "" for no code
    """
    if not public_url or not answer.citations:
        return ""
    address = f"{public_url.rstrip('/')}/answer/{answer.citations[0].entry}?lang={answer.lang}"
    shown = e(address.split("://")[-1])
    say = words(answer.lang)["kiosk"]
    code = segno.make_qr(address, error="m").svg_inline(svgclass=None, lineclass=None, omitsize=True, light="#fff")
    return (
        f'<div class="qr" role="img" aria-label="{e(say["take_code"].format(address=shown))}">{code}</div>'
        f'<p class="address">{shown}</p>'
    )


def _shown(answer: Answer, engine: Engine, public_url: str) -> dict[str, str]:
    beside = Beside(engine.contacts[answer.lang], engine.glossary.get(answer.lang, ()), closed=True)
    return {
        "question": answer.question,  # with personal details masked
        "status": answer.status,
        "lang": answer.lang,
        "html": to_html(answer, beside),
        "take": take(answer, public_url),
    }


def _add_staff(app: FastAPI, service: Service, counts: Counter[str]) -> None:
    door = Door(service.settings.staff_pin)
    start = time.monotonic()

    @app.post("/kiosk/staff")
    async def staff(request: Request) -> Response:
        """Version, dates and counts, for who knows the PIN."""
        try:
            asked = StaffAsked.model_validate_json(await request.body())
        except ValidationError:
            return Response(status_code=400, headers=FORGET)
        if not service.ready:
            return Response(status_code=503, headers=FORGET)
        if await run_in_threadpool(door.opens, asked.pin):
            shown = report(service.engine(), counts, time.monotonic() - start, asked.lang)
            return JSONResponse({"html": shown}, headers=FORGET)
        say, wait = words(asked.lang)["staff"], door.seconds_to_wait()
        said = say["wait"].format(seconds=wait) if wait else say["wrong"]
        return JSONResponse({"said": said}, 429 if wait else 403, FORGET)
