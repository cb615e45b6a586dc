"""Take personal details out of a question before anything else sees it: names, birth dates, phones, mail, numbers.

Rules, not a model: they must work offline, in both languages, in no time, and be explained in a sentence. They look
for what people type by mistake into a box in a lobby; they do not promise to find every name.
"""

import re
from functools import cache

from bot.words import rules, words

KINDS = ("mail", "birth", "phone", "number", "name")  # in the order in which they are looked for
_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_PHONE = r"(?<![\w$-])(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]?\d{4}(?!\w)"
_SOCIAL = r"(?<!\w)\d{3}[- ]\d{2}[- ]\d{4}(?!\w)"
_LONG_NUMBER = r"(?<![\w$.-])\d{6,}(?!\w)"
_HELPLINES = re.compile(r"1?[ .-]?800[ .-]?\d{3}[ .-]?\d{4}")  # printed on every safety card; nobody's own
_CAPITAL = r"[A-ZÁÉÍÓÚÑ][a-záéíóúñü'’]+"


def mask(text: str, lang: str) -> tuple[str, tuple[str, ...]]:
    """Replace personal details by a word in brackets.

    :param text: cleaned, as typed
    :param lang: "en" or "es"
    :returns: the text, and which kinds were found
    """
    shown = words(lang)["masked"]
    found: list[str] = []

    def replace(kind: str, match: re.Match[str]) -> str:
        kept, secret = (match["kept"], match["secret"]) if "secret" in match.re.groupindex else ("", match.group())
        if kind == "phone" and _HELPLINES.fullmatch(secret) or kind == "name" and secret.split()[0] in _no_names(lang):
            return match.group()
        found.append(kind)
        return f"{kept}[{shown[kind]}]"

    for kind, pattern in _patterns(lang):
        text = pattern.sub(lambda match, kind=kind: replace(kind, match), text)  # type: ignore[misc]
    return text, tuple(kind for kind in KINDS if kind in found)


def without_marks(text: str, lang: str) -> str:
    """The text without the words in brackets, as it is looked up."""
    marks = "|".join(map(re.escape, words(lang)["masked"].values()))
    return " ".join(re.sub(rf"\[(?:{marks})\]", " ", text).split())


@cache
def _patterns(lang: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    cue = rules(lang)["mask"]
    name = rf"(?P<secret>{_CAPITAL}(?: {_CAPITAL}){{0,2}})(?!\w)"
    any_name = rf"(?P<secret>[^\W\d_]{{2,}}(?: {_CAPITAL}){{0,2}})"
    return (
        ("mail", re.compile(_MAIL)),
        ("birth", re.compile(rf"(?P<kept>(?i:{cue['birth']})\s*:?\s*)(?P<secret>(?i:{cue['date']}))")),
        ("number", re.compile(_SOCIAL)),
        ("phone", re.compile(_PHONE)),
        ("number", re.compile(_LONG_NUMBER)),
        ("number", re.compile(rf"(?P<kept>(?i:{cue['number']})\s*[:#]?\s*)(?P<secret>[A-Za-z]?\d[\w-]{{3,}})")),
        # Said to be a name: any spelling. After a word for a person: only with a capital.
        ("name", re.compile(rf"(?P<kept>(?i:\b(?:{cue['named']}))\s+){any_name}")),
        ("name", re.compile(rf"(?P<kept>\b(?i:{cue['person']})\s+){name}")),
    )


@cache
def _no_names(lang: str) -> frozenset[str]:
    """Words with a capital that are no names: days, months, programs, languages."""
    return frozenset(rules(lang)["mask"]["no_names"])
