"""Cut the reply of a language model, as it comes in, into sentences with the markers that they carry."""

import re
from dataclasses import dataclass

_MARKS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_BULLET = re.compile(r"^(?:[-•*–]\s+|\d{1,2}[.)]\s+)+")
# Where a sentence ends: behind its markers, at a line's end, or at a full stop that no marker follows.
_END = re.compile(
    r"(?:\[\d[\d,;\s]*\]\s*)+[.?!]?[\"”»)]?\s+(?=[^\s\[])"
    r"|\s*\n\s*(?=[^\s\[])"
    r"|[.?!][\"”»)]?\s+(?=[\"“«¿¡(]?[A-ZÁÉÍÓÚÑ0-9•-])"
)


@dataclass(frozen=True)
class Draft:
    """What a model wrote as one sentence. Nobody may see it before it is verified."""

    text: str  # without its markers
    marks: tuple[int, ...]  # numbers of the passages, as it wrote them


class Cutter:
    """Takes pieces of a reply, gives back the sentences that are whole."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = ""

    def feed(self, piece: str) -> list[Draft]:
        """Take the next piece.

        :returns: the sentences that it completes
        """
        self._rest += piece
        found = []
        while end := _END.search(self._rest):
            found.append(draft(self._rest[: end.end()]))
            self._rest = self._rest[end.end() :]
        return [d for d in found if d.text]

    def end(self) -> list[Draft]:
        """The last sentence, when the reply is over."""
        last, self._rest = draft(self._rest), ""
        return [last] if last.text else []


def draft(text: str) -> Draft:
    """Take the markers out of one sentence."""
    marks = tuple(int(n) for m in _MARKS.finditer(text) for n in re.findall(r"\d+", m[1]))
    plain = _BULLET.sub("", " ".join(_MARKS.sub("", text).split()))
    if plain and plain[-1] not in '.?!"”»)':
        plain += "."
    return Draft("" if plain in (".", "NONE.") else plain, tuple(dict.fromkeys(marks)))
