"""The corpus lint: what is wrong in the entries, glossary, letters and contacts, and the figures of the whole."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.corpus import HEADINGS, sentences
from bot.reference import Letter, Term
from bot.types import PARTS, BotError, CorpusError, Entry

GRADE_LIMIT = 8.9
SECTION_WORDS, SHORT_WORDS, LETTER_WORDS = 130, 65, 150
QUESTIONS = range(8, 16)

_CITATION = re.compile(
    r"34 CFR (?P<cfr>\d{2,3}\.\d+)(?P<cfr_paragraphs>(\([0-9A-Za-z]+\))*)"
    r"|(?P<title>20|29|42) U\.S\.C\. (?P<usc>\d+\w?)(?P<usc_paragraphs>(\([0-9A-Za-z]+\))*)"
    r"|(?P<case>[A-Z][\w.'’ ]+ v\. [\w.'’ ]+ \((?P<year>\d{4})\))"
)
_UNITS = (
    r"(?:calendar |school |business |consecutive )*(?:days?|weeks?|months?|years?|hours?|minutes?|employees|"
    r"years old|grades?)"
)
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty twenty-one"
).split()
_NUMBER_WORDS = {word: i for i, word in enumerate(_WORDS, 1)} | {"thirty": 30, "forty-five": 45, "sixty": 60}
_NUMBER = re.compile(rf"\b(?P<n>\d+|{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})[- ]{_UNITS}\b", re.I)
_AGE = re.compile(r"\b(?:age|ages|aged|turns?|turned|is|at|before|from|to|until|through|than) (?P<n>\d{1,2})\b(?! ?%)")
_ACRONYM = re.compile(r"\b(?:[A-Z]{2,}[A-Za-z]?s?|[0-9][a-z]|[A-Z]&[A-Z])\b")
_PLAIN_CAPITALS = {"I", "US", "OK", "TV", "AM", "PM", "ID", "UP", "NOT", "NO", "ALL", "PDF", "USB"}


@dataclass(frozen=True)
class Problem:
    """One finding: where, and what to mend."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


def grade(text: str) -> float:
    """Flesch-Kincaid grade of a text (Kincaid and others 1975), as textstat computes it.

    :param text: plain text; bullets may begin with "- "
    :raises BotError: when textstat is not installed
    """
    try:
        import textstat
    except ImportError as error:
        raise BotError("Reading grades need textstat. Install it: pip install -e '.[check]'.") from error
    return float(textstat.flesch_kincaid_grade(" ".join(sentences(text))))


def problems(entries: list[Entry], terms: Iterable[Term] = (), known: set[str] | None = None) -> list[Problem]:
    """Everything the lint finds in the entries of one language.

    :param entries: the entries to check
    :param terms: the glossary, to find abbreviations that it does not explain
    :param known: ids that `see` may name; default: the ids of `entries`
    """
    known = known if known is not None else {e.id for e in entries if not e.withdrawn}
    explained = {word for term in terms for word in (term.term, *term.also)}
    found: list[Problem] = []
    for entry in entries:
        found += _shape(entry, known) + _citations(entry) + _reading(entry)
        if explained:
            found += _unexplained(entry, explained)
    return found + _near_duplicates(entries) + _unreachable(entries)


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
                missing = [] if excuse else [n for n in numbers(sentence) if not _stands_in(n, whole)]
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


def numbers(sentence: str) -> list[int]:
    """Days, ages, years and the like that a sentence states."""
    words = [m["n"].lower() for pattern in (_NUMBER, _AGE) for m in pattern.finditer(sentence)]
    # "one year" may be a plain "a year"; every other number is a claim.
    return sorted({_NUMBER_WORDS.get(w) or int(w) for w in words if w != "one"})


