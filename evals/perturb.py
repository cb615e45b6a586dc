"""The same question as a hurried person types it: misspelt, shouted, without marks, as a phone hears it."""

import random
from collections.abc import Callable

# What speech recognition and quick thumbs make of words that matter here.
_HEARD = {
    "iep": "i e p", "ieps": "i e ps", "504": "five oh four", "fape": "fape", "idea": "idea", "their": "there",
    "hearing": "hearing", "principal": "principle", "you're": "your", "they're": "there", "aide": "aid",
    "evaluation": "evalution", "evaluate": "evalute", "accommodations": "accomodations", "meeting": "meting",
    "to": "too", "do": "due", "for": "four", "know": "no", "school": "scool", "teacher": "techer",
}  # fmt: skip


def typos(text: str) -> str:
    """Swap, drop or double a letter in about one of four longer words. The same text gives the same slips."""
    dice = random.Random(text)
    return " ".join(_slip(w, dice) if len(w) > 4 and w.isalpha() and dice.random() < 0.25 else w for w in text.split())


def capitals(text: str) -> str:
    """All capitals."""
    return text.upper()


def bare(text: str) -> str:
    """Lower case, no marks at all."""
    return "".join(c for c in text.lower() if c.isalnum() or c.isspace())


def heard(text: str) -> str:
    """As a phone's dictation writes it."""
    return " ".join(_HEARD.get(w, w) for w in bare(text).split())


def _slip(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


PERTURBATIONS: dict[str, Callable[[str], str]] = {
    "typos": typos,
    "all capitals": capitals,
    "no marks": bare,
    "dictated": heard,
}
