"""Start the server: settings, the engine in the background, the surfaces on one address."""

import logging
import os
import signal
import socket
import sys

from bot.model import check_model
from bot.settings import Settings, load_settings
from bot.types import BotError

STOP_AFTER = 5  # seconds that running answers have when the server is stopped


def main() -> int:
    """Serve until stopped.

    :returns: 0; 1 when a setting, the address or the corpus cannot be used
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = load_settings()
        check_model(settings)
        listener = _listen(settings)
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return _serve(settings, listener)


def _listen(settings: Settings) -> socket.socket:
    """Take the port before the slow imports, so that a taken one is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise BotError(
            f"The address {settings.host} port {settings.port} cannot be used: another program may have it. "
            f"Stop that program, or choose another port: IEP_PORT=7861."
        ) from error
    return listener


def _serve(settings: Settings, listener: socket.socket) -> int:
    import uvicorn

    from bot.web.server import build_app
    from bot.web.service import Service

    def stop() -> None:
        server.should_exit = True

    service = Service(settings, on_failure=stop)
    # No access log: an address could carry what a person asked.
    # No proxy headers: anyone can send one. Which header names a client is a setting (bot/web/limit.py).
    # An open page holds a connection for good: after some seconds a stop does not wait for it.
    config = uvicorn.Config(
        build_app(service), log_level="warning", access_log=False, server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=STOP_AFTER,
    )  # fmt: skip
    server = uvicorn.Server(config)
    sys.stdout.write(f"Open http://{settings.host}:{settings.port} in a browser. Stop with Ctrl+C.\n")
    sys.stdout.flush()
    # uvicorn hands a stop signal on when it has shut down; leaving by the front door removes the private index copy.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    service.start()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 1 if service.failure else 0


if __name__ == "__main__":
    sys.exit(main())
