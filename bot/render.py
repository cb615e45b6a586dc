"""Turn an Answer into HTML, Markdown, plain text or JSON. The only place that escapes."""

import html
import json
import re
from collections.abc import Iterable
from itertools import groupby

from bot.types import Answer, Citation, Contact, Sentence
from bot.words import words

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
    for entry, part, group in _groups(answer):
        if part == "short":
            lines += ([""] if lines else []) + ([f"{answer.titles[entry]}:"] if len(answer.titles) > 1 else [])
        else:
            lines += ["", f"{say['parts'][part]}:"]
        marked = [f"{s.text} [{'] ['.join(map(str, s.cites))}]" for s in group]
        lines += [f"- {x}" for x in marked] if part in ("do", "ask") else [" ".join(marked)]
    lines += _place(answer) + _notice(answer, contacts)
    if sources and answer.citations:
        lines += ["", f"{say['answer']['sources']}:"]
        lines += [f"[{c.n}] {c.title}. {_basis_line(c, answer.lang)}" for c in answer.citations]
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


def to_html(answer: Answer, contacts: dict[str, Contact], number: int = 1) -> str:
    """One turn of the talk: the question, the answer in its parts, the sources, what to ask next.

    :param number: which turn it is, so that ids are unique on a page
    """
    say = words(answer.lang)
    body = _card(answer) if answer.status == "safety" else _sections(answer, number) + _notice_html(answer, contacts)
    body += "".join(f'<p class="place">{_e(line)}</p>' for line in filter(None, _place(answer)))
    if answer.citations:
        cards = "".join(_source(c, answer, number) for c in answer.citations)
        body += f'<h4>{_e(say["answer"]["sources"])}</h4><div class="sources">{cards}</div>'
    if answer.follow_ups:
        heading = say["answer"]["follow_ups" if answer.status == "answered" else "nearby"]
        chips = "".join(
            f'<li><button type="button" class="chip" data-ask>{_e(q)}</button></li>' for q in answer.follow_ups
        )
        body += f'<h4>{_e(heading)}</h4><ul class="chips">{chips}</ul>'
    return (
        f'<article class="turn" lang="{answer.lang}" id="turn-{number}">'
        f'<h2 class="asked"><span class="label">{_e(say["page"]["your_question"])}</span> {_e(answer.question)}</h2>'
        f'<div class="answer {answer.status}"><h3 tabindex="-1">{_e(say["page"]["answer"])}</h3>{body}</div></article>'
    )


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _groups(answer: Answer) -> Iterable[tuple[str, str, list[Sentence]]]:
    """Sentences that stand together: one section of one entry at a time."""
    for (entry, part), group in groupby(answer.sentences, key=lambda s: (s.entry, s.part)):
        yield entry, part, list(group)


def _sections(answer: Answer, number: int) -> str:
    say = words(answer.lang)
    blocks = []
    for entry, part, group in _groups(answer):
        cites = sorted({n for s in group for n in s.cites})
        marks = " ".join(_mark(answer.citations[n - 1], answer.lang, number) for n in cites)
        heading = ""
        if part != "short":
            heading = f"<h4>{_e(say['parts'][part])}</h4>"
        elif len(answer.titles) > 1:
            heading = f'<h4 class="about">{_e(answer.titles[entry])}</h4>'
        if part in ("do", "ask"):
            text = "<ul>" + "".join(f"<li>{_e(s.text)}</li>" for s in group) + "</ul>"
        else:
            text = "<p>" + " ".join(_e(s.text) for s in group) + "</p>"
        blocks.append(f'<section class="part {part}">{heading}{text}<p class="marks">{marks}</p></section>')
    return "".join(blocks)


def _mark(c: Citation, lang: str, number: int) -> str:
    """The button under a section that opens its source."""
    say = words(lang)
    name = f"{say['answer']['source']} {c.n}: {_basis_line(c, lang)}"
    return (
        f'<button type="button" class="mark {c.basis}" data-source="source-{number}-{c.n}" aria-label="{_e(name)}">'
        f'<span class="n">{c.n}</span> {_e(say["basis"][c.basis])}</button>'
    )


