"""The write path of the index: embed what changed, build beside, switch. `bot/index.py` has the read path."""

import json
import logging
import os
import shutil
import tempfile
import uuid
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout

from bot import classifier
from bot.adapter import model_id
from bot.corpus import read_corpus
from bot.index import HNSW, LAYOUT, IndexBroken, file_hashes, open_client, read_manifest, verified_build
from bot.reference import read_outside
from bot.rows import PASSAGE, Row, check_lengths, further_rows, outside_rows, rows_of, sha256
from bot.settings import Settings
from bot.types import LANGS, BotError, CorpusError, Entry

if TYPE_CHECKING:
    from bot.embedder import MiniLM

_WAIT = 1800  # seconds for another process to write the index: from nothing that takes minutes, on a slow computer many
_log = logging.getLogger(__name__)


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
        lang: rows_of(found) + outside_rows(read_outside(settings.corpus, lang))
        for lang, found in entries.items()
        if found
    }
    model = model_id(settings.embedder)
    stamp = _stamp(entries, rows, model)
    count = sum(map(len, entries.values()))
    with _write_lock(settings.index):
        last: Path | None = None  # the build before, if it is whole
        try:
            folder = verified_build(settings.index)
            manifest = read_manifest(folder)
            if manifest["stamp"] == stamp:
                total = sum(map(len, rows.values()))
                return SyncReport(folder.name, False, 0, total, 0, count)
            last = folder
            # Vectors of another model or adapter do not fit, though they have the same size.
            kept = _vectors_of(folder) if manifest.get("model") == model else {}
        except IndexBroken as error:
            _log.warning("%s Building it anew.", error)
            kept = {}
        except FileNotFoundError:
            kept = {}
        wanted = {row.digest: row.text for some in rows.values() for row in some}
        missing = {digest: text for digest, text in wanted.items() if digest not in kept}
        check_lengths([row for some in rows.values() for row in some], settings.embedder)
        if missing:
            kept |= _embed(missing, embedder or open_embedder(settings), progress)
        build = _write_build(settings.index, entries, rows, kept, stamp, model, last)
        _switch(settings.index, build)
    removed = len(set(kept) - set(wanted))
    return SyncReport(build, True, len(missing), len(wanted) - len(missing), removed, count)


def open_embedder(settings: Settings) -> "MiniLM":
    """Load the packaged model with its adapter, or the other one that the settings name, as it is.

    :raises BotError: when it cannot be used
    """
    from bot.embedder import MiniLM

    return MiniLM(settings.embedder)


def _stamp(entries: dict[str, list[Entry]], rows: dict[str, list[Row]], model: str) -> str:
    """Hash of all that a build is made from."""
    made_from = {
        "layout": LAYOUT,
        "hnsw": HNSW,
        "model": model,
        "chromadb": version("chromadb"),
        "entries": {lang: [asdict(e) for e in found] for lang, found in entries.items()},
        "rows": {lang: [row.digest for row in some] for lang, some in rows.items()},
    }
    return sha256(json.dumps(made_from, sort_keys=True, ensure_ascii=False).encode())


def _write_lock(folder: Path) -> Any:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        try:
            return lock.acquire(timeout=1)
        except Timeout:
            _log.warning("Another process is writing the index in %s; waiting for it.", folder)
            return lock.acquire(timeout=_WAIT)
    except Timeout as error:
        raise BotError(f"Another process is writing the index in {folder}. Wait for it, then try again.") from error
    except OSError as error:
        raise BotError(f"The index folder {folder} cannot be written. Set IEP_INDEX to one that can.") from error


def _embed(missing: dict[str, str], embedder: "MiniLM", progress: bool) -> dict[str, np.ndarray]:
    from tqdm import tqdm

    texts = sorted(missing.items(), key=lambda item: len(item[1]))  # like with like: short texts are not padded to long
    vectors: dict[str, np.ndarray] = {}
    bar = tqdm(total=len(texts), unit="text", desc="embedding", disable=not progress or not texts)
    with bar:
        batches = [texts[start : start + 128] for start in range(0, len(texts), 128)]
        for batch, found in zip(batches, embedder.encode_many([[t for _, t in b] for b in batches]), strict=True):
            vectors |= {digest: vector for (digest, _), vector in zip(batch, found, strict=True)}
            bar.update(len(batch))
    return vectors


def _write_build(
    folder: Path,
    entries: dict[str, list[Entry]],
    rows: dict[str, list[Row]],
    vectors: dict[str, np.ndarray],
    stamp: str,
    model: str,
    last: Path | None,
) -> str:
    """Write a complete build into a folder of its own and return its id."""
    name = uuid.uuid4().hex[:12]
    build = folder / "builds" / name
    try:
        (build / "chroma").mkdir(parents=True)
        client = open_client(build / "chroma")
        for lang, some in rows.items():
            collection = client.create_collection(
                f"iep-{lang}", embedding_function=None, configuration={"hnsw": HNSW}, metadata={"lang": lang}
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
        classifiers = {
            lang: _classify(last, build, lang, some, further_rows(entries[lang]), vectors, model)
            for lang, some in rows.items()
        }
        stored = {lang: [asdict(e) for e in found] for lang, found in entries.items()}
        (build / "entries.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        first = rows["en"][0]
        vector = [round(float(x), 6) for x in vectors[first.digest]]
        canary = {"text": first.text, "entry": first.entry, "vector": vector}
        manifest = {
            "stamp": stamp,
            "layout": LAYOUT,
            "model": model,
            "canary": canary,
            "classifiers": classifiers,
            "files": file_hashes(build),
        }
        (build / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(build, ignore_errors=True)
        raise BotError(f"The index in {folder} cannot be written: {error.strerror}.") from error
    return name


def _classify(
    last: Path | None,
    build: Path,
    lang: str,
    rows: list[Row],
    further: list[Row],
    vectors: dict[str, np.ndarray],
    model: str,
) -> str:
    """Learn a language's classifiers, or take over those of the last build where they were learned from the same.

    :returns: name of their file in the build
    """
    asked = [row for row in rows if row.kind != PASSAGE]
    made_from = [model, LAYOUT, version("scikit-learn"), [[row.id, row.digest] for row in asked + further]]
    name = f"classifier-{lang}-{sha256(json.dumps(made_from).encode())[:16]}.npz"
    if last and (last / name).is_file():
        shutil.copyfile(last / name, build / name)
    else:
        classifier.learn(asked, np.stack([vectors[row.digest] for row in asked]), further, lang).save(build / name)
    return name


def _switch(folder: Path, build: str) -> None:
    """Make the build current in one step and remove the others."""
    beside = folder / "current.new"
    beside.write_text(build, encoding="utf-8")
    os.replace(beside, folder / "current")
    for old in (folder / "builds").iterdir():
        if old.name != build:
            shutil.rmtree(old, ignore_errors=True)


def _vectors_of(folder: Path) -> dict[str, np.ndarray]:
    """Every vector of a build by the digest of its text."""
    vectors: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory(prefix="iep-index-") as copy:
        shutil.copytree(folder / "chroma", Path(copy) / "chroma")
        client = open_client(Path(copy) / "chroma")
        for collection in client.list_collections():
            rows = client.get_collection(collection.name, embedding_function=None).get(
                include=["embeddings", "metadatas"]
            )
            for meta, vector in zip(rows["metadatas"], rows["embeddings"], strict=True):
                vectors[meta["digest"]] = np.asarray(vector, dtype=np.float32)
        client.close()
    return vectors
