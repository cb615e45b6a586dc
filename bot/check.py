"""The corpus lint: what is wrong in the entries, glossary, letters and contacts, and the figures of the whole."""

import re
from collections import Counter
from collections.abc import Iterable

from bot.corpus import HEADINGS
from bot.law_check import CITATION, Problem
from bot.reading import ease, grade, label, too_hard
from bot.reference import Letter, Term
from bot.types import PARTS, Entry, Passage

# Words at most. Spanish says the same in about a sixth more.
SECTION_WORDS, SHORT_WORDS, LETTER_WORDS = {"en": 130, "es": 155}, {"en": 65, "es": 76}, {"en": 150, "es": 175}
QUESTIONS = range(8, 16)

_ACRONYM = re.compile(r"\b(?:[A-Z]{2,}[A-Za-z]?s?|[0-9][a-z]|[A-Z]&[A-Z])\b")
_PLAIN_CAPITALS = {"I", "US", "OK", "TV", "AM", "PM", "ID", "UP", "NOT", "NO", "ALL", "PDF", "USB"}


def problems(entries: list[Entry], terms: Iterable[Term] = (), known: set[str] | None = None) -> list[Problem]:
    """Everything the lint finds in the entries of one language.

    :param entries: the entries to check
    :param terms: the glossary, to find abbreviations that it does not explain
    :param known: ids that `see` may name; default: the ids of `entries`
    """
    known = known if known is not None else {e.id for e in entries if not e.withdrawn}
    explained = {word for term in terms for name in (term.term, *term.also) for word in (name, *name.split())}
    found: list[Problem] = []
    for entry in entries:
        found += _shape(entry, known) + _citations(entry) + _reading(entry)
        if explained:
            found += _unexplained(entry, explained)
    return found + _near_duplicates(entries) + _unreachable(entries)


def letter_problems(letters: list[Letter], ids: set[str], lang: str = "en") -> list[Problem]:
    """Findings in the letter templates: length, blanks, the entry they serve, reading grade."""
    found: list[Problem] = []
    for letter in letters:
        words = len(letter.text.split())
        if words > LETTER_WORDS[lang]:
            found.append(Problem(letter.path, f"the letter has {words} words; at most {LETTER_WORDS[lang]}."))
        if "[" not in letter.text:
            found.append(Problem(letter.path, "the letter has no [blank] to fill in."))
        if letter.entry not in ids:
            found.append(Problem(letter.path, f"it serves the entry {letter.entry}, which does not exist."))
        found += [Problem(letter.path, f"“{x}” is not a citation.") for x in letter.law if not CITATION.fullmatch(x)]
        body = re.sub(r"\[[^\]]*\]", "today" if lang == "en" else "hoy", letter.text)
        if wrong := too_hard(body, lang):
            found.append(Problem(letter.path, wrong))
    return found


def term_problems(terms: list[Term], ids: set[str], entries: list[Entry], lang: str = "en") -> list[Problem]:
    """Findings in the glossary: unknown entries, doubled terms, terms that the corpus never uses."""
    found: list[Problem] = []
    where = f"{lang}/glossary.yaml"
    count = Counter(word.lower() for term in terms for word in (term.term, *term.also))
    found += [Problem(where, f"“{word}” is defined {n} times.") for word, n in count.items() if n > 1]
    text = " ".join(f"{e.title} {' '.join(p.text for p in e.passages)} {' '.join(e.questions)}" for e in entries)
    text = text.lower()
    for term in terms:
        if term.entry not in ids:
            found.append(Problem(where, f"{term.term}: the entry {term.entry} does not exist."))
        if not any(word.lower() in text for word in (term.term, *term.also)):
            found.append(Problem(where, f"{term.term}: no entry uses it."))
        if wrong := too_hard(term.plain, lang, slack=3):
            found.append(Problem(where, f"{term.term}: {wrong}"))
    return found


def summary(entries: list[Entry], terms: list[Term], letters: list[Letter]) -> str:
    """Counts and figures of the corpus as a text table."""
    shown = [e for e in entries if not e.withdrawn]
    passages = [p for e in shown for p in e.passages]
    law = {x for e in shown for p in e.passages for x in (*p.law, *e.law)}
    lines = [f"{'topic':22} entries"]
    lines += [f"{topic:22} {n:7}" for topic, n in Counter(e.topic for e in shown).most_common()]
    variants = sum(len(e.asked) for e in shown)
    lines += [
        f"{'all':22} {len(shown):7}   ({len(passages)} passages, {variants} question variants)",
        _level(passages),
        f"law cited: {len(law)} places in {len({re.sub(r'[(].*', '', x) for x in law})} sections and cases",
        f"glossary: {len(terms)} terms; letters: {len(letters)}",
        "entries without a section of law:",
    ]
    why = {"state": "state law decides", "practice": "advice, not law"}
    lines += [f"  {e.id}: {why.get(e.basis, 'MISSING')}" for e in shown if not e.law] or ["  none"]
    return "\n".join(lines)


def _level(passages: list[Passage]) -> str:
    """How hard the sections are: mean and hardest."""
    if passages[0].lang == "en":
        grades = [(grade(p.text), p.key) for p in passages]
        mean = sum(g for g, _ in grades) / len(grades)
        return f"reading grade (Flesch-Kincaid): mean {mean:.2f}, highest {max(grades)[0]:.1f} ({max(grades)[1]})"
    scores = [(ease(p.text), p.key) for p in passages]
    mean = sum(s for s, _ in scores) / len(scores)
    low, key = min(scores)
    return f"Fernández Huerta: mean {mean:.0f} ({label(mean)}), lowest {low:.0f} ({label(low)}: {key})"


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
        limit = (SHORT_WORDS if passage.part == "short" else SECTION_WORDS)[entry.lang]
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
        if not CITATION.fullmatch(x)
    ]
    for passage in entry.passages:
        if passage.basis in ("idea", "section-504", "federal-other") and not passage.law:
            found.append(Problem(entry.path, f"{passage.part}: the basis is law, but no section is cited."))
    return found


def _reading(entry: Entry) -> list[Problem]:
    found = [(p.part, too_hard(p.text, entry.lang)) for p in entry.passages]
    return [Problem(entry.path, f"{part}: {wrong}") for part, wrong in found if wrong]


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
