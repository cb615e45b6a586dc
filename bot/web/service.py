"""The engine behind a running server: opened in the background, opened again when the index is switched."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.reference import Letter, Start, read_letters, read_starts
from bot.settings import Settings
from bot.types import LANGS, Answer, BotError

if TYPE_CHECKING:
    from bot.ask import Engine

_LOOK_AGAIN = 1.0  # seconds between looks at which build is current
_log = logging.getLogger(__name__)


class Service:
    """Holds the engine of a server. `ask` waits until it is ready."""

    def __init__(self, settings: Settings, on_failure: Callable[[], None] | None = None) -> None:
        """Remember how to open; `start` opens.

        :param on_failure: called when the engine cannot be opened at all
        """
        self.settings = settings
        self.failure = ""
        self._on_failure = on_failure
        self._engine: Engine | None = None
        self._opened = threading.Event()
        self._looked = 0.0
        self._reloading = threading.Lock()

    def start(self) -> None:
        """Open the engine in a thread of its own, so that the page is there before the model is."""
        threading.Thread(target=self._open, name="open-engine", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether questions can be answered now."""
        return self._engine is not None

    def engine(self, timeout: float = 120.0) -> "Engine":
        """Return the engine, waiting until it is open.

        :param timeout: seconds to wait
        :raises BotError: when it cannot be opened
        """
        self._opened.wait(timeout)
        if self._engine is None:
            raise BotError(self.failure or "The answers are still being prepared. Try again in a minute.")
        self._look()
        return self._engine

    @property
    def langs(self) -> tuple[str, ...]:
        """Languages that have entries, English first."""
        return tuple(x for x in LANGS if (self.settings.corpus / x).is_dir())

    def starts(self, lang: str) -> list[Start]:
        """Where a parent may start, for pages that are drawn before the engine is open."""
        return read_starts(self.settings.corpus, lang)

    def ask(self, text: str, history: Sequence[str] = (), lang: str | None = None) -> Answer:
        """Answer one question (see `bot.ask.Engine.ask`)."""
        return self.engine().ask(text, history, lang)

    def letters(self, lang: str) -> list[Letter]:
        """The letter templates of a language."""
        return _letters(self.settings.corpus, lang)

    def _open(self) -> None:
        from bot.ask import open_engine, open_last_good
        from bot.embedder import MiniLM

        try:
            embedder = MiniLM()
            try:
                self._engine = open_engine(self.settings, embedder)
            except BotError as error:
                _log.error("%s", error)
                self._engine = open_last_good(self.settings, embedder)
                _log.error("The corpus has faults; the last good index is served. Mend it, then run: python ingest.py.")
        except BotError as error:
            self._fail(str(error))
        except Exception:
            _log.exception("The engine could not be opened.")
            self._fail("The engine could not be opened. The log has the reason.")
        finally:
            self._opened.set()
        if self._engine:
            _log.info("Ready: %d entries.", sum(map(len, self._engine.index.entries.values())))

    def _fail(self, reason: str) -> None:
        self.failure = reason
        _log.error("%s", reason)
        if self._on_failure:
            self._on_failure()

    def _look(self) -> None:
        """Open a newly switched index in the background; the old one answers until the new one is open."""
        from bot.index import current_build

        now = time.monotonic()
        if now - self._looked < _LOOK_AGAIN or self._engine is None:
            return
        self._looked = now
        if current_build(self.settings.index) in ("", self._engine.index.build):
            return
        if self._reloading.acquire(blocking=False):
            threading.Thread(target=self._reopen, name="reopen-index", daemon=True).start()

    def _reopen(self) -> None:
        from bot.ask import open_last_good

        try:
            if self._engine:
                self._engine = open_last_good(self.settings, self._engine.index.embedder)
                _log.info("The new index is in use.")
        except (BotError, FileNotFoundError) as error:
            _log.error("The new index cannot be opened; the old one stays in use. %s", error)
        finally:
            self._reloading.release()


@cache
def _letters(corpus: Path, lang: str) -> list[Letter]:
    return read_letters(corpus, lang)
