"""Scripted language models: what a real one will not do on demand."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from bot.generate import Writer


class Scripted(BaseChatModel):
    """Says a fixed reply in small pieces, or what a function makes of the messages; may wait, and may fail."""

    reply: str | Callable = ""
    pause: float = 0.0  # seconds before each piece
    size: int = 7  # characters of a piece
    fault: Exception | None = None  # raised after the reply
    seen: list = []  # the messages of each call
    said: list = []  # the pieces that were asked for

    @property
    def _llm_type(self):
        return "scripted"

    def _text(self, messages):
        self.seen.append(messages)
        return self.reply(messages) if callable(self.reply) else self.reply

    def _generate(self, messages, stop=None, run_manager=None, **_):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._text(messages)))])

    def _stream(self, messages, stop=None, run_manager=None, **_):
        text = self._text(messages)
        for at in range(0, len(text), self.size):
            time.sleep(self.pause)
            self.said.append(text[at : at + self.size])
            yield ChatGenerationChunk(message=AIMessageChunk(text[at : at + self.size]))
        if self.fault:
            raise self.fault


def with_model(engine, reply="", seconds=5.0, tokens=400, **settings):
    """The engine with a scripted model, and the model."""
    model = Scripted(reply=reply, seen=[], said=[], **settings)
    return replace(engine, writer=Writer(model, seconds, tokens)), model


@contextmanager
def chat_server(reply: str | Callable, status: int = 200, pause: float = 0.0) -> Iterator[tuple[str, list]]:
    """An OpenAI-compatible server on loopback that says a fixed reply. Yields its base URL and the bodies it got."""
    bodies: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bodies.append(body)
            text = reply(body) if callable(reply) else reply
            self.send_response(status)
            self.send_header("Content-Type", "text/event-stream" if status == 200 else "application/json")
            self.end_headers()
            if status != 200:
                self.wfile.write(json.dumps({"error": {"message": f"SECRET {status}"}}).encode())
                return
            for at in range(0, len(text), 9):
                time.sleep(pause)
                piece = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text[at : at + 9]}}]}
                self.wfile.write(f"data: {json.dumps({'id': 'x', 'model': 'm', **piece})}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", bodies
    finally:
        server.shutdown()
        server.server_close()
