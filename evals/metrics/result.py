"""What a metric judges, and how sure a mean is."""

from dataclasses import dataclass

import numpy as np

from bot.types import Answer
from evals.cases import Case


@dataclass(frozen=True)
class Result:
    """A case, the answer it got, and the times it took."""

    case: Case
    answer: Answer
    ms: float = 0.0  # of the whole answer
    embed_ms: float = 0.0  # of one bare embedding of the same question, in the same run


def interval(values: list[float], draws: int = 2000) -> tuple[float, float]:
    """95% bootstrap interval of a mean (percentile method, fixed seed)."""
    sample = np.asarray(values)
    random = np.random.default_rng(0)
    means = sample[random.integers(0, len(sample), (draws, len(sample)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))