def read_exceptions(path: Path) -> dict[str, dict[str, str]]:
    """Read the numbers that rightly stand elsewhere, each with its reason.

    :raises CorpusError: when the file does not have the expected shape
    """
    if not path.exists():
        return {}
    data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(data, dict) or not all(isinstance(v, dict) and all(v.values()) for v in data.values()):
        raise CorpusError(f"{path.name}:1: give `entry: {{piece of the sentence: reason}}` for each exception.")
    return data


def letter_problems(letters: list[Letter], ids: set[str]) -> list[Problem]:
    """Findings in the letter templates: length, blanks, the entry they serve, reading grade."""
    found: list[Problem] = []
    for letter in letters:
        words = len(letter.text.split())
        if words > LETTER_WORDS:
            found.append(Problem(letter.path, f"the letter has {words} words; at most {LETTER_WORDS}."))
        if "[" not in letter.text:
            found.append(Problem(letter.path, "the letter has no [blank] to fill in."))
        if letter.entry not in ids:
            found.append(Problem(letter.path, f"it serves the entry {letter.entry}, which does not exist."))
        found += [Problem(letter.path, f"“{x}” is not a citation.") for x in letter.law if not _CITATION.fullmatch(x)]
        body = re.sub(r"\[[^\]]*\]", "today", letter.text)
        if (score := grade(body)) > GRADE_LIMIT:
            found.append(Problem(letter.path, f"reading grade {score:.1f}; at most {GRADE_LIMIT}."))
    return found


def term_problems(terms: list[Term], ids: set[str], entries: list[Entry]) -> list[Problem]:
    """Findings in the glossary: unknown entries, doubled terms, terms that the corpus never uses."""
    found: list[Problem] = []
    count = Counter(word.lower() for term in terms for word in (term.term, *term.also))
    found += [Problem("glossary.yaml", f"“{word}” is defined {n} times.") for word, n in count.items() if n > 1]
    text = " ".join(f"{e.title} {' '.join(p.text for p in e.passages)} {' '.join(e.questions)}" for e in entries)
    text = text.lower()
    for term in terms:
        if term.entry not in ids:
            found.append(Problem("glossary.yaml", f"{term.term}: the entry {term.entry} does not exist."))
        if not any(word.lower() in text for word in (term.term, *term.also)):
            found.append(Problem("glossary.yaml", f"{term.term}: no entry uses it."))
        if (score := grade(term.plain)) > GRADE_LIMIT + 3:
            found.append(Problem("glossary.yaml", f"{term.term}: reading grade {score:.1f}."))
    return found


def summary(entries: list[Entry], terms: list[Term], letters: list[Letter]) -> str:
    """Counts and figures of the corpus as a text table."""
    shown = [e for e in entries if not e.withdrawn]
    grades = [(grade(p.text), p.key) for e in shown for p in e.passages]
    law = {x for e in shown for p in e.passages for x in (*p.law, *e.law)}
    lines = [f"{'topic':22} entries"]
    lines += [f"{topic:22} {n:7}" for topic, n in Counter(e.topic for e in shown).most_common()]
    variants = sum(len(e.asked) for e in shown)
    lines += [
        f"{'all':22} {len(shown):7}   ({len(grades)} passages, {variants} question variants)",
        f"reading grade (Flesch-Kincaid, per section): mean {sum(g for g, _ in grades) / len(grades):.2f},"
        f" highest {max(grades)[0]:.1f} ({max(grades)[1]})",
        f"law cited: {len(law)} places in {len({re.sub(r'[(].*', '', x) for x in law})} sections and cases",
        f"glossary: {len(terms)} terms; letters: {len(letters)}",
        "entries without a section of law:",
    ]
    why = {"state": "state law decides", "practice": "advice, not law"}
    lines += [f"  {e.id}: {why.get(e.basis, 'MISSING')}" for e in shown if not e.law] or ["  none"]
    return "\n".join(lines)


