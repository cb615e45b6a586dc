"""The hybrid retriever: dense (Chroma) and lexical (BM25) evidence for each entry, fused into one score."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, PrivateAttr
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot import discriminant
from bot.lexical import Lexical
from bot.rows import DIMENSION, OUTSIDE
from bot.types import Hit
from bot.wording import fold

NEIGHBOURS = 48  # rows asked of Chroma
CROWD = 10  # of them, nearest first, that are counted by entry
SEVERAL = 3  # ways to ask an entry, the nearest ones, whose cosines are averaged
SAME_WORDS = 0.985  # cosine from which two texts say the same in the same words
CANDIDATES = 10  # entries kept for the decision
RARE = 3  # entries up to which an abbreviation is written out
_WEIGHTS = Path(__file__).with_name("weights.json")


@cache
def weights(lang: str) -> dict[str, Any]:
    """Read what `python -m evals train` learned on the tuning questions of a language."""
    data: dict[str, Any] = json.loads(_WEIGHTS.read_text(encoding="utf-8"))[lang]
    return data


@dataclass(frozen=True, eq=False)
class Found:
    """What one wording of a question found."""

    lang: str = "en"
    hits: tuple[Hit, ...] = ()  # entries, best first
    outside: float = 0.0  # best cosine with an example of what is not covered, -1..1
    outside_kind: str = ""  # its reason
    scope: float = 0.0  # how far on the side of what is covered; 0 is half way, higher is inside
    words: int = 0  # of the question
    outside_share: float = 0.0  # share of such examples among the nearest rows, 0..1
    vector: np.ndarray = field(default_factory=lambda: np.zeros(DIMENSION, dtype=np.float32))  # of the question


class HybridRetriever(BaseRetriever):
    """LangChain retriever over the open index of one language.

    `invoke(question)` returns the short answers of the best entries as documents with their scores; `find` is
    the same search with every partial score kept.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    index: Any  # an OpenIndex; pydantic cannot look into Chroma's types
    lang: str = "en"
    expansions: dict[str, str] = {}
    rank: dict[str, float] = Field(default_factory=lambda data: weights(data["lang"])["rank"])
    _lexical: Lexical = PrivateAttr()
    _known: set[str] = PrivateAttr()
    _words: list[str] = PrivateAttr()
    _discriminant: discriminant.Discriminant = PrivateAttr()
    _scope: tuple[np.ndarray, float] = PrivateAttr()
    _places: dict[str, int] = PrivateAttr()  # entry -> its place in the lexical half

    def model_post_init(self, context: Any) -> None:
        """Build the lexical half in memory: it takes milliseconds and is never stale."""
        super().model_post_init(context)
        self._lexical = Lexical(self.index.entries[self.lang], self.lang)
        # Of two words as near to a misspelt one, the commoner is meant: "sighn" is sign, not sight.
        self._words = [w for w, _ in self._lexical.vocabulary.most_common() if len(w) > 3 and w.isalpha()]
        self._known = set(self._lexical.vocabulary) | self.index.embedder.words
        self._discriminant = discriminant.fit(
            {
                entry: np.vstack([vectors, self.index.passages[self.lang][entry]])
                for entry, vectors in self.index.questions[self.lang].items()
            }
        )
        self._scope = discriminant.direction(
            np.vstack(list(self.index.questions[self.lang].values())), self.index.outside[self.lang]
        )
        self._places = {entry: at for at, entry in enumerate(self._lexical.ids)}

    def wording(self, text: str) -> str:
        """The text as it is looked up: misspelt words mended, abbreviations written out."""
        mended = re.sub(r"[^\W\d_]{4,}", lambda m: self._mend(m.group()), text)
        short = [w for w in dict.fromkeys(re.findall(r"\w+", fold(mended))) if w in self.expansions]
        # One that many entries use finds them by itself; written out, it would drown what is asked about it.
        full = [self.expansions[w] for w in short if self._lexical.entries_with(w) <= RARE]
        return " ".join([mended, *full])

    def find(self, texts: list[str]) -> list[Found]:
        """Search for several wordings at once.

        :returns: for each wording the best entries, best first
        """
        worded, vectors = self.read(texts)
        return [self.search(text, vector) for text, vector in zip(worded, vectors, strict=True)]

    def read(self, texts: list[str]) -> tuple[list[str], np.ndarray]:
        """Wordings as they are looked up, and their vectors, shape (len(texts), 384), embedded in one batch."""
        worded = [self.wording(t) for t in texts]
        return worded, self.index.embedder.encode(worded)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        entries = self.index.entries[self.lang]
        documents = []
        for hit in self.find([query])[0].hits:
            short = entries[hit.entry].passages[0]
            meta = {"entry": hit.entry, "title": short.title, "law": list(short.law), "score": hit.score}
            documents.append(Document(short.text, id=short.key, metadata=meta))
        return documents

    def _mend(self, word: str) -> str:
        if fold(word) in self._known:
            return word
        near = process.extractOne(fold(word), self._words, scorer=OSA.distance, score_cutoff=1 + (len(word) > 6))
        return near[0] if near else word

    def search(self, text: str, vector: np.ndarray) -> Found:
        """Search for one wording.

        :param text: as `read` gave it
        :param vector: of the text, shape (384,)
        :returns: the best entries, best first
        """
        rows = self.index.near(self.lang, vector, NEIGHBOURS)
        crowd = Counter(OUTSIDE if kind == OUTSIDE else entry for entry, kind, _ in rows[:CROWD])
        bm25, coverage = self._lexical.scores(text)
        words = max(len(set(self._lexical.stems(text))), 1)
        best = float(bm25.max()) or 1.0
        topics = self._discriminant.scores(vector)
        near = {entry for entry, kind, _ in rows if kind != OUTSIDE}
        near |= {self._discriminant.ids[at] for at in np.argsort(-topics)[:CANDIDATES]}
        near |= {self._lexical.ids[at] for at in np.argsort(-bm25)[:CANDIDATES] if bm25[at] > 0}
        hits = []
        for entry in near:
            at = self._places[entry]
            asked = np.sort(self.index.questions[self.lang][entry] @ vector)[::-1][:SEVERAL]
            features = {
                "dense": float(asked[0]),
                "several": float(asked.mean()),
                "passage": float((self.index.passages[self.lang][entry] @ vector).max()),
                "lexical": float(bm25[at]) / best,
                "words": float(bm25[at]) / words,
                "coverage": float(coverage[at]),
                "crowd": crowd[entry] / CROWD,
                "topic": float(topics[at]),
            }
            score = sum(weight * features[name] for name, weight in self.rank.items())
            score += features["dense"] >= SAME_WORDS  # asked in the very words of a title or variant: that entry's
            hits.append(Hit(entry=entry, score=score, **features))
        outside, kind = max(((cosine, entry) for entry, kind, cosine in rows if kind == OUTSIDE), default=(0.0, ""))
        return Found(
            lang=self.lang,
            hits=tuple(sorted(hits, key=lambda h: (-h.score, h.entry))[:CANDIDATES]),
            outside=outside,
            outside_kind=kind,
            scope=float(vector @ self._scope[0]) - self._scope[1],
            words=len(text.split()),
            outside_share=crowd[OUTSIDE] / CROWD,
            vector=vector,
        )
