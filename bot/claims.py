"""What of a sentence must be in its passages word for word: numbers, sections, names; and signs it may not have."""

import re
from dataclasses import dataclass
from functools import cache

from bot.clauses import phrases_of
from bot.wording import fold
from bot.words import verifying

_UNIT_WITHIN = 3  # words after a number in which its unit stands
# "34 CFR 300.301(c)(1)", "section 300.301", "20 U.S.C. 1400", "§ 104.35", "Sección 300.8"; not "Section 504".
_SECTION = re.compile(
    r"\b\d+\s+(?:cfr|c\.f\.r\.?|u\.?\s?s\.?\s?c\.?)\s*(?:part\s+|§+\s*)?[\d.]+\w*(?:\(\w+\))*"
    r"|(?:§+|\bsections?|\bsec\.|\bseccion(?:es)?|\bpart|\bparte|\barticulo)\s*\d[\d.]*\w*(?:\(\w+\))*"
    r"|\b\d{2,4}\.\d+\w*(?:\(\w+\))*|(?<=\d)(?:\(\w{1,3}\))+"
)
_LINK = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|org|net|gov|edu|us|io|info|example|test|xyz|co|html?)\b|@\w|://|mailto:|tel:", re.I
)
_MARKUP = re.compile(r"[<>{}\[\]|`*#~^\\_=$]|!\[|\n|&\w+;|&#|javascript:|data:")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")


@dataclass(frozen=True)
class Quantity:
    """A number with what it counts and which way it limits."""

    value: float
    unit: str  # "school day", "year", "age"; "" where it counts something else
    bound: str  # most, least, more, less, every, or ""


def has_link(text: str) -> bool:
    """Whether a text holds an address of any kind."""
    return bool(_LINK.search(text))


def has_markup(text: str) -> bool:
    """Whether a text holds signs that a page or a program could take for more than words."""
    return bool(_MARKUP.search(text))


def sections(text: str) -> set[str]:
    """The section numbers of law that a text names, without spaces. "Section 504" is one."""
    return {re.sub(r"[\s§]+", "", m.group()) for m in _SECTION.finditer(fold(text))}


def names(text: str) -> list[str]:
    """Words written with a capital where a sentence does not begin, and every abbreviation, folded."""
    found = []
    for m in _NAME.finditer(text):
        word = m.group().rstrip(".'’-")
        opens = not text[: m.start()].strip(" \"“'¿¡(") or text[: m.start()].rstrip(" \"“'¿").endswith((".", "?", ":"))
        if word[0].isupper() and (not opens or word[1:].isupper() and len(word) > 1):
            found.append(fold(re.sub(r"['’]s$", "", word)))
    return found


def quantities(text: str, lang: str) -> list[Quantity]:
    """The numbers of a text, as figures or words, section numbers left out."""
    plain = _SECTION.sub(" ", fold(text).replace("-", " "))
    words = _FIGURE.findall(plain)
    found = []
    for at, word in enumerate(words):
        value = _value(word, lang)
        if value is None:
            continue
        unit = _unit(words, at, lang)
        counted = unit in _units(lang) or (unit.split() or [""])[-1] in _units(lang)
        if value <= 1 and not word[0].isdigit() and not counted:
            continue  # "one parent", "un plan": an article rather than a number
        found.append(Quantity(value, unit, _bound(words, at, lang)))
    return found


def _value(word: str, lang: str) -> float | None:
    if word[0].isdigit():
        try:
            return float(word.replace(",", ""))
        except ValueError:
            return -1.0  # 1.2.3: a number that nothing equals
    number = verifying(lang)["numbers"].get(word)
    return None if number is None else float(number)


def _unit(words: list[str], at: int, lang: str) -> str:
    """What a number counts: a unit among the next words, with the word that says which kind; else its neighbours."""
    kinds, units = _words(lang, "unit_words"), _units(lang)
    after = words[at + 1 : at + 1 + _UNIT_WITHIN]
    for i, word in enumerate(after):
        if word in units:
            kind = [w for w in (*after[:i], *after[i + 1 : i + 3]) if w in kinds]
            return " ".join([*sorted(_one(k) for k in kind), _one(word)])
    return "age" if at and _one(words[at - 1]) in _words(lang, "ages") else ""


def _one(word: str) -> str:
    """A unit without its plural."""
    for ending in ("es", "s"):
        if len(word) > 4 and word.endswith(ending) and ending == "es" and word[-3] in "rnl":
            return word[:-2]
        if len(word) > 3 and word.endswith("s") and ending == "s":
            return word[:-1]
    return word


def _bound(words: list[str], at: int, lang: str) -> str:
    """The limit that stands right before a number."""
    for name, text in verifying(lang)["bounds"].items():
        for phrase in sorted(phrases_of(text), key=len, reverse=True):
            for gap in (0, 1):  # "within the 10 days"
                if tuple(words[max(0, at - len(phrase) - gap) : at - gap]) == phrase:
                    return str(name)
    return ""


@cache
def _units(lang: str) -> frozenset[str]:
    words = _words(lang, "units")
    return words | {_one(w) for w in words}


@cache
def _words(lang: str, key: str) -> frozenset[str]:
    return frozenset(verifying(lang)[key].split())
