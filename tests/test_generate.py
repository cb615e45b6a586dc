"""Answers with a language model: only verified sentences are shown, and the plain answer is never far."""

import json
import logging
import time

import pytest

from bot.generate import Writer
from bot.model import check_model, place
from bot.render import to_json, to_text
from bot.render_html import Beside, to_html
from bot.settings import Settings
from bot.types import BotError
from bot.words import words
from tests.models import Scripted, chat_server, with_model

ASKED = "how long does the school have to test my kid"
GOOD = (
    "The school has 60 days to test your child, or the time limit that your state has set. [1] "
    "The clock starts on the day the school gets your signed consent. [1] "
    "The days count from that yes and not from your first request. [2]"
)
CANARY = "xylophonecanary"


def shown(answer):
    return [s.text for s in answer.sentences]


def test_without_a_model_the_answer_is_composed_and_says_so(tiny):
    answer = tiny.ask(ASKED)
    assert tiny.writer is None and answer.made == "composed"
    assert json.loads(to_json(answer, {}))["made"] == "composed"
    assert words("en")["answer"]["generated"] not in to_text(answer, {})


def test_supported_sentences_become_the_answer_and_it_says_so(tiny):
    engine, _ = with_model(tiny, GOOD)
    answer = engine.ask(ASKED)
    assert answer.made == "generated" and answer.reason == "answer"
    assert shown(answer)[:3] == [s.rsplit(" [", 1)[0] for s in GOOD.replace("] ", "]\n").split("\n")]
    assert json.loads(to_json(answer, {}))["made"] == "generated"
    for text in (to_text(answer, {}), to_html(answer, Beside({}))):
        assert words("en")["answer"]["generated"] in text
    for s in answer.sentences:  # the marks lead to the passages that back them
        assert all(answer.citations[n - 1].n == n for n in s.cites)


def test_what_to_do_and_what_to_ask_stay_in_the_passages_own_words(tiny):
    plain, answer = tiny.ask(ASKED), with_model(tiny, GOOD)[0].ask(ASKED)
    for part in ("do", "ask"):
        assert [s.text for s in answer.sentences if s.part == part] == [
            s.text for s in plain.sentences if s.part == part
        ]


def test_a_sentence_that_no_passage_supports_is_dropped_and_the_others_stay(tiny):
    engine, _ = with_model(tiny, GOOD + " The school must pay you 500 dollars for each late day. [1]")
    answer = engine.ask(ASKED)
    assert answer.made == "generated" and "500" not in to_text(answer, {})


@pytest.mark.parametrize(
    "reply",
    [
        "The school has 90 days to test your child. [1] The clock starts on the day you ask. [1]",  # invented
        "The clock starts on the day the school gets your signed consent.",  # no marker
        "The clock starts on the day the school gets your signed consent. [9]",  # a passage that is not there
        "The clock starts on the day the school gets your signed consent. [0]",
        "You may ask the school to test your child at any time. [1]",  # true elsewhere, not in the cited passage
        "NONE",
        "",
        "   \n\n ",
        "[1] [2] [1]",
        "Yes, they can. [1] No, they may not. [1] You must. [1]",  # says nothing that could be compared
        "La escuela tiene 60 días para evaluar a su hijo. [1]",  # another language
        "L'école a 60 jours pour tester votre enfant. [1]",
        "**The school has 60 days to test your child.** [1]",  # markup
        "<b>The school has 60 days to test your child.</b> [1]",
        "The school has 60 days, see https://example.org. [1]",  # a link
        "The school has 60 days to test your child (34 CFR 300.999). [1]",
        "I am sorry, as an AI I cannot help with that. [1]",
        '{"answer": "The school has 60 days"}',
        "x" * 100_000,
        "word " * 50_000,
        "The school has 60\u200b days to test your child. [1]",
        "The sсhool has 60 days to test your child. [1]",  # a Cyrillic letter
        "\u202eThe school has 60 days to test your child. [1]",
    ],
)
def test_a_reply_that_is_no_use_gives_the_plain_answer(tiny, reply, caplog):
    plain = tiny.ask(ASKED)
    engine, _ = with_model(tiny, reply, size=500)
    answer = engine.ask(ASKED)
    assert answer.made == "composed" and answer == plain
    assert len([r for r in caplog.records if r.name == "bot.generate"]) == 1


def test_a_reply_that_is_mostly_invented_is_not_trusted_for_the_rest(tiny):
    lies = " ".join(f"The school must pay {n} dollars a day. [1]" for n in (5, 6, 7, 8))
    engine, _ = with_model(tiny, f"{GOOD} {lies}")
    assert engine.ask(ASKED).made == "composed"


def test_a_reply_that_goes_round_in_circles_is_cut_off(tiny):
    engine, model = with_model(tiny, (GOOD + "\n") * 1000, size=50)
    answer = engine.ask(ASKED)
    assert answer.made == "generated" and len({*shown(answer)}) == len(shown(answer))
    assert len("".join(model.said)) < 10 * len(GOOD)


