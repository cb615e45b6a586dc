"""Whether the entry shown first is one that answers."""

from evals.metrics.result import Result


def first_entry(r: Result) -> float | None:
    """1 when the first cited entry answers the question; only for cases that name entries and were answered."""
    if not r.case.entries or r.answer.status != "answered":
        return None
    return float(r.answer.citations[0].entry in r.case.entries)
