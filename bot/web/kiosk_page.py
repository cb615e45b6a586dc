"""The HTML of the kiosk: an attract screen, one visit in each language, and what is shown when all else fails.

Each stands in a template that kiosk.js copies into the page. To forget a visit is to throw its copy away.
"""

from bot.types import LANGS
from bot.web.layout import e, sent_to, start_titles
from bot.web.service import Service
from bot.words import words

# Rows of keys. One language, one layout; the accents stand on keys of their own, as nothing needs a long press.
LAYOUTS = {
    "en": ("qwertyuiop", "asdfghjkl'", "zxcvbnm,.?"),
    "es": ("áéíóúü¿¡?,", "qwertyuiop", "asdfghjklñ", "zxcvbnm.'-"),
}
NUMBERS = ("1234567890", "-/()\"'$%&+", ".,?!:;#@*=")


def kiosk_page(service: Service) -> str:
    """The whole page, with nothing in it but words and buttons."""
    say = words("en")["page"]
    visits = "".join(f'<template id="visit-{lang}">{_visit(service, lang)}</template>' for lang in LANGS)
    return (
        '<!doctype html><html lang="en" translate="no"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{e(say['title'])}</title>"
        '<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/ui/answer.css">'
        '<link rel="stylesheet" href="/ui/kiosk.css"><script src="/ui/kiosk.js" defer></script></head>'
        f'<body><main id="main">{_fault(service)}</main>'
        f'<template id="attract">{_attract(service)}</template><template id="fault">{_fault(service)}</template>'
        f'{visits}<template id="staff">{_staff()}</template></body></html>'
    )


def _attract(service: Service) -> str:
    halves = ""
    for lang in LANGS:
        say = words(lang)
        halves += (
            f'<button type="button" class="half" lang="{lang}" data-start="{lang}">'
            f'<span class="name">{e(say["page"]["title"])}</span> '
            f'<span class="about">{e(say["kiosk"]["about"])}</span> '
            f'<span class="touch">{e(say["kiosk"]["touch"])}</span> '
            f'<span class="kept">{e(sent_to(service, lang) or say["kiosk"]["nothing_kept"])}</span></button>'
        )
    staff = ""
    if service.settings.staff_pin:
        staff = f'<button type="button" class="staff-door" data-staff>{e(words("en")["kiosk"]["staff"])}</button>'
    title = e(words("en")["page"]["title"])
    return (
        f'<div class="attract"><h1 class="visually-hidden">{title}</h1><div class="halves">{halves}</div>{staff}</div>'
    )


def _fault(service: Service) -> str:
    """Said in both languages, as nobody may be there to choose one."""
    rows = ""
    for lang in LANGS:
        say = words(lang)["kiosk"]
        center = service.settings.parent_center
        phone = f"<p>{e(say['parent_center'])}: <strong>{e(center)}</strong></p>" if center else ""
        rows += f'<div lang="{lang}"><h1>{e(say["ask_office"])}</h1><p>{e(say["fault"])}</p>{phone}</div>'
    return f'<div class="fault">{rows}</div>'


def _visit(service: Service, lang: str) -> str:
    say = words(lang)
    kiosk = say["kiosk"]
    topics, questions = _topics(service, lang)
    return (
        f'<div class="visit" lang="{lang}">'
        f"{topics}{questions}{_ask(lang)}"
        f'<section class="screen" data-screen="wait" hidden>'
        f'<p class="wait" role="status">{e(kiosk["wait"])}</p></section>'
        f'<section class="screen" data-screen="answer" hidden><div class="reply"></div>'
        f'<p class="print-only">{e(say["page"]["disclaimer"])} '
        f'{e(say["answer"]["date"])}: <span class="today"></span>. '
        f'<span class="where"></span></p></section>'
        f'<section class="screen" data-screen="take" hidden><h1 tabindex="-1">{e(kiosk["take"])}</h1>'
        f'<div class="code"></div><p>{e(kiosk["take_how"])}</p><p>{e(kiosk["take_what"])}</p></section>'
        f'<div class="pager" hidden>{_button("up", kiosk["scroll_up"], "▲")}'
        f"{_button('down', kiosk['scroll_down'], '▼')}"
        f'</div><p class="said" role="status"></p>{_tools(service, lang)}{_bar(lang)}{_still(lang)}</div>'
    )


def _topics(service: Service, lang: str) -> tuple[str, str]:
    """The tiles to start from, and for each the screen with its questions."""
    say = words(lang)
    kiosk = say["kiosk"]
    tiles = screens = ""
    for start in service.starts(lang):
        titles = start_titles(service, start, lang)
        if not titles:
            continue
        tiles += f'<li><button type="button" class="big" data-go="topic-{start.key}">{e(start.name)}</button></li>'
        rows = "".join(
            f'<li><button type="button" class="big" data-ask value="{e(t)}">{e(t)}</button></li>' for t in titles
        )
        screens += (
            f'<section class="screen" data-screen="topic-{start.key}" hidden>'
            f'<h1 tabindex="-1">{e(start.name)}</h1><p>{e(kiosk["questions"])}</p>'
            f'<ul class="bigs">{rows}</ul></section>'
        )
    # A language whose entries are not written yet says so; the rest works.
    note = "" if tiles else f"<p>{e(say['reason']['spanish-not-ready'])}</p>"
    tiles += f'<li class="typing"><button type="button" class="big" data-go="ask">{e(kiosk["type"])}</button></li>'
    return (
        f'<section class="screen" data-screen="topics"><h1 tabindex="-1">{e(say["page"]["start_heading"])}</h1>'
        f'{note}<ul class="bigs">{tiles}</ul>'
        f'<p class="small">{e(kiosk["office_help"])} {e(say["page"]["disclaimer"])}</p></section>',
        screens,
    )


