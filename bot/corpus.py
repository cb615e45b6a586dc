"""Read the Markdown entries: front matter and sections in, frozen entries and passages out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.reference import is_texts, read_ways
from bot.types import BASES, CorpusError, Entry, Passage
from bot.yaml_text import load_yaml

TOPICS = (
    "start-here",
    "they-said",
    "evaluation",
    "eligibility",
    "iep",
    "services",
    "meeting",
    "disagree",
    "placement",
    "schools",
    "behavior",
    "ages",
    "section-504",
    "records-and-family",
)

# Section headings a curator may use -> the part of an answer they are.
HEADINGS = {
    "en": {
        "What it means for you": "means",
        "What starts and stops the clock": "clock",
        "What usually happens": "usually",
        "What it does not give you": "limits",
        "What depends on your state": "state",
        "What you can do": "do",
        "Ask at the meeting": "ask",
    },
    "es": {
        "Qué significa para usted": "means",
        "Cuándo empieza y cuándo se detiene el plazo": "clock",
        "Qué suele pasar": "usually",
        "Lo que no le da": "limits",
        "Lo que depende de su estado": "state",
        "Qué puede hacer": "do",
        "Pregunte en la reunión": "ask",
    },
}
# Parts whose advice is good practice whatever the entry's basis, unless the heading says otherwise.
BASIS_OF_PART = {"usually": "practice", "state": "state", "ask": "practice"}

_FIELDS = ("id", "title", "topic", "basis", "law", "see", "reviewed", "status", "questions")
_OPTIONAL = ("english",)  # hash of the English entry that a Spanish one was written from (bot/parity.py)
_HEADING = re.compile(r"^## (?P<name>[^{]+?)\s*(?:\{(?P<attributes>[^}]*)\})?\s*$")
# A sentence ends at . or ? (perhaps inside quotes) before a space and a capital, digit, quote or opening mark.
_SENTENCE_END = re.compile(r"(?<=[.?!])(?<!\bU\.S\.)(?<!\bv\.)(?<!\bNo\.)[\"”']?\s+(?=[\"“'¿¡]?[A-ZÁÉÍÓÚÑ0-9])")


@dataclass(frozen=True)
class _Section:
    part: str
    heading: str
    attributes: dict[str, str]
    text: str


def read_corpus(folder: Path, lang: str = "en") -> list[Entry]:
    """Read every entry of one language, in the order of their ids.

    :param folder: the corpus folder that holds one folder for each language
    :param lang: "en" or "es"
    :raises CorpusError: naming every broken file, line and reason, one a line
    """
    root = folder / lang
    if not folder.is_dir():
        raise CorpusError(f"There is no corpus folder at {folder}. Set IEP_CORPUS to the folder that holds en/.")
    entries: list[Entry] = []
    broken: list[str] = []
    for path in sorted(root.glob("*/*.md")):
        if path.parent.name == "letters":
            continue
        try:
            entries.append(read_entry(path, lang, str(path.relative_to(folder))))
        except CorpusError as error:
            broken.append(str(error))
    if not broken:
        entries, broken = _with_ways(entries, read_ways(folder, lang), lang)
    first = {e.id: e.path for e in reversed(entries)}
    broken += [f"{e.path}:1: the id {e.id} is also used by {first[e.id]}." for e in entries if first[e.id] != e.path]
    if broken:
        raise CorpusError("\n".join(broken))
    return sorted(entries, key=lambda e: e.id)


def _with_ways(entries: list[Entry], ways: dict[str, tuple[str, ...]], lang: str) -> tuple[list[Entry], list[str]]:
    """The entries with their further ways to ask, and what is wrong with these."""
    unknown = sorted(set(ways) - {e.id for e in entries})
    return (
        [replace(e, ways=ways.get(e.id, ())) for e in entries],
        [f"{lang}/ways: there is no entry {name}." for name in unknown],
    )


def read_entry(path: Path, lang: str, name: str) -> Entry:
    """Read one Markdown file.

    :param path: the file
    :param lang: language of the folder it is in
    :param name: how messages name the file
    :raises CorpusError: "name:line: reason"
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{name}:1: the file cannot be read as UTF-8 text ({type(error).__name__}).") from error
    if not lines or lines[0].strip() != "---" or "---" not in [x.strip() for x in lines[1:]]:
        raise CorpusError(f"{name}:1: the file must start with a block between two lines of three dashes.")
    end = next(i for i, x in enumerate(lines[1:], 1) if x.strip() == "---")
    meta = _front_matter(lines[1:end], name)
    _check_fields(meta, lines, path, name)
    law = tuple(str(x) for x in meta["law"])
    passages = tuple(_passage(section, meta, law, lang, name) for section in _sections(lines, end + 1, lang, name))
    return Entry(
        id=meta["id"],
        title=meta["title"],
        topic=meta["topic"],
        basis=meta["basis"],
        law=law,
        see=tuple(meta["see"]),
        reviewed=str(meta["reviewed"]),
        questions=tuple(str(q) for q in meta["questions"]),
        passages=passages,
        lang=lang,
        path=name,
        withdrawn=meta["status"] == "withdrawn",
        english=str(meta.get("english", "")),
    )


