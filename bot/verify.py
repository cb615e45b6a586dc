"""The check outside the model: whether the passages that a sentence cites say what the sentence says.

Nothing that a language model writes becomes part of an answer without passing here. First hard rules, each of which
can only reject (form, numbers, sections, names, actors); then the learned comparison of clauses (bot/support.py).
"""

import re
from collections.abc import Callable, Sequence

from bot import claims
from bot.clauses import actors, stem, stems
from bot.corpus import sentences
from bot.support import apart, support, threshold
from bot.syllables import grade
from bot.types import LANGS
from bot.wording import bare_words, fold, stop_words
from bot.words import verifying

LONGEST = 400  # characters of a sentence
HARDEST = 13.0  # grade of a single sentence; that of the whole answer is held in bot/generate.py
CONTEXT = 6  # content words on each side of a number that say what it counts

# Letters that look like Latin ones, invisible signs, and marks that change how other letters stand.
_STRANGE = re.compile(r"[^\w\s.,;:?'\"()’‘“”¿%/–—-]|[^\W\d_a-zA-ZáéíóúüñÁÉÍÓÚÜÑ]|[^\S ]")

Rule = Callable[[str, Sequence[str], str], bool]


def verify(sentence: str, quotes: Sequence[str], lang: str) -> str:
    """Check one sentence without its markers.

    :param sentence: as the model wrote it
    :param quotes: the whole passages it cites, literal
    :param lang: of the answer, "en" or "es"
    :returns: "" when it may be shown, else the name of the rule that it breaks
    """
    for name, broken in RULES:
        if broken(sentence, quotes, lang):
            return name
    source = [s for quote in quotes for s in sentences(quote)]
    if bare_words(sentence) in map(bare_words, source):
        return ""
    for name, broken in COMPARED:
        if broken(sentence, source, lang):
            return name
    return "" if support(sentence, source, lang) >= threshold() else "not-supported"


def _shape(sentence: str, quotes: Sequence[str], lang: str) -> bool:
    return not 2 < len(sentence) <= LONGEST or len(sentence.split()) < 3 or not sentence.rstrip(" \"”').").strip()


def _strange(sentence: str, quotes: Sequence[str], lang: str) -> bool:
    return bool(_STRANGE.search(sentence)) or claims.has_markup(sentence)


def _link(sentence: str, quotes: Sequence[str], lang: str) -> bool:
    return claims.has_link(sentence)


def _machine(sentence: str, quotes: Sequence[str], lang: str) -> bool:
    """Talk about the machine and its orders, unless the passage itself speaks so."""
    plain, held = fold(sentence), fold(" ".join(quotes))
    patterns = [p for x in LANGS for p in verifying(x)["machine"]]
    return any(re.search(p, plain) and not re.search(p, held) for p in patterns)


def _language(sentence: str, quotes: Sequence[str], lang: str) -> bool:
    """More of the commonest words of another language than of this one."""
    words = set(re.findall(r"\w+", fold(sentence)))
    other = next(x for x in LANGS if x != lang)
    return len(words & stop_words(other) - stop_words(lang)) > len(words & stop_words(lang) - stop_words(other))


def _grade(sentence: str, quotes: Sequence[str], lang: str) -> bool:
    """Harder to read than a sentence may be, and harder than its passages are."""
    hardest = max(grade([s], lang) for quote in quotes for s in sentences(quote))
    return grade([sentence], lang) > max(HARDEST, hardest + 1)


def _section(sentence: str, source: Sequence[str], lang: str) -> bool:
    """A section of law that the passage itself does not name. The citation beside it names the law."""
    known = set().union(*map(claims.sections, source))
    named = claims.sections(sentence) - known
    return any(x.removeprefix("section").removeprefix("seccion") != "504" for x in named)


def _number(sentence: str, source: Sequence[str], lang: str) -> bool:
    """A number, with its unit and limit, that does not stand where the passage speaks of the same thing."""
    held = [claims.quantities(s, lang) for s in source]
    words = [stems(s, lang) for s in source]
    for said in claims.quantities(sentence, lang):
        context = _around(sentence, said, lang)
        nearness = [sum(w in set(ws) for w in context) for ws in words]
        best = max(nearness)
        near = [q for some, n in zip(held, nearness, strict=True) if n == best for q in some]
        if not any(_same(said, q) for q in near):
            return True
    return False


def _name(sentence: str, source: Sequence[str], lang: str) -> bool:
    """A name or an abbreviation that the passage does not have, or has beside quite other words."""
    known = set(re.findall(r"[^\W_]+", fold(" ".join(source))))
    named = [part for name in claims.names(sentence) for part in re.findall(r"[^\W_]+", name)]
    held = [stems(s, lang) for s in source]
    bound = {stem(part, lang) for part in named}
    said = stems(sentence, lang)
    links = [pair for pair in zip(said, said[1:], strict=False) if bound & set(pair) and not pair[0] == pair[1]]
    return any(part not in known for part in named) or any(apart(pair, held) for pair in links)


def _actor(sentence: str, source: Sequence[str], lang: str) -> bool:
    """Someone who acts of whom the passage does not speak. Parent and child may always be addressed."""
    return bool(actors(sentence, lang) - actors(" ".join(source), lang) - {"parent", "child"})


def _around(sentence: str, said: claims.Quantity, lang: str) -> list[str]:
    """The content words around a number, the figures themselves left out."""
    words = stems(sentence, lang)
    figure = f"{said.value:g}"
    at = next((i for i, w in enumerate(words) if w == figure), len(words) // 2)
    near = words[max(0, at - CONTEXT) : at + CONTEXT + 1]
    return [w for w in near if not w[0].isdigit()]


def _same(said: claims.Quantity, held: claims.Quantity) -> bool:
    """Whether two numbers are one. A limit may not be changed; leaving out "within" or "every" changes little."""
    return (
        said.value == held.value
        and said.unit == held.unit
        and (said.bound == held.bound or not said.bound and held.bound in ("most", "every"))
    )


# What a sentence may not be, whatever its passages say.
RULES: tuple[tuple[str, Rule], ...] = (
    ("shape", _shape),
    ("link", _link),
    ("markup", _strange),
    ("machine", _machine),
    ("language", _language),
    ("grade", _grade),
)
# What must be found in its passages.
COMPARED: tuple[tuple[str, Rule], ...] = (
    ("section", _section),
    ("number", _number),
    ("name", _name),
    ("actor", _actor),
)
