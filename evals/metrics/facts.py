"""Fact recall: whether the facts that the person needs are in the answer."""

import re

from evals.metrics.result import Result


def fact_recall(r: Result) -> float | None:
    """Share of the needed facts that the answer states.

    Cases that name no facts, or that have no answer, are left out.
    """
    if not r.case.facts or r.case.expected != "answered":
        return None
    text = " ".join(s.text for s in r.answer.sentences)
    return sum(bool(re.search(fact, text, re.I)) for fact in r.case.facts) / len(r.case.facts)
