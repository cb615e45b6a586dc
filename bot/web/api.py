"""The door for programs: the command line's JSON contract over HTTP."""

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.contract import answer_json, read_asked
from bot.types import BotError
from bot.web.service import Service
from bot.words import words

RETRY_SECONDS = 5


def add_api(app: FastAPI, service: Service) -> None:
    """Add `POST /api/ask`: a question in, the answer object out."""

    @app.post("/api/ask")
    async def ask(request: Request) -> Response:
        """Answer one question or the last turn of a talk."""
        say = words("en")["api"]
        asked = read_asked(await request.body())
        if asked is None:
            return JSONResponse({"error": say["not_a_question"]}, 400)
        if not service.ready:
            return JSONResponse({"error": say["not_ready"]}, 503, {"Retry-After": str(RETRY_SECONDS)})
        try:
            text = await run_in_threadpool(lambda: answer_json(service.engine(), asked))
        except BotError:
            return JSONResponse({"error": say["not_ready"]}, 503, {"Retry-After": str(RETRY_SECONDS)})
        return Response(text, media_type="application/json")
