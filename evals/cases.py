"""The questions: one JSON object a line, written the way people write, apart from the corpus.

Fields: id, split ("tune" or "test"), kind (below), question or turns, lang; for answerable ones `entries` (ids that
answer it) and `facts` (patterns that must each occur in the answer); `form` (general, state, false-premise, factual)
and `near_miss` where they apply; for the others `why` (which kind of question it is).
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from bot.types import BotError, Entry
from bot.wording import content_words, fold

FOLDER = Path(__file__).parent / "questions"
KINDS = ("answerable", "follow-up", "out-of-scope", "premise", "safety", "look-alike", "adversarial")
# Kinds whose wording must differ from what is indexed, and by how much (rapidfuzz's token sort ratio, 0 to 100).
LIKE_INDEXED = ("answerable", "premise")
NEAR = 90
# What each kind of question should get.
EXPECTED = {
    "answerable": "answered",
    "follow-up": "answered",
    "out-of-scope": "abstained",
    "safety": "safety",
    "adversarial": "abstained",
}


@dataclass(frozen=True)
class Case:
    """One question with what a right answer must do."""

    id: str
    split: str
    kind: str
    turns: tuple[str, ...]
    lang: str = "en"
    entries: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    form: str = "general"
    near_miss: bool = False
    why: str = ""

    @property
    def question(self) -> str:
        """The last thing said: what is answered."""
        return self.turns[-1]

    @property
    def expected(self) -> str:
        """Status a right answer has; where entries are named it is to be answered."""
        return "answered" if self.entries else EXPECTED.get(self.kind, "abstained")


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """Read every question set.

    :raises BotError: naming the file and line that cannot be used
    """
    cases: list[Case] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.strip():
                cases.append(_case(line, f"{path.name}:{number}"))
    doubled = sorted(name for name, n in Counter(c.id for c in cases).items() if n > 1)
    if doubled:
        raise BotError(f"These question ids occur twice: {', '.join(doubled)}.")
    return cases


def problems(cases: list[Case], entries: dict[str, dict[str, Entry]]) -> list[str]:
    """What makes the sets unfit to measure with.

    Unknown entries, facts that an entry named as an answer does not hold, questions that are nearly indexed ones.

    :param entries: language -> id -> entry
    """
    return [
        problem
        for lang, mine in entries.items()
        for problem in _problems([c for c in cases if c.lang == lang], mine, lang)
    ]


def _problems(cases: list[Case], entries: dict[str, Entry], lang: str) -> list[str]:
    found = [f"{c.id}: there is no entry {x}." for c in cases for x in c.entries if x not in entries]
    said = {e.id: " ".join(s for p in e.passages for s in p.sentences) for e in entries.values()}
    found += [
        f"{c.id}: the fact “{fact}” is not in the entry {x}."
        for c in cases
        for x in c.entries
        for fact in c.facts
        if x in said and not re.search(fact, said[x], re.I)
    ]
    indexed = {q: e.id for e in entries.values() for q in (e.title, *e.asked)}
    texts, bags = list(indexed), {_bag(q, lang): q for q in indexed}
    alone = [c for c in cases if c.kind in LIKE_INDEXED and len(c.turns) == 1]
    # The token sort ratio of all pairs at once: the words are sorted once for each text.
    alike = process.cdist(
        [_sorted_words(c.question) for c in alone], [_sorted_words(q) for q in texts],
        scorer=fuzz.ratio, score_cutoff=NEAR, dtype=np.uint8, workers=-1,
    )  # fmt: skip
    for case, near in zip(alone, alike, strict=True):
        twin = texts[near.argmax()] if near.any() else bags.get(_bag(case.question, lang))
        if twin:
            found.append(f"{case.id}: “{case.question}” is nearly “{twin}”, which is indexed for {indexed[twin]}.")
    return found


def _sorted_words(text: str) -> str:
    return " ".join(sorted(fold(text).split()))


def _bag(text: str, lang: str) -> frozenset[str]:
    words = content_words(text, lang)
    return frozenset(words) or frozenset(re.findall(r"\w+", text.lower()))


def _case(line: str, where: str) -> Case:
    try:
        row = json.loads(line)
        turns = tuple(row.pop("turns", None) or [row.pop("question")])
        row |= {key: tuple(row[key]) for key in ("entries", "facts") if key in row}
        case = Case(turns=turns, **row)
        for fact in case.facts:
            re.compile(fact)
    except (ValueError, KeyError, TypeError, re.error) as error:
        raise BotError(f"{where}: this question cannot be used: {error}.") from error
    if case.kind not in KINDS or case.split not in ("tune", "test"):
        raise BotError(f"{where}: the kind must be one of {', '.join(KINDS)}; the split tune or test.")
    return case
