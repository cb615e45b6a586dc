"""The index: Chroma holds a vector for every passage, title and question variant. Built beside, then switched.

.index/lock            one writer at a time
.index/current         the id of the build that readers use
.index/builds/ID/      chroma/ (vectors), entries.json (what was indexed), manifest.json (hashes of all of it)

A build is never changed after the switch. Chroma writes to its files even when it only reads, and is not safe
across processes, so every reader opens a private copy.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout

from bot.corpus import CorpusError, read_corpus, read_outside
from bot.settings import Settings
from bot.types import LANGS, BotError, Entry, Passage

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from bot.embedder import MiniLM

LAYOUT = 1  # raise when rows or files of a build change their meaning
OUTSIDE = "outside"  # kind of the rows that stand for what the corpus does not cover
_KINDS = {"q": "question", "x": OUTSIDE}  # first letter of the last piece of a row's id -> its kind
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "num_threads": 1}
_CANARY_TOLERANCE = 1e-3
_log = logging.getLogger(__name__)


class IndexBroken(BotError):
    """The stored index cannot be used; it must be built anew."""


@dataclass(frozen=True)
class SyncReport:
    """What a sync did."""

    build: str
    changed: bool
    embedded: int
    reused: int
    removed: int
    entries: int

    def __str__(self) -> str:
        if not self.changed:
            return f"The index is up to date: {self.entries} entries, nothing embedded."
        return (
            f"The index holds {self.entries} entries: {self.embedded} texts embedded, "
            f"{self.reused} kept, {self.removed} removed."
        )


@dataclass(frozen=True)
class Row:
    """One text with a vector of its own that points to an entry."""

    id: str
    text: str
    kind: str  # "question" (variants and titles: people's words), "passage" or OUTSIDE
    entry: str  # id; for OUTSIDE the reason

    @property
    def digest(self) -> str:
        """Key under which a vector is kept when only other rows changed."""
        return _sha(self.text.encode())


@dataclass(frozen=True)
class OpenIndex:
    """An index ready for questions. Holds the private copy that goes away with it."""

    build: str
    entries: dict[str, dict[str, Entry]]  # language -> id -> entry
    stores: dict[str, "Chroma"]  # language -> LangChain vector store
    collections: dict[str, Any]  # language -> its Chroma collection, for the one query that every question makes
    passages: dict[str, dict[str, np.ndarray]]  # language -> entry -> (its passages, 384)
    embedder: "MiniLM"

    def near(self, lang: str, vector: np.ndarray, count: int) -> list[tuple[str, str, float]]:
        """Nearest rows to a question.

        :param vector: of the question, shape (384,), length 1
        :returns: (entry, kind of the row, cosine -1..1), nearest first
        """
        # Ids alone, without texts and metadata: half the time of the same query through the LangChain store.
        found = self.collections[lang].query(query_embeddings=[vector], n_results=count, include=["distances"])
        return [
            (*_row_of(id), 1.0 - distance)  # Chroma's distance, turned round once
            for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """Texts to embed for these entries: titles and question variants, and every passage under its title."""
    rows = []
    for entry in entries:
        for number, text in enumerate((entry.title, *entry.questions)):
            rows.append(Row(f"{entry.id}/q{number}", text, "question", entry.id))
        for p in entry.passages:
            text = f"{p.title}. {p.heading}. {p.text}" if p.heading else f"{p.title}. {p.text}"
            rows.append(Row(f"{entry.id}/{p.part}", text, "passage", entry.id))
    return rows


def _row_of(id: str) -> tuple[str, str]:
    """Entry and kind of a row, as its id tells them."""
    entry, _, tail = id.rpartition("/")
    return entry, _KINDS.get(tail[0], "passage") if tail[1:].isdigit() else "passage"


def _outside_rows(examples: dict[str, list[str]]) -> list[Row]:
    return [
        Row(f"{reason}/x{number}", text, OUTSIDE, reason)
        for reason, texts in examples.items()
        for number, text in enumerate(texts)
    ]


def sync(settings: Settings, embedder: "MiniLM | None" = None, progress: bool = False) -> SyncReport:
    """Bring the stored index up to date with the corpus. Embeds only texts that have no vector yet.

    :param embedder: a loaded model; default: loaded here, if anything must be embedded
    :param progress: show a progress bar on a long run
    :raises CorpusError: when an entry is broken; nothing is written then
    :raises BotError: when the index folder cannot be written, or another process is writing it
    """
    entries = {lang: [e for e in read_corpus(settings.corpus, lang) if not e.withdrawn] for lang in LANGS}
    if not entries["en"]:
        raise CorpusError(f"{settings.corpus} holds no entries. Set IEP_CORPUS to the folder that holds en/.")
    rows = {
        lang: rows_of(found) + _outside_rows(read_outside(settings.corpus, lang))
        for lang, found in entries.items()
        if found
    }
    stamp = _stamp(entries, rows)
    count = sum(map(len, entries.values()))
    with _write_lock(settings.index):
        try:
            folder = _verified_build(settings.index)
            manifest = _manifest(folder)
            if manifest["stamp"] == stamp:
                total = sum(map(len, rows.values()))
                return SyncReport(folder.name, False, 0, total, 0, count)
            kept = _vectors_of(folder)
        except IndexBroken as error:
            _log.warning("%s Building it anew.", error)
            kept = {}
        except FileNotFoundError:
            kept = {}
        wanted = {row.digest: row.text for some in rows.values() for row in some}
        missing = {digest: text for digest, text in wanted.items() if digest not in kept}
        _check_lengths([row for some in rows.values() for row in some])
        if missing:
            kept |= _embed(missing, embedder or _load_model(), progress)
        build = _write_build(settings.index, entries, rows, kept, stamp)
        _switch(settings.index, build)
    removed = len(set(kept) - set(wanted))
    return SyncReport(build, True, len(missing), len(wanted) - len(missing), removed, count)


def open_index(settings: Settings, embedder: "MiniLM") -> OpenIndex:
    """Open a private copy of the current build.

    :raises IndexBroken: when a file or the canary question is not as the manifest says
    :raises FileNotFoundError: when nothing was built yet
    """
    folder = _verified_build(settings.index)
    manifest = _manifest(folder)
    entries = _read_entries(folder / "entries.json")
    copy = Path(tempfile.mkdtemp(prefix="iep-index-"))
    try:
        shutil.copytree(folder / "chroma", copy / "chroma")
        client = _client(copy / "chroma")
        stores = {lang: _store(client, lang, embedder) for lang in entries if entries[lang]}
        collections = {lang: client.get_collection(f"iep-{lang}", embedding_function=None) for lang in stores}
        passages = {lang: _passage_vectors(stores[lang], entries[lang]) for lang in stores}
    except Exception as error:
        shutil.rmtree(copy, ignore_errors=True)
        raise IndexBroken(f"The index in {settings.index} cannot be opened ({type(error).__name__}).") from error
    index = OpenIndex(folder.name, entries, stores, collections, passages, embedder)
    weakref.finalize(index, shutil.rmtree, copy, True)
    _ask_canary(index, manifest["canary"])
    return index


def current_build(folder: Path) -> str:
    """Id of the build that readers use, or "" where there is none."""
    try:
        return (folder / "current").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _load_model() -> "MiniLM":
    from bot.embedder import MiniLM

    return MiniLM()


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stamp(entries: dict[str, list[Entry]], rows: dict[str, list[Row]]) -> str:
    """Hash of all that a build is made from."""
    from bot.embedder import FILES

    made_from = {
        "layout": LAYOUT,
        "hnsw": _HNSW,
        "model": FILES,
        "chromadb": version("chromadb"),
        "entries": {lang: [asdict(e) for e in found] for lang, found in entries.items()},
        "rows": {lang: [row.digest for row in some] for lang, some in rows.items()},
    }
    return _sha(json.dumps(made_from, sort_keys=True, ensure_ascii=False).encode())


def _check_lengths(rows: list[Row]) -> None:
    from bot.embedder import TOKEN_LIMIT, token_counts

    counts = token_counts([row.text for row in rows])
    long = [f"{row.id}: {n} tokens" for row, n in zip(rows, counts, strict=True) if n > TOKEN_LIMIT]
    if long:
        shown = "\n".join(long)
        raise CorpusError(f"These are longer than the {TOKEN_LIMIT} tokens the model reads. Shorten them:\n{shown}")


def _write_lock(folder: Path) -> Any:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=300)
        return lock.acquire()
    except Timeout as error:
        raise BotError(f"Another process is writing the index in {folder}. Wait for it, then try again.") from error
    except OSError as error:
        raise BotError(f"The index folder {folder} cannot be written. Set IEP_INDEX to one that can.") from error


def _verified_build(folder: Path) -> Path:
    """Folder of the current build, after every file's hash is checked."""
    name = current_build(folder)
    if not name:
        raise FileNotFoundError(folder / "current")
    build = folder / "builds" / name
    wrong = IndexBroken(f"The index in {folder} is damaged.")
    if not (build / "manifest.json").is_file():
        raise wrong
    files = _manifest(build).get("files")
    if not isinstance(files, dict) or _hashes(build) != files:
        raise wrong
    return build


