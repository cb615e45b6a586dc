"""Citation recall and precision in the sense of ALCE (Gao and others 2023, arXiv 2305.14627), by substring."""

from evals.metrics.result import Result


def citation_recall(r: Result) -> float | None:
    """Share of the sentences that stand literally in a passage they cite; abstentions are left out."""
    quotes = {c.n: c.quote for c in r.answer.citations}
    backed = [any(s.text in quotes[n] for n in s.cites) for s in r.answer.sentences]
    return sum(backed) / len(backed) if backed else None


def citation_precision(r: Result) -> float | None:
    """Share of the shown passages that back a sentence of the answer; abstentions are left out."""
    used = {n for s in r.answer.sentences for n in s.cites}
    return len(used) / len(r.answer.citations) if r.answer.citations else None