def read_title(folder: Path, lang: str, id: str) -> str:
    """The title of one entry without reading the others, "" where there is none in that language."""
    path = next((folder / lang).glob(f"*/{id}.md"), None)
    if path is None:
        return ""
    line = next((x for x in path.read_text(encoding="utf-8").splitlines() if x.startswith("title:")), "title: ''")
    return str(load_yaml(line)["title"])


def sentences(text: str) -> tuple[str, ...]:
    """Split a section into the pieces that an answer may show: bullets whole, paragraphs by sentence."""
    pieces: list[str] = []
    for line in text.split("\n"):
        if line.startswith("- "):
            pieces.append(line[2:].strip())
        elif line.strip():
            start = 0
            for gap in _SENTENCE_END.finditer(line):
                # A closing quote belongs to the sentence before it.
                cut = gap.start() + len(gap.group().rstrip())
                pieces.append(line[start:cut].strip())
                start = gap.end()
            pieces.append(line[start:].strip())
    return tuple(p for p in pieces if p)


def law_url(law: str) -> str:
    """Address of the official text of one cited section, or "" where we know none."""
    cfr = re.match(r"34 CFR (\d+\.\d+\w?)", law)
    if cfr:
        return f"https://www.ecfr.gov/current/title-34/section-{cfr[1]}"
    usc = re.match(r"(\d+) U\.S\.C\. (\w+)", law)
    if usc:
        section = f"USC-prelim-title{usc[1]}-section{usc[2]}"
        return f"https://uscode.house.gov/view.xhtml?req=granuleid:{section}&edition=prelim"
    return ""


def _front_matter(lines: list[str], name: str) -> dict[str, Any]:
    try:
        meta = load_yaml("\n".join(lines))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2
        reason = getattr(error, "problem", None) or "not readable"
        raise CorpusError(f"{name}:{line}: the block at the top is not valid YAML: {reason}.") from error
    if not isinstance(meta, dict):
        raise CorpusError(f"{name}:2: the block at the top must be lines of the form `name: value`.")
    return meta


