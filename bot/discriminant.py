"""Linear discriminant analysis (Fisher 1936; Rao 1948) over the indexed texts: to which entry words belong.

The embedding model knows general English; the many ways to ask each entry tell which of its directions matter here.
Directions in which texts of one entry differ among themselves are damped, those that tell entries apart are kept.
Closed form, a fraction of a second, made anew from the index at every start: nothing to train or to go stale.
"""

from dataclasses import dataclass

import numpy as np

ENOUGH = 30  # examples from which a direction means something
SHRINKAGE = 1.0  # of the covariance within entries towards a multiple of the identity


@dataclass(frozen=True, eq=False)
class Discriminant:
    """Centres of the entries in the transformed space."""

    ids: tuple[str, ...]
    transform: np.ndarray  # (384, 384)
    mean: np.ndarray  # (384,)
    centres: np.ndarray  # (entries, 384), rows of length 1

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """Cosine (-1..1) of a question with the centre of every entry, in the order of `ids`."""
        moved = (vector - self.mean) @ self.transform
        return np.asarray(self.centres @ (moved / (np.linalg.norm(moved) + 1e-9)))


def fit(texts: dict[str, np.ndarray]) -> Discriminant:
    """Fit to the vectors of each entry.

    :param texts: entry -> vectors of its texts, shape (n, 384)
    """
    mean = np.vstack(list(texts.values())).mean(axis=0)
    middles = np.stack([vectors.mean(axis=0) for vectors in texts.values()])
    covariance = _within(list(texts.values()))
    values, directions = np.linalg.eigh(covariance)
    transform = (directions * values**-0.5) @ directions.T
    centres = (middles - mean) @ transform
    centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-9
    return Discriminant(tuple(texts), *(x.astype(np.float32) for x in (transform, mean, centres)))


def direction(inside: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, float]:
    """The one direction that best tells two sets of texts apart.

    :param inside: vectors of what is covered, shape (n, 384)
    :param outside: vectors of what is not, shape (m, 384)
    :returns: weights (384,) and the value half way between the sets; higher is inside
    """
    if len(outside) < ENOUGH:
        return np.zeros(inside.shape[1], dtype=np.float32), 0.0
    one, other = inside.mean(axis=0), outside.mean(axis=0)
    covariance = (_within([inside]) + _within([outside])) / 2  # each set counts the same, however large
    weights = np.linalg.solve(covariance, one - other)
    return weights.astype(np.float32), float(weights @ (one + other) / 2)


def _within(sets: list[np.ndarray]) -> np.ndarray:
    """Covariance within the sets, shrunk."""
    centred = np.vstack([vectors - vectors.mean(axis=0) for vectors in sets])
    covariance = centred.T @ centred / len(centred)
    size = len(covariance)
    return np.asarray(covariance + SHRINKAGE * np.trace(covariance) / size * np.eye(size))
