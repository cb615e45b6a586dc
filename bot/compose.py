"""Compose an answer from the passages' own sentences. Every sentence carries its citation from birth."""

from collections.abc import Sequence

from bot.corpus import law_url
from bot.index import OpenIndex
from bot.retrieve import Found
from bot.types import Answer, Citation, Decision, Entry, Passage, Question, Sentence

SECTIONS, SECTIONS_OTHER = 3, 1  # explaining sections shown of the first entry, and of the others
SECTIONS_LONG, LONG = 4, 12  # shown of the first where the question has more words than this: a story asks more
EXPLAINING = ("means", "clock", "usually", "limits", "state")
ASK_LIMIT = 3  # questions for the meeting
FOLLOW_UPS = 3


def compose(question: Question, chosen: list[tuple[Decision, Found]], index: OpenIndex) -> Answer:
    """Build the answer, or the abstention with what is near.

    :param chosen: what `decide` chose: one decision, or one for each of two questions
    """
    decision, found = chosen[0]
    entries = index.entries[question.lang]
    if decision.status != "answered":
        nearby = () if decision.status == "safety" else tuple(entries[h.entry].title for h in found.hits[:FOLLOW_UPS])
        return Answer(
            question.text, question.lang, decision.reason, follow_ups=nearby,
            evidence=found.hits, confidence=decision.confidence, masked=question.masked,
        )  # fmt: skip
    passages: list[Passage] = []
    for each, evidence in chosen:
        for place, entry in enumerate(entries[h.entry] for h in each.hits):
            if all(p.entry != entry.id for p in passages):
                passages += _sections(entry, evidence, index, first=place == 0)
    return Answer(
        question=question.text,
        lang=question.lang,
        reason="answer",
        sentences=_sentences(passages, ASK_LIMIT),
        citations=_citations(passages),
        follow_ups=_follow_ups([entries[h.entry] for d, _ in chosen for h in d.hits], passages, entries),
        titles={p.entry: p.title for p in passages},
        evidence=found.hits,
        confidence=decision.confidence,
        place=question.place,
        masked=question.masked,
    )


def whole_entry(entry: Entry) -> Answer:
    """Everything one entry says, as an answer to its title: for its own page."""
    return Answer(
        question=entry.title,
        lang=entry.lang,
        reason="answer",
        sentences=_sentences(entry.passages),
        citations=_citations(entry.passages),
        titles={entry.id: entry.title},
    )


def _sections(entry: Entry, found: Found, index: OpenIndex, first: bool) -> list[Passage]:
    """The short answer, the explaining sections nearest the question, what to do and what to ask, in order.

    :param first: whole; else the short answer and what explains it, shorter
    """
    nearness = index.passages[entry.lang][entry.id] @ found.vector
    most = (SECTIONS_LONG if found.words > LONG else SECTIONS) if first else SECTIONS_OTHER
    explaining = [i for i, p in enumerate(entry.passages) if p.part in EXPLAINING]
    nearest = sorted(explaining, key=lambda i: -nearness[i])[:most]
    shown = ("short", "do", "ask") if first else ("short",)
    return [p for i, p in enumerate(entry.passages) if p.part in shown or i in nearest]


def _sentences(passages: Sequence[Passage], asks: int | None = None) -> tuple[Sentence, ...]:
    """The passages' own sentences, each with the number of the passage it stands in.

    :param asks: most questions for the meeting of one passage; None for all
    """
    return tuple(
        Sentence(text, (n,), part=p.part, entry=p.entry)
        for n, p in enumerate(passages, 1)
        for text in (p.sentences[:asks] if p.part == "ask" else p.sentences)
    )


def _citations(passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """One for each passage, numbered from 1."""
    return tuple(
        Citation(
            n=n,
            entry=p.entry,
            title=p.title,
            section=p.part,
            basis=p.basis,
            law=p.law,
            url=next(filter(None, map(law_url, p.law)), ""),
            quote=p.text,
            reviewed=p.reviewed,
        )
        for n, p in enumerate(passages, 1)
    )


def _follow_ups(sources: list[Entry], shown: list[Passage], entries: dict[str, Entry]) -> tuple[str, ...]:
    """Titles of entries that the answering ones lead to; each is a question the corpus answers."""
    seen = {p.entry for p in shown}
    linked = [entries[x].title for e in sources for x in e.see if x in entries and x not in seen]
    return tuple(dict.fromkeys(linked))[:FOLLOW_UPS]
