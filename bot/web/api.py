"""The doors for programs, under /api: the command line's JSON contract, the entries, the glossary, a search.

They are an application of their own, so that their description at /api/openapi.json names nothing else.
"""

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from bot.contract import (
    TURNS,
    AnswerObject,
    EntryRow,
    FoundEntry,
    WholeEntry,
    answer_json,
    find_entry,
    list_entries,
    read_asked,
    search_entries,
)
from bot.reference import Term
from bot.render_html import to_html
from bot.types import LANGS, BotError
from bot.web.feedback import add_feedback
from bot.web.layout import beside
from bot.web.limit import Limiter
from bot.web.service import Service
from bot.words import words

if TYPE_CHECKING:
    from bot.ask import Engine

RETRY_SECONDS = 5  # after which a program may ask again while the server starts
MOST_FOUND = 10

Lang = Annotated[Literal["en", "es"], Query(description="language of the entries")]
T = TypeVar("T")


class Problem(BaseModel):
    """Why there is no result, in a sentence."""

    error: str


class TurnAsked(BaseModel):
    """What the help widget asks: a question, or an entry by its id."""

    turns: list[str] = Field([], max_length=TURNS, description="what the person asked, in order")
    entry: str | None = Field(None, max_length=80, description="id of an entry to be shown instead of a last question")
    lang: Literal["en", "es"] | None = Field(None, description="language of the answer; default: of the question")
    number: int = Field(1, ge=1, le=100_000, description="of the turn on its page, for unique ids")


class Turn(BaseModel):
    """One turn of a talk as HTML."""

    question: str
    status: str
    lang: str
    html: str = Field(description="an article element, everything in it escaped")


class _NotReady(Exception):
    """The engine is still opening."""


_ASK_BODY = {
    "type": "object",
    "description": "A question, or the turns of a talk of which the last is answered.",
    "anyOf": [{"required": ["question"], "properties": {"question": {"type": "string"}}}, {"required": ["turns"]}],
    "properties": {
        "question": {"type": ["string", "null"], "description": "not read where there are turns"},
        "turns": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": TURNS},
        "lang": {"enum": [*LANGS, None]},
        "id": {"type": ["string", "integer", "null"], "description": "given back with the answer"},
    },
}
_LATER = {"model": Problem, "headers": {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {422: {"model": Problem}, 429: _LATER, 503: _LATER}


def build_api(service: Service) -> FastAPI:
    """Make the application that is mounted at /api.

    :param service: the engine that it asks
    :raises BotError: when the requests of clients cannot be counted as set
    """
    api = FastAPI(
        title=words("en")["page"]["title"],
        description=words("en")["api"]["description"],
        version=version("iep-explainer"),
        openapi_url="/openapi.json" if service.settings.openapi else None,
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,
    )
    _limit(api, Limiter(service.settings))
    _refuse_in_words(api)

    _add_questions(api, service)
    _add_entries(api, service)
    add_feedback(api, service)
    return api


def _work(service: Service, step: "Callable[[Engine], T]") -> T:
    """Do one step with the engine, or say that it is not there yet."""
    if not service.ready:
        raise _NotReady
    try:
        return step(service.engine())
    except BotError as error:
        raise _NotReady from error


def _add_questions(api: FastAPI, service: Service) -> None:
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": _ASK_BODY}}}}

    @api.post(
        "/ask", responses={200: {"model": AnswerObject}, 400: {"model": Problem}}, openapi_extra=body, tags=["ask"]
    )
    async def ask(request: Request) -> Response:
        """Answer one question, or the last turn of a talk."""
        asked = read_asked(await request.body())
        if asked is None:
            return _problem("not_a_question", 400)
        text = await run_in_threadpool(_work, service, lambda engine: answer_json(engine, asked))
        return Response(text, media_type="application/json")

    @api.post("/turn", responses={400: {"model": Problem}, 404: {"model": Problem}}, tags=["ask"])
    def turn(asked: TurnAsked) -> Turn:
        """Answer as the help widget shows it."""
        return _work(service, lambda engine: _turn(engine, service, asked))


def _turn(engine: "Engine", service: Service, asked: TurnAsked) -> Turn:
    turns = list(asked.turns)
    if asked.entry is not None:
        langs = [asked.lang] if asked.lang else list(LANGS)
        entry = next(filter(None, (find_entry(engine, asked.entry, lang) for lang in langs)), None)
        if entry is None:
            raise HTTPException(404)
        turns.append(entry.title)
    *history, last = turns or [""]
    answer = engine.ask(last, history, asked.lang)
    shown = to_html(answer, beside(service, engine, answer.lang, framed=True), asked.number)
    return Turn(question=last, status=answer.status, lang=answer.lang, html=shown)


def _add_entries(api: FastAPI, service: Service) -> None:
    @api.get("/entries", tags=["entries"])
    def entries(lang: Lang = "en", topic: Annotated[str | None, Query(max_length=80)] = None) -> list[EntryRow]:
        """All entries, or those of one topic."""
        return _work(service, lambda engine: list_entries(engine, lang, topic))

    @api.get("/entries/{id}", responses={404: {"model": Problem}}, tags=["entries"])
    def entry(id: Annotated[str, Path(pattern=r"^[\w-]{1,80}$")], lang: Lang = "en") -> WholeEntry:
        """One entry with all its sections."""
        found = _work(service, lambda engine: find_entry(engine, id, lang))
        if found is None:
            raise HTTPException(404)
        return found

    @api.get("/glossary", tags=["entries"])
    def glossary(lang: Lang = "en") -> list[Term]:
        """Terms of art in plain words."""
        return _work(service, lambda engine: engine.glossary.get(lang, []))

    @api.get("/search", tags=["entries"])
    def search(
        q: Annotated[
            str, Query(min_length=1, max_length=200, description="what to look for; for a person's question use /ask")
        ],
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 5,
    ) -> list[FoundEntry]:
        """Entries nearest to a text, best first. It always finds some; only /ask says whether they answer."""
        return _work(service, lambda engine: search_entries(engine, q, lang, limit))


def _limit(api: FastAPI, limiter: Limiter) -> None:
    @api.middleware("http")
    async def limit(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        seconds = await limiter.seconds_to_wait(request)
        return _problem("too_many", 429, seconds) if seconds else await go_on(request)


def _refuse_in_words(api: FastAPI) -> None:
    @api.exception_handler(RequestValidationError)
    async def unusable(request: Request, error: RequestValidationError) -> Response:
        names = ", ".join(sorted({str(e["loc"][-1]) for e in error.errors()}))
        return _problem("not_usable", 422, names=names)

    @api.exception_handler(StarletteHTTPException)  # its child of FastAPI's too
    async def refused(request: Request, error: StarletteHTTPException) -> Response:
        if error.status_code == 404:
            return _problem("nothing_here", 404)
        return _problem("not_usable", error.status_code, names="body")

    @api.exception_handler(_NotReady)
    async def starting(request: Request, error: _NotReady) -> Response:
        return _problem("not_ready", 503, RETRY_SECONDS)


def _problem(key: str, status: int, seconds: int = 0, **values: str) -> JSONResponse:
    headers = {"Retry-After": str(seconds)} if seconds else None
    return JSONResponse({"error": words("en")["api"][key].format(**values)}, status, headers)
