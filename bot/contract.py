"""The JSON contract of a question, for the command line and for programs that ask over HTTP."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.types import LANGS

if TYPE_CHECKING:
    from bot.ask import Engine

TURNS = 50  # of a talk that one object may hold


@dataclass(frozen=True)
class Asked:
    """One question as a program gives it."""

    turns: tuple[str, ...]  # what the person said, in order; the last one is answered
    lang: str | None = None
    id: str | None = None


def read_asked(text: str | bytes) -> Asked | None:
    """Read `{"question": "..."}` or `{"turns": ["...", "..."]}`, with optional "id" and "lang".

    :returns: None when it is not such an object
    """
    try:
        row = json.loads(text)
    except ValueError:
        return None
    if not isinstance(row, dict) or row.get("lang") not in (None, *LANGS):
        return None
    turns = row.get("turns", [row.get("question")])
    if not isinstance(turns, list) or not 0 < len(turns) <= TURNS or not all(isinstance(t, str) for t in turns):
        return None
    return Asked(tuple(turns), row.get("lang"), row.get("id"))


def answer_json(engine: "Engine", asked: Asked, lang: str | None = None) -> str:
    """Answer as one JSON object on one line.

    :param lang: language where `asked` names none; default: that of the question
    """
    from bot.render import to_json

    *history, last = asked.turns
    start = time.perf_counter()
    answer = engine.ask(last, history, asked.lang or lang)
    return to_json(answer, engine.contacts[answer.lang], (time.perf_counter() - start) * 1000, asked.id)
