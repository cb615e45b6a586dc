"""How hard the answers are to read, by the formula of their language."""

from bot.reading import ease, grade
from evals.metrics.result import Result


def reading_grade(r: Result) -> float | None:
    """Flesch-Kincaid grade of a whole English answer. Lower is better."""
    return grade(_text(r)) if r.answer.sentences and r.answer.lang == "en" else None


def reading_ease(r: Result) -> float | None:
    """Fernández Huerta score of a whole Spanish answer. Higher is better."""
    return ease(_text(r)) if r.answer.sentences and r.answer.lang == "es" else None


def _text(r: Result) -> str:
    return "\n".join(f"- {s.text}" for s in r.answer.sentences)
