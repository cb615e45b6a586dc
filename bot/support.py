"""Whether a sentence is supported: its clauses beside the clauses of its passages, and a small learned rule over both.

What is compared is what a language model changes when it goes wrong: who acts, how strongly, under which condition,
yes or no, in which order. The rule is logistic; its weights are in bot/support.json (`python -m evals verify --learn`).
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.clauses import Clause, actors, clauses, stems
from bot.words import verifying

# What must be as in the passage, whatever else speaks for a sentence.
UNALTERED = (
    "must",
    "unhedged",
    "hedge",
    "total",
    "negation",
    "governor",
    "condition_lost",
    "turned",
    "stitched",
    "says_little",
)
NEAR = 3  # content words apart at which two still belong together
FEWEST = 2  # content words without which nothing can be compared: "Yes, they can."
TURNING = {"before", "after", "until", "unless", "only", "even"}  # conditions that turn what is said
RULE = Path(__file__).with_name("support.json")


@dataclass(frozen=True)
class Source:
    """One clause of a passage and the place of its sentence."""

    clause: Clause
    sentence: int


@dataclass(frozen=True)
class Pair:
    """A clause of the sentence and the clause of the passages that is nearest to it."""

    said: Clause
    source: Source
    cover: float  # share of what is said that stands in the source clause, 0..1


def support(sentence: str, sources: Sequence[str], lang: str) -> float:
    """Probability (0..1) that the passages say what the sentence says.

    :param sentence: one sentence
    :param sources: the sentences of the cited passages, in order
    :param lang: "en" or "es"
    """
    learned = rule()
    values = features(sentence, sources, lang)
    if any(values.get(name) for name in UNALTERED):
        return 0.0
    z = learned["bias"] + sum(learned["weights"].get(name, 0.0) * value for name, value in values.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def threshold() -> float:
    """Support from which a sentence passes, chosen on the tuning pairs."""
    return float(rule()["threshold"])


def features(sentence: str, sources: Sequence[str], lang: str) -> dict[str, float]:
    """The evidence against it, each 0 or more: a sentence of the passage itself has nothing but zeros."""
    if "(" not in sentence:  # "an aide (or helper) is ...": what stands between is left out of both
        sources = [re.sub(r"\s*\([^)]*\)", "", s) for s in sources]
    said = clauses(sentence, lang)
    found = tuple(Source(c, i) for i, s in enumerate(sources) for c in clauses(s, lang))
    if len({w for c in said for w in c.stems}) < FEWEST or not found:
        return {"says_little": 1.0}
    pairs = _align(said, found)
    near = {p.source.sentence for p in pairs}
    nearby = " ".join(s for i, s in enumerate(sources) if i in near)
    words = [w for c in said for w in c.stems]
    everything = {w for s in found for w in s.clause.stems}
    own = {w for s in found if s.sentence in near for w in s.clause.stems}
    values = {
        "uncovered": 1 - _share(words, own),
        "novel": float(len(set(words) - everything)),
        "elsewhere": float(len((set(words) & everything) - own)),
        "bare": max(1 - p.cover for p in pairs),
        "order": max(_disorder(p.said.stems, p.source.clause.stems) for p in pairs),
        "trimmed": max(1 - _share(p.source.clause.stems, set(words)) for p in pairs),
        "new_actor": float(len(actors(sentence, lang) - actors(nearby, lang))),
        "stitched": float(_stitched(pairs)),
    }
    for pair in pairs:
        for name, value in _differences(pair, found, lang).items():
            values[name] = values.get(name, 0.0) + value
    values["dropped"] = float(_dropped(pairs, found))
    held = [stems(s, lang) for s in sources]
    values["apart"] = float(
        sum(apart(link, held) for p in pairs for link in zip(p.said.stems, p.said.stems[1:], strict=False))
    )
    values["governor"] = float(_governor(pairs, found, lang))
    return values


def _align(said: Sequence[Clause], found: Sequence[Source]) -> list[Pair]:
    """For each clause the nearest one of the passages; of equals the one that opens alike, then near the others'."""
    pairs: list[Pair] = []
    for clause in said:
        before = pairs[-1].source.sentence if pairs else -1

        def nearness(source: Source, clause: Clause = clause, before: int = before) -> tuple[float, bool, bool]:
            cover = _share(clause.stems, source.clause.bag) + 0.3 * _share(source.clause.stems, clause.bag)
            same = source.sentence == before
            return round(cover + 0.15 * same, 3), source.clause.condition == clause.condition, same

        best = max(found, key=nearness)
        pairs.append(Pair(clause, best, _share(clause.stems, best.clause.bag)))
    return pairs


