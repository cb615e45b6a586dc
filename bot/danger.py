"""Notice danger: by words, misspelt ones too, and by meaning. What is noticed gets the fixed card, never an answer."""

import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA

from bot.types import LANGS
from bot.wording import fold, told
from bot.words import rules

_MODEL = Path(__file__).with_name("danger.json")
_SLIPS = 2  # letters by which a long word of danger may be misspelt
_LONG = 7  # letters from which a word is long enough for that
_SHORT = 12  # words up to which a message is one thing
_PLAINLY_OTHER = 3  # common words of one language, with none of the other, that tell it plainly
_PIECES = 8  # of a message that are looked at apart
_PIECE = re.compile(
    r"[.!?;\n]+|,? (?:anyway|also|btw|but|and (?:then|now|he|she|i)"
    r"|pero|ademas|además|por cierto|aparte|y (?:luego|ahora|él|ella|yo)) "
)


def by_words(text: str) -> bool:
    """Whether the words speak of self-harm, abuse, immediate danger or a missing child, in either language."""
    plain = fold(text)
    found = any(pattern.search(plain) for lang in _spoken(plain) for pattern in _patterns(lang))
    return found or any(map(_is_word_of_danger, re.findall(r"\w+", plain)))


def by_meaning(texts: Sequence[str], vectors: np.ndarray, lang: str) -> float:
    """Probability (0..1) of danger: the highest that a linear rule gives to a message or a piece of it.

    The rule sees both the meaning (the vector) and the wording (single words and pairs of words).

    :param texts: a message, or its pieces
    :param vectors: of the texts, shape (len(texts), 384)
    """
    rule = model().get(lang)
    if not rule or not texts:
        return 0.0
    worded = np.asarray([_wording(text, rule["grams"]) for text in texts])
    return float(1 / (1 + np.exp(-(vectors @ rule["weights"] + worded + rule["bias"]))).max())


def is_danger(texts: Sequence[str], vectors: np.ndarray, lang: str) -> bool:
    """Whether the meaning of a message calls for the card."""
    return by_meaning(texts, vectors, lang) >= float(model().get(lang, {}).get("at", 1.1))


def is_suspicious(texts: Sequence[str], vectors: np.ndarray, lang: str) -> bool:
    """Whether the pieces of a message are worth a look of their own."""
    return by_meaning(texts, vectors, lang) >= float(model().get(lang, {}).get("look", 1.1))


def grams(text: str) -> list[str]:
    """Single words and pairs of neighbouring words of a text, folded."""
    found = re.findall(r"\w+", fold(text))
    return [*found, *(f"{a} {b}" for a, b in pairwise(found))]


def pieces(text: str) -> tuple[str, ...]:
    """The clauses of a longer message: danger is often said in passing. None where there is just one."""
    if len(text.split()) <= _SHORT:
        return ()
    found = [p.strip() for p in _PIECE.split(text) if p and len(p.split()) > 2]
    return tuple(found[:_PIECES]) if len(found) > 1 else ()


@cache
def model() -> dict[str, Any]:
    """Read what `python -m evals train` learned from evals/training.

    :returns: language -> weights (384,), grams (word or pair -> its rarity, its weight), bias, at, look
    """
    stored = json.loads(_MODEL.read_text(encoding="utf-8")) if _MODEL.exists() else {}
    return {lang: {**rule, "weights": np.asarray(rule["weights"])} for lang, rule in stored.items()}


def _wording(text: str, table: dict[str, tuple[float, float]]) -> float:
    """What the words of a text add: their weights, each times its rarity, the rarities scaled to length 1 (TF-IDF)."""
    known = [table[gram] for gram in dict.fromkeys(grams(text)) if gram in table]
    length = sum(rarity * rarity for rarity, _ in known) ** 0.5
    return sum(rarity * weight for rarity, weight in known) / length if known else 0.0


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


def _spoken(plain: str) -> list[str]:
    """Languages whose rules are tried: a language is left out where only the other's common words are seen."""
    seen = told(plain)
    return [lang for lang in LANGS if seen[lang] or max(seen.values()) < _PLAINLY_OTHER]


@cache
def _patterns(lang: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p) for family in rules(lang)["safety"].values() for p in family)
