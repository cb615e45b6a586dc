"""Turn an Answer into the HTML that the page, the plain pages, the kiosk and the widget show. Escaped here."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.glossing import Glossing
from bot.reference import Letter, Term
from bot.render import CARD, asides, basis_line, groups, helpers, reason, titled
from bot.types import Answer, Citation, Contact
from bot.words import words


@dataclass(frozen=True)
class Beside:
    """What stands beside an answer on a page, in its language.

    :param plain: for a page without scripts: sources stand open, marks are links, no tools
    :param votes: ask whether the answer helped
    :param closed: for a screen that must not be left: no links, no tools, terms explained at the end
    :param framed: in a frame on another site: a link to the answer's own page stands for the tools
    """

    contacts: dict[str, Contact]
    terms: Sequence[Term] = ()
    letters: Sequence[Letter] = ()
    plain: bool = False
    votes: bool = False
    closed: bool = False
    framed: bool = False


def to_html(answer: Answer, beside: Beside, number: int = 1) -> str:
    """One turn of the talk: the question, the answer in its parts, the sources, what to ask next.

    :param number: which turn it is, so that ids are unique on a page
    """
    say = words(answer.lang)
    return (
        f'<article class="turn" lang="{answer.lang}" id="turn-{number}" data-entries="{_e(" ".join(answer.titles))}">'
        f'<h2 class="asked" tabindex="-1"><span class="label">{_e(say["page"]["your_question"])}</span> '
        f"{_e(answer.question)}</h2>"
        f'<div class="answer {answer.status}"><h3>{_e(say["page"]["answer"])}</h3>'
        f"{answer_html(answer, beside, number)}</div></article>"
    )


def answer_html(answer: Answer, beside: Beside, number: int = 1) -> str:
    """The answer alone, without its question: parts, notices, sources, letters, tools, what to ask next."""
    say = words(answer.lang)
    glossing = Glossing(beside.terms)
    if answer.status == "safety":
        body = _card(answer, beside.closed)
    else:
        body = _sections(answer, number, glossing, beside) + _notice_html(answer, beside)
    body += "".join(f'<p class="aside">{_e(said)}</p>' for said in asides(answer))
    body += _words_explained(glossing, answer.lang) if beside.plain or beside.closed else ""
    if answer.citations:
        cards = "".join(_source(c, answer, number, beside) for c in answer.citations)
        body += f'<h4>{_e(say["answer"]["sources"])}</h4><div class="sources">{cards}</div>'
        if not beside.closed and not answer.growing:
            body += _letters(answer, beside.letters) + ("" if beside.plain else _tools(answer, beside))
    if answer.follow_ups and not answer.growing:
        heading = say["answer"]["follow_ups" if answer.status == "answered" else "nearby"]
        body += f'<h4 class="next">{_e(heading)}</h4>{chips(answer.follow_ups)}'
    return body


def chips(questions: Iterable[str]) -> str:
    """Questions to tap. On a page without scripts they are the submit buttons of the form around them."""
    rows = "".join(
        f'<li><button class="chip" data-ask name="question" value="{_e(q)}">{_e(q)}</button></li>' for q in questions
    )
    return f'<ul class="chips">{rows}</ul>'


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _sections(answer: Answer, number: int, glossing: Glossing, beside: Beside) -> str:
    say = words(answer.lang)
    blocks = []
    for entry, part, group in groups(answer):
        cites = sorted({n for s in group for n in s.cites})
        marks = " ".join(_mark(answer.citations[n - 1], answer.lang, number, beside.plain) for n in cites)
        heading = ""
        if part != "short":
            heading = f"<h4>{_e(say['parts'][part])}</h4>"
        elif titled(answer):
            heading = f'<h4 class="about">{_e(answer.titles[entry])}</h4>'
        shown = [_glossed(s.text, glossing, number, answer.lang, beside.plain or beside.closed) for s in group]
        if part in ("do", "ask"):
            text = "<ul>" + "".join(f"<li>{x}</li>" for x in shown) + "</ul>"
        else:
            text = "<p>" + " ".join(shown) + "</p>"
        blocks.append(f'<section class="part {part}">{heading}{text}<p class="marks">{marks}</p></section>')
    return "".join(blocks)


def _glossed(text: str, glossing: Glossing, number: int, lang: str, plain: bool) -> str:
    """A text with each term of art, where it first appears, a button that opens its meaning."""
    out = []
    for piece, term in glossing.pieces(text):
        if term is None or plain:
            out.append(_e(piece))
            continue
        id = f"term-{number}-{len(glossing.found)}"
        out.append(
            f'<button type="button" class="term" popovertarget="{id}">{_e(piece)}</button>'
            f'<span class="meaning" popover id="{id}">{_meaning(term, lang)}</span>'
        )
    return "".join(out)


def _meaning(term: Term, lang: str) -> str:
    name = _e(", ".join((term.term, *term.also)))
    return f"<strong>{name}.</strong> {_e(term.plain)} <small>{_other(term, lang)}</small>"


def _other(term: Term, lang: str) -> str:
    """The term in the other language, marked as such for screen readers."""
    other = "es" if lang == "en" else "en"
    return f'{_e(words(lang)["answer"]["in_other"])}: <span lang="{other}">{_e(term.other)}</span>.'


def _words_explained(glossing: Glossing, lang: str) -> str:
    if not glossing.found:
        return ""
    rows = "".join(f"<li>{_meaning(term, lang)}</li>" for term in glossing.found)
    return f'<details class="words"><summary>{_e(words(lang)["answer"]["terms"])}</summary><ul>{rows}</ul></details>'


def _mark(c: Citation, lang: str, number: int, plain: bool) -> str:
    """What stands under a section and opens its source: a button, or a link where there are no scripts."""
    say = words(lang)
    name = f"{say['answer']['source']} {c.n}: {basis_line(c, lang)}"
    inside = f'<span class="n">{c.n}</span> {_e(say["basis"][c.basis])}'
    if plain:
        return f'<a class="mark {c.basis}" href="#source-{number}-{c.n}" aria-label="{_e(name)}">{inside}</a>'
    return (
        f'<button type="button" class="mark {c.basis}" data-source="source-{number}-{c.n}" aria-label="{_e(name)}">'
        f"{inside}</button>"
    )


def _source(c: Citation, answer: Answer, number: int, beside: Beside) -> str:
    say = words(answer.lang)
    used = [s.text for s in answer.sentences if c.n in s.cites]
    quote = "".join(f"<p>{_marked(line, used)}</p>" for line in c.quote.split("\n"))
    link = f' <a href="{_e(c.url)}" target="_blank" rel="noopener noreferrer">{_e(say["answer"]["official"])}</a>'
    law = _e("; ".join(c.law) or say["answer"]["no_law"]) + (link if c.url and not beside.closed else "")
    title = f"{c.title}: {say['parts'][c.section]}" if len(answer.titles) > 1 else say["parts"][c.section]
    return (
        f'<details class="source" id="source-{number}-{c.n}"{" open" if beside.plain else ""}>'
        f'<summary><span class="n">{c.n}</span> {_e(title)}'
        f' <span class="basis {c.basis}">{_e(say["basis"][c.basis])}</span></summary>'
        f'<p class="label">{_e(say["answer"]["quote"])}: {_e(c.title)}</p>'
        f"<blockquote>{quote}</blockquote>"
        f"<dl><dt>{_e(say['answer']['law'])}</dt><dd>{law}</dd>"
        f"<dt>{_e(say['answer']['basis'])}</dt>"
        f"<dd>{_e(say['basis'][c.basis])}. {_e(say['basis_help'][c.basis])}</dd>"
        f"<dt>{_e(say['answer']['reviewed'])}</dt><dd><time>{_e(c.reviewed)}</time></dd></dl></details>"
    )


def _marked(line: str, used: list[str]) -> str:
    """A line of the passage with the sentences that the answer uses marked."""
    out, rest = "", line
    for sentence in used:
        before, found, after = rest.partition(sentence)
        if found:
            out += f"{_e(before)}<mark>{_e(sentence)}</mark>"
            rest = after
    return out + _e(rest)


def _letters(answer: Answer, letters: Sequence[Letter]) -> str:
    """Links to the letter templates that serve an entry of the answer."""
    fitting = [x for x in letters if x.entry in answer.titles]
    if not fitting:
        return ""
    rows = "".join(
        f'<li><a class="letter" href="/letter/{_e(x.id)}?lang={answer.lang}" target="_blank" rel="noopener">'
        f"{_e(x.title)}</a></li>"
        for x in fitting
    )
    return f'<h4>{_e(words(answer.lang)["answer"]["letters"])}</h4><ul class="letters">{rows}</ul>'


def _tools(answer: Answer, beside: Beside) -> str:
    """Print, copy, save, share, the meeting list, and the vote. Scripts of the page do the work."""
    say = words(answer.lang)["tools"]
    votes = _votes(say) if beside.votes else ""
    if beside.framed:
        page = f"answer/{_e(answer.citations[0].entry)}?lang={answer.lang}"
        link = f'<a class="tool" href="{page}" target="_blank" rel="noopener">{_e(say["own_page"])}</a>'
        return f'<div class="tools">{link}</div>{votes}<p class="done" role="status"></p>'
    add = ("add",) if any(s.part == "ask" for s in answer.sentences) else ()
    buttons = "".join(
        f'<button type="button" class="tool" data-tool="{key}">{_e(say[key])}</button>'
        for key in (*add, "print", "copy", "save", "share")
    )
    html = f'<div class="tools" role="group" aria-label="{_e(say["label"])}">{buttons}</div>'
    return f'{html}{votes}<p class="done" role="status"></p>'


def _votes(say: dict[str, str]) -> str:
    choice = "".join(
        f'<button type="button" class="tool" data-vote="{key}">{_e(say[key])}</button>' for key in ("yes", "no")
    )
    name = _e(say["helpful"])
    return f'<div class="tools vote" role="group" aria-label="{name}"><span>{name}</span>{choice}</div>'


def _notice_html(answer: Answer, beside: Beside) -> str:
    if answer.status != "abstained":
        return ""
    say = words(answer.lang)["answer"]
    rows = ""
    for c in helpers(beside.contacts):
        link = f' <a href="{_e(c.url)}" target="_blank" rel="noopener noreferrer">{_e(c.url)}</a>' if c.url else ""
        link = f" {_e(c.url)}" if beside.closed and c.url else link
        checked = f"<small>({_e(say['checked'])} {_e(c.checked)})</small>"
        rows += f"<li><strong>{_e(c.name)}.</strong> {_e(c.text)}{link} {checked}</li>"
    more = ""
    if answer.reason == "other-language" and not beside.closed:
        languages = words(answer.lang)["page"]["languages"]
        more = f'<p><a href="/languages?lang={answer.lang}" target="_blank" rel="noopener">{_e(languages)}</a></p>'
    return f"<p>{_e(reason(answer))}</p>{more}<h4>{_e(say['help'])}</h4><ul>{rows}</ul>"


def _card(answer: Answer, closed: bool) -> str:
    say = words(answer.lang)["safety"]
    rows = "".join(f"<li>{_e(say[key]) if closed else _phones(_e(say[key]))}</li>" for key in CARD)
    heading = f'<p class="loud">{_e(say["heading"])}</p>'
    return f'<div class="card" role="note">{heading}<ul>{rows}</ul><p>{_e(say["after"])}</p></div>'


def _phones(escaped: str) -> str:
    """Make the numbers of the card callable with one tap."""
    return re.sub(r"\b(911|988|1-800-\d{3}-\d{4})\b", r'<a href="tel:\1">\1</a>', escaped)
