"""The product: `ask(question, history, lang) -> Answer`. Open this file first."""

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bot import danger
from bot.build import open_embedder, sync
from bot.compose import compose
from bot.decide import Wordings, decide, is_unsure
from bot.embedder import MiniLM
from bot.generate import Writer, deadline, open_writer
from bot.index import IndexBroken, OpenIndex, open_index
from bot.model import check_model
from bot.reference import Term, read_contacts, read_glossary
from bot.retrieve import HybridRetriever
from bot.settings import Settings, load_settings
from bot.types import Answer, BotError, Contact, Question
from bot.understand import understand


@dataclass(frozen=True)
class Engine:
    """What is opened once and used by every question: the index, its retrievers, and who can help."""

    settings: Settings
    index: OpenIndex
    retrievers: dict[str, HybridRetriever]
    contacts: dict[str, dict[str, Contact]]
    glossary: dict[str, list[Term]]
    writer: Writer | None = None  # the optional language model

    def ask(self, text: str, history: Sequence[str] = (), lang: str | None = None) -> Answer:
        """Answer one question.

        :param text: the question as typed
        :param history: the person's earlier questions in this talk, oldest first
        :param lang: "en" or "es"; default: the language of the question
        """
        *_, answer = self.stream(text, history, lang)
        return answer

    def stream(self, text: str, history: Sequence[str] = (), lang: str | None = None) -> Generator[Answer, None, None]:
        """Answer one question, with a language model as a growing answer: each adds a verified sentence.

        The last one is the answer. Closing the iterator stops the model. The arguments are those of `ask`.
        """
        until = deadline(self.writer) if self.writer else 0.0
        question, plain = self._plain(text, history, lang, until)
        if self.writer and plain.status == "answered":
            yield from self.writer.write(question, plain, until)
        else:
            yield plain

    def _plain(self, text: str, history: Sequence[str], lang: str | None, until: float) -> tuple[Question, Answer]:
        """The answer that needs no language model, but for a follow-up that nothing else makes clear."""
        question = understand(text, history, lang, self.settings.question_limit)
        if question.reason:
            limit = self.settings.question_limit
            return question, Answer(question.text, question.lang, question.reason, limit=limit, masked=question.masked)
        retriever = self.retrievers.get(question.lang)
        if retriever is None:
            return question, Answer(question.text, question.lang, "spanish-not-ready")
        earlier = dict.fromkeys(filter(None, (question.before, question.recent)))
        joined = [f"{said} {question.asked}" for said in earlier] if question.leans else []
        worded, vectors = retriever.read([question.asked, *question.parts, *joined])
        if self._is_danger(question, vectors[: 1 + len(question.parts)]):
            return question, Answer(question.text, question.lang, "safety", masked=question.masked)
        whole, *rest = [retriever.search(t, v) for t, v in zip(worded, vectors, strict=True)]
        found = Wordings(whole, tuple(rest[: len(question.parts)]), tuple(rest[len(question.parts) :]))
        chosen = decide(question, found)
        if self.writer and is_unsure(question, chosen):
            alone = self.writer.condense(question, until)
            chosen = decide(question, Wordings(retriever.find([alone])[0])) if alone else chosen
        return question, compose(question, chosen, self.index)

    def _is_danger(self, question: Question, vectors: np.ndarray) -> bool:
        """Whether a message, or a piece of a suspicious one, calls for the safety card."""
        texts, pieces = (question.asked, *question.parts), question.pieces
        if danger.is_danger(texts, vectors, question.lang):
            return True
        if not pieces or not danger.is_suspicious(texts, vectors, question.lang):
            return False
        return danger.is_danger(pieces, self.index.embedder.encode(list(pieces)), question.lang)


def open_engine(settings: Settings, embedder: MiniLM | None = None) -> Engine:
    """Bring the index up to date, open it, and get ready for questions.

    A broken corpus does not stop answers: the last good index is served, and the caller may say why.

    :raises BotError: when there is neither a usable corpus nor a usable index
    """
    check_model(settings)
    embedder = embedder or open_embedder(settings)
    sync(settings, embedder)
    try:
        index = open_index(settings, embedder)
    except IndexBroken:
        (settings.index / "current").unlink(missing_ok=True)
        sync(settings, embedder)
        index = open_index(settings, embedder)
    return _engine(settings, index)


def open_last_good(settings: Settings, embedder: MiniLM) -> Engine:
    """Open the index as it is, without looking at the corpus' entries.

    :raises BotError: when there is no usable index
    """
    try:
        return _engine(settings, open_index(settings, embedder))
    except FileNotFoundError as error:
        raise BotError("There is no index yet. Mend the corpus, then run: python ingest.py.") from error


def ask(text: str, history: Sequence[str] = (), lang: str | None = None) -> Answer:
    """Answer one question with the default settings; the engine is opened on the first call.

    :param text: the question as typed
    :param history: the person's earlier questions in this talk, oldest first
    :param lang: "en" or "es"; default: the language of the question
    :raises BotError: when the settings, the corpus or the model cannot be used
    """
    with _opening:
        engine = _default_engine()
    return engine.ask(text, history, lang)


_opening = threading.Lock()


@cache
def _default_engine() -> Engine:
    return open_engine(load_settings())


def _engine(settings: Settings, index: OpenIndex) -> Engine:
    langs = list(index.stores)
    glossary = {lang: read_glossary(settings.corpus, lang) for lang in langs}
    retrievers = {lang: HybridRetriever(index=index, lang=lang, glossary=glossary[lang]) for lang in langs}
    contacts = {lang: read_contacts(settings.corpus, lang) for lang in ("en", "es")}
    return Engine(settings, index, retrievers, contacts, glossary, open_writer(settings))
