"""Helpful or not: keeps entries, language and vote in a file of the site's owner. No text, no time, no person."""

import json
import logging
import threading
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from bot.types import LANGS
from bot.web.service import Service

FILE_LIMIT = 5_000_000  # bytes; further votes are not kept
ENTRIES = 6  # that one answer may rest on
_log = logging.getLogger(__name__)
_writing = threading.Lock()


def add_feedback(api: FastAPI, service: Service) -> None:
    """Add `POST /api/vote`, where the owner keeps votes.

    :param api: the application at /api
    """
    path = service.settings.feedback
    if path is None:
        return

    @api.post("/vote", include_in_schema=False)  # of our own pages only
    async def vote(request: Request) -> Response:
        """Keep one vote: `{"entries": [...], "lang": "en", "helpful": true}`."""
        kept = _read(await request.body())
        if kept is None or not service.ready or not set(kept["entries"]) <= set(_entries(service, kept["lang"])):
            return Response(status_code=400)
        try:
            with _writing:
                if not path.exists() or path.stat().st_size < FILE_LIMIT:
                    with path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(kept) + "\n")
        except OSError as error:
            _log.error("A vote could not be kept in %s: %s", path, error.strerror)
        return Response(status_code=204)


def _entries(service: Service, lang: str) -> list[str]:
    return list(service.engine().index.entries.get(lang, {}))


def _read(body: bytes) -> dict[str, Any] | None:
    """The vote, with nothing but its three fields, or None when it is not one."""
    try:
        row = json.loads(body)
    except ValueError:
        return None
    if not isinstance(row, dict) or set(row) != {"entries", "lang", "helpful"}:
        return None
    names = row["entries"]
    if not isinstance(names, list) or not 0 < len(names) <= ENTRIES or not all(isinstance(x, str) for x in names):
        return None
    return row if row["lang"] in LANGS and isinstance(row["helpful"], bool) else None
