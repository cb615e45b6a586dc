"""The optional language model: it words an answer from the same passages, and only verified sentences are kept.

The passages, the decision and the parts that say what to do are those of the plain answer. What the model cannot
support, or does not say in time, is not shown; if what is left does not answer, the plain answer is given.
"""

import logging
import re
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from bot.clauses import stems
from bot.sentences import Cutter, Draft
from bot.settings import Settings
from bot.stream import NoReply, read
from bot.syllables import grade
from bot.types import Answer, Citation, Question, Sentence
from bot.verify import verify
from bot.words import prompts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

LITERAL = ("do", "ask")  # parts that stay in the passages' own words
CHARACTERS = 8  # of a token, at most: what is longer than that many tokens is cut off
SENTENCES = 8  # shown of one reply
REPEATS = 3  # of what was said already, after which a reply goes round in circles
KEPT = 0.5  # share of a reply's sentences that must be verified for it to be trusted
GRADE = 8.9  # reading grade of the whole, as for every answer
CONDENSED = 300  # longest question that the model may make of a follow-up
OWN_WORDS = 0.6  # share of its words that the person used
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Writer:
    """A language model with what it may use up."""

    model: "BaseChatModel"
    seconds: float
    tokens: int

    def write(self, question: Question, plain: Answer, until: float) -> Generator[Answer, None, None]:
        """Yield the answer as it grows, one verified sentence at a time, and at last the whole one.

        :param plain: the answer made of the passages' own sentences; the last one yielded when the model's is no use
        :param until: moment, as `time.monotonic` counts, at which the answer must be there
        """
        offered = [c for c in plain.citations if c.section not in LITERAL]
        kept: list[Draft] = []
        fault, said = "", 0
        try:
            for draft in self._drafts(question, offered, plain.lang, until):
                said += 1
                if _passes(draft, offered, plain.lang):
                    kept.append(draft)
                    yield _answer(plain, offered, kept)
                if len(kept) == SENTENCES:
                    break
        except NoReply as error:
            fault = str(error)
        if fault not in ("", "long") or not _answers(kept, said, offered, plain):
            _log.warning("The plain answer is given: the language model's reply was no use (%s).", _why(fault, said))
            yield plain
            return
        yield _answer(plain, offered, kept, whole=True)

    def condense(self, question: Question, until: float) -> str:
        """The question of a follow-up in words that stand alone, "" when the model gives none that can be trusted."""
        say = prompts(question.lang)
        now = say["talk"].format(before=_data(question.before), now=_data(question.text))
        try:
            text = "".join(read(self.model, _messages(say["condense"], now), until, 2 * CONDENSED)).strip()
        except NoReply as error:
            _log.warning("A follow-up was not condensed by the language model (%s).", error)
            return ""
        words = stems(text, question.lang)
        asked = set(stems(f"{question.before} {question.text}", question.lang))
        own = sum(w in asked for w in words) >= OWN_WORDS * len(words)
        fits = words and own and len(text) <= CONDENSED and not re.search(r"[\n<>{}\[\]|]|https?:", text)
        return text if fits else ""

    def _drafts(
        self, question: Question, offered: list[Citation], lang: str, until: float
    ) -> Generator[Draft, None, None]:
        """The sentences of the reply as they come in; what goes round in circles ends it."""
        cutter, seen, repeats = Cutter(), set[str](), 0
        pieces = read(self.model, _prompt(question, offered, lang), until, CHARACTERS * self.tokens)
        try:
            for piece in pieces:
                for draft in cutter.feed(piece):
                    repeats += draft.text in seen
                    if repeats >= REPEATS:
                        return
                    if draft.text not in seen:
                        yield draft
                    seen.add(draft.text)
            yield from (d for d in cutter.end() if d.text not in seen)
        finally:
            pieces.close()


def open_writer(settings: Settings) -> Writer | None:
    """The writer of these settings, None when they name no model.

    :raises BotError: when the model cannot be opened
    """
    if not settings.model:
        return None
    return _opened(settings.model, settings.model_url, settings.model_seconds, settings.model_tokens)


@cache
def _opened(model: str, url: str, seconds: float, tokens: int) -> Writer:
    """Opened once for each model, however often an index is opened anew."""
    from bot.model import open_model

    wanted = Settings(model=model, model_url=url, model_seconds=seconds, model_tokens=tokens)
    return Writer(open_model(wanted), seconds, tokens)


def deadline(writer: Writer) -> float:
    """The moment at which an answer asked for now must be there."""
    return time.monotonic() + writer.seconds


def _passes(draft: Draft, offered: list[Citation], lang: str) -> bool:
    """Whether every marker leads to a passage and these say what the sentence says."""
    if not draft.marks or any(not 0 < n <= len(offered) for n in draft.marks):
        return False
    return not verify(draft.text, [offered[n - 1].quote for n in draft.marks], lang)


def _answers(kept: list[Draft], said: int, offered: list[Citation], plain: Answer) -> bool:
    """Whether what is left of a reply can stand for the answer.

    Most of it was true, each entry that the plain answer begins with is drawn on, and it is as easy to read.
    """
    if not kept or len(kept) < KEPT * said:
        return False
    used = {offered[n - 1].entry for d in kept for n in d.marks}
    needed = {s.entry for s in plain.sentences if s.part in LITERAL} or {plain.sentences[0].entry}
    return needed <= used and grade([d.text for d in kept], plain.lang) <= GRADE


def _answer(plain: Answer, offered: list[Citation], kept: list[Draft], whole: bool = False) -> Answer:
    """The answer in the model's words; its passages are numbered as they are first cited.

    :param whole: with the parts that stay literal
    """
    cited = list(dict.fromkeys(offered[n - 1].n for d in kept for n in d.marks))
    literal = [s for s in plain.sentences if whole and s.part in LITERAL]
    cited += [n for n in dict.fromkeys(n for s in literal for n in s.cites) if n not in cited]
    places = {n: at for at, n in enumerate(cited, 1)}
    first = plain.sentences[0].entry
    written = [
        Sentence(d.text, tuple(places[offered[n - 1].n] for n in d.marks), part="short", entry=first) for d in kept
    ]
    held = {c.n: c for c in plain.citations}
    return replace(
        plain,
        made="generated",
        growing=not whole,
        sentences=(*written, *(replace(s, cites=tuple(places[n] for n in s.cites)) for s in literal)),
        citations=tuple(replace(held[n], n=places[n]) for n in cited),
        titles={held[n].entry: held[n].title for n in cited},
    )


def _prompt(question: Question, offered: list[Citation], lang: str) -> "list[BaseMessage]":
    say = prompts(lang)
    passages = "\n".join(f"[{at}] {_data(c.title)}: {_data(c.quote)}" for at, c in enumerate(offered, 1))
    asked = " ".join(filter(None, (question.before if question.leans else "", question.text)))
    example = say["asked"].format(passages=say["example_passages"].strip(), question=say["example_question"])
    data = say["asked"].format(passages=passages, question=_data(asked))
    return _messages(say["answer"], example, say["example_answer"], data)


def _messages(rules: str, *turns: str) -> "list[BaseMessage]":
    """The rules, then what is asked and answered by turns: data is never in one message with the rules."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = (HumanMessage, AIMessage)
    return [SystemMessage(rules.strip()), *(kinds[at % 2](text.strip()) for at, text in enumerate(turns))]


def _data(text: str) -> str:
    """A text that cannot end its fence nor pass for a passage's number."""
    return " ".join(re.sub(r"[<>]", " ", text).replace("[", "(").replace("]", ")").split())


def _why(fault: str, said: int) -> str:
    return fault or ("not supported" if said else "empty")