# One row for each rule of the front matter: field, what must hold, what to say when it does not.
_LIST = "must be a list of texts (`[]` for none; put quotes around a text with a colon)."
_RULES: tuple[tuple[str, Callable[[dict[str, Any], Path], bool], str], ...] = (
    ("title", lambda m, _: isinstance(m["title"], str) and bool(m["title"].strip()), "must be text."),
    ("id", lambda m, path: m["id"] == path.stem, "must be the file's name without its ending."),
    (
        "id",
        lambda m, _: bool(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", m["id"])),
        "must be lower-case words.",
    ),
    ("topic", lambda m, path: m["topic"] == path.parent.name, "must be the folder's name."),
    ("topic", lambda m, _: m["topic"] in TOPICS, f"must be one of {', '.join(TOPICS)}."),
    ("basis", lambda m, _: m["basis"] in BASES, f"must be one of {', '.join(BASES)}."),
    ("status", lambda m, _: m["status"] in ("published", "withdrawn"), "must be `published` or `withdrawn`."),
    ("reviewed", lambda m, _: isinstance(m["reviewed"], date), "must be a date like 2026-11-24."),
    ("law", lambda m, _: is_texts(m["law"]), _LIST),
    ("see", lambda m, _: is_texts(m["see"]), _LIST),
    ("questions", lambda m, _: is_texts(m["questions"]), _LIST),
    ("questions", lambda m, _: bool(m["questions"]), "must hold at least one question that parents really ask."),
)


def _check_fields(meta: dict[str, Any], lines: list[str], path: Path, name: str) -> None:
    def fail(key: str, reason: str) -> None:
        line = next((i for i, x in enumerate(lines, 1) if x.startswith(f"{key}:")), 2)
        raise CorpusError(f"{name}:{line}: `{key}` {reason}")

    for key in _FIELDS:
        if key not in meta:
            fail(key, "is missing.")
    for key in meta:
        if key not in (*_FIELDS, *_OPTIONAL):
            fail(str(key), f"is not a known field. Known: {', '.join((*_FIELDS, *_OPTIONAL))}.")
    for key, holds, reason in _RULES:
        if not holds(meta, path):
            fail(key, reason)


def _sections(lines: list[str], start: int, lang: str, name: str) -> list[_Section]:
    """Cut the body at its headings; the text before the first one is the short answer."""
    headings = HEADINGS[lang]
    found: list[_Section] = []
    part, heading, first = "short", "", start + 1
    attributes: dict[str, str] = {}
    body: list[str] = []

    def close() -> None:
        text = _join(body)
        if not text:
            what = f"the section `{heading}`" if heading else "the short answer before the first heading"
            raise CorpusError(f"{name}:{first}: {what} is empty.")
        found.append(_Section(part, heading, attributes, text))

    for number, line in enumerate(lines[start:], start + 1):
        if not line.startswith("#"):
            body.append(line)
            continue
        match = _HEADING.match(line)
        if not match or match["name"] not in headings:
            raise CorpusError(f"{name}:{number}: unknown heading. Use one of: {'; '.join(headings)}.")
        close()
        part, heading, body, first = headings[match["name"]], match["name"], [], number
        attributes = _attributes(match["attributes"] or "", f"{name}:{number}")
        if any(s.part == part for s in found):
            raise CorpusError(f"{name}:{number}: the section `{heading}` occurs twice.")
    close()
    return found


def _attributes(text: str, where: str) -> dict[str, str]:
    """Read `{basis: practice; law: 34 CFR 300.8(c), 34 CFR 300.39}` after a heading."""
    attributes: dict[str, str] = {}
    for piece in filter(str.strip, text.split(";")):
        key, _, value = (x.strip() for x in piece.partition(":"))
        if key not in ("basis", "law") or not value:
            raise CorpusError(f"{where}: after a heading only `basis: ...` and `law: ...` may stand.")
        attributes[key] = value
    if attributes.get("basis", "practice") not in BASES:
        raise CorpusError(f"{where}: the basis must be one of {', '.join(BASES)}.")
    return attributes


def _join(lines: list[str]) -> str:
    """Undo the editor's line wrapping: one line for each paragraph or bullet."""
    joined: list[str] = []
    fresh = True
    for line in lines:
        text = " ".join(line.split())
        if not text:
            fresh = True
        elif fresh or text.startswith("- "):
            joined.append(text)
            fresh = False
        else:
            joined[-1] += " " + text
    return "\n".join(joined)


def _passage(section: _Section, meta: dict[str, Any], law: tuple[str, ...], lang: str, name: str) -> Passage:
    basis = section.attributes.get("basis") or BASIS_OF_PART.get(section.part) or meta["basis"]
    own = tuple(x.strip() for x in section.attributes.get("law", "").split(",") if x.strip())
    # Good practice stands on no section of law unless the heading names one.
    inherited = () if basis in ("practice", "state") and basis != meta["basis"] else law
    return Passage(
        entry=meta["id"],
        part=section.part,
        title=meta["title"],
        heading=section.heading,
        text=section.text,
        sentences=sentences(section.text),
        basis=basis,
        law=own or inherited,
        reviewed=str(meta["reviewed"]),
        lang=lang,
    )
