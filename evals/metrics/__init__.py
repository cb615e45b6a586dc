"""The metrics, one idea a file. Each takes a Result and gives a score, or None where it cannot judge the case."""

from collections.abc import Callable

from evals.metrics.abstention import abstained, abstention_precision, wrongly_abstained
from evals.metrics.citation import citation_precision, citation_recall
from evals.metrics.correct import right, truthfulness
from evals.metrics.facts import fact_recall
from evals.metrics.first_entry import first_entry
from evals.metrics.reading import reading_ease, reading_grade
from evals.metrics.result import Result, interval
from evals.metrics.safety import false_alarm, safety_recall

__all__ = ["METRICS", "Result", "interval"]

# Name in the tables -> metric. Higher is better, but for those in LOWER.
METRICS: dict[str, Callable[[Result], float | None]] = {
    "right": right,
    "truthfulness": truthfulness,
    "fact recall": fact_recall,
    "first entry right": first_entry,
    "citation recall": citation_recall,
    "citation precision": citation_precision,
    "abstention recall": abstained,
    "abstention precision": abstention_precision,
    "wrongly abstained": wrongly_abstained,
    "safety recall": safety_recall,
    "safety false alarms": false_alarm,
    "reading grade": reading_grade,
    "reading ease": reading_ease,
}
LOWER = ("wrongly abstained", "safety false alarms", "reading grade")