def _manifest(build: Path) -> dict[str, Any]:
    try:
        data = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexBroken(f"The index in {build} has no readable manifest.") from error
    return data if isinstance(data, dict) else {}


def _hashes(build: Path) -> dict[str, str]:
    return {
        p.relative_to(build).as_posix(): _sha(p.read_bytes())
        for p in sorted(build.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def _embed(missing: dict[str, str], embedder: "MiniLM", progress: bool) -> dict[str, np.ndarray]:
    from tqdm import tqdm

    texts = list(missing.items())
    vectors: dict[str, np.ndarray] = {}
    bar = tqdm(total=len(texts), unit="text", desc="embedding", disable=not progress or not texts)
    with bar:
        for start in range(0, len(texts), 128):
            batch = texts[start : start + 128]
            found = embedder.encode([text for _, text in batch])
            vectors |= {digest: vector for (digest, _), vector in zip(batch, found, strict=True)}
            bar.update(len(batch))
    return vectors


def _write_build(
    folder: Path,
    entries: dict[str, list[Entry]],
    rows: dict[str, list[Row]],
    vectors: dict[str, np.ndarray],
    stamp: str,
) -> str:
    """Write a complete build into a folder of its own and return its id."""
    name = uuid.uuid4().hex[:12]
    build = folder / "builds" / name
    try:
        (build / "chroma").mkdir(parents=True)
        client = _client(build / "chroma")
        for lang, some in rows.items():
            collection = client.create_collection(
                f"iep-{lang}", embedding_function=None, configuration={"hnsw": _HNSW}, metadata={"lang": lang}
            )
            for start in range(0, len(some), 1000):
                part = some[start : start + 1000]
                collection.add(
                    ids=[r.id for r in part],
                    embeddings=[vectors[r.digest] for r in part],
                    documents=[r.text for r in part],
                    metadatas=[{"entry": r.entry, "kind": r.kind, "digest": r.digest} for r in part],
                )
        client.close()
        stored = {lang: [asdict(e) for e in found] for lang, found in entries.items()}
        (build / "entries.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        first = rows["en"][0]
        vector = [round(float(x), 6) for x in vectors[first.digest]]
        canary = {"text": first.text, "entry": first.entry, "vector": vector}
        manifest = {"stamp": stamp, "layout": LAYOUT, "canary": canary, "files": _hashes(build)}
        (build / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(build, ignore_errors=True)
        raise BotError(f"The index in {folder} cannot be written: {error.strerror}.") from error
    return name


def _switch(folder: Path, build: str) -> None:
    """Make the build current in one step and remove the others."""
    beside = folder / "current.new"
    beside.write_text(build, encoding="utf-8")
    os.replace(beside, folder / "current")
    for old in (folder / "builds").iterdir():
        if old.name != build:
            shutil.rmtree(old, ignore_errors=True)


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    return chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))


def _store(client: Any, lang: str, embedder: "MiniLM") -> "Chroma":
    from langchain_chroma import Chroma

    return Chroma(
        client=client,
        collection_name=f"iep-{lang}",
        embedding_function=embedder,
        create_collection_if_not_exists=False,
    )


def _vectors_of(folder: Path) -> dict[str, np.ndarray]:
    """Every vector of a build by the digest of its text."""
    vectors: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory(prefix="iep-index-") as copy:
        shutil.copytree(folder / "chroma", Path(copy) / "chroma")
        client = _client(Path(copy) / "chroma")
        for collection in client.list_collections():
            rows = client.get_collection(collection.name, embedding_function=None).get(
                include=["embeddings", "metadatas"]
            )
            for meta, vector in zip(rows["metadatas"], rows["embeddings"], strict=True):
                vectors[meta["digest"]] = np.asarray(vector, dtype=np.float32)
        client.close()
    return vectors


def _passage_vectors(store: "Chroma", entries: dict[str, Entry]) -> dict[str, np.ndarray]:
    ids = [p.key for e in entries.values() for p in e.passages]
    found = store.get(ids=ids, include=["embeddings"])
    vectors = dict(zip(found["ids"], found["embeddings"], strict=True))
    return {e.id: np.asarray([vectors[p.key] for p in e.passages], dtype=np.float32) for e in entries.values()}


def _read_entries(path: Path) -> dict[str, dict[str, Entry]]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    entries: dict[str, dict[str, Entry]] = {}
    for lang, rows in stored.items():
        entries[lang] = {}
        for row in rows:
            passages = tuple(Passage(**_tuples(p)) for p in row.pop("passages"))
            entries[lang][row["id"]] = Entry(**_tuples(row), passages=passages)
    return entries


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _ask_canary(index: OpenIndex, canary: dict[str, Any]) -> None:
    """A known text must get its known vector and find its own entry: notices a swapped model or store."""
    vector = index.embedder.encode([canary["text"]])[0]
    found = index.stores["en"].similarity_search_by_vector_with_relevance_scores([float(x) for x in vector], k=1)
    same = float(np.dot(vector, np.asarray(canary["vector"]))) > 1 - _CANARY_TOLERANCE
    if not same or not found or found[0][0].metadata["entry"] != canary["entry"]:
        raise IndexBroken("The index does not fit the embedding model.")
