"""Speed, printed as ratios taken in one run: on a shared machine milliseconds mean little, ratios a lot."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bot.ask import Engine, open_engine
from bot.build import sync
from bot.compose import compose
from bot.decide import Wordings, decide
from bot.embedder import MiniLM
from bot.index import HNSW, open_client
from bot.retrieve import NEIGHBOURS
from bot.rows import DIMENSION
from bot.settings import ROOT, Settings
from bot.understand import understand
from evals.cases import read_cases

PEOPLE = (1, 4, 16)
SYNTHETIC = (10_000, 100_000)
_IMPORTS = "import torch, sentence_transformers, chromadb, gradio"


def bench() -> int:
    """Print everything; needs a few minutes."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index")
        embedder = MiniLM()
        engine = open_engine(settings, embedder)
        questions = [c.question for c in read_cases() if len(c.turns) == 1 and c.lang == "en"]
        for step in (
            lambda: _steps(engine, questions[:200]),
            lambda: _refresh(settings, embedder, Path(folder)),
            lambda: _people(settings, embedder, questions[:64]),
            lambda: _start(settings),
            lambda: _growth(engine, Path(folder)),
        ):
            for line in step():
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    return 0


def _steps(engine: Engine, questions: list[str]) -> Iterator[str]:
    """One answer against one bare embedding of its question, and where the time goes."""
    retriever, embedder = engine.retrievers["en"], engine.index.embedder
    bare, whole = [], []
    parts: dict[str, list[float]] = {name: [] for name in ("understand", "retrieve", "decide", "compose")}
    for text in questions[:10]:
        engine.ask(text)
    for text in questions:
        bare.append(_timed(lambda t=text: embedder.encode([t])))
        whole.append(_timed(lambda t=text: engine.ask(t)))
        marks = [time.perf_counter()]
        question = understand(text, (), "en")
        marks.append(time.perf_counter())
        if question.reason:
            continue
        found = retriever.find([question.asked])[0]
        marks.append(time.perf_counter())
        chosen = decide(question, Wordings(found))
        marks.append(time.perf_counter())
        compose(question, chosen, engine.index)
        marks.append(time.perf_counter())
        for name, seconds in zip(parts, np.diff(marks), strict=True):
            parts[name].append(float(seconds))
    ratio = np.asarray(whole) / np.asarray(bare)
    middle, late = np.quantile(ratio, (0.5, 0.95))
    yield f"one answer / one bare embedding: median {middle:.2f}, 95th percentile {late:.2f}"
    base = float(np.median(bare))
    for name, seconds in parts.items():
        yield f"  {name}: {np.median(seconds) / base:.3f} of one bare embedding"


def _refresh(settings: Settings, embedder: MiniLM, folder: Path) -> Iterator[str]:
    """Bring an unchanged index up to date, and one with a changed entry, against building it whole."""
    corpus = Path(shutil.copytree(settings.corpus, folder / "corpus"))
    other = Settings(corpus=corpus, index=folder / "refresh")
    whole = _timed(lambda: sync(other, embedder))
    unchanged = _timed(lambda: sync(other, embedder))
    entry = next(corpus.glob("en/*/*.md"))
    entry.write_text(entry.read_text("utf-8").replace("\ntitle: ", "\ntitle: New ", 1), "utf-8")
    changed = _timed(lambda: sync(other, embedder))
    yield f"refresh, nothing changed / whole build: {unchanged / whole:.3f} ({unchanged:.2f} s past the imports)"
    yield f"refresh, one entry changed / whole build: {changed / whole:.3f}"


def _people(settings: Settings, embedder: MiniLM, questions: list[str]) -> Iterator[str]:
    """Answers a second through the HTTP door, against bare embeddings a second in this process."""
    for text in questions[:8]:
        embedder.encode([text])
    bare = len(questions) / _timed(lambda: [embedder.encode([t]) for t in questions])
    with _server(settings) as (address, _, _):
        for people in PEOPLE:
            rate = len(questions) * 2 / _timed(lambda n=people: _ask_all(address, questions * 2, n))
            yield f"{people} at once, over HTTP: {rate / bare:.2f} answers for each bare embedding"


def _start(settings: Settings) -> Iterator[str]:
    """Start of the server to reachable and to ready, against importing the libraries alone; memory."""
    libraries = _timed(lambda: subprocess.run([sys.executable, "-c", _IMPORTS], check=True))
    with _server(settings) as (_, reachable, process):
        ready = time.perf_counter() - process.started  # type: ignore[attr-defined]
        yield f"start to reachable / importing the libraries: {reachable / libraries:.2f}"
        yield f"start to ready / importing the libraries: {ready / libraries:.2f}"
        yield f"memory of the ready server: {_memory(process.pid):.0f} MB"


def _growth(engine: Engine, folder: Path) -> Iterator[str]:
    """Query time of the vector store from the real corpus to many synthetic passages, and its size on disk."""
    random = np.random.default_rng(0)
    asked = random.normal(size=(50, DIMENSION)).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    real = engine.index.collections["en"]
    base = float(np.median([_timed(lambda v=v: _query(real, v)) for v in asked]))
    yield f"vector query, real corpus ({real.count()} vectors): 1.00"
    for size in SYNTHETIC:
        place = folder / f"synthetic-{size}"
        place.mkdir()
        collection = open_client(place).create_collection(
            "synthetic", embedding_function=None, configuration={"hnsw": HNSW}
        )
        for start in range(0, size, 5000):
            vectors = random.normal(size=(5000, DIMENSION)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            collection.add(ids=[str(start + i) for i in range(5000)], embeddings=vectors)
        median = float(np.median([_timed(lambda v=v, c=collection: _query(c, v)) for v in asked]))
        megabytes = sum(p.stat().st_size for p in place.rglob("*") if p.is_file()) / 1e6
        yield f"vector query, {size} synthetic passages: {median / base:.2f} times; {megabytes:.0f} MB on disk"


def _query(collection: object, vector: np.ndarray) -> object:
    return collection.query(query_embeddings=[vector], n_results=NEIGHBOURS, include=["distances"])  # type: ignore[attr-defined]


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[str, float, subprocess.Popen[bytes]]]:
    """The product as a person starts it.

    :returns: its address when it is ready, seconds until it was reachable, the process (`started` on it)
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "IEP_PORT": str(port), "IEP_INDEX": str(settings.index), "IEP_CORPUS": str(settings.corpus)}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    process.started = started  # type: ignore[attr-defined]
    address = f"http://127.0.0.1:{port}"
    try:
        reachable = _wait(f"{address}/healthz", started)
        _wait(f"{address}/readyz", started)
        yield address, reachable, process
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, started: float) -> float:
    while time.perf_counter() - started < 120:
        try:
            urllib.request.urlopen(address, timeout=2)
            return time.perf_counter() - started
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(address)


def _ask_all(address: str, questions: list[str], people: int) -> None:
    """Each of `people` threads asks its share, one after the other."""

    def person(number: int) -> None:
        for text in questions[number::people]:
            body = json.dumps({"question": text}).encode()
            request = urllib.request.Request(f"{address}/api/ask", body, {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=60).read()

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _memory(pid: int) -> float:
    """Resident memory in MB (Linux only; 0 elsewhere)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
