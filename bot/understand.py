"""Read a question: clean it, find its language, its parts, whether it leans on what was said, and danger."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from bot.types import LANGS, Question
from bot.words import rules

_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
_PARTS_LIMIT = 2  # questions answered at once
_PART_WORDS = 3  # a shorter piece is not a question of its own
_TALK = 10  # earlier questions that count
# "the Equal Learning Act", "ai in ieps act of 2026": a name before Act, or a year after it.
_NAMED_ACT = re.compile(
    r"(?:\b[A-Z][\w'’-]*\s+(?:(?:of|in|for|and|with|the)\s+)*)+Act\b|(?:\b[\w'’-]+\s+){1,6}(?i:act)\s+of\s+(?:19|20)\d\d\b"
)


def understand(text: str, history: Sequence[str] = (), lang: str | None = None, limit: int = 1000) -> Question:
    """Turn what a person typed into a question that can be looked up.

    :param text: as typed
    :param history: the person's earlier questions, oldest first
    :param lang: "en" or "es" when the page knows it; default: detected
    :param limit: longest question in characters
    """
    cleaned = clean(text)
    lang = lang if lang in LANGS else detect_language(cleaned)
    plain = fold(cleaned)
    reason = _settled(cleaned, plain, limit)
    if reason:
        return Question(cleaned[:limit], lang, reason=reason)
    return Question(
        cleaned,
        lang,
        parts=tuple(without_place(part, lang) for part in _parts(cleaned, lang)),
        before=without_place(_before(history, lang), lang),
        leans=leans_on_earlier(plain, lang),
        place=_place(plain, lang),
    )


def clean(text: str) -> str:
    """Normalise (NFKC), drop control and invisible characters, fold white space."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(" " if c in "\n\r\t" else c for c in text)
    kept = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
    return " ".join(kept.split())


def fold(text: str) -> str:
    """Lower-case, without accents and apostrophes: the form that patterns are matched on."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[’'`´]", "", bare)


def detect_language(text: str) -> str:
    """Tell Spanish from English by accents, marks and the commonest words."""
    words = set(re.findall(r"\w+", fold(text)))
    spanish = len(words & _telling("es")) + 2 * bool(re.search(r"[¿¡ñ]", text.lower()))
    return "es" if spanish > len(words & _telling("en")) else "en"


def danger(text: str) -> bool:
    """Whether the words speak of self-harm, abuse, immediate danger or a missing child, in either language."""
    plain = fold(clean(text))
    return any(pattern.search(plain) for pattern in _patterns("safety"))


def outside(text: str, lang: str) -> str:
    """The reason why the words alone put a question out of scope, or ""."""
    plain = fold(text)
    for reason, patterns in rules(lang)["outside"].items():
        if any(re.search(p, plain) for p in patterns):
            return str(reason)
    return "unknown-law" if unknown_law(text, lang) else ""


def unknown_law(text: str, lang: str) -> bool:
    """Whether a question names an act that is not among the laws that the corpus explains."""
    named = [m.group().lower() for m in _NAMED_ACT.finditer(text)]
    return any(not any(law in name for law in rules(lang)["known_laws"]) for name in named)


def without_place(text: str, lang: str) -> str:
    """The text with the names of states taken out: the entries speak of "a state"."""
    return _places(lang).sub(str(rules(lang)["place_word"]), text)


def content_words(text: str, lang: str) -> list[str]:
    """The words that carry the subject of a question, folded, in order."""
    stop = _stop(lang)
    return [w for w in re.findall(r"\w+", fold(text)) if w not in stop]


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
        return "safety" if danger(cleaned) else "too-long"
    if len(letters) < 2:
        return "no-words"
    if len(latin) * 2 < len(letters):
        return "other-language"
    return "safety" if danger(plain) else ""


def _before(history: Sequence[str], lang: str) -> str:
    """What the talk is about: the last question that stood alone, with those that leaned on it since."""
    topic: list[str] = []
    for text in reversed([clean(t) for t in history][-_TALK:]):
        if not text or danger(text):
            continue
        topic.append(text)
        if not leans_on_earlier(fold(text), lang):
            break
    # The first gives the subject; of the later ones only the last still matters.
    return " ".join(dict.fromkeys([topic[-1], topic[0]])) if topic else ""


def _parts(text: str, lang: str) -> tuple[str, ...]:
    """The questions asked at once; just the whole text where it is one."""
    pieces = [p.strip(" ,.;") for p in re.split(rules(lang)["joints"], text, flags=re.I) if p and p.strip(" ,.;?!")]
    asking = [p for p in pieces if len(p.split()) >= _PART_WORDS and content_words(p, lang)]
    return tuple(asking) if len(asking) == _PARTS_LIMIT else (text,)


def _place(plain: str, lang: str) -> str:
    found = _places(lang).search(plain)
    return found.group().title() if found else ""


@cache
def _places(lang: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(rules(lang)['places'])})\b", re.I)


@cache
def _stop(lang: str) -> frozenset[str]:
    return frozenset(rules(lang)["stop"].split())


@cache
def _telling(lang: str) -> frozenset[str]:
    """Common words of a language that the other does not have."""
    other = next(x for x in LANGS if x != lang)
    return _stop(lang) - _stop(other) - {"no", "me", "a", "son"}


@cache
def _patterns(table: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p) for lang in LANGS for family in rules(lang)[table].values() for p in family)
