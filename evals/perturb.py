"""The same question as a hurried person types it: misspelt, shouted, without marks, as a phone hears it."""

import random
from collections.abc import Callable
from functools import partial

from bot.wording import fold

# What speech recognition and quick thumbs make of words that matter here.
_HEARD = {
    "en": {
    "iep": "i e p", "ieps": "i e ps", "504": "five oh four", "fape": "fape", "idea": "idea", "their": "there",
    "hearing": "hearing", "principal": "principle", "you're": "your", "they're": "there", "aide": "aid",
    "evaluation": "evalution", "evaluate": "evalute", "accommodations": "accomodations", "meeting": "meting",
    "to": "too", "do": "due", "for": "four", "know": "no", "school": "scool", "teacher": "techer",
    },
    "es": {
    "iep": "ai i pi", "ieps": "ai i pis", "504": "cinco cero cuatro", "evaluacion": "ebaluacion", "hacer": "aser",
    "haber": "aver", "hay": "ay", "hasta": "asta", "hijo": "ijo", "hija": "ija", "va": "ba", "vez": "bes",
    "reunion": "reunyon", "que": "ke", "porque": "por que", "necesita": "nesesita", "decision": "desicion",
    "servicios": "serbicios", "escuela": "escula", "dice": "dise",
    },
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


def heard(text: str, lang: str = "en") -> str:
    """As a phone's dictation, or a hand that writes by ear, puts it."""
    return " ".join(_HEARD[lang].get(w, w) for w in bare(fold(text)).split())


def _slip(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


def perturbations(lang: str) -> dict[str, Callable[[str], str]]:
    """Name -> change, of one language."""
    found = {"typos": typos, "all capitals": capitals, "no marks": bare, "dictated": partial(heard, lang=lang)}
    return found | ({"no accents": fold} if lang == "es" else {})
