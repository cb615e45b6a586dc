"""The index follows the corpus: embeds what changed, forgets what vanished, mends itself."""

import json
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
from filelock import FileLock

from bot import classifier
from bot.adapter import FILES
from bot.ask import open_engine
from bot.build import sync
from bot.classifier import load
from bot.embedder import MiniLM, check_files, model_folder, token_counts
from bot.index import IndexBroken, current_build, open_index
from bot.rows import VECTORS, rows_of
from bot.settings import ROOT
from bot.types import BotError, CorpusError
from tests.conftest import change


@pytest.fixture
def counting(embedder, monkeypatch):
    """The real model, with a note of every text it embeds."""
    seen = []
    vectors = MiniLM._vectors
    monkeypatch.setattr(MiniLM, "_vectors", lambda self, texts: seen.extend(texts) or vectors(self, texts))
    return embedder, seen


def entry_path(settings, name="evaluation-deadline"):
    return settings.corpus / "en" / "evaluation" / f"{name}.md"


def test_an_unchanged_corpus_embeds_nothing(settings, counting):
    embedder, seen = counting
    assert sync(settings, embedder).embedded > 50
    seen.clear()
    report = sync(settings, embedder)
    assert (report.changed, report.embedded, seen) == (False, 0, [])


def test_who_finds_the_index_being_written_says_so_and_waits(settings, embedder, caplog):
    sync(settings, embedder)
    writing = FileLock(settings.index / "lock", thread_local=False)
    writing.acquire()
    threading.Timer(1.5, writing.release).start()
    assert not sync(settings, embedder).changed
    assert "waiting" in caplog.text


def test_only_what_changed_is_embedded_and_the_new_words_are_answered(settings, counting):
    embedder, seen = counting
    sync(settings, embedder)
    seen.clear()
    path = entry_path(settings)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Your state may have its own limit.", "Ask about the blue calendar."), "utf-8")
    report = sync(settings, embedder)
    assert report.embedded == len(seen) == 1 and report.removed == 1
    answer = open_engine(settings, embedder).ask("how long does the school have to test my kid")
    assert any("blue calendar" in s.text for s in answer.sentences)


@pytest.fixture
def learning(monkeypatch):
    """A note of every language whose classifiers are learned."""
    langs = []
    learn = classifier.learn
    monkeypatch.setattr(classifier, "learn", lambda *given: langs.append(given[-1]) or learn(*given))
    return langs


def test_a_way_to_ask_beyond_those_with_a_vector_is_learned_by_its_words(corpus, settings, embedder):
    (corpus / "en" / "ways").mkdir()
    things = ["abacus", "balloon", "cello", "drum", "easel", "flute", "globe", "harp", "igloo", "jigsaw"]
    ways = [f"what about the {a} and the {b}" for a in things for b in things if a < b]
    lines = "".join(f'  - "{way}"\n' for way in ways)
    (corpus / "en" / "ways" / "evaluation.yaml").write_text(f"evaluation-deadline:\n{lines}", "utf-8")
    engine = open_engine(settings, embedder)
    assert len(engine.index.questions["en"]["evaluation-deadline"]) == 1 + VECTORS
    assert engine.ask(ways[-1]).citations[0].entry == "evaluation-deadline"
    hit = engine.retrievers["en"].find(["is the harp near the jigsaw"])[0].hits[0]
    assert hit.entry == "evaluation-deadline" and hit.worded > 0


def test_classifiers_are_learned_anew_only_when_the_ways_to_ask_of_their_language_changed(settings, embedder, learning):
    sync(settings, embedder)
    assert learning == ["en", "es"]
    change(entry_path(settings), "Your state may have its own limit.", "Ask about the blue calendar.")
    sync(settings, embedder)
    assert learning == ["en", "es"]
    change(entry_path(settings), "questions:\n", "questions:\n  - when is the blue calendar over\n")
    sync(settings, embedder)
    assert learning == ["en", "es", "en"]
    assert open_engine(settings, embedder).ask("is the blue calender over").citations[0].entry == "evaluation-deadline"