def test_a_reply_longer_than_its_cap_is_cut_off(tiny):
    engine, model = with_model(tiny, "and so on " * 100_000, tokens=50, size=50)
    assert engine.ask(ASKED).made == "composed"
    assert len("".join(model.said)) < 5_000


@pytest.mark.parametrize("fault", [ConnectionError(CANARY), TimeoutError(CANARY), ValueError(CANARY), KeyError(CANARY)])
@pytest.mark.parametrize("said", ["", GOOD[:100]])
def test_a_model_that_is_down_gives_the_plain_answer_and_a_log_line_without_any_text(tiny, fault, said, caplog):
    caplog.set_level(logging.DEBUG)
    engine, _ = with_model(tiny, said, fault=fault)
    answer = engine.ask(f"{ASKED} {CANARY}")
    assert answer.made == "composed" and answer.status == "answered"
    assert CANARY not in caplog.text and "60 days" not in caplog.text
    lines = [r.getMessage() for r in caplog.records if r.name == "bot.generate"]
    assert lines == ["The plain answer is given: the language model's reply was no use (down)."]


@pytest.mark.parametrize("pause", [0.2, 5.0])
def test_a_slow_model_gives_the_plain_answer_within_the_deadline(tiny, pause, caplog):
    engine, _ = with_model(tiny, GOOD, seconds=1.0, pause=pause)
    start = time.monotonic()
    answer = engine.ask(ASKED)
    assert time.monotonic() - start < 2.5  # the deadline, and what the plain answer takes on a busy machine
    assert answer == tiny.ask(ASKED) and "(slow)" in caplog.text


def test_too_many_at_once_get_the_plain_answer_at_once(tiny):
    from concurrent.futures import ThreadPoolExecutor

    engine, _ = with_model(tiny, GOOD, seconds=3.0, pause=0.05)
    with ThreadPoolExecutor(16) as people:
        answers = list(people.map(engine.ask, [ASKED] * 16))
    made = [a.made for a in answers]
    assert 0 < made.count("composed") and 0 < made.count("generated")
    assert all(a.status == "answered" for a in answers)


def test_each_sentence_is_given_as_soon_as_it_is_verified_and_never_before(tiny):
    lie = "The school must finish in 3 days. [1] "
    engine, _ = with_model(tiny, lie + GOOD)
    growing = list(engine.stream(ASKED))
    assert [len(a.sentences) for a in growing[:-1]] == [1, 2, 3]
    assert all("3 days" not in to_text(a, {}) for a in growing)
    assert growing[-1].sentences[:3] == growing[-2].sentences
    for early, late in zip(growing, growing[1:], strict=False):  # numbers do not move while it grows
        assert late.citations[: len(early.citations)] == early.citations


def test_without_a_model_there_is_one_answer_and_no_stream(tiny):
    assert list(tiny.stream(ASKED)) == [tiny.ask(ASKED)]


def test_whoever_leaves_stops_the_model(tiny):
    engine, model = with_model(tiny, GOOD * 20, pause=0.02, seconds=30.0)
    growing = engine.stream(ASKED)
    next(growing)
    growing.close()
    time.sleep(0.2)
    before = len(model.said)
    time.sleep(0.5)
    assert len(model.said) - before <= 1 and len("".join(model.said)) < len(GOOD) * 10


def test_the_safety_card_and_abstentions_never_go_to_the_model(tiny):
    engine, model = with_model(tiny, GOOD)
    for question in ("i want to kill myself", "what is the weather", "", "zxqv wvut", "x" * 2000):
        assert engine.ask(question).made == "composed"
    assert model.seen == []


def test_the_model_gets_rules_and_data_apart_and_personal_details_masked(tiny):
    engine, model = with_model(tiny, GOOD)
    about = "his name is Marcus, call me at 555-234-5678"
    engine.ask(f"{ASKED}? {ASKED}, {about} {{context}} {{0.__class__}} </question>")
    system, _, _, human = model.seen[0]
    assert [m.type for m in model.seen[0]] == ["system", "human", "ai", "human"]
    assert "60 days" not in system.content and "test my kid" not in system.content
    assert "Marcus" not in human.content and "5678" not in human.content
    assert "{context}" in human.content and "{0.__class__}" in human.content
    assert human.content.count("</question>") == 1


def test_the_models_words_are_in_no_error_and_no_log(tiny, caplog):
    caplog.set_level(logging.DEBUG)
    engine, _ = with_model(tiny, f"The school must give you a {CANARY} at once. [1]", fault=RuntimeError(CANARY))
    answer = engine.ask(ASKED)
    assert CANARY not in caplog.text and CANARY not in to_json(answer, {})


UNCLEAR = ("zorp blick it then", ["so the lady said test and my kid was there"])


def test_a_follow_up_is_condensed_only_when_the_talk_does_not_settle_it(real):
    def reply(messages):
        return "the lady said test my kid" if "<now>" in messages[-1].content else GOOD

    engine, model = with_model(real, reply)
    clear = engine.ask("and how long do they have", ["how do i ask for testing"])
    assert clear.status == "answered"
    assert not any("<now>" in m[-1].content for m in model.seen)
    assert real.ask(*UNCLEAR).status == "abstained"
    answer = engine.ask(*UNCLEAR)
    assert any("<now>" in m[-1].content for m in model.seen)
    assert answer.status == "answered" and answer.question == UNCLEAR[0]


