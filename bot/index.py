"""The index: Chroma holds a vector for every passage, title and question variant. Built beside, then switched.

.index/lock            one writer at a time
.index/current         the id of the build that readers use
.index/builds/ID/      chroma/ (vectors), classifier-*.npz, entries.json (what was indexed), manifest.json (hashes)

A build is never changed after the switch. Chroma writes to its files even when it only reads, and is not safe
across processes, so every reader opens a private copy.
"""

import json
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.classifier import Classifier, load
from bot.rows import PASSAGE, row_of, rows_of, sha256
from bot.settings import Settings
from bot.types import BotError, Entry, Passage

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from bot.embedder import MiniLM

LAYOUT = 2  # raise when rows or files of a build change their meaning
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 96, "num_threads": 1}
_CANARY_TOLERANCE = 1e-3


class IndexBroken(BotError):
    """The stored index cannot be used; it must be built anew."""


@dataclass(frozen=True)
class OpenIndex:
    """An index ready for questions. Holds the private copy that goes away with it."""

    build: str
    entries: dict[str, dict[str, Entry]]  # language -> id -> entry
    stores: dict[str, "Chroma"]  # language -> LangChain vector store
    collections: dict[str, Any]  # language -> its Chroma collection, for the one query that every question makes
    passages: dict[str, dict[str, np.ndarray]]  # language -> entry -> (its passages, 384)
    questions: dict[str, dict[str, np.ndarray]]  # language -> entry -> (its title and question variants, 384)
    classifiers: dict[str, Classifier]  # by language
    embedder: "MiniLM"

    def near(self, lang: str, vector: np.ndarray, count: int) -> list[tuple[str, str, float]]:
        """Nearest rows to a question.

        :param vector: of the question, shape (384,), length 1
        :returns: (entry, kind of the row, cosine -1..1), nearest first
        """
        # Ids alone, without texts and metadata: half the time of the same query through the LangChain store.
        found = self.collections[lang].query(query_embeddings=[vector], n_results=count, include=["distances"])
        return [
            (*row_of(id), 1.0 - distance)  # Chroma's distance, turned round once
            for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]


def open_index(settings: Settings, embedder: "MiniLM") -> OpenIndex:
    """Open a private copy of the current build.

    :raises IndexBroken: when a file or the canary question is not as the manifest says
    :raises FileNotFoundError: when nothing was built yet
    """
    folder = verified_build(settings.index)
    manifest = read_manifest(folder)
    entries = _read_entries(folder / "entries.json")
    copy = Path(tempfile.mkdtemp(prefix="iep-index-"))
    try:
        shutil.copytree(folder / "chroma", copy / "chroma")
        client = open_client(copy / "chroma")
        stores = {lang: _store(client, lang, embedder) for lang in entries if entries[lang]}
        collections = {lang: client.get_collection(f"iep-{lang}", embedding_function=None) for lang in stores}
        passages, questions = _vectors(stores, entries, PASSAGE), _vectors(stores, entries, "question")
        classifiers = {lang: load(folder / manifest["classifiers"][lang], lang) for lang in stores}
    except Exception as error:
        shutil.rmtree(copy, ignore_errors=True)
        raise IndexBroken(f"The index in {settings.index} cannot be opened ({type(error).__name__}).") from error
    index = OpenIndex(folder.name, entries, stores, collections, passages, questions, classifiers, embedder)
    weakref.finalize(index, shutil.rmtree, copy, True)
    _ask_canary(index, manifest["canary"])
    return index


def current_build(folder: Path) -> str:
    """Id of the build that readers use, or "" where there is none."""
    try:
        return (folder / "current").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def verified_build(folder: Path) -> Path:
    """Folder of the current build, after every file's hash is checked."""
    name = current_build(folder)
    if not name:
        raise FileNotFoundError(folder / "current")
    build = folder / "builds" / name
    wrong = IndexBroken(f"The index in {folder} is damaged.")
    if not (build / "manifest.json").is_file():
        raise wrong
    files = read_manifest(build).get("files")
    if not isinstance(files, dict) or file_hashes(build) != files:
        raise wrong
    return build


def read_manifest(build: Path) -> dict[str, Any]:
    """Read what a build says of itself.

    :raises IndexBroken: when it cannot be read
    """
    try:
        data = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexBroken(f"The index in {build} has no readable manifest.") from error
    return data if isinstance(data, dict) else {}


def file_hashes(build: Path) -> dict[str, str]:
    """SHA-256 of every file of a build but its manifest."""
    return {
        p.relative_to(build).as_posix(): sha256(p.read_bytes())
        for p in sorted(build.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def open_client(folder: Path) -> Any:
    """Open Chroma on a folder that no other process uses."""
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


def _vectors(
    stores: dict[str, "Chroma"], entries: dict[str, dict[str, Entry]], kind: str
) -> dict[str, dict[str, np.ndarray]]:
    """Vectors of one kind of rows: language -> entry -> array of shape (its rows, 384), in the order of the file."""
    vectors: dict[str, dict[str, np.ndarray]] = {}
    for lang, store in stores.items():
        found = store.get(where={"kind": kind}, include=["embeddings"])
        by_id = dict(zip(found["ids"], found["embeddings"], strict=True))
        vectors[lang] = {
            e.id: np.asarray([by_id[row.id] for row in rows_of([e]) if row.kind == kind], dtype=np.float32)
            for e in entries[lang].values()
        }
    return vectors


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
