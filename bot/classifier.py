"""Which entry is meant, by the words of a question and by its meaning: two linear classifiers over the corpus.

Nearness alone weighs every word alike. The many ways to ask each entry tell which words and which directions of
meaning set it apart from the others, and the examples of what is not covered tell what lies outside all of them.
Words: one-vs-rest support vector machines over TF-IDF (Joachims 1998), fitted by LIBLINEAR (Fan and others 2008).
Meaning: multinomial logistic regression over the vectors. Both are learned when the index is built and lie in it.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.rows import DIMENSION, OUTSIDE, Row
from bot.wording import fold, stemmed

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PIECE = 4  # letters of the pieces of words: what is left of a word that is misspelt or inflected
RARE = 3  # texts that a word, pair or piece must be in to count
WORDS_FIT, MEANING_FIT = 0.3, 10.0  # inverse strength of the regularization, chosen on the tuning questions
PARTS = 4  # that the machines are fitted in, side by side; always as many, so that every computer gets the same weights
MANY = 5000  # texts from which processes of their own are worth starting
ROUNDS = 60  # of the logistic regression: further ones change no ranking


@dataclass(frozen=True, eq=False)
class Classifier:
    """Weights of both classifiers. The first columns are the entries, the others kinds of what is not covered."""

    lang: str
    ids: np.ndarray  # (entries,) of text
    grams: dict[str, int]  # word, pair or piece -> row of `words`
    rarity: np.ndarray  # (grams,) inverse document frequency
    words: np.ndarray  # (grams, entries + kinds), float16: half the size, same ranking
    words_bias: np.ndarray  # (entries + kinds,)
    meaning: np.ndarray  # (384, entries + kinds)
    meaning_bias: np.ndarray

    def by_words(self, text: str) -> np.ndarray:
        """Margin of every entry and then of every kind that is not covered: above 0 is this one, below is another."""
        at, weight = _weighed(text, self.lang, self.grams, self.rarity)
        return np.asarray(weight @ self.words[at].astype(np.float32) + self.words_bias)

    def by_meaning(self, vector: np.ndarray) -> np.ndarray:
        """Log probability of every entry and then of every kind that is not covered.

        :param vector: of the question, shape (384,)
        """
        found = vector @ self.meaning + self.meaning_bias
        return np.asarray(found - np.logaddexp.reduce(found))

    def save(self, path: Path) -> None:
        """Write it as NumPy's archive, without pickles."""
        np.savez(
            path, ids=self.ids, grams=np.asarray(list(self.grams), dtype=np.str_), rarity=self.rarity,
            words=self.words, words_bias=self.words_bias, meaning=self.meaning, meaning_bias=self.meaning_bias,
        )  # fmt: skip


def load(path: Path, lang: str) -> Classifier:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        parts = {name: stored[name] for name in stored.files}
    return Classifier(lang=lang, **parts | {"grams": {str(gram): at for at, gram in enumerate(parts["grams"])}})


def learn(rows: list[Row], vectors: np.ndarray, further: list[Row], lang: str) -> Classifier:
    """Fit both to the ways people ask; the same rows give the same weights.

    :param rows: titles, ways to ask and examples of what is not covered
    :param vectors: of the rows, shape (len(rows), 384)
    :param further: ways to ask that have no vector; each is of an entry that `rows` has too
    """
    meant, rows = len(rows), rows + further
    ids = sorted({row.entry for row in rows if row.kind != OUTSIDE})
    labels = ids + sorted({row.entry for row in rows if row.kind == OUTSIDE})
    place = {(i >= len(ids), label): i for i, label in enumerate(labels)}
    y = np.asarray([place[row.kind == OUTSIDE, row.entry] for row in rows])
    counts = Counter(gram for row in rows for gram in set(_grams(row.text, lang)))
    kept = sorted(gram for gram, n in counts.items() if n >= RARE)
    grams = {gram: at for at, gram in enumerate(kept)}
    rarity = np.asarray([np.log((1 + len(rows)) / (1 + counts[gram])) + 1 for gram in kept], dtype=np.float32)
    words, words_bias = _by_words([row.text for row in rows], y, lang, grams, rarity)
    meaning, meaning_bias = _by_meaning(vectors, y[:meant])
    return Classifier(lang, np.asarray(ids, dtype=np.str_), grams, rarity, words, words_bias, meaning, meaning_bias)


def _by_words(
    texts: list[str], y: np.ndarray, lang: str, grams: dict[str, int], rarity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.utils.parallel import Parallel, delayed

    classes = int(y.max()) + 1
    if classes == 1 or not grams:
        return np.zeros((len(grams), classes), dtype=np.float16), np.zeros(classes, dtype=np.float32)
    matrix = _matrix(texts, lang, grams, rarity)
    parts = filter(len, np.array_split(np.arange(classes), PARTS))
    fitted = Parallel(n_jobs=-1 if len(texts) > MANY else 1)(delayed(_machines)(matrix, y, mine) for mine in parts)
    return np.hstack([weights for weights, _ in fitted]), np.concatenate([bias for _, bias in fitted])


def _machines(matrix: "csr_matrix", y: np.ndarray, mine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The machines of some classes, each against all the others. Not for threads: they would share LIBLINEAR's seed."""
    from sklearn.svm import LinearSVC

    fitted = LinearSVC(C=WORDS_FIT, tol=0.01, random_state=0).fit(matrix, np.where(np.isin(y, mine), y, -1))
    weights, bias = fitted.coef_[-len(mine) :], fitted.intercept_[-len(mine) :]
    return weights.T.astype(np.float16), bias.astype(np.float32)


def _by_meaning(vectors: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    classes = int(y.max()) + 1
    if classes == 1:
        return np.zeros((DIMENSION, 1), dtype=np.float32), np.zeros(1, dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopped early on purpose
        fitted = LogisticRegression(C=MEANING_FIT, max_iter=ROUNDS).fit(vectors, y)
    weights, bias = fitted.coef_, fitted.intercept_
    if classes == 2:
        weights, bias = np.vstack([0 * weights, weights]), np.concatenate([0 * bias, bias])
    return weights.T.astype(np.float32), bias.astype(np.float32)


def _grams(text: str, lang: str) -> list[str]:
    """Stems, pairs of neighbouring stems, and pieces of words, folded."""
    words = re.findall(r"\w+", fold(text))
    stems = stemmed(words, lang)
    pieces = [f"#{w[i : i + PIECE]}" for w in (f"_{word}_" for word in words) for i in range(len(w) - PIECE + 1)]
    return [*stems, *(f"{a} {b}" for a, b in pairwise(stems)), *pieces]


def _weighed(text: str, lang: str, grams: dict[str, int], rarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The known grams of a text and their TF-IDF weights, of length 1; a gram said twice counts little more."""
    counts = Counter(grams[gram] for gram in _grams(text, lang) if gram in grams)
    at = np.fromiter(counts, dtype=np.int32, count=len(counts))
    weight = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * rarity[at]
    return at, weight / (np.linalg.norm(weight) or 1.0)


def _matrix(texts: list[str], lang: str, grams: dict[str, int], rarity: np.ndarray) -> "csr_matrix":
    from scipy.sparse import csr_matrix

    found = [_weighed(text, lang, grams, rarity) for text in texts]
    ends = np.cumsum([0, *(len(at) for at, _ in found)])
    data, columns = (np.concatenate([one[part] for one in found]) for part in (1, 0))
    return csr_matrix((data, columns, ends), shape=(len(texts), len(grams)))
