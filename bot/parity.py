"""The two languages of the corpus say the same: same entries, law, sections and numbers, and neither is behind."""

import hashlib

from bot.law_check import Problem, every_number, numbers
from bot.types import Entry


def fingerprint(entry: Entry) -> str:
    """Short hash of what an entry says. A Spanish entry keeps that of the English one it was written from."""
    said = [entry.title, *(f"{p.part}\n{p.basis}\n{', '.join(p.law)}\n{p.text}" for p in entry.passages)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def parity_problems(english: list[Entry], spanish: list[Entry]) -> list[Problem]:
    """Where the Spanish entries differ from the English ones in what must be the same.

    :param english: all English entries
    :param spanish: all Spanish entries
    """
    there = {e.id: e for e in spanish}
    known = {e.id for e in english}
    found = [Problem(e.path, "there is no Spanish entry of this id.") for e in english if e.id not in there]
    found += [Problem(e.path, "there is no English entry of this id.") for e in spanish if e.id not in known]
    for entry in english:
        if other := there.get(entry.id):
            found += [Problem(other.path, text) for text in _differences(entry, other)]
    return found


def _differences(english: Entry, spanish: Entry) -> list[str]:
    out = []
    now = fingerprint(english)
    if spanish.english != now:
        out.append(
            f'the English entry has changed. Bring this one up to date, then write `english: "{now}"` at the top.'
        )
    for name in ("topic", "basis", "law", "see", "withdrawn"):
        if getattr(english, name) != getattr(spanish, name):
            out.append(f"`{name}` differs from the English entry.")
    parts = [(p.part, p.basis, p.law) for p in english.passages]
    if parts != [(p.part, p.basis, p.law) for p in spanish.passages]:
        out.append("the sections, or what they rest on, are not those of the English entry.")
        return out
    for one, other in zip(english.passages, spanish.passages, strict=True):
        claims, said = numbers(one.text, "en"), every_number(one.text, "en")
        own, own_said = numbers(other.text, "es"), every_number(other.text, "es")
        out += [f"{one.part}: the number {n} of the English entry is missing." for n in claims if n not in own_said]
        out += [f"{one.part}: the number {n} is not in the English entry." for n in own if n not in said]
    return out
