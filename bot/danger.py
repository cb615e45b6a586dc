"""Notice danger: by words, misspelt ones too, and by meaning. What is noticed gets the fixed card, never an answer."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA

from bot.types import LANGS
from bot.wording import fold
from bot.words import rules

_MODEL = Path(__file__).with_name("danger.json")
_SLIPS = 2  # letters by which a long word of danger may be misspelt
_LONG = 7  # letters from which a word is long enough for that
_SHORT = 12  # words up to which a message is one thing
_PIECES = 8  # of a message that are looked at apart
_PIECE = re.compile(
    r"[.!?;\n]+|,? (?:anyway|also|btw|but|and (?:then|now|he|she|i)"
    r"|pero|ademas|además|por cierto|aparte|y (?:luego|ahora|él|ella|yo)) "
)


def by_words(text: str) -> bool:
    """Whether the words speak of self-harm, abuse, immediate danger or a missing child, in either language."""
    plain = fold(text)
    return any(pattern.search(plain) for pattern in _patterns()) or any(map(_is_word_of_danger, plain.split()))


def by_meaning(vectors: np.ndarray, lang: str) -> float:
    """Probability (0..1) of danger: the highest of a linear rule over the vectors of a message and of its pieces.

    :param vectors: shape (n, 384)
    """
    rule = model().get(lang)
    if not rule or not len(vectors):
        return 0.0
    return float(1 / (1 + np.exp(-(vectors @ rule["weights"] + rule["bias"]))).max())


def is_danger(vectors: np.ndarray, lang: str) -> bool:
    """Whether the meaning of a message calls for the card."""
    return by_meaning(vectors, lang) >= float(model().get(lang, {}).get("at", 1.1))


def is_suspicious(vectors: np.ndarray, lang: str) -> bool:
    """Whether the pieces of a message are worth a look of their own."""
    return by_meaning(vectors, lang) >= float(model().get(lang, {}).get("look", 1.1))


def pieces(text: str) -> tuple[str, ...]:
    """The clauses of a longer message: danger is often said in passing. None where there is just one."""
    if len(text.split()) <= _SHORT:
        return ()
    found = [p.strip() for p in _PIECE.split(text) if p and len(p.split()) > 2]
    return tuple(found[:_PIECES]) if len(found) > 1 else ()


@cache
def model() -> dict[str, Any]:
    """Read what `python -m evals train` learned from evals/training: language -> weights (384), bias, at, look."""
    stored = json.loads(_MODEL.read_text(encoding="utf-8")) if _MODEL.exists() else {}
    return {lang: {**rule, "weights": np.asarray(rule["weights"])} for lang, rule in stored.items()}


def _is_word_of_danger(word: str) -> bool:
    return len(word) >= _LONG and any(
        word[0] == other[0] and word not in ordinary and OSA.distance(word, other, score_cutoff=_SLIPS) <= _SLIPS
        for other, ordinary in _misspelt()
    )


@cache
def _misspelt() -> tuple[tuple[str, frozenset[str]], ...]:
    """Words of danger that may be misspelt, with ordinary words that look like them."""
    return tuple(
        (word, frozenset(ordinary.split())) for lang in LANGS for word, ordinary in rules(lang)["danger_words"].items()
    )


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p) for lang in LANGS for family in rules(lang)["safety"].values() for p in family)
