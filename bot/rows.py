"""The rows of the index: one text with a vector of its own that points to an entry."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.types import CorpusError, Entry, Passage

DIMENSION = 384  # of every vector
PASSAGE = "passage"  # kind of the rows that hold what the corpus says
OUTSIDE = "outside"  # kind of those that stand for what it does not cover
# Characters of a row at most: the model reads 256 tokens, of 3.7 characters in English and 2.6 in Spanish.
_LONGEST = {"en": 900, "es": 640}
# Ways to ask an entry that get a vector; further ones are learned by their words alone, which costs little.
VECTORS = 40
_KINDS = {"q": "question", "x": OUTSIDE}  # first letter of the last piece of a row's id -> its kind


@dataclass(frozen=True)
class Row:
    """One text with a vector of its own that points to an entry."""

    id: str
    text: str
    kind: str  # "question" (variants and titles: people's words), PASSAGE or OUTSIDE
    entry: str  # id; for OUTSIDE the reason

    @property
    def digest(self) -> str:
        """Key under which a vector is kept when only other rows changed."""
        return sha256(self.text.encode())


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """Texts to embed for these entries: titles and ways to ask, and every passage under its title."""
    rows = []
    for entry in entries:
        rows += _asked(entry)[: VECTORS + 1]
        for p in entry.passages:
            head = f"{p.title}. {p.heading}." if p.heading else f"{p.title}."
            for number, piece in enumerate(_pieces(p, _LONGEST[entry.lang] - len(head))):
                rows.append(
                    Row(f"{entry.id}/{p.part}{f'+{number}' if number else ''}", f"{head} {piece}", PASSAGE, entry.id)
                )
    return rows


def further_rows(entries: Iterable[Entry]) -> list[Row]:
    """Ways to ask these entries that get no vector."""
    return [row for entry in entries for row in _asked(entry)[VECTORS + 1 :]]


def _asked(entry: Entry) -> list[Row]:
    return [
        Row(f"{entry.id}/q{number}", text, "question", entry.id)
        for number, text in enumerate((entry.title, *entry.asked))
    ]


def _pieces(passage: Passage, longest: int) -> list[str]:
    """A passage whole, or cut between sentences into pieces of like length that the model can read."""
    count = -(-len(passage.text) // longest)
    if count == 1:
        return [passage.text]
    pieces = [""]
    for sentence in passage.sentences:
        if len(pieces[-1]) + len(sentence) > len(passage.text) / count and pieces[-1] and len(pieces) < count:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {sentence}".strip()
    return pieces


def row_of(id: str) -> tuple[str, str]:
    """Entry and kind of a row, as its id tells them."""
    entry, _, tail = id.rpartition("/")
    return entry, _KINDS.get(tail[0], PASSAGE) if tail[1:].isdigit() else PASSAGE


def outside_rows(examples: dict[str, list[str]]) -> list[Row]:
    """Texts to embed for the examples of what is not covered."""
    return [
        Row(f"{reason}/x{number}", text, OUTSIDE, reason)
        for reason, texts in examples.items()
        for number, text in enumerate(texts)
    ]


def check_lengths(rows: list[Row], folder: Path | None = None) -> None:
    """Refuse texts that the model would cut off.

    :param folder: of another model than the packaged
    :raises CorpusError: naming each of them
    """
    from bot.embedder import TOKEN_LIMIT, token_counts

    counts = token_counts([row.text for row in rows], folder)
    long = [f"{row.id}: {n} tokens" for row, n in zip(rows, counts, strict=True) if n > TOKEN_LIMIT]
    if long:
        shown = "\n".join(long)
        raise CorpusError(f"These are longer than the {TOKEN_LIMIT} tokens the model reads. Shorten them:\n{shown}")


def sha256(data: bytes) -> str:
    """Hash as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()
