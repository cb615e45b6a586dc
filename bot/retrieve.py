"""The hybrid retriever: dense (Chroma) and lexical (BM25) evidence for each entry, fused into one score."""

import json
import logging
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import Stemmer
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, PrivateAttr
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.index import OUTSIDE
from bot.types import Entry, Hit
from bot.wording import content_words, fold

NEIGHBOURS = 48  # rows asked of Chroma
CANDIDATES = 10  # entries kept for the decision
RARE = 3  # entries up to which an abbreviation is written out
_STEMMERS = {"en": "english", "es": "spanish"}
logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
_WEIGHTS = Path(__file__).with_name("weights.json")


@cache
def weights() -> dict[str, Any]:
    """Read what `python -m evals train` learned on the tuning questions."""
    data: dict[str, Any] = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    return data


class Found(tuple[Hit, ...]):
    """Hits, best first, with how near the question is to examples of what is not covered."""

    outside: float = 0.0  # best cosine with such an example, -1..1
    outside_kind: str = ""
    vector: np.ndarray  # of the question, shape (384,)


class Lexical:
    """BM25 over one text for each entry, and the share of a question's word weight that an entry contains."""

    def __init__(self, entries: dict[str, Entry], lang: str) -> None:
        """Index the entries of one language; title and short answer count more than once."""
        self.lang = lang
        self.ids = list(entries)
        self._stem = Stemmer.Stemmer(_STEMMERS[lang])
        tokens = [self.stems(_searchable(e)) for e in entries.values()]
        self._bm25 = bm25s.BM25(k1=1.2, b=0.6)
        self._bm25.index(tokens, show_progress=False)
        self._words = [set(t) for t in tokens]
        count: dict[str, int] = defaultdict(int)
        for words in self._words:
            for word in words:
                count[word] += 1
        total = len(tokens)
        self._idf = {w: float(np.log(1 + (total - n + 0.5) / (n + 0.5))) for w, n in count.items()}
        self._unknown = float(np.log(1 + total))  # a word that no entry has counts most
        self.vocabulary = {w for e in entries.values() for w in re.findall(r"\w+", fold(_searchable(e)))}

    def stems(self, text: str) -> list[str]:
        """Content words of a text, stemmed."""
        return [str(x) for x in self._stem.stemWords(content_words(text, self.lang))]

    def entries_with(self, word: str) -> int:
        """How many entries hold a word."""
        return sum(stem in words for stem in self.stems(word) for words in self._words)

    def scores(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """BM25 score (0 and up) and coverage (0..1) of every entry, in the order of `ids`."""
        stems = self.stems(text)
        known = [s for s in stems if s in self._idf]
        if not known:
            zero = np.zeros(len(self.ids))
            return zero, zero
        scores = np.asarray(self._bm25.get_scores(known))
        whole = sum(self._idf.get(s, self._unknown) for s in set(stems))
        covered = [sum(self._idf[s] for s in set(known) if s in words) / whole for words in self._words]
        return scores, np.asarray(covered)


class HybridRetriever(BaseRetriever):
    """LangChain retriever over the open index of one language.

    `invoke(question)` returns the short answers of the best entries as documents with their scores; `find` is
    the same search with every partial score kept.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    index: Any  # an OpenIndex; pydantic cannot look into Chroma's types
    lang: str = "en"
    expansions: dict[str, str] = {}
    rank: dict[str, float] = Field(default_factory=lambda: weights()["rank"])
    _lexical: Lexical = PrivateAttr()
    _known: set[str] = PrivateAttr()
    _words: list[str] = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        """Build the lexical half in memory: it takes milliseconds and is never stale."""
        super().model_post_init(context)
        self._lexical = Lexical(self.index.entries[self.lang], self.lang)
        self._words = sorted(w for w in self._lexical.vocabulary if len(w) > 3 and w.isalpha())
        self._known = self._lexical.vocabulary | self.index.embedder.words

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
        worded = [self.wording(t) for t in texts]
        vectors = self.index.embedder.encode(worded)
        return [self._fuse(text, vector) for text, vector in zip(worded, vectors, strict=True)]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        entries = self.index.entries[self.lang]
        documents = []
        for hit in self.find([query])[0]:
            short = entries[hit.entry].passages[0]
            meta = {"entry": hit.entry, "title": short.title, "law": list(short.law), "score": hit.score}
            documents.append(Document(short.text, id=short.key, metadata=meta))
        return documents

    def _mend(self, word: str) -> str:
        if fold(word) in self._known:
            return word
        near = process.extractOne(fold(word), self._words, scorer=OSA.distance, score_cutoff=1 + (len(word) > 6))
        return near[0] if near else word

    def _fuse(self, text: str, vector: np.ndarray) -> Found:
        near: dict[str, float] = {}
        found_outside, outside_kind, floor = 0.0, "", 0.0
        for entry, kind, cosine in self.index.near(self.lang, vector, NEIGHBOURS):
            floor = cosine
            if kind == OUTSIDE:
                if cosine > found_outside:
                    found_outside, outside_kind = cosine, entry
            elif kind == "question":
                near[entry] = max(near.get(entry, -1.0), cosine)
            else:
                near.setdefault(entry, -1.0)
        bm25, coverage = self._lexical.scores(text)
        best = float(bm25.max()) if len(bm25) else 0.0
        for position in np.argsort(-bm25)[:CANDIDATES]:
            if bm25[position] > 0:
                near.setdefault(self._lexical.ids[position], -1.0)
        place = self._places
        hits = []
        for entry, dense in near.items():
            at = place[entry]
            features = {
                "dense": dense if dense > -1.0 else floor,
                "passage": float((self.index.passages[self.lang][entry] @ vector).max()),
                "lexical": float(bm25[at]) / best if best else 0.0,
                "coverage": float(coverage[at]),
            }
            score = sum(self.rank[name] * value for name, value in features.items())
            hits.append(Hit(entry=entry, score=score, **features))
        found = Found(sorted(hits, key=lambda h: -h.score)[:CANDIDATES])
        found.outside, found.outside_kind, found.vector = found_outside, outside_kind, vector
        return found

    @property
    def _places(self) -> dict[str, int]:
        return {entry: i for i, entry in enumerate(self._lexical.ids)}


def _searchable(entry: Entry) -> str:
    """Text of an entry for the lexical half."""
    short = entry.passages[0].text
    rest = " ".join(p.text for p in entry.passages[1:])
    sections = re.findall(r"\d+\.\d+", " ".join(x for p in entry.passages for x in p.law))  # "what is 300.503"
    return " ".join([entry.title, entry.title, *entry.questions, short, short, rest, *dict.fromkeys(sections)])
