"""Ask every question, judge every answer, and sum up: by split, kind, form and topic."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from bot.ask import Engine
from evals.cases import Case
from evals.metrics import METRICS, Result, interval
from evals.metrics.correct import right
from evals.metrics.ranking import ranking
from evals.perturb import perturbations


@dataclass(frozen=True)
class Mean:
    """The mean of a metric over the cases it can judge, with its 95% interval."""

    value: float
    low: float
    high: float
    n: int


def run(engine: Engine, cases: Iterable[Case]) -> list[Result]:
    """Answer every case, and time a bare embedding of its question beside it."""
    results = []
    for case in cases:
        start = time.perf_counter()
        engine.index.embedder.encode([case.question])
        middle = time.perf_counter()
        answer = engine.ask(case.question, case.turns[:-1], case.lang)
        end = time.perf_counter()
        results.append(Result(case, answer, (end - middle) * 1000, (middle - start) * 1000))
    return results


def means(engine: Engine, results: list[Result]) -> dict[str, Mean]:
    """Every metric over these results."""
    values = {
        name: [v for r in results if (v := metric(r)) is not None and _counts(name, r)]
        for name, metric in METRICS.items()
    }
    single = [r.case for r in results if r.case.entries and len(r.case.turns) == 1]
    if single:
        retriever = engine.retrievers[single[0].lang]
        hits = [f.hits for f in retriever.find([c.question for c in single])]
        values |= ranking((c, [h.entry for h in some]) for c, some in zip(single, hits, strict=True))
    summed = {name: _mean(v) for name, v in values.items() if v}
    for name, hardest, which in (
        ("reading grade", "highest reading grade", max),
        ("reading ease", "lowest reading ease", min),
    ):
        if found := values[name]:
            worst = which(found)
            summed[hardest] = Mean(worst, worst, worst, len(found))
    return summed


def by(results: list[Result], key: Callable[[Result], str]) -> dict[str, Mean]:
    """Share of right answers for each value of a key."""
    groups: dict[str, list[float]] = defaultdict(list)
    for r in results:
        if (value := right(r)) is not None:
            groups[key(r)].append(value)
    return {name: _mean(values) for name, values in sorted(groups.items())}


def topic(engine: Engine, r: Result) -> str:
    """Topic of the entry that answers, or the kind of question."""
    entries = engine.index.entries[r.case.lang]
    return entries[r.case.entries[0]].topic if r.case.entries else r.case.kind


def sturdy(engine: Engine, results: list[Result]) -> dict[str, Mean]:
    """Share right when answerable single questions are typed in a hurry; beside it, as they were written."""
    usable = [r for r in results if r.case.kind == "answerable" and len(r.case.turns) == 1]
    rows = {"as written": _mean([v for r in usable if (v := right(r)) is not None])}
    for name, change in perturbations(usable[0].case.lang).items():
        values = []
        for r in usable:
            answer = engine.ask(change(r.case.question), (), r.case.lang)
            values.append(right(Result(r.case, answer)) or 0.0)
        rows[name] = _mean(values)
    return rows


def follow_ups(engine: Engine, results: list[Result]) -> dict[str, Mean]:
    """The last turn of each talk three ways: alone, with its history, after an unrelated talk.

    After an unrelated talk a turn that stands alone must still be answered rightly: only those are judged that are
    right without any history.
    """
    talks = [r for r in results if r.case.kind == "follow-up"]
    if len(talks) < 2:
        return {}
    alone = [right(Result(r.case, engine.ask(r.case.question, (), r.case.lang))) or 0.0 for r in talks]
    standing = [r.case for r, value in zip(talks, alone, strict=True) if value == 1.0]
    others = [r.case.turns[:-1] for r in talks]
    dragged = [
        right(Result(c, engine.ask(c.question, others[(i + len(others) // 2) % len(others)], c.lang))) or 0.0
        for i, c in enumerate(standing)
    ]
    return {
        "last turn alone": _mean(alone),
        "with its history": _mean([right(r) or 0.0 for r in talks]),
        "alone right, after an unrelated talk": _mean(dragged),
    }


def risk(results: list[Result], confidence: Callable[[Result], float]) -> list[tuple[float, float, float]]:
    """Coverage against risk: (threshold, share of questions answered, share of those that are wrong)."""
    judged = [(confidence(r), right(r) == 1.0 and r.case.expected == "answered") for r in results]
    rows = []
    for threshold in np.linspace(0.0, 0.99, 100):
        kept = [good for sure, good in judged if sure >= threshold]
        if kept:
            rows.append((float(threshold), len(kept) / len(judged), 1 - sum(kept) / len(kept)))
    return rows


def _counts(name: str, r: Result) -> bool:
    """Keep `right` and the like to questions that have an answer; the others have metrics of their own."""
    return name not in ("right", "truthfulness") or r.case.expected != "safety"


def _mean(values: list[float]) -> Mean:
    low, high = interval(values)
    return Mean(float(np.mean(values)), low, high, len(values))