def _differences(pair: Pair, found: Sequence[Source], lang: str) -> dict[str, float]:
    """What differs between a clause and its source."""
    said, source = pair.said, pair.source.clause
    return {
        "modal": float(said.modals != source.modals),
        "must": float(said.modals.count("must") > source.modals.count("must")),
        "unhedged": float(any(source.modals.count(m) > said.modals.count(m) for m in ("may", "should"))),
        "may": float(said.modals.count("may") > source.modals.count("may")),
        "negation": float(said.negations != source.negations),
        "condition": float(bool(said.condition and source.condition) and said.condition != source.condition),
        "turned": float(said.condition != source.condition and bool({said.condition, source.condition} & TURNING)),
        "condition_lost": float(bool(source.condition) and not said.condition),
        "hedge": float(len(source.hedges - said.hedges)),
        "total": float(len(said.totals - source.totals)),
        "subject": float(bool(said.subject and source.subject) and said.subject != source.subject),
        "opposite": float(_opposites(said.bag, source.bag, lang)),
        "head": float(bool(said.stems) and said.stems[0] not in source.bag),
        "actors": float(len(set(said.others) - {source.subject, *source.others})),
    }


def _dropped(pairs: Sequence[Pair], found: Sequence[Source]) -> int:
    """Conditions of the source sentences that the sentence leaves out."""
    used = {id(p.source) for p in pairs}
    near = {p.source.sentence for p in pairs}
    said = [p.said.condition for p in pairs]
    return sum(
        s.sentence in near and id(s) not in used and bool(s.clause.condition) and s.clause.condition not in said
        for s in found
        if s.clause.condition in ("if", "unless", "only", "until")
    )


def _stitched(pairs: Sequence[Pair]) -> int:
    """Conditions that stand in another sentence of the passage than what they are said to be the condition of."""
    return sum(
        bool(one.said.condition) != bool(two.said.condition)
        and one.source.sentence != two.source.sentence
        and (bool(two.said.condition) or not two.said.opening)
        for one, two in zip(pairs, pairs[1:], strict=False)
    )


def apart(pair: tuple[str, str], source: Sequence[Sequence[str]]) -> bool:
    """Whether two words both occur in the source, but in no sentence of it near each other.

    :param source: the stems of each sentence
    """
    known = {w for words in source for w in words}
    if not set(pair) <= known:
        return False
    return not any(
        abs(i - j) <= NEAR
        for words in source
        for i, one in enumerate(words)
        if one == pair[0]
        for j, two in enumerate(words)
        if two == pair[1]
    )


def _governor(pairs: Sequence[Pair], found: Sequence[Source], lang: str) -> int:
    """Clauses that hang on another in the source ("no rule says that ...") which the sentence leaves out."""
    used = {id(p.source) for p in pairs}
    hanging = verifying(lang)["hanging"].split()
    return sum(
        source.clause.opening in hanging and id(source) in used and id(lead) not in used
        for lead, source in zip(found, found[1:], strict=False)
        if lead.sentence == source.sentence
    )


def _share(words: Sequence[str], of: "set[str] | frozenset[str]") -> float:
    """Share of the words that are in a set, 1 for none."""
    return sum(w in of for w in words) / len(words) if words else 1.0


def _disorder(said: Sequence[str], source: Sequence[str]) -> float:
    """Share of neighbouring words that stand the other way round in the source."""
    places = {w: i for i, w in reversed(list(enumerate(source)))}
    known = [places[w] for w in dict.fromkeys(said) if w in places]
    turned = sum(b < a for a, b in zip(known, known[1:], strict=False))
    return turned / max(1, len(known) - 1)


def _opposites(said: frozenset[str], source: frozenset[str], lang: str) -> int:
    """Words of the sentence whose opposite stands in the source in their place."""
    return sum(
        bool(said & a and source & b and not source & a) or bool(said & b and source & a and not source & b)
        for a, b in _opposite_stems(lang)
    )


@cache
def _opposite_stems(lang: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    return tuple((frozenset(stems(a, lang)), frozenset(stems(b, lang))) for a, b in verifying(lang)["opposites"])


@cache
def rule() -> dict[str, Any]:
    """The learned weights and the threshold."""
    data: dict[str, Any] = json.loads(RULE.read_text(encoding="utf-8"))
    return data
