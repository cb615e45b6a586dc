"""Notice that whoever asked has left, so that a language model does not go on writing for nobody."""

import asyncio
import threading

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.stream import GONE


class Leaving:
    """ASGI middleware: sets `GONE` for each request with a body, and sets it off when the connection is lost."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and listen for its end meanwhile."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        gone, listening = threading.Event(), list[asyncio.Task[Message]]()

        async def wait_for_the_end() -> Message:
            message = await receive()
            gone.set()
            return message

        async def hear() -> Message:
            if listening:  # the body is over: all that can still come is the end
                return await asyncio.shield(listening[0])
            message = await receive()
            if not message.get("more_body"):
                listening.append(asyncio.create_task(wait_for_the_end()))
            return message

        token = GONE.set(gone)
        try:
            await self.app(scope, hear, send)
        finally:
            GONE.reset(token)
            for task in listening:
                task.cancel()
