"""/languages: for families who read neither English nor Spanish, their right to an interpreter and how to ask."""

from bot.reference import LanguageHelp
from bot.web.layout import Frame, e
from bot.words import words


def languages_page(frame: Frame, found: LanguageHelp) -> str:
    """The body of the page: the languages to choose from, then each one's text in that language.

    :param frame: of the page; its own few words are in its language
    """
    say = words(frame.lang)["languages"]
    jump = "".join(f'<li><a href="#{t.code}" lang="{t.code}">{e(t.name)}</a></li>' for t in found.tongues)
    blocks = ""
    for t in found.tongues:
        says = "".join(f"<p>{e(x)}</p>" for x in t.says)
        blocks += (
            f'<section id="{t.code}" class="tongue" lang="{t.code}" dir="{"rtl" if t.rtl else "ltr"}">'
            f"<h2>{e(t.name)}</h2>{says}<p>{e(t.ask)}</p>"
            f'<blockquote lang="en" dir="ltr">{e(found.show.format(language=t.english))}</blockquote>'
            f'<p class="draft"><small>{e(t.draft)}</small></p></section>'
        )
    law = f"{words(frame.lang)['answer']['law']}: {'; '.join(found.law)}"
    date = f'<time datetime="{found.reviewed}">{found.reviewed}</time>'
    return (
        f'<h1>{e(say["heading"])}</h1><p>{e(say["intro"])}</p><ul class="topics">{jump}</ul>{blocks}'
        f"<p><small>{e(law)}. {e(words(frame.lang)['answer']['reviewed'])} {date}.</small></p>"
    )
