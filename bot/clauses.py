"""Cut a sentence into clauses and read from each what could be changed: who acts, how strongly, on which condition."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.wording import fold, stemmed
from bot.words import verifying

_WORD = re.compile(r"[^\W_]+|[.,;:?()]")


@dataclass(frozen=True)
class Clause:
    """One piece of a sentence. Stems and names are in the order of the words."""

    stems: tuple[str, ...]  # of the words that carry a meaning
    condition: str  # what its opening word does: if, unless, before, ...; "" for a plain statement
    subject: str  # the actor named before its modal, or that of the clause before; "" where none is known
    others: tuple[str, ...]  # actors named after the first
    modals: tuple[str, ...]  # must, may, should, ..., in order of their names; none for a plain statement
    hedges: frozenset[str]
    totals: frozenset[str]
    negations: int  # how many words say no
    opening: str  # the joint it begins with: and, or, that, ...; "" for none

    @property
    def bag(self) -> frozenset[str]:
        """The stems without their order."""
        return frozenset(self.stems)


@dataclass(frozen=True)
class _Token:
    word: str
    kind: str = ""  # one of the marker tables, or ""
    name: str = ""  # which marker


def clauses(text: str, lang: str) -> tuple[Clause, ...]:
    """Cut one sentence.

    :param text: the sentence, as it is written
    :param lang: "en" or "es"
    """
    found: list[Clause] = []
    for tokens in _pieces(_tokens(text, lang), lang):
        before = found[-1] if found else None
        clause = _clause(tokens, before, lang)
        if clause.stems or clause.condition:
            found.append(clause)
    return tuple(found)


def stems(text: str, lang: str) -> tuple[str, ...]:
    """The stems of the words that carry a meaning, in order."""
    spelled = verifying(lang)["spelled"]
    words = [x for w in re.findall(r"[^\W_]+", fold(text)) for x in spelled.get(w, w).split()]
    return tuple(s for w in words if (s := stem(w, lang)))


@cache
def stem(word: str, lang: str) -> str:
    """One folded word's stem, that of its twin where it has one, "" where it carries nothing."""
    if word in _set(lang, "light"):
        return ""
    twin = _twins(lang).get(word, word)
    return stemmed([twin], lang)[0]


def actors(text: str, lang: str) -> set[str]:
    """Everyone who is named in a text."""
    return {t.name for t in _tokens(text, lang) if t.kind == "actors"}


def tokens(text: str, lang: str) -> list[tuple[str, str, str]]:
    """The folded words with the marker that each is: (words, table, name)."""
    return [(t.word, t.kind, t.name) for t in _tokens(text, lang)]


def _tokens(text: str, lang: str) -> list[_Token]:
    """Words, with those that are a marker joined and named."""
    spelled = verifying(lang)["spelled"]
    text = re.sub(r"\bsí\b", " ", text)  # "por sí solo" is no "si"
    words = [x for w in _WORD.findall(fold(text)) for x in spelled.get(w, w).split()]
    phrases, longest = _phrases(lang)
    out: list[_Token] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            found = phrases.get(tuple(words[at : at + size]))
            if found:
                out.append(_Token(" ".join(words[at : at + size]), *found))
                at += size
                break
        else:
            out.append(_Token(words[at]))
            at += 1
    return out


def _pieces(tokens: Sequence[_Token], lang: str) -> Iterator[list[_Token]]:
    """Cut before every condition and joint, and at punctuation; a piece without a content word joins its neighbour."""
    joints = _set(lang, "joints")
    piece: list[_Token] = []
    for token in tokens:
        stop = token.word in ".,;:?()"
        if stop or token.kind == "conditions" or token.word in joints:
            if any(t.kind not in ("conditions", "modals") and stem(t.word.split()[-1], lang) for t in piece):
                yield piece
                piece = []
        if not stop:
            piece.append(token)
    if piece:
        yield piece


def _clause(tokens: Sequence[_Token], before: Clause | None, lang: str) -> Clause:
    words = [w for t in tokens for w in t.word.split()]
    told = [w for t in tokens if t.kind not in ("conditions", "modals") for w in t.word.split()]
    negations = _set(lang, "negations")
    modal_at = next((i for i, t in enumerate(tokens) if t.kind == "modals"), len(tokens))
    named = [(i, t.name) for i, t in enumerate(tokens) if t.kind == "actors"]
    modals = tuple(sorted(t.name for t in tokens if t.kind == "modals"))
    # "may appeal a placement or a decision": a clause with nobody of its own goes on under the same modal.
    goes_on = not named and not any(t.kind == "conditions" for t in tokens)
    subject, rest = _subject(named, modal_at, [t.word for t in tokens], before)
    return Clause(
        stems=tuple(s for w in told if w not in negations and (s := stem(w, lang))),
        condition=next((t.name for t in tokens if t.kind == "conditions"), ""),
        subject=subject,
        others=rest,
        modals=modals or (before.modals if before and goes_on else ()),
        hedges=frozenset(words) & _set(lang, "hedges"),
        totals=frozenset(words) & _set(lang, "totals"),
        negations=sum(
            t.name in ("must_not", "free_not_to") or t.kind != "neutral" and t.word in negations for t in tokens
        ),
        opening=tokens[0].word if tokens[0].word in _set(lang, "joints") else "",
    )


def _subject(
    named: list[tuple[int, str]], modal_at: int, words: list[str], before: Clause | None
) -> tuple[str, tuple[str, ...]]:
    """Who acts: the last actor named before the modal; else, in a clause that goes on, the one of the clause before."""
    ahead = [name for i, name in named if i < modal_at]
    if modal_at == len(words):  # no modal: the first one named
        ahead = ahead[:1]
    if ahead:
        rest = [name for _, name in named if name != ahead[-1]]
        return ahead[-1], tuple(rest)
    return (before.subject if before else ""), tuple(name for _, name in named)


@cache
def _phrases(lang: str) -> tuple[dict[tuple[str, ...], tuple[str, str]], int]:
    """Every marker as a tuple of words -> (table, name); and the length of the longest."""
    table = verifying(lang)
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for kind in ("conditions", "modals", "actors", "neutral"):
        for name, text in table[kind].items():
            for phrase in phrases_of(text):
                found[phrase] = (kind, name)
                if kind == "actors":  # "the principal's yes" is folded to "the principals yes"
                    found.setdefault((*phrase[:-1], f"{phrase[-1]}s"), (kind, name))
    return found, max(map(len, found))


def phrases_of(text: str) -> list[tuple[str, ...]]:
    """The phrases of a row of a table, each as its words."""
    return [tuple(phrase.split()) for phrase in text.split(",")]


@cache
def _set(lang: str, key: str) -> frozenset[str]:
    return frozenset(verifying(lang)[key].split())


@cache
def _twins(lang: str) -> dict[str, str]:
    figures = {word: str(value) for word, value in verifying(lang)["numbers"].items() if value >= 2}
    return figures | {word: name for name, text in verifying(lang)["same"].items() for word in text.split()}
