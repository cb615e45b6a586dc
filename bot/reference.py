"""Read what stands beside the entries: glossary, contacts and letters."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.types import LANGS, Contact, CorpusError
from bot.yaml_text import load_yaml


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


@dataclass(frozen=True)
class Start:
    """One situation to start from, and the entries whose titles are offered as questions."""

    key: str
    name: str
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Tongue:
    """One further language, and in it the right to an interpreter and how to ask for one."""

    code: str  # of HTML's lang attribute
    name: str  # as its speakers write it
    english: str  # its name in English, for the sentence to show at school
    says: tuple[str, ...]
    ask: str
    draft: str  # says who has read the text, if nobody who speaks it from home did
    rtl: bool = False


@dataclass(frozen=True)
class LanguageHelp:
    """What is said in the further languages, the English sentence to show at school, and the law behind it."""

    tongues: tuple[Tongue, ...]
    show: str  # with {language}
    law: tuple[str, ...]
    reviewed: str


def read_languages(folder: Path) -> LanguageHelp:
    """Read the text of the further languages.

    :raises CorpusError: naming the language that lacks something
    """
    path = folder / "languages.yaml"
    data: dict[str, Any] = _yaml(path) if path.exists() else {"languages": [], "show": "", "law": [], "reviewed": ""}
    tongues = []
    for number, row in enumerate(data["languages"], 1):
        missing = [k for k in ("code", "name", "english", "ask", "draft") if not isinstance(row.get(k), str)]
        if missing or not is_texts(row.get("says")):
            raise CorpusError(f"languages.yaml: language {number} lacks {', '.join([*missing, 'says'][:1])}.")
        tongues.append(Tongue(**{**row, "says": tuple(row["says"])}))
    return LanguageHelp(tuple(tongues), data["show"], tuple(data["law"]), str(data["reviewed"]))


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


def read_starts(folder: Path, lang: str) -> list[Start]:
    """Read where a parent may start, in one language, in the order of the file.

    :raises CorpusError: naming the situation that lacks its name or its entries
    """
    path = folder / "starts.yaml"
    if not path.exists():
        return []
    starts = []
    for key, row in _yaml(path).items():
        if not all(isinstance(row.get(language), str) for language in LANGS) or not is_texts(row.get("entries")):
            raise CorpusError(f"starts.yaml: {key} needs a name in each language and a list of entries.")
        starts.append(Start(key, row[lang], tuple(row["entries"])))
    return starts


def read_letters(folder: Path, lang: str) -> list[Letter]:
    """Read the letter templates of one language, in the order of their ids.

    :raises CorpusError: naming the letter that cannot be read
    """
    letters = []
    for path in sorted((folder / lang / "letters").glob("*.md")):
        name = str(path.relative_to(folder))
        pieces = path.read_text(encoding="utf-8").split("---\n", 2)
        meta = load_yaml(pieces[1]) if len(pieces) == 3 else None
        if not isinstance(meta, dict) or {"id", "title", "entry", "law", "reviewed"} - set(meta):
            raise CorpusError(f"{name}:1: a letter starts with id, title, entry, law and reviewed between dashes.")
        if meta["id"] != path.stem:
            raise CorpusError(f"{name}:2: the id must be the file's name, {path.stem}.")
        law = tuple(str(x) for x in meta["law"])
        letters.append(
            Letter(meta["id"], meta["title"], meta["entry"], law, str(meta["reviewed"]), pieces[2].strip(), name)
        )
    return letters


def read_ways(folder: Path, lang: str) -> dict[str, tuple[str, ...]]:
    """Read the further ways people ask: entry id -> questions. One file for each topic, beside the entries.

    :raises CorpusError: when a file is not a table of lists, or names an entry twice
    """
    ways: dict[str, tuple[str, ...]] = {}
    for path in sorted((folder / lang / "ways").glob("*.yaml")):
        name = f"{lang}/ways/{path.name}"
        try:
            data = load_yaml(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise CorpusError(f"{name}: the file cannot be read: {error}.") from error
        if not isinstance(data, dict) or not all(is_texts(x) for x in data.values()):
            raise CorpusError(f"{name}:1: give `entry-id:` and under it a list of questions in double quotes.")
        for entry, questions in data.items():
            if entry in ways:
                raise CorpusError(f"{name}: the entry {entry} is named twice.")
            ways[entry] = tuple(questions)
    return ways


def read_outside(folder: Path, lang: str) -> dict[str, list[str]]:
    """Read the examples of what the corpus does not cover: reason -> questions people ask.

    :raises CorpusError: when the file is not a table of lists
    """
    path = folder / lang / "outside.yaml"
    if not path.exists():
        return {}
    data = load_yaml(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or not all(is_texts(x) for x in data.values()):
        raise CorpusError(f"{lang}/outside.yaml:1: give `reason:` and under it a list of example questions.")
    return data


def is_texts(value: Any) -> bool:
    """Whether a value read from YAML is a list of texts."""
    return isinstance(value, list) and all(isinstance(x, str) for x in value)


def _yaml(path: Path) -> Any:
    try:
        return load_yaml(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        raise CorpusError(f"{path.name}: the file cannot be read: {error}.") from error
