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

from bot.classifier import Classifier
from bot.lexical import Lexical
from bot.reference import Term
from bot.rows import DIMENSION, OUTSIDE
from bot.types import Hit
from bot.wording import bare_words, fold
from bot.words import rules

NEIGHBOURS = 48  # rows asked of Chroma
CROWD = 10  # of them, nearest first, that are counted by entry
SEVERAL = 3  # ways to ask an entry, the nearest ones, whose cosines are averaged
SAME_WORDS = 0.985  # cosine from which two texts say the same in the same words
SAME = 10.0  # what that adds to the score: more than all else
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
    scope: float = 0.0  # by meaning, log odds of being covered rather than not
    scope_words: float = 0.0  # by its words, margin of being covered rather than not
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
    glossary: list[Term] = []
    rank: dict[str, float] = Field(default_factory=lambda data: weights(data["lang"])["rank"])
    _lexical: Lexical = PrivateAttr()
    _asked: dict[str, str] = PrivateAttr()  # titles, ways to ask, and what a term of the glossary is: words -> entry
    _expansions: dict[str, str] = PrivateAttr()  # abbreviation, folded -> the term in full
    _known: set[str] = PrivateAttr()
    _words: list[str] = PrivateAttr()
    _classifier: Classifier = PrivateAttr()
    _places: dict[str, tuple[int, int]] = PrivateAttr()  # entry -> its place in the lexical half and the classifier

    def model_post_init(self, context: Any) -> None:
        """Build the lexical half in memory: it takes milliseconds and is never stale."""
        super().model_post_init(context)
        self._lexical = Lexical(self.index.entries[self.lang], self.lang)
        # Of two words as near to a misspelt one, the commoner is meant: "sighn" is sign, not sight.
        self._words = [w for w, _ in self._lexical.vocabulary.most_common() if len(w) > 3 and w.isalpha()]
        entries = self.index.entries[self.lang].values()
        self._asked = _defined(self.glossary, self.lang, set(self.index.entries[self.lang]))
        self._asked |= {bare_words(q): e.id for e in entries for q in (e.title, *e.asked)}
        self._expansions = {
            short.lower(): t.term for t in self.glossary for short in t.also if short.isupper() and len(short) > 1
        }
        self._known = set(self._lexical.vocabulary) | self.index.embedder.words
        self._classifier = self.index.classifiers[self.lang]
        told = {str(entry): at for at, entry in enumerate(self._classifier.ids)}
        self._places = {entry: (at, told[entry]) for at, entry in enumerate(self._lexical.ids)}

    def wording(self, text: str) -> str:
        """The text as it is looked up: misspelt words mended, abbreviations written out; unchanged if it is indexed."""
        if bare_words(text) in self._asked:
            return text
        mended = re.sub(r"[^\W\d_]{4,}", lambda m: self._mend(m.group()), text)
        short = [w for w in dict.fromkeys(re.findall(r"\w+", fold(mended))) if w in self._expansions]
        # One that many entries use finds them by itself; written out, it would drown what is asked about it.
        full = [self._expansions[w] for w in short if self._lexical.entries_with(w) <= RARE]
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
        meant, worded = self._classifier.by_meaning(vector), self._classifier.by_words(text)
        inside = len(self._places)  # columns that stand for entries
        bounded = len(meant) > inside  # whether there are examples of what is not covered
        near = {entry for entry, kind, _ in rows if kind != OUTSIDE}
        for told in (meant, worded):
            near |= {str(self._classifier.ids[at]) for at in np.argsort(-told[:inside])[:CANDIDATES]}
        near |= {self._lexical.ids[at] for at in np.argsort(-bm25)[:CANDIDATES] if bm25[at] > 0}
        same = self._asked.get(bare_words(text), "")
        near |= {same} - {""}
        hits = []
        for entry in near:
            at, column = self._places[entry]
            asked = np.sort(self.index.questions[self.lang][entry] @ vector)[::-1][:SEVERAL]
            features = {
                # A way to ask that has no vector of its own is as near as one that has.
                "dense": 1.0 if same == entry else float(asked[0]),
                "several": float(asked.mean()),
                "passage": float((self.index.passages[self.lang][entry] @ vector).max()),
                "lexical": float(bm25[at]) / best,
                "words": float(bm25[at]) / words,
                "coverage": float(coverage[at]),
                "crowd": crowd[entry] / CROWD,
                "meant": float(meant[column]),
                "worded": float(worded[column]),
            }
            score = sum(weight * features[name] for name, weight in self.rank.items())
            if features["dense"] >= SAME_WORDS:  # asked in the very words of one of its ways
                score += SAME
            hits.append(Hit(entry=entry, score=score, **features))
        outside, kind = max(((cosine, entry) for entry, kind, cosine in rows if kind == OUTSIDE), default=(0.0, ""))
        return Found(
            lang=self.lang,
            hits=tuple(sorted(hits, key=lambda h: (-h.score, h.entry))[:CANDIDATES]),
            outside=outside,
            outside_kind=kind,
            scope=float(np.logaddexp.reduce(meant[:inside]) - np.logaddexp.reduce(meant[inside:])) if bounded else 0.0,
            scope_words=float(worded[:inside].max() - worded[inside:].max()) if bounded else 0.0,
            words=len(text.split()),
            outside_share=crowd[OUTSIDE] / CROWD,
            vector=vector,
        )


def _defined(glossary: list[Term], lang: str, entries: set[str]) -> dict[str, str]:
    """The plainest of all questions, what a term is, by each of its names: words -> the entry that explains it."""
    asked: dict[str, str] = {}
    for term in reversed(glossary):  # of two terms with the same name the first one counts
        if term.entry in entries:
            for name in (term.term, *term.also):
                asked |= {bare_words(form.format(name)): term.entry for form in rules(lang)["what_is"]}
    return asked
