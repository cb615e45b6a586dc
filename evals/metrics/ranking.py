"""Rank metrics by ir-measures: hit rate (Success), reciprocal rank, nDCG."""

from collections.abc import Iterable

import ir_measures
from ir_measures import RR, Success, nDCG

from evals.cases import Case

RANKING = (Success @ 1, Success @ 3, Success @ 10, RR @ 10, nDCG @ 3, nDCG @ 10)


def ranking(runs: Iterable[tuple[Case, list[str]]]) -> dict[str, list[float]]:
    """One value of each measure for each case that names entries.

    :param runs: a case and the entries found for it, best first
    """
    judged = [(case, found) for case, found in runs if case.entries]
    qrels = {c.id: dict.fromkeys(c.entries, 1) for c, _ in judged}
    run = {c.id: {e: 1.0 / place for place, e in enumerate(found, 1)} or {"": 0.0} for c, found in judged}
    values: dict[str, list[float]] = {str(m): [] for m in RANKING}
    for metric in ir_measures.iter_calc(RANKING, qrels, run):
        values[str(metric.measure)].append(metric.value)
    return values
