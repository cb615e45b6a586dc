"""How hard a text is to read, by a formula made for its language. Used by the corpus lint and the scorecard."""

from typing import Any

from bot.corpus import sentences
from bot.types import BotError

GRADE_LIMIT = 8.9  # highest Flesch-Kincaid grade of an English section
EASE_LIMIT = 60.0  # lowest Fernández Huerta score of a Spanish one: the lower end of "normal", grades 7 and 8
# Lowest score -> the scale's own label (Fernández Huerta 1959), with the grade it stands for.
EASE_LABELS = {
    90: "muy fácil, grade 4",
    80: "fácil, grade 5",
    70: "algo fácil, grade 6",
    60: "normal, grades 7 and 8",
    50: "algo difícil",
    30: "difícil",
    -1000: "muy difícil",
}


def grade(text: str) -> float:
    """Flesch-Kincaid grade of an English text (Kincaid and others 1975), as textstat computes it. Lower is easier.

    :param text: plain text; bullets may begin with "- "
    :raises BotError: when textstat is not installed
    """
    return float(_textstat("en_US").flesch_kincaid_grade(" ".join(sentences(text))))


def ease(text: str) -> float:
    """Fernández Huerta score of a Spanish text (Fernández Huerta 1959), as textstat computes it. Higher is easier.

    :param text: plain text; bullets may begin with "- "
    :raises BotError: when textstat is not installed
    """
    return float(_textstat("es").fernandez_huerta(" ".join(sentences(text))))


def label(score: float) -> str:
    """What the scale of `ease` calls a score."""
    return next(name for lowest, name in EASE_LABELS.items() if score >= lowest)


def too_hard(text: str, lang: str, slack: float = 0.0) -> str:
    """What is wrong with a text's reading level, "" where nothing is.

    :param slack: grades by which the limit is lower than for a section of an entry; five points of `ease` each
    """
    if lang == "en":
        score, limit = grade(text), GRADE_LIMIT + slack
        return f"reading grade {score:.1f}; at most {limit:.1f}." if score > limit else ""
    score, limit = ease(text), EASE_LIMIT - 5 * slack
    return f"Fernández Huerta {score:.0f} ({label(score)}); at least {limit:.0f}." if score < limit else ""


def _textstat(lang: str) -> Any:
    try:
        import textstat
    except ImportError as error:
        raise BotError("Reading grades need textstat. Install it: pip install -e '.[check]'.") from error
    textstat.set_lang(lang)
    return textstat