def test_the_same_corpus_gives_the_same_classifiers(settings, embedder, tmp_path):
    other = settings.model_copy(update={"index": tmp_path / "other"})
    first, second = (s.index / "builds" / sync(s, embedder).build for s in (settings, other))
    for path in first.glob("*.npz"):
        one, two = load(path, "en"), load(second / path.name, "en")
        assert one.grams == two.grams and np.array_equal(one.words, two.words)
        assert np.array_equal(one.meaning, two.meaning)


@pytest.mark.parametrize("kept", [1, 2])
def test_a_corpus_of_one_or_two_entries_is_enough(settings, embedder, kept):
    """There is nothing to tell apart where there is one entry, and one border where there are two."""
    shutil.rmtree(settings.corpus / "es")
    (settings.corpus / "en" / "outside.yaml").unlink()
    for path in sorted((settings.corpus / "en").rglob("*.md"))[kept:]:
        path.unlink()
    engine = open_engine(settings, embedder)
    for entry in engine.index.entries["en"].values():
        assert engine.ask(entry.asked[0]).citations[0].entry == entry.id


def test_a_removed_entry_leaves_no_trace(settings, embedder):
    sync(settings, embedder)
    entry_path(settings, "evaluation-request").unlink()
    sync(settings, embedder)
    index = open_index(settings, embedder)
    assert "evaluation-request" not in index.entries["en"]
    rows = index.stores["en"].get()
    assert rows["ids"] and not any("evaluation-request" in row for row in rows["ids"])


def test_a_withdrawn_entry_is_hidden_everywhere(settings, embedder):
    path = entry_path(settings, "evaluation-request")
    path.write_text(path.read_text("utf-8").replace("status: published", "status: withdrawn"), "utf-8")
    engine = open_engine(settings, embedder)
    answer = engine.ask("how do i ask the school to test my child")
    assert all(c.entry != "evaluation-request" for c in answer.citations)
    assert "How to ask the school to test your child" not in answer.follow_ups


def test_a_broken_entry_changes_nothing(settings, embedder):
    sync(settings, embedder)
    before = current_build(settings.index)
    entry_path(settings).write_text("broken", "utf-8")
    with pytest.raises(CorpusError, match=r"evaluation-deadline\.md:1"):
        sync(settings, embedder)
    assert current_build(settings.index) == before
    assert open_index(settings, embedder).entries["en"]["evaluation-deadline"]


def damage_truncate(build):
    path = build / "chroma" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[:1000])


def damage_flip(build):
    path = next(build.rglob("data_level0.bin"), build / "chroma" / "chroma.sqlite3")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def damage_remove(build):
    shutil.rmtree(build / "chroma")


def damage_manifest(build):
    (build / "manifest.json").write_text("{", "utf-8")


def damage_half_written(build):
    (build / "manifest.json").unlink()


@pytest.mark.parametrize("damage", [damage_truncate, damage_flip, damage_remove, damage_manifest, damage_half_written])
def test_a_damaged_index_is_rebuilt_with_a_log_line(settings, embedder, caplog, damage):
    sync(settings, embedder)
    damage(settings.index / "builds" / current_build(settings.index))
    engine = open_engine(settings, embedder)
    assert "Building it anew" in caplog.text
    assert engine.ask("how long does the school have to test my kid").status == "answered"


def test_a_swapped_model_is_noticed_by_the_canary(settings, embedder):
    sync(settings, embedder)
    manifest = settings.index / "builds" / current_build(settings.index) / "manifest.json"
    data = json.loads(manifest.read_text("utf-8"))
    data["canary"]["vector"] = data["canary"]["vector"][::-1]
    manifest.write_text(json.dumps(data), "utf-8")
    with pytest.raises(IndexBroken, match="does not fit"):
        open_index(settings, embedder)


