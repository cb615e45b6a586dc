"""Turn an Answer into JSON, plain text or Markdown. HTML is in render_html."""

import json
import re
import textwrap
from collections.abc import Iterable
from itertools import groupby

from bot.types import Answer, Citation, Contact, Sentence
from bot.words import words

SHOWN = 120  # characters of a question that is repeated in a sentence
HELPERS = ("pti", "district")  # who is named when there is no answer
CARD = ("danger", "crisis", "abuse", "missing", "school")  # the safety card, in the order it is read


def to_json(answer: Answer, contacts: dict[str, Contact], ms: float | None = None, id: str | int | None = None) -> str:
    """One JSON object on one line: the command line's contract (docs/how-it-works.md)."""
    data: dict[str, object] = {} if id is None else {"id": id}
    data |= {
        "status": answer.status,
        "reason": answer.reason,
        "lang": answer.lang,
        "text": to_text(answer, contacts, sources=False),
        "sentences": [{"text": s.text, "cites": list(s.cites)} for s in answer.sentences],
        "citations": [
            {
                "n": c.n, "entry": c.entry, "title": c.title, "section": c.section, "basis": c.basis,
                "law": list(c.law), "url": c.url, "quote": c.quote, "reviewed": c.reviewed,
            }
            for c in answer.citations
        ],
        "follow_ups": list(answer.follow_ups),
        "made": answer.made,
    }  # fmt: skip
    if ms is not None:
        data["ms"] = round(ms, 1)
    return json.dumps(data, ensure_ascii=False)


def to_text(answer: Answer, contacts: dict[str, Contact], sources: bool = True) -> str:
    """Plain text for a terminal, a file or a mail.

    :param sources: add the list of sources and what could be asked next
    """
    say = words(answer.lang)
    lines: list[str] = []
    for entry, part, group in groups(answer):
        if part == "short":
            lines += ([""] if lines else []) + ([f"{answer.titles[entry]}:"] if titled(answer) else [])
        else:
            lines += ["", f"{say['parts'][part]}:"]
        marked = [f"{s.text} [{'] ['.join(map(str, s.cites))}]" for s in group]
        lines += [f"- {x}" for x in marked] if part in ("do", "ask") else [" ".join(marked)]
    lines += [line for said in asides(answer) for line in ("", said)] + _notice(answer, contacts)
    if sources and answer.citations:
        lines += ["", f"{say['answer']['sources']}:"]
        lines += [f"[{c.n}] {c.title}. {basis_line(c, answer.lang)}" for c in answer.citations]
    if sources and answer.follow_ups:
        heading = say["answer"]["follow_ups" if answer.status == "answered" else "nearby"]
        lines += ["", f"{heading}:", *(f"- {q}" for q in answer.follow_ups)]
    if sources:
        lines += ["", say["page"]["disclaimer"]]
    return "\n".join(lines)


def to_markdown(answer: Answer, contacts: dict[str, Contact]) -> str:
    """Markdown with every character of ours or the person's that has a meaning there escaped."""
    text = to_text(answer, contacts)
    escaped = re.sub(r"([\\`*_{}<>#+!|~$\]\[()])", r"\\\1", text)
    return re.sub(r"(?m)^(\d+)\.", r"\1\\.", escaped)


def groups(answer: Answer) -> Iterable[tuple[str, str, list[Sentence]]]:
    """Sentences that stand together: one section of one entry at a time."""
    for (entry, part), group in groupby(answer.sentences, key=lambda s: (s.entry, s.part)):
        yield entry, part, list(group)


def titled(answer: Answer) -> bool:
    """Whether each entry's part stands under its title: a model's words run over all entries together."""
    return len(answer.titles) > 1 and answer.made == "composed"


def basis_line(c: Citation, lang: str) -> str:
    """Basis, law and date of one citation in a line."""
    say = words(lang)
    law = "; ".join(c.law)
    return f"{say['basis'][c.basis]}{': ' + law if law else ''}. {say['answer']['reviewed']} {c.reviewed}."


def asides(answer: Answer) -> list[str]:
    """What is said beside an answer: a model worded it; a named state may have its own rule; details were left out."""
    say = words(answer.lang)
    said = [say["answer"]["generated"]] if answer.made == "generated" else []
    if answer.place and answer.status == "answered":
        said.append(say["answer"]["place"].format(place=answer.place))
    if answer.masked:
        said.append(say["answer"]["masked"].format(kinds=", ".join(say["masked"][kind] for kind in answer.masked)))
    return said


def _notice(answer: Answer, contacts: dict[str, Contact]) -> list[str]:
    """The fixed sentences of an abstention or of the safety card, as lines."""
    say = words(answer.lang)
    if answer.status == "safety":
        return [say["safety"]["heading"], *(f"- {say['safety'][k]}" for k in CARD), say["safety"]["after"]]
    if answer.status != "abstained":
        return []
    lines = [reason(answer), "", f"{say['answer']['help']}:"]
    for contact in helpers(contacts):
        where = " ".join(filter(None, (contact.phone, contact.url)))
        lines.append(f"- {contact.name}. {contact.text}{' ' + where if where else ''}")
    return lines


def reason(answer: Answer) -> str:
    """Why there is no answer, in the person's language, and what was looked for."""
    say = words(answer.lang)
    why = str(say["reason"][answer.reason]).format(limit=answer.limit)
    if answer.reason != "no-evidence":
        return why
    short = textwrap.shorten(answer.question, SHOWN, placeholder=" ...")
    return f"{say['answer']['looked_for'].format(question=short)} {why}"


def helpers(contacts: dict[str, Contact]) -> list[Contact]:
    """Who is named when there is no answer."""
    return [contacts[key] for key in HELPERS if key in contacts]
