"""Read a language model's reply piece by piece, until it ends, takes too long, grows too long, or is not wanted."""

import asyncio
import queue
import threading
import time
from collections.abc import Generator, Sequence
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

LOOK_EVERY = 0.25  # seconds between looks at whether the reply is still wanted
AT_ONCE = 8  # replies read at the same time; more get the plain answer at once
# Set when whoever asked has left; a web server puts one here for each request (bot/web/leaving.py).
GONE: ContextVar[threading.Event | None] = ContextVar("GONE", default=None)
_END = object()
_slots = threading.BoundedSemaphore(AT_ONCE)


class NoReply(Exception):
    """There is no (further) reply. Its only text is which kind of fault it was: down, slow, long, busy or left."""


def read(
    model: "BaseChatModel", messages: "Sequence[BaseMessage]", until: float, limit: int
) -> Generator[str, None, None]:
    """Yield the pieces of a reply. Closing the iterator stops the model: the connection to it is closed.

    :param until: moment, as `time.monotonic` counts, at which reading ends
    :param limit: characters at which reading ends
    :raises NoReply: naming the kind of fault. What the model or its client said is in no exception
    """
    if not _slots.acquire(blocking=False):
        raise NoReply("busy")
    pieces: queue.SimpleQueue[object] = queue.SimpleQueue()
    reading = asyncio.run_coroutine_threadsafe(_read(model, list(messages), pieces), _loop())
    reading.add_done_callback(lambda _: _slots.release())
    try:
        while True:
            piece = _next(pieces, until)
            if piece is _END:
                return
            if isinstance(piece, NoReply):
                raise piece
            text = str(piece)
            limit -= len(text)
            if limit < 0:
                raise NoReply("long")
            yield text
    finally:
        reading.cancel()


def _next(pieces: "queue.SimpleQueue[object]", until: float) -> object:
    """The next piece, as soon as it is there.

    :raises NoReply: when it did not come in time, or nobody waits for it any more
    """
    gone = GONE.get()
    while True:
        left = until - time.monotonic()
        try:
            return pieces.get(timeout=max(0.0, min(left, LOOK_EVERY)))
        except queue.Empty:
            if left <= LOOK_EVERY or gone and gone.is_set():
                raise NoReply("slow" if left <= LOOK_EVERY else "left") from None


async def _read(model: "BaseChatModel", messages: "list[BaseMessage]", pieces: "queue.SimpleQueue[object]") -> None:
    try:
        async for chunk in model.astream(messages):
            pieces.put(chunk.text)
        pieces.put(_END)
    except asyncio.CancelledError:
        raise
    except Exception:  # whatever a client raises may hold what was sent or said: only the kind goes on
        pieces.put(NoReply("down"))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop in a thread of its own, for the clients of all models."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="language-model", daemon=True).start()
    return loop