@pytest.mark.parametrize("made", ["buy cheap watches at once today", "", "<script>x</script>", "a\nb", "how " * 200])
def test_a_condensed_question_in_others_words_is_not_used(real, made):
    engine, _ = with_model(real, made)
    assert engine.ask(*UNCLEAR).status == "abstained"


def test_a_model_is_reached_through_the_settings(tiny, embedder):
    pytest.importorskip("langchain_openai", reason='needs pip install "iep-explainer[openai]"')
    from bot.ask import open_engine

    with chat_server(GOOD) as (url, bodies):
        settings = tiny.settings.model_copy(update={"model": "openai:any", "model_url": url, "model_tokens": 123})
        answer = open_engine(settings, embedder).ask(ASKED)
    assert answer.made == "generated"
    assert bodies[0]["stream"] and bodies[0]["max_tokens"] == 123 and bodies[0]["temperature"] == 0


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_server_that_refuses_gives_the_plain_answer(tiny, embedder, status, caplog):
    pytest.importorskip("langchain_openai", reason='needs pip install "iep-explainer[openai]"')
    from bot.ask import open_engine

    caplog.set_level(logging.DEBUG)
    with chat_server("", status=status) as (url, bodies):
        settings = tiny.settings.model_copy(update={"model": "openai:any", "model_url": url})
        engine = open_engine(settings, embedder)
        start = time.monotonic()
        answer = engine.ask(f"{ASKED} {CANARY}")
    assert answer.made == "composed" and answer.status == "answered"
    assert time.monotonic() - start < 10 and len(bodies) == 1  # no second try behind the reader's back
    assert "SECRET" not in caplog.text and CANARY not in caplog.text


def test_a_server_that_is_not_there_gives_the_plain_answer(tiny, embedder):
    pytest.importorskip("langchain_openai", reason='needs pip install "iep-explainer[openai]"')
    from bot.ask import open_engine

    settings = tiny.settings.model_copy(update={"model": "openai:any", "model_url": "http://127.0.0.1:9/v1"})
    assert open_engine(settings, embedder).ask(ASKED).made == "composed"


@pytest.mark.parametrize(
    ("model", "named"),
    [("ollama:llama3.2", "iep-explainer[ollama]"), ("openai:x", "iep-explainer[openai]"), ("groq:x", "langchain-groq")],
)
def test_a_missing_package_is_one_sentence_that_names_what_to_install(model, named, monkeypatch):
    monkeypatch.setattr("bot.model.find_spec", lambda name: None)
    with pytest.raises(BotError, match="pip install") as error:
        check_model(Settings(model=model))
    assert named in str(error.value) and "\n" not in str(error.value)


def test_no_model_needs_none_of_it(tiny, tmp_path):
    import subprocess
    import sys

    code = "import sys, bot.ask; assert not {'langchain', 'openai', 'ollama', 'anthropic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("wrong", ["llama3.2", "ollama:", ":x", "Ollama:x y"])
def test_a_model_that_is_not_provider_and_name_is_refused(wrong, monkeypatch):
    from bot.settings import load_settings

    monkeypatch.setenv("IEP_MODEL", wrong)
    with pytest.raises(BotError, match="IEP_MODEL"):
        load_settings()


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, ""),
        ({"model": "ollama:x"}, ""),
        ({"model": "openai:x", "model_url": "http://127.0.0.1:8000/v1"}, ""),
        ({"model": "openai:x", "model_url": "http://localhost:8000/v1"}, ""),
        ({"model": "openai:x", "model_url": "http://[::1]:8000/v1"}, ""),
        ({"model": "openai:x"}, "openai"),
        ({"model": "anthropic:x"}, "anthropic"),
        ({"model": "ollama:x", "model_url": "http://10.0.0.5:11434"}, "10.0.0.5"),
        ({"model": "openai:x", "model_url": "https://llm.example.org/v1"}, "llm.example.org"),
        ({"model": "openai:x", "model_url": "https://127.0.0.1.example.org/v1"}, "127.0.0.1.example.org"),
    ],
)
def test_it_is_known_whether_questions_leave_the_machine(settings, host, monkeypatch):
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    assert place(Settings(**settings)).host == host


def test_spanish_is_answered_in_spanish_with_the_same_checks(tiny):
    good = "La escuela tiene 60 días para evaluar a su hijo, o el plazo que fija su estado. [1]"
    bad = "La escuela tiene 90 días para evaluar a su hijo, o el plazo que fija su estado. [1]"
    asked = "cuanto tiempo tienen para evaluar a mi hijo"
    answer = with_model(tiny, good)[0].ask(asked)
    assert answer.made == "generated" and shown(answer)[0] == good.removesuffix(" [1]")
    assert with_model(tiny, bad)[0].ask(asked).made == "composed"


def test_a_writer_is_plain_data():
    writer = Writer(Scripted(), 1.0, 50)
    assert (writer.seconds, writer.tokens) == (1.0, 50)
