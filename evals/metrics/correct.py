"""Right or wrong, and the one headline number that prices a wrong answer above a missing one."""

from evals.metrics.facts import fact_recall
from evals.metrics.result import Result


def right(r: Result) -> float | None:
    """1 when the answer is of the expected status and, if answered, holds every needed fact.

    Where a case names no facts, the first cited entry must be one that answers it. Cases of danger have metrics of
    their own and are left out.
    """
    if r.case.expected == "safety":
        return None
    if r.answer.status != r.case.expected:
        return 0.0
    if r.case.expected != "answered":
        return 1.0
    if r.case.facts:
        return float(fact_recall(r) == 1.0)
    return float(r.answer.citations[0].entry in r.case.entries)


def truthfulness(r: Result) -> float | None:
    """CRAG's score (Yang and others 2024, arXiv 2406.04744): right +1, abstained 0, wrong -1."""
    good = right(r)
    if good is None or good == 1.0:
        return good
    return 0.0 if r.answer.status == "abstained" else -1.0
