"""What of a question is looked up: without orders to the machine and names of states, cut into what it asks."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

import Stemmer

from bot.types import LANGS
from bot.words import rules

_PARTS_LIMIT = 2  # questions answered at once
_PART_WORDS = 1  # content words that a question of its own has
# "the Equal Learning Act", "ai in ieps act of 2026": a name before Act, or a year after it.
_NAMED_ACT = re.compile(
    r"(?:\b[A-Z][\w'’-]*\s+(?:(?:of|in|for|and|with|the)\s+)*)+Act\b"
    r"|(?:\b[\w'’-]+\s+){1,6}(?i:act)\s+of\s+(?:19|20)\d\d\b"
)
# "Ley de Aprendizaje Igualitario": a capital after Ley, and again.
_NAMED_LEY = re.compile(r"\b(?:Ley|LEY)(?:\s+(?:(?:de|del|para|la|las|los|el|y|en|con|sobre)\s+)*[A-ZÁÉÍÓÚÑ][\w'’-]*)+")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\s+[-–—]\s+")


def fold(text: str) -> str:
    """Lower-case, without accents and apostrophes: the form that patterns are matched on."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[’'`´]", "", bare)


def bare_words(text: str) -> str:
    """The folded words alone: two texts that have the same say the same, whatever the case, accents and punctuation."""
    return " ".join(re.findall(r"\w+", fold(text)))


def stemmed(words: Iterable[str], lang: str) -> list[str]:
    """The stems of folded words (Snowball)."""
    return [str(stem) for stem in _stemmer(lang).stemWords(list(words))]


@cache
def _stemmer(lang: str) -> Any:
    return Stemmer.Stemmer({"en": "english", "es": "spanish"}[lang], 0)  # 0: it must not remember people's words


def content_words(text: str, lang: str) -> list[str]:
    """The words that carry the subject of a question, folded, in order."""
    stop = stop_words(lang)
    return [w for w in re.findall(r"\w+", fold(text)) if w not in stop]


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Words that carry no subject of their own."""
    return frozenset(rules(lang)["stop"].split())


@cache
def telling(lang: str) -> frozenset[str]:
    """Common words of a language that the other does not have."""
    other = next(x for x in LANGS if x != lang)
    return stop_words(lang) - stop_words(other) - {"no", "me", "a", "son", "ok", "hi"}


def told(plain: str) -> dict[str, int]:
    """How many common words of each language, which the other does not have, stand in a folded text."""
    words = set(re.findall(r"\w+", plain))
    return {lang: len(words & telling(lang)) for lang in LANGS}


def without_orders(text: str, lang: str) -> str:
    """The text without the clauses that give the machine orders; "" when nothing to answer is left."""
    orders = _any(lang, "orders")
    pieces = _SENTENCE.split(text)
    kept = [p for p in pieces if not orders.search(fold(p))]
    if len(kept) == len(pieces):
        return text
    return " ".join(kept) if len(content_words(" ".join(kept), lang)) > 1 else ""


def without_place(text: str, lang: str) -> str:
    """The text with the names of states taken out: the entries speak of "a state"."""
    return _places(lang).sub(str(rules(lang)["place_word"]), text)


def place(text: str, lang: str) -> str:
    """The first state that a text names, or ""."""
    found = _places(lang).search(text)
    return found.group().title() if found else ""


def unknown_law(text: str, lang: str) -> bool:
    """Whether a text names an act that is not among the laws that the corpus explains."""
    named = [fold(m.group()) for pattern in (_NAMED_ACT, _NAMED_LEY) for m in pattern.finditer(text)]
    return any(not any(law in name for law in rules(lang)["known_laws"]) for name in named)


def parts(text: str, lang: str) -> tuple[str, ...]:
    """The questions asked at once; none where it is one.

    Each must open with a word that asks, or end with a question mark, and have a subject of its own: "we waited a
    year. is that legal" is one question.
    """
    opens = re.compile(rules(lang)["asking"], re.I)
    pieces = [p.strip(" ,.;") for p in re.split(rules(lang)["joints"], text, flags=re.I) if p and p.strip(" ,.;?!")]
    asked = [p for p in pieces if opens.search(p) and len(content_words(p, lang)) >= _PART_WORDS]
    return tuple(asked) if len(asked) == len(pieces) == _PARTS_LIMIT else ()


@cache
def _any(lang: str, table: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in rules(lang)[table]))


@cache
def _places(lang: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(rules(lang)['places'])})\b", re.I)
