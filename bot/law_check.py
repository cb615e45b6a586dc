"""Entries against the official text: every cited section exists, and every number stands in one that is cited."""

import re
from dataclasses import dataclass
from pathlib import Path

from bot.types import BotError, CorpusError, Entry
from bot.yaml_text import load_yaml

CITATION = re.compile(
    r"34 CFR (?P<cfr>\d{2,3}\.\d+)(?P<cfr_paragraphs>(\([0-9A-Za-z]+\))*)"
    r"|(?P<title>20|29|42) U\.S\.C\. (?P<usc>\d+\w?)(?P<usc_paragraphs>(\([0-9A-Za-z]+\))*)"
    r"|(?P<case>[A-Z][\w.'’ ]+ v\. [\w.'’ ]+ \((?P<year>\d{4})\))"
)
_UNITS = {
    "en": r"(?:calendar |school |business |consecutive )*(?:days?|weeks?|months?|years?|hours?|minutes?|employees|"
    r"years old|grades?)",
    "es": r"(?:días?|semanas?|meses|mes|años?|horas?|minutos?|empleados|trabajadores)",
}
_TENS = {
    "en": {"thirty": 30, "forty-five": 45, "sixty": 60},
    "es": {"treinta": 30, "cuarenta y cinco": 45, "sesenta": 60},
}
_COUNT = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty twenty-one",
    "es": "un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete"
    " dieciocho diecinueve veinte veintiún",
}
_NUMBER_WORDS = {
    lang: {word: i for i, word in enumerate(words.split(), 1)} | _TENS[lang] for lang, words in _COUNT.items()
}
_ANY = {lang: "|".join(sorted(words, key=len, reverse=True)) for lang, words in _NUMBER_WORDS.items()}
_NUMBER = {lang: re.compile(rf"\b(?P<n>\d+|{_ANY[lang]})[- ]{_UNITS[lang]}\b", re.I) for lang in _ANY}
_AGE = {
    "en": re.compile(
        r"\b(?:age|ages|aged|turns?|turned|is|at|before|from|to|until|through|than) (?P<n>\d{1,2})\b(?! ?%)"
    ),
    "es": re.compile(r"\b(?:los|edad de) (?P<n>\d{1,2})\b(?! ?%)"),
}
_FIGURE = {lang: re.compile(rf"\b(?P<n>\d+|{_ANY[lang]})\b", re.I) for lang in _ANY}


@dataclass(frozen=True)
class Problem:
    """One finding: where, and what to mend."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


def law_problems(entries: list[Entry], law: Path, exceptions: dict[str, dict[str, str]]) -> list[Problem]:
    """Check the entries against the official text: every cited section exists, every number stands in one of them.

    :param entries: the entries to check
    :param law: folder with one text file a section, named like 34CFR300.301.txt
    :param exceptions: entry id -> {piece of a sentence: why its number is rightly elsewhere}
    :raises BotError: when the folder holds no law text
    """
    if not law.is_dir() or not any(law.glob("34CFR300.*.txt")):
        raise BotError(f"{law} holds no law text. Give the folder with files like 34CFR300.301.txt.")
    found: list[Problem] = []
    for entry in entries:
        reasons = exceptions.get(entry.id, {})
        used: set[str] = set()
        for passage in entry.passages:
            texts = [_law_text(law, x) for x in (*passage.law, *entry.law)]
            found += [
                Problem(entry.path, f"{cite} was not found in the law text, or not that paragraph of it.")
                for cite, text in zip((*passage.law, *entry.law), texts, strict=True)
                if text is None
            ]
            whole = " ".join(filter(None, texts)).lower()
            for sentence in passage.sentences:
                excuse = next((piece for piece in reasons if piece in sentence), None)
                used |= {excuse} if excuse else set()
                missing = [] if excuse else [n for n in numbers(sentence, entry.lang) if not _stands_in(n, whole)]
                found += [
                    Problem(entry.path, f"the number {n} of “{sentence}” is in no section the entry cites.")
                    for n in missing
                ]
        found += [
            Problem("corpus/law-exceptions.yaml", f"{entry.id}: “{piece}” is in no sentence of the entry any more.")
            for piece in reasons
            if piece not in used
        ]
    return list(dict.fromkeys(found))


def numbers(text: str, lang: str = "en") -> list[int]:
    """Days, ages, years and the like that a text states."""
    words = [m["n"].lower() for pattern in (_NUMBER[lang], _AGE[lang]) for m in pattern.finditer(text)]
    # "one year" may be a plain "a year"; every other number is a claim.
    return sorted({_value(w, lang) for w in words if w not in ("one", "un")})


def every_number(text: str, lang: str) -> set[int]:
    """Every figure and number word of a text, whatever it counts."""
    return {_value(m["n"].lower(), lang) for m in _FIGURE[lang].finditer(text)}


def read_exceptions(path: Path) -> dict[str, dict[str, str]]:
    """Read the numbers that rightly stand elsewhere, each with its reason.

    :raises CorpusError: when the file does not have the expected shape
    """
    if not path.exists():
        return {}
    data = load_yaml(path.read_text(encoding="utf-8")) or {}
    if not isinstance(data, dict) or not all(isinstance(v, dict) and all(v.values()) for v in data.values()):
        raise CorpusError(f"{path.name}:1: give `entry: {{piece of the sentence: reason}}` for each exception.")
    return data


def _law_text(law: Path, citation: str) -> str | None:
    """The text of a cited section, "" for a case, None where the section or its paragraph is missing."""
    match = CITATION.fullmatch(citation)
    if not match:
        return None
    if match["case"]:
        return match["year"]
    name = f"34CFR{match['cfr']}" if match["cfr"] else f"{match['title']}USC{match['usc']}"
    path = law / f"{name}.txt"
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8").partition("\n")[2]
    marks = re.findall(r"\([0-9A-Za-z]+\)", match["cfr_paragraphs"] or match["usc_paragraphs"] or "")
    return text if _has_paragraph(text, marks) else None


def _has_paragraph(text: str, marks: list[str]) -> bool:
    """Whether the paragraph marks occur in this order, each after the one before it."""
    at = 0
    for mark in marks:
        at = text.find(mark, at)
        if at < 0:
            return False
        at += 1
    return True


def _stands_in(number: int, text: str) -> bool:
    word = next((w for w, n in _NUMBER_WORDS["en"].items() if n == number), None)
    ordinals = {2: "second", 3: "third", 5: "fifth", 18: "eighteenth"}
    forms = [str(number), *([word] if word else []), *([ordinals[number]] if number in ordinals else [])]
    return any(re.search(rf"(?<![\d.§]){form}(?![\d.]\d|\d)", text) for form in forms)


def _value(word: str, lang: str) -> int:
    return _NUMBER_WORDS[lang].get(word) or int(word)