def _shape(entry: Entry, known: set[str]) -> list[Problem]:
    out = []
    if len(entry.questions) not in QUESTIONS:
        out.append(f"it has {len(entry.questions)} question variants; give {QUESTIONS[0]} to {QUESTIONS[-1]}.")
    if not 2 <= len(entry.see) <= 6:
        out.append(f"`see` names {len(entry.see)} entries; name 2 to 6.")
    out += [f"`see` names {x}, which does not exist." for x in entry.see if x not in known or x == entry.id]
    order = [PARTS.index(p.part) for p in entry.passages]
    if order != sorted(order):
        out.append(f"the sections must stand in this order: {'; '.join(HEADINGS[entry.lang])}.")
    for passage in entry.passages:
        limit = SHORT_WORDS if passage.part == "short" else SECTION_WORDS
        if len(passage.text.split()) > limit:
            out.append(f"{passage.part}: {len(passage.text.split())} words; at most {limit}.")
        out += [f"{passage.part}: “{s}” has no end mark." for s in passage.sentences if s[-1] not in ".?”\"’'"]
        out += [
            f"{passage.part}: the mark {m} does not belong in plain text." for m in "*_`|<>!;#" if m in passage.text
        ]
        if passage.part == "usually" and passage.basis not in ("practice", "state"):
            out.append("usually: what usually happens is practice: write {basis: practice}.")
    return [Problem(entry.path, x) for x in out]


def _citations(entry: Entry) -> list[Problem]:
    law = [x for p in entry.passages for x in p.law] + list(entry.law)
    found = [
        Problem(entry.path, f"“{x}” is not a citation we know the form of.")
        for x in set(law)
        if not _CITATION.fullmatch(x)
    ]
    for passage in entry.passages:
        if passage.basis in ("idea", "section-504", "federal-other") and not passage.law:
            found.append(Problem(entry.path, f"{passage.part}: the basis is law, but no section is cited."))
    return found


def _reading(entry: Entry) -> list[Problem]:
    if entry.lang != "en":  # Spanish has a formula of its own.
        return []
    scores = [(grade(p.text), p.part) for p in entry.passages]
    return [
        Problem(entry.path, f"{part}: reading grade {score:.1f}; at most {GRADE_LIMIT}.")
        for score, part in scores
        if score > GRADE_LIMIT
    ]


def _unexplained(entry: Entry, explained: set[str]) -> list[Problem]:
    text = " ".join([entry.title, *(p.text for p in entry.passages)])
    used = {x for x in _ACRONYM.findall(text) if x not in _PLAIN_CAPITALS}
    missing = sorted(x for x in used if x not in explained and x.rstrip("s") not in explained)
    return [Problem(entry.path, f"{x} is not in the glossary.") for x in missing]


def _near_duplicates(entries: list[Entry]) -> list[Problem]:
    """Question variants of two entries that are the same but for small words and order."""
    small = set("a an the my our his her their is are do does did can will it to of for in on at and i we they".split())
    seen: dict[frozenset[str], Entry] = {}
    found = []
    for entry in entries:
        for question in entry.asked:
            words = frozenset(w for w in re.findall(r"[\w']+", question.lower()) if w not in small)
            first = seen.setdefault(words, entry)
            if first.id != entry.id:
                found.append(Problem(entry.path, f"the question “{question}” is nearly one of {first.id}."))
    return found


def _unreachable(entries: list[Entry]) -> list[Problem]:
    linked = {x for e in entries for x in e.see}
    return [Problem(e.path, "no entry's `see` leads here.") for e in entries if e.id not in linked and len(entries) > 1]


def _law_text(law: Path, citation: str) -> str | None:
    """The text of a cited section, "" for a case, None where the section or its paragraph is missing."""
    match = _CITATION.fullmatch(citation)
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
    word = next((w for w, n in _NUMBER_WORDS.items() if n == number), None)
    ordinals = {2: "second", 3: "third", 5: "fifth", 18: "eighteenth"}
    forms = [str(number), *([word] if word else []), *([ordinals[number]] if number in ordinals else [])]
    return any(re.search(rf"(?<![\d.§]){form}(?![\d.]\d|\d)", text) for form in forms)
