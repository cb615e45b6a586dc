"""How hard the answers are to read."""

from bot.check import grade
from evals.metrics.result import Result


def reading_grade(r: Result) -> float | None:
    """Flesch-Kincaid grade of the whole answer. Lower is better."""
    return grade("\n".join(f"- {s.text}" for s in r.answer.sentences)) if r.answer.sentences else None
