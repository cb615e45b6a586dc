"""An answer that a language model words, on the page in a real browser: it grows, and only by what is verified."""

import pytest
from playwright.sync_api import expect

from bot.words import words
from tests.browser.conftest import started
from tests.conftest import TINY
from tests.models import chat_server
from tests.test_generate import ASKED, GOOD

LIE = "The school must finish in 3 days. [1] "
# Writes down every text that the talk ever shows, and how many turns there were.
WATCH = """
window.seen = [];
new MutationObserver(() => {
  const turns = document.querySelectorAll("article.turn");
  const last = turns[turns.length - 1];
  if (last) window.seen.push([turns.length, last.querySelector(".part.short")?.innerText || ""]);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


@pytest.fixture(scope="module")
def with_model(tiny):
    pytest.importorskip("langchain_openai", reason='needs pip install "iep-explainer[openai]"')
    with (
        chat_server(LIE + GOOD, pause=0.1) as (url, _),
        started(
            "readyz",
            IEP_CORPUS=str(TINY),
            IEP_INDEX=str(tiny.settings.index),
            IEP_MODEL="openai:any",
            IEP_MODEL_URL=url,
        ) as server,
    ):
        yield server.address


def test_the_answer_grows_in_place_and_shows_only_verified_sentences(visit, with_model):
    page = visit(with_model, before=WATCH)
    page.wait_for_selector("#iep-box textarea")
    for turn in (1, 2):
        page.fill("#iep-box textarea", ASKED)
        page.keyboard.press("Enter")
        last = page.locator("article.turn").nth(turn - 1)
        expect(last.locator(".tools").first).to_be_visible(timeout=60_000)
        expect(last).to_contain_text(words("en")["answer"]["generated"])
        expect(page.locator("article.turn")).to_have_count(turn)
        expect(page.locator("[data-growing]")).to_have_count(0)
        expect(page.locator("#iep-ready")).to_have_text(words("en")["page"]["answer_ready"])
    seen = page.evaluate("window.seen")
    assert not any("3 days" in text for _, text in seen)
    lengths = list(dict.fromkeys(len(text) for turns, text in seen if turns == 1))
    assert len([n for n in lengths if n]) >= 3 and sorted(lengths) == lengths
    assert max(turns for turns, _ in seen) == 2
