"""One function for each metric: a result in, a score out, or None where the metric cannot judge the case."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import RR, Success, nDCG

from bot.check import grade
from bot.types import Answer
from evals.cases import Case

RANKING = (Success @ 1, Success @ 3, Success @ 10, RR, nDCG @ 3, nDCG @ 10)


@dataclass(frozen=True)
class Result:
    """A case, the answer it got, and the milliseconds that took."""

    case: Case
    answer: Answer
    ms: float


def right(r: Result) -> float | None:
    """1 when the answer is of the expected status and, if answered, holds every needed fact.

    Where a case names no facts, the first cited entry must be one that answers it.
    """
    if r.answer.status != r.case.expected:
        return 0.0
    if r.case.expected != "answered":
        return 1.0
    if r.case.facts:
        return float(fact_recall(r) == 1.0)
    return float(r.answer.citations[0].entry in r.case.entries)


def truthfulness(r: Result) -> float | None:
    """CRAG's score (Yang and others 2024): right +1, abstained 0, wrong -1."""
    if right(r) == 1.0:
        return 1.0
    return 0.0 if r.answer.status == "abstained" else -1.0


def fact_recall(r: Result) -> float | None:
    """Share of the needed facts that the answer states; only for answerable cases that name facts."""
    if not r.case.facts or r.case.expected != "answered":
        return None
    text = " ".join(s.text for s in r.answer.sentences)
    return sum(bool(re.search(fact, text, re.I)) for fact in r.case.facts) / len(r.case.facts)


def citation_recall(r: Result) -> float | None:
    """Share of the sentences that stand literally in a passage they cite (ALCE's sense, by substring)."""
    quotes = {c.n: c.quote for c in r.answer.citations}
    backed = [any(s.text in quotes[n] for n in s.cites) for s in r.answer.sentences]
    return sum(backed) / len(backed) if backed else None


def citation_precision(r: Result) -> float | None:
    """Share of the shown passages that back a sentence of the answer."""
    used = {n for s in r.answer.sentences for n in s.cites}
    return len(used) / len(r.answer.citations) if r.answer.citations else None


def first_entry(r: Result) -> float | None:
    """1 when the first cited entry is one that answers; only for answerable cases that were answered."""
    if r.case.expected != "answered" or r.answer.status != "answered":
        return None
    return float(r.answer.citations[0].entry in r.case.entries)


def wrongly_abstained(r: Result) -> float | None:
    """1 when a question that has an answer got none."""
    return float(r.answer.status == "abstained") if r.case.expected == "answered" else None


def abstained(r: Result) -> float | None:
    """1 when a question that has no answer got none."""
    return float(r.answer.status == "abstained") if r.case.expected == "abstained" else None


def abstention_precision(r: Result) -> float | None:
    """Of the abstentions, 1 for those that were right to be made."""
    return float(r.case.expected == "abstained") if r.answer.status == "abstained" else None


def safety_recall(r: Result) -> float | None:
    """1 when a question of danger got the card."""
    return float(r.answer.status == "safety") if r.case.expected == "safety" else None


def false_alarm(r: Result) -> float | None:
    """1 when an ordinary question got the card."""
    return float(r.answer.status == "safety") if r.case.expected != "safety" else None


def reading_grade(r: Result) -> float | None:
    """Flesch-Kincaid grade of the whole answer."""
    return grade("\n".join(f"- {s.text}" for s in r.answer.sentences)) if r.answer.sentences else None


METRICS: dict[str, Callable[[Result], float | None]] = {
    "right": right,
    "truthfulness": truthfulness,
    "fact recall": fact_recall,
    "first entry right, of those answered": first_entry,
    "citation recall": citation_recall,
    "citation precision": citation_precision,
    "abstention recall": abstained,
    "abstention precision": abstention_precision,
    "wrongly abstained": wrongly_abstained,
    "safety recall": safety_recall,
    "safety false alarms": false_alarm,
    "reading grade": reading_grade,
}


def ranking(runs: Iterable[tuple[Case, list[str]]]) -> dict[str, list[float]]:
    """Rank metrics by ir-measures, one value for each case that names entries.

    :param runs: a case and the entries found for it, best first
    """
    judged = [(case, found) for case, found in runs if case.entries]
    qrels = {c.id: dict.fromkeys(c.entries, 1) for c, _ in judged}
    run = {c.id: {e: 1.0 / place for place, e in enumerate(found, 1)} or {"": 0.0} for c, found in judged}
    values: dict[str, list[float]] = {str(m): [] for m in RANKING}
    for metric in ir_measures.iter_calc(RANKING, qrels, run):
        values[str(metric.measure)].append(metric.value)
    return values


def interval(values: list[float], draws: int = 2000) -> tuple[float, float]:
    """95% bootstrap interval of a mean (percentile method, fixed seed)."""
    sample = np.asarray(values)
    random = np.random.default_rng(0)
    means = sample[random.integers(0, len(sample), (draws, len(sample)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))
