"""One Answer, four forms; escaped in one place."""

import html
import json
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from bot.reference import Term
from bot.render import to_json, to_markdown, to_text
from bot.render_html import Beside, answer_html, to_html
from bot.types import BASES, PARTS, STATUS_OF_REASON, Answer, Citation, Sentence
from bot.words import words


def answer_of(text, reason="answer"):
    citation = Citation(
        1, "an-entry", text, "short", "idea", ("34 CFR 300.301",), "https://example.org/", text, "2026-11-24"
    )
    return Answer(
        text, "en", reason, (Sentence(text, (1,), entry="an-entry"),), (citation,), (text,), {"an-entry": text}
    )


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.names, self.attributes = [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]


@given(st.text(min_size=1, max_size=80, alphabet=st.characters(exclude_categories=["C"])).filter(str.strip))
def test_any_text_renders_escaped(text):
    page = Tags()
    page.feed(to_html(answer_of(text), Beside({})))
    plain = Tags()
    plain.feed(to_html(answer_of("a question"), Beside({})))
    assert page.names == plain.names and page.attributes == plain.attributes


def test_markup_in_a_question_is_shown_as_text():
    shown = to_html(Answer("<img src=x onerror=alert(1)>", "en", "no-evidence"), Beside({}))
    assert "<img" not in shown and "&lt;img src=x" in shown
    assert r"\<img" not in to_text(Answer("<img>", "en", "no-evidence"), {})
    assert r"\*\*" in to_markdown(answer_of("**bold**"), {})


def test_html_holds_a_button_and_a_source_for_each_citation(tiny):
    answer = tiny.ask("how long does the school have to test my kid")
    page = to_html(answer, Beside(tiny.contacts["en"]), 3)
    for c in answer.citations:
        assert f'data-source="source-3-{c.n}"' in page and f'id="source-3-{c.n}"' in page
        for piece in (c.reviewed, *c.law, words("en")["basis"][c.basis], *c.quote.split("\n")):
            assert html.escape(piece) in re.sub(r"</?mark>", "", page)
    assert 'href="https://www.ecfr.gov/current/title-34/section-300.301"' in page


def test_json_is_the_published_contract(tiny):
    answer = tiny.ask("how long does the school have to test my kid")
    data = json.loads(to_json(answer, tiny.contacts["en"], 12.34, "q1"))
    assert list(data) == [
        "id",
        "status",
        "reason",
        "lang",
        "text",
        "sentences",
        "citations",
        "follow_ups",
        "made",
        "ms",
    ]
    assert data["id"] == "q1" and data["status"] == "answered" and data["ms"] == 12.3
    assert data["sentences"][0].keys() == {"text", "cites"}
    assert data["citations"][0] == {
        "n": 1,
        "entry": "evaluation-deadline",
        "title": "How long the school has to test your child",
        "section": "short",
        "basis": "idea",
        "law": ["34 CFR 300.301(c)(1)"],
        "url": "https://www.ecfr.gov/current/title-34/section-300.301",
        "quote": "The school has 60 days to test your child, or the time limit that your state has set. "
        "The clock starts on the day the school gets your signed consent.",
        "reviewed": "2026-11-24",
    }
    assert data["text"].startswith(
        "The school has 60 days to test your child, or the time limit that your state has set. [1]"
    )


def test_every_sentence_of_the_text_carries_its_mark(tiny):
    answer = tiny.ask("how long does the school have to test my kid")
    text = to_text(answer, {}, sources=False)
    assert all(f"{s.text} [{s.cites[0]}]" in text for s in answer.sentences)


def test_an_abstention_says_which_and_who_can_help(tiny):
    text = to_text(tiny.ask("what is the weather tomorrow"), tiny.contacts["en"])
    assert words("en")["reason"]["out-of-scope"] in text
    assert "Parent Training and Information Center" in text and "special education office" in text


def test_the_safety_card_names_each_number():
    for lang in ("en", "es"):
        answer = Answer("x", lang, "safety")
        for form in (to_text(answer, {}), to_html(answer, Beside({}))):
            assert all(number in form for number in ("911", "988", "1-800-422-4453", "1-800-843-5678"))
    assert 'href="tel:988"' in to_html(Answer("x", "en", "safety"), Beside({}))


def test_both_languages_have_the_same_words():
    def keys(table, path=""):
        return {
            k
            for name, x in table.items()
            for k in (keys(x, f"{path}{name}.") if isinstance(x, dict) else {path + name})
        }

    assert keys(words("en")) == keys(words("es"))
    for lang in ("en", "es"):
        say = words(lang)
        assert set(say["parts"]) == set(PARTS)
        assert set(say["basis"]) == set(say["basis_help"]) == set(BASES)
        assert set(say["reason"]) == set(STATUS_OF_REASON) - {"answer", "safety"}


def test_no_sentence_for_people_hides_in_the_page_code():
    from bot.settings import ROOT

    for name in ("render.py", "web/page.py", "compose.py"):
        code = (ROOT / "bot" / name).read_text("utf-8")
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", code)
        assert not re.findall(r'"[A-Z][a-z]+(?: [a-z]+){3,}[.?]"', code), name


def test_no_answer_says_what_was_looked_for():
    answer = Answer("how many {owls} " + "and more " * 40, "en", "no-evidence")
    for form in (to_text(answer, {}), to_html(answer, Beside({}))):
        assert "looked for passages near “how many {owls} and more" in form and "..." in form


IEP = Term("Individualized Education Program", ("IEP",), "The written plan.", "Programa", "an-entry")


def test_a_term_of_art_is_explained_where_it_first_appears_and_only_there():
    answer = answer_of("The IEP is a plan. An IEP has goals.")
    page = answer_html(answer, Beside({}, [IEP]), 2)
    assert page.count('class="term"') == 1
    assert page.index('class="term"') < page.index("is a plan")
    assert "The written plan." in page and 'lang="es">Programa' in page


def test_a_term_within_a_word_is_no_term():
    assert 'class="term"' not in to_html(answer_of("A RECIPE for soup, iep."), Beside({}, [IEP]))


def test_a_source_marks_the_sentences_that_the_answer_uses():
    citation = Citation(1, "e", "T", "means", "idea", (), "", "Used here. Not used.", "2026-11-24")
    answer = Answer("q", "en", "answer", (Sentence("Used here.", (1,)),), (citation,), (), {"e": "T"})
    assert "<mark>Used here.</mark> Not used." in to_html(answer, Beside({}))


def test_a_page_without_scripts_gets_links_open_sources_and_no_tools():
    page = to_html(answer_of("The IEP is a plan."), Beside({}, [IEP], plain=True))
    assert 'href="#source-1-1"' in page and '<details class="source" id="source-1-1" open>' in page
    assert "data-tool" not in page and "popover" not in page and "The written plan." in page
