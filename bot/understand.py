"""Read a question: clean it, find its language, its parts, whether it leans on what was said, and danger."""

import re
import unicodedata
from collections.abc import Sequence

from bot import danger
from bot.mask import mask, without_marks
from bot.types import LANGS, Question
from bot.wording import (
    fold,
    parts,
    place,
    told,
    unknown_law,
    without_orders,
    without_place,
)
from bot.words import rules

_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
_TALK = 10  # earlier questions that count


def understand(text: str, history: Sequence[str] = (), lang: str | None = None, limit: int = 1000) -> Question:
    """Turn what a person typed into a question that can be looked up.

    :param text: as typed
    :param history: the person's earlier questions, oldest first
    :param lang: "en" or "es" when the page knows it; default: detected
    :param limit: longest question in characters
    """
    cleaned = clean(text)
    lang = lang if lang in LANGS else detect_language(cleaned, history)
    cleaned, masked = mask(cleaned, lang)
    plain = fold(cleaned)
    reason = _settled(cleaned, plain, limit)
    if reason:
        return Question(cleaned[:limit], lang, reason=reason, masked=masked)
    asked = without_place(without_orders(without_marks(cleaned, lang), lang), lang)
    if not asked:
        return Question(cleaned, lang, reason="out-of-scope", masked=masked)
    said = _said(history, lang)
    return Question(
        cleaned,
        lang,
        asked=asked,
        parts=parts(asked, lang),
        pieces=danger.pieces(cleaned),
        before=without_place(_topic(said, lang), lang),
        recent=without_place(" ".join(said[-2:]), lang),
        leans=leans_on_earlier(plain, lang),
        place=place(cleaned, lang),
        masked=masked,
    )


def clean(text: str) -> str:
    """Normalise (NFKC), drop control and invisible characters, fold white space."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(" " if c in "\n\r\t" else c for c in text)
    kept = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
    return " ".join(kept.split())


def detect_language(text: str, history: Sequence[str] = ()) -> str:
    """Tell Spanish from English by accents, marks and the commonest words; what tells nothing is as the talk was."""
    seen = told(fold(text))
    spanish = seen["es"] + 2 * bool(re.search(r"[¿¡ñáéíóú]", text.lower()))
    if spanish == seen["en"] and history:
        return detect_language(history[-1], history[:-1])
    return "es" if spanish > seen["en"] else "en"


def outside(text: str, lang: str) -> str:
    """The reason why the words alone put a question out of scope, or ""."""
    plain = fold(text)
    for reason, patterns in rules(lang)["outside"].items():
        if any(re.search(p, plain) for p in patterns):
            return str(reason)
    return "unknown-law" if unknown_law(text, lang) else ""


def leans_on_earlier(plain: str, lang: str) -> bool:
    """Whether a question is phrased as following from something said before."""
    rule = rules(lang)
    if any(re.match(opening, plain) for opening in rule["follow_openings"]):
        return True
    return len(plain.split()) <= 9 and bool(re.search(rule["follow_words"], plain))


def _settled(cleaned: str, plain: str, limit: int) -> str:
    """A reason that needs no search, or ""."""
    letters = [c for c in cleaned if c.isalpha()]
    latin = [c for c in letters if "LATIN" in unicodedata.name(c, "")]
    if not cleaned:
        return "empty"
    if len(cleaned) > limit:
        return "safety" if danger.by_words(cleaned) else "too-long"
    if len(letters) < 2:
        return "no-words"
    if len(latin) * 2 < len(letters):
        return "other-language"
    return "safety" if danger.by_words(plain) else ""


def _said(history: Sequence[str], lang: str) -> list[str]:
    """The earlier questions, without details of persons and but for danger, oldest first."""
    texts = [without_marks(mask(clean(t), lang)[0], lang) for t in history[-_TALK:]]
    return [t for t in texts if t and not danger.by_words(t)]


def _topic(said: list[str], lang: str) -> str:
    """What the talk is about: the last question that stood alone, with those that leaned on it since."""
    topic: list[str] = []
    for text in reversed(said):
        topic.append(text)
        if not leans_on_earlier(fold(text), lang):
            break
    # The first gives the subject; of the later ones only the last still matters.
    return " ".join(dict.fromkeys([topic[-1], topic[0]])) if topic else ""