def _ask(lang: str) -> str:
    say = words(lang)
    kiosk = say["kiosk"]
    return (
        f'<section class="screen" data-screen="ask" hidden>'
        f'<h1 tabindex="-1"><label for="own">{e(say["page"]["ask_label"])}</label></h1>'
        f'<p class="near">{e(kiosk["near"])}</p>'
        f'<div class="typed"><textarea id="own" rows="3" inputmode="none" autocomplete="off" autocorrect="off" '
        f'spellcheck="false" maxlength="1000"></textarea>'
        f'<button type="button" class="go" data-send>{e(say["page"]["ask_button"])}</button></div>'
        f'<div class="keys" role="group" aria-label="{e(kiosk["keyboard"])}">'
        f'<div class="layer" data-layer="letters">{_rows(LAYOUTS[lang])}</div>'
        f'<div class="layer" data-layer="numbers" hidden>{_rows(NUMBERS)}</div><div class="row">'
        f'<button type="button" class="key wide" data-key="shift" aria-pressed="false" '
        f'aria-label="{e(kiosk["shift"])}">⇧</button>'
        f'<button type="button" class="key wide" data-key="layer" data-other="{e(kiosk["letters"])}">'
        f"{e(kiosk['numbers'])}</button>"
        f'<button type="button" class="key" data-key="left" aria-label="{e(kiosk["left"])}">◀</button>'
        f'<button type="button" class="key space" data-key="space">{e(kiosk["space"])}</button>'
        f'<button type="button" class="key" data-key="right" aria-label="{e(kiosk["right"])}">▶</button>'
        f'<button type="button" class="key wide" data-key="delete">{e(kiosk["delete"])}</button></div></div></section>'
    )


def _rows(rows: tuple[str, ...]) -> str:
    return "".join(
        '<div class="row">'
        + "".join(f'<button type="button" class="key" data-key="{e(c)}">{e(c)}</button>' for c in row)
        + "</div>"
        for row in rows
    )


def _tools(service: Service, lang: str) -> str:
    """What can be done with an answer. kiosk.js shows each only where it works."""
    say = words(lang)["kiosk"]
    printing = _button("print", say["print"], said=say["printed"]) if service.settings.kiosk_printer else ""
    return (
        f'<div class="kit" role="group" aria-label="{e(words(lang)["tools"]["label"])}" hidden>'
        f"{_button('read', say['read'], other=say['stop'])}{_button('quieter', say['quieter'])}"
        f"{_button('louder', say['louder'])}{printing}{_button('take', say['take'])}</div>"
    )


def _bar(lang: str) -> str:
    """At the lower edge, in reach of everyone; Done is always in the same corner."""
    say = words(lang)
    kiosk = say["kiosk"]
    other = next(x for x in LANGS if x != lang)
    return (
        f'<div class="bar">{_button("back", kiosk["back"])}'
        f'<button type="button" data-tool="lang" lang="{other}" value="{other}">'
        f"{e(say['page']['other_language'])}</button>"
        f"{_button('size', kiosk['size'])}{_button('move', kiosk['lower'], other=kiosk['higher'])}"
        f'<button type="button" class="done-button" data-done>{e(kiosk["done"])}</button></div>'
    )


def _still(lang: str) -> str:
    say = words(lang)["kiosk"]
    return (
        f'<dialog class="still" role="alertdialog" aria-labelledby="still-{lang}" aria-describedby="how-{lang}">'
        f'<h1 id="still-{lang}">{e(say["still"])}</h1><p id="how-{lang}">{e(say["still_how"])}</p>'
        f'<p class="left" aria-hidden="true"></p><p class="visually-hidden" role="status"></p>'
        f'<button type="button" class="yes" data-yes>{e(say["still_yes"])}</button></dialog>'
    )


def _staff() -> str:
    say = words("en")
    pad = _rows(("123", "456", "789", "0"))
    return (
        f'<div class="staff"><h1 tabindex="-1">{e(say["staff"]["heading"])}</h1>'
        f'<form class="pin"><label for="pin">{e(say["staff"]["pin"])}</label>'
        f'<input id="pin" type="password" inputmode="none" autocomplete="off" maxlength="12">'
        f'<div class="pad">{pad}</div>'
        f'<button class="go">{e(say["staff"]["enter"])}</button></form>'
        f'<p class="said" role="status"></p><div class="report"></div>'
        f'<button type="button" class="done-button" data-done>{e(say["kiosk"]["done"])}</button></div>'
    )


def _button(tool: str, label: str, shown: str = "", other: str = "", said: str = "") -> str:
    """A button that kiosk.js works.

    :param label: its name, and its face unless `shown` is given
    :param other: its face while what it does is on
    :param said: what is said after it was used
    """
    name = f' aria-label="{e(label)}"' if shown else ""
    name += f' data-other="{e(other)}"' if other else ""
    name += f' data-said="{e(said)}"' if said else ""
    return f'<button type="button" data-tool="{tool}"{name}>{e(shown or label)}</button>'