def _source(c: Citation, answer: Answer, number: int) -> str:
    say = words(answer.lang)
    quote = "".join(f"<p>{_e(line)}</p>" for line in c.quote.split("\n"))
    link = f' <a href="{_e(c.url)}" target="_blank" rel="noopener noreferrer">{_e(say["answer"]["official"])}</a>'
    law = _e("; ".join(c.law) or say["answer"]["no_law"]) + (link if c.url else "")
    title = f"{c.title}: {say['parts'][c.section]}" if len(answer.titles) > 1 else say["parts"][c.section]
    return (
        f'<details class="source" id="source-{number}-{c.n}"><summary><span class="n">{c.n}</span> {_e(title)}'
        f' <span class="basis {c.basis}">{_e(say["basis"][c.basis])}</span></summary>'
        f'<p class="label">{_e(say["answer"]["quote"])}: {_e(c.title)}</p>'
        f"<blockquote>{quote}</blockquote>"
        f"<dl><dt>{_e(say['answer']['law'])}</dt><dd>{law}</dd>"
        f"<dt>{_e(say['answer']['basis'])}</dt>"
        f"<dd>{_e(say['basis'][c.basis])}. {_e(say['basis_help'][c.basis])}</dd>"
        f"<dt>{_e(say['answer']['reviewed'])}</dt><dd><time>{_e(c.reviewed)}</time></dd></dl></details>"
    )


def _basis_line(c: Citation, lang: str) -> str:
    say = words(lang)
    law = "; ".join(c.law)
    return f"{say['basis'][c.basis]}{': ' + law if law else ''}. {say['answer']['reviewed']} {c.reviewed}."


def _place(answer: Answer) -> list[str]:
    """The word that a named state may have a rule of its own, as lines."""
    if not answer.place or answer.status != "answered":
        return []
    return ["", words(answer.lang)["answer"]["place"].format(place=answer.place)]


def _notice(answer: Answer, contacts: dict[str, Contact]) -> list[str]:
    """The fixed sentences of an abstention or of the safety card, as lines."""
    say = words(answer.lang)
    if answer.status == "safety":
        return [say["safety"]["heading"], *(f"- {say['safety'][k]}" for k in CARD), say["safety"]["after"]]
    if answer.status != "abstained":
        return []
    lines = [_reason(answer), "", f"{say['answer']['help']}:"]
    for contact in _helpers(contacts):
        where = " ".join(filter(None, (contact.phone, contact.url)))
        lines.append(f"- {contact.name}. {contact.text}{' ' + where if where else ''}")
    return lines


def _reason(answer: Answer) -> str:
    return str(words(answer.lang)["reason"][answer.reason]).format(limit=answer.limit)


def _helpers(contacts: dict[str, Contact]) -> list[Contact]:
    return [contacts[key] for key in HELPERS if key in contacts]


def _notice_html(answer: Answer, contacts: dict[str, Contact]) -> str:
    if answer.status != "abstained":
        return ""
    say = words(answer.lang)["answer"]
    rows = ""
    for c in _helpers(contacts):
        link = f' <a href="{_e(c.url)}" target="_blank" rel="noopener noreferrer">{_e(c.url)}</a>' if c.url else ""
        checked = f"<small>({_e(say['checked'])} {_e(c.checked)})</small>"
        rows += f"<li><strong>{_e(c.name)}.</strong> {_e(c.text)}{link} {checked}</li>"
    return f"<p>{_e(_reason(answer))}</p><h4>{_e(say['help'])}</h4><ul>{rows}</ul>"


def _card(answer: Answer) -> str:
    say = words(answer.lang)["safety"]
    rows = "".join(f"<li>{_phones(_e(say[key]))}</li>" for key in CARD)
    heading = f'<p class="loud">{_e(say["heading"])}</p>'
    return f'<div class="card" role="note">{heading}<ul>{rows}</ul><p>{_e(say["after"])}</p></div>'


def _phones(escaped: str) -> str:
    """Make the numbers of the card callable with one tap."""
    return re.sub(r"\b(911|988|1-800-\d{3}-\d{4})\b", r'<a href="tel:\1">\1</a>', escaped)