def test_reading_changes_no_file_of_a_build(settings, embedder):
    engine = open_engine(settings, embedder)
    build = settings.index / "builds" / current_build(settings.index)
    before = {p: p.read_bytes() for p in build.rglob("*") if p.is_file()}
    engine.ask("what is an iep")
    open_engine(settings, embedder)
    assert before == {p: p.read_bytes() for p in build.rglob("*") if p.is_file()}


def test_old_builds_are_removed_after_the_switch(settings, embedder):
    sync(settings, embedder)
    entry_path(settings, "evaluation-request").unlink()
    sync(settings, embedder)
    assert [p.name for p in (settings.index / "builds").iterdir()] == [current_build(settings.index)]


def test_the_dense_half_finds_what_an_exact_search_finds(real):
    questions = [
        "can they suspend him",
        "who comes to the meeting",
        "he has adhd",
        "we are moving",
        "no speech teacher",
    ]
    store = real.index.stores["en"]
    rows = store.get(include=["embeddings"])
    for vector in real.index.embedder.encode(questions):
        found = [d.id for d, _ in store.similarity_search_by_vector_with_relevance_scores(vector.tolist(), k=10)]
        exact = sorted(zip(rows["embeddings"] @ vector, rows["ids"], strict=True), reverse=True)[:10]
        assert {row for _, row in exact} == set(found)


def test_no_text_is_longer_than_the_model_reads(real):
    entries = [e for some in real.index.entries.values() for e in some.values()]
    assert max(token_counts([row.text for row in rows_of(entries)])) <= 256


def test_a_passage_that_is_too_long_is_refused_not_cut(settings, embedder):
    path = entry_path(settings)
    path.write_text(path.read_text("utf-8").replace("Consent means", "word " * 300 + "Consent means"), "utf-8")
    with pytest.raises(CorpusError, match=r"evaluation-deadline/clock: \d+ tokens"):
        sync(settings, embedder)


@pytest.mark.parametrize("change", ["flip", "extra", "missing"])
def test_a_changed_model_file_is_refused(tmp_path, change):
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    if change == "flip":
        (folder / "vocab.txt").write_bytes(b"x" + (folder / "vocab.txt").read_bytes()[1:])
    elif change == "extra":
        (folder / "pytorch_model.bin").write_bytes(b"")
    else:
        (folder / next(iter(FILES))).unlink()
    with pytest.raises(BotError, match="pip install --force-reinstall"):
        check_files(folder)


def test_a_folder_that_cannot_be_written_is_said_plainly(settings, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", "utf-8")
    with pytest.raises(BotError, match="cannot be written. Set IEP_INDEX"):
        sync(settings.model_copy(update={"index": blocked / "index"}))


def test_the_command_reports_and_exits(settings, tmp_path):
    def run(*arguments):
        environment = {"IEP_CORPUS": str(settings.corpus), "IEP_INDEX": str(settings.index), "PATH": "/usr/bin:/bin"}
        command = [sys.executable, str(ROOT / "ingest.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)

    first, second = run(), run()
    assert "texts embedded" in first.stdout and "embedding" in first.stderr and first.returncode == 0
    assert "nothing embedded" in second.stdout and second.returncode == 0
    entry_path(settings).write_text("broken", "utf-8")
    third = run()
    assert third.returncode == 1 and "evaluation-deadline.md:1:" in third.stderr and "Traceback" not in third.stderr
    assert run("--nonsense").returncode == 2


def test_another_embedding_model_may_be_named_and_vectors_are_never_mixed(settings, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    other = settings.model_copy(update={"embedder": folder})
    sync(settings)
    report = sync(other)
    assert report.embedded > 0 and report.reused == 0
    assert open_engine(other).ask("how long does the school have to test my kid").status == "answered"
    assert sync(settings).embedded == report.embedded


def test_a_folder_without_a_model_is_named(settings, tmp_path):
    with pytest.raises(BotError, match="Mend IEP_EMBEDDER"):
        MiniLM(tmp_path)
