"""The JSON contract of the product, for the command line, programs over HTTP and assistants over MCP."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.corpus import law_url
from bot.reference import is_texts
from bot.types import LANGS, Citation, Entry, Passage

if TYPE_CHECKING:
    from bot.ask import Engine

TURNS = 50  # of a talk that one object may hold


@dataclass(frozen=True)
class Asked:
    """One question as a program gives it."""

    turns: tuple[str, ...]  # what the person said, in order; the last one is answered
    lang: str | None = None
    id: str | int | None = None


@dataclass(frozen=True)
class CitedSentence:
    """One sentence of an answer and the numbers of the citations that back it."""

    text: str
    cites: list[int]


@dataclass(frozen=True)
class AnswerObject:
    """What `answer_json` returns, for descriptions of the contract."""

    status: str  # answered, abstained or safety
    reason: str  # why it abstained; otherwise "answer" or "safety"
    lang: str
    text: str
    sentences: list[CitedSentence]
    citations: list[Citation]
    follow_ups: list[str]
    ms: float  # milliseconds that the answer took
    id: str | int | None = None  # as given


@dataclass(frozen=True)
class EntryRow:
    """An entry in a list: enough to choose it."""

    id: str
    title: str
    topic: str
    basis: str  # kind of rule: idea, section-504, federal-other, state or practice
    law: list[str]
    reviewed: str  # date on which it was last compared with the law
    short: str  # the short answer
    lang: str


@dataclass(frozen=True)
class Section:
    """One section of an entry, the unit that answers cite."""

    part: str
    heading: str  # "" for the short answer
    text: str
    basis: str
    law: list[str]
    url: str  # official text of the first section of law; "" where there is none


@dataclass(frozen=True)
class WholeEntry(EntryRow):
    """An entry with all its sections and the entries that it leads to."""

    see: list[str]
    sections: list[Section]


@dataclass(frozen=True)
class FoundEntry:
    """An entry found by a search. Higher scores are better; they compare within one search only."""

    entry: EntryRow
    score: float


def read_asked(text: str | bytes) -> Asked | None:
    """Read `{"question": "..."}` or `{"turns": ["...", "..."]}`, with optional "id" and "lang".

    :returns: None when it is not such an object
    """
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or row.get("lang") not in (None, *LANGS) or not _is_id(row.get("id")):
        return None
    question = row.get("question")
    turns = row.get("turns", [question])
    if not isinstance(question, str | None) or not is_texts(turns) or not 0 < len(turns) <= TURNS:
        return None
    id = row.get("id")
    return Asked(tuple(map(_whole, turns)), row.get("lang"), _whole(id) if isinstance(id, str) else id)


def _whole(text: str) -> str:
    """The text without halves of characters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _is_id(value: object) -> bool:
    return isinstance(value, str | int | None) and not isinstance(value, bool)


def answer_json(engine: "Engine", asked: Asked, lang: str | None = None) -> str:
    """Answer as one JSON object on one line.

    :param lang: language where `asked` names none; default: that of the question
    """
    from bot.render import to_json

    *history, last = asked.turns
    start = time.perf_counter()
    answer = engine.ask(last, history, asked.lang or lang)
    return to_json(answer, engine.contacts[answer.lang], (time.perf_counter() - start) * 1000, asked.id)


def list_entries(engine: "Engine", lang: str, topic: str | None = None) -> list[EntryRow]:
    """Entries of one language in the order of their ids.

    :param topic: only those of one topic
    """
    entries = engine.index.entries.get(lang, {})
    return [_row(entries[id]) for id in sorted(entries) if topic in (None, entries[id].topic)]


def find_entry(engine: "Engine", id: str, lang: str) -> WholeEntry | None:
    """One entry with its sections, or None where that language has no such entry."""
    entry = engine.index.entries.get(lang, {}).get(id)
    if entry is None:
        return None
    return WholeEntry(**vars(_row(entry)), see=list(entry.see), sections=[_section(p) for p in entry.passages])


def search_entries(engine: "Engine", text: str, lang: str, count: int) -> list[FoundEntry]:
    """Entries nearest to a text, best first. It always finds some; only `ask` says whether they answer.

    :param count: at most so many
    """
    retriever = engine.retrievers.get(lang)
    if retriever is None or not text.strip():
        return []
    entries = engine.index.entries[lang]
    return [FoundEntry(_row(entries[h.entry]), round(h.score, 4)) for h in retriever.find([text])[0].hits[:count]]


def _row(entry: Entry) -> EntryRow:
    return EntryRow(
        entry.id, entry.title, entry.topic, entry.basis, list(entry.law), entry.reviewed,
        entry.passages[0].text, entry.lang,
    )  # fmt: skip


def _section(passage: Passage) -> Section:
    url = next(filter(None, map(law_url, passage.law)), "")
    return Section(passage.part, passage.heading, passage.text, passage.basis, list(passage.law), url)
