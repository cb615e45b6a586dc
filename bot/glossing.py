"""Find the terms of art in a text, so that each can be explained where it first appears."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.reference import Term


@dataclass
class Glossing:
    """Finds terms in the texts of one answer, each term once.

    :param terms: the glossary of the answer's language
    """

    terms: Sequence[Term]
    found: list[Term] = field(default_factory=list)  # so far, in the order of first appearance

    def pieces(self, text: str) -> Iterator[tuple[str, Term | None]]:
        """Cut a text where a term stands that was not found before: (piece, its term or None)."""
        start = 0
        pattern, owner = _pattern(tuple(self.terms))
        for match in pattern.finditer(text) if owner else ():
            term = owner[_key(match.group())]
            if term in self.found:
                continue
            self.found.append(term)
            if match.start() > start:
                yield text[start : match.start()], None
            yield match.group(), term
            start = match.end()
        if start < len(text):
            yield text[start:], None


@lru_cache(maxsize=4)
def _pattern(terms: tuple[Term, ...]) -> tuple[re.Pattern[str], dict[str, Term]]:
    """One pattern for all names, the longest first, and whose name each is."""
    owner = {_key(name): term for term in terms for name in (term.term, *term.also)}
    names = sorted({name for term in terms for name in (term.term, *term.also)}, key=lambda n: (-len(n), n))
    # An abbreviation keeps its capitals; any other term may stand at the start of a sentence.
    alternatives = "|".join(re.escape(n) if n.isupper() else f"(?i:{re.escape(n)})" for n in names)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])"), owner


def _key(name: str) -> str:
    return name if name.isupper() else name.lower()
