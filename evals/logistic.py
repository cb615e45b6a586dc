"""Logistic regression whose weights have a sign given beforehand: evidence for something never counts against it.

On a few hundred questions a free fit finds weights that are right for these and absurd for others ("the clearer the
words, the less sure").
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize


def fit(x: np.ndarray, y: np.ndarray, signs: Sequence[int], strength: float = 1.0) -> np.ndarray:
    """Fit by L-BFGS-B with a quadratic penalty on the weights.

    :param x: shape (n, features)
    :param y: shape (n,), true or false
    :param signs: of each weight: 1 (0 and up), -1 (0 and down), 0 (free)
    :param strength: smaller keeps the weights nearer to nothing
    :returns: the bias, then a weight a feature
    """
    side = np.where(y, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = side * (w[0] + x @ w[1:])
        slope = -side / (1 + np.exp(np.clip(margin, -30, 30)))
        value = np.logaddexp(0, -margin).sum() + w[1:] @ w[1:] / (2 * strength)
        return float(value), np.concatenate([[slope.sum()], x.T @ slope + w[1:] / strength])

    bounds = [(None, None), *((0.0 if s > 0 else None, 0.0 if s < 0 else None) for s in signs)]
    return np.asarray(minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x)


def held_out(
    x: np.ndarray, y: np.ndarray, folds: np.ndarray, signs: Sequence[int], strength: float = 1.0
) -> np.ndarray:
    """Probability (0..1) of each row by a rule that has not seen the rows of its fold.

    :param folds: number of each row's fold, shape (n,)
    """
    found = np.zeros(len(y))
    for fold in np.unique(folds):
        mine = folds == fold
        found[mine] = judge(fit(x[~mine], y[~mine], signs, strength), x[mine])
    return found


def judge(fitted: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Probability (0..1) of each row."""
    return np.asarray(1 / (1 + np.exp(-(fitted[0] + x @ fitted[1:]))))
