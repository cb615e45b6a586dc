"""Read what stands beside the entries: glossary, contacts and letters."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.corpus import CorpusError
from bot.types import LANGS, Contact


@dataclass(frozen=True)
class Term:
    """One term of art: what people call it and what it means in plain words."""

    term: str
    also: tuple[str, ...]  # abbreviations and other names
    plain: str
    other: str  # the term in the other language
    entry: str  # the entry that explains it


@dataclass(frozen=True)
class Letter:
    """A template with [blanks], the entry it serves and the law behind it."""

    id: str
    title: str
    entry: str
    law: tuple[str, ...]
    reviewed: str
    text: str
    path: str


def read_glossary(folder: Path, lang: str) -> list[Term]:
    """Read the glossary of one language.

    :raises CorpusError: naming the term that lacks something
    """
    path = folder / lang / "glossary.yaml"
    if not path.exists():
        return []
    terms = []
    for number, row in enumerate(_yaml(path), 1):
        missing = [k for k in ("term", "plain", "other", "entry") if not isinstance(row.get(k), str)]
        if missing:
            raise CorpusError(f"{lang}/glossary.yaml: term {number} ({row.get('term')}) lacks {', '.join(missing)}.")
        also = tuple(str(x) for x in row.get("also", []))
        terms.append(Term(row["term"], also, row["plain"], row["other"], row["entry"]))
    return terms


def read_contacts(folder: Path, lang: str) -> dict[str, Contact]:
    """Read who can help, in one language.

    :raises CorpusError: naming the contact that lacks a text in a language, or its date
    """
    contacts = {}
    for key, row in _yaml(folder / "contacts.yaml").items():
        if not isinstance(row.get("checked"), date):
            raise CorpusError(f"contacts.yaml: {key} lacks the date it was checked.")
        for language in LANGS:
            words = row.get(language) or {}
            if not words.get("name") or not words.get("text"):
                raise CorpusError(f"contacts.yaml: {key} lacks a name or a text in `{language}`.")
        words = row[lang]
        contacts[key] = Contact(
            key, words["name"], words["text"], str(row["checked"]), row.get("url", ""), row.get("phone", "")
        )
    return contacts


def read_letters(folder: Path, lang: str) -> list[Letter]:
    """Read the letter templates of one language, in the order of their ids.

    :raises CorpusError: naming the letter that cannot be read
    """
    letters = []
    for path in sorted((folder / lang / "letters").glob("*.md")):
        name = str(path.relative_to(folder))
        pieces = path.read_text(encoding="utf-8").split("---\n", 2)
        meta = yaml.safe_load(pieces[1]) if len(pieces) == 3 else None
        if not isinstance(meta, dict) or {"id", "title", "entry", "law", "reviewed"} - set(meta):
            raise CorpusError(f"{name}:1: a letter starts with id, title, entry, law and reviewed between dashes.")
        if meta["id"] != path.stem:
            raise CorpusError(f"{name}:2: the id must be the file's name, {path.stem}.")
        law = tuple(str(x) for x in meta["law"])
        letters.append(
            Letter(meta["id"], meta["title"], meta["entry"], law, str(meta["reviewed"]), pieces[2].strip(), name)
        )
    return letters


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        raise CorpusError(f"{path.name}: the file cannot be read: {error}.") from error
