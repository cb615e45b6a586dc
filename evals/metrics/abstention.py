"""Whether it says "I don't know" when it should, and only then."""

from evals.metrics.result import Result


def abstained(r: Result) -> float | None:
    """Recall: 1 when a question that has no answer got none."""
    return float(r.answer.status == "abstained") if r.case.expected == "abstained" else None


def abstention_precision(r: Result) -> float | None:
    """Of the abstentions, 1 for those that were right to be made."""
    return float(r.case.expected == "abstained") if r.answer.status == "abstained" else None


def wrongly_abstained(r: Result) -> float | None:
    """1 when a question that has an answer got none. Lower is better."""
    return float(r.answer.status == "abstained") if r.case.expected == "answered" else None
