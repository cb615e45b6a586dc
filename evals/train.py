"""Learn bot/weights.json from the tuning questions: how features rank entries, and when to answer."""

import json
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.ask import Engine
from bot.decide import features
from bot.retrieve import Found, HybridRetriever
from bot.settings import ROOT
from bot.understand import outside
from evals.cases import Case

RANK = ("dense", "passage", "lexical", "coverage")
ANSWER = ("dense", "passage", "lexical", "coverage", "outside", "margin")
TARGET = ROOT / "bot" / "weights.json"


def train(engine: Engine, cases: list[Case]) -> dict[str, Any]:
    """Fit both rules on the tuning split and write them. The same data gives the same file.

    :returns: what was written
    """
    usable = [c for c in cases if c.split == "tune" and c.lang == "en" and len(c.turns) == 1 and c.kind != "safety"]
    retriever = engine.retrievers["en"]
    found = retriever.find([c.question for c in usable])
    rank = _rank(usable, found)
    again = HybridRetriever(index=engine.index, lang="en", expansions=retriever.expansions, rank=rank)
    answer, threshold = _answer(usable, again.find([c.question for c in usable]))
    learned = {"rank": rank, "answer": answer, "answer_at": threshold}
    TARGET.write_text(json.dumps(learned, indent=2) + "\n", "utf-8")
    return learned


def _rank(cases: list[Case], found: list[Found]) -> dict[str, float]:
    """Pairwise logistic rule: an entry that answers must score above one that does not."""
    pairs = []
    for case, hits in zip(cases, found, strict=True):
        good = [h for h in hits if h.entry in case.entries]
        bad = [h for h in hits if h.entry not in case.entries]
        if good:
            best = good[0]
            pairs += [[getattr(best, n) - getattr(other, n) for n in RANK] for other in bad[:5]]
    x = np.asarray(pairs)
    rule = LogisticRegression(C=1.0, fit_intercept=False).fit(np.vstack([x, -x]), [1] * len(x) + [0] * len(x))
    weights = np.maximum(rule.coef_[0], 0.0)  # every feature speaks for an entry, never against it
    return {name: round(float(w / weights.max()), 4) for name, w in zip(RANK, weights, strict=True)}


def _answer(cases: list[Case], found: list[Found]) -> tuple[dict[str, float], float]:
    """Logistic rule: is the first entry found a right answer? And the threshold with the best truthfulness."""
    rows, labels = [], []
    for case, hits in zip(cases, found, strict=True):
        if not hits or outside(case.question, "en"):
            continue
        rows.append([features(hits)[n] for n in ANSWER])
        labels.append(int(hits[0].entry in case.entries))
    x, y = np.asarray(rows), np.asarray(labels)
    rule = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(x, y)
    sure = rule.predict_proba(x)[:, 1]
    # Answered right counts +1, wrong -1, abstained 0; an abstention from what has no answer counts +1.
    unanswerable = np.asarray(
        [not c.entries for c, h in zip(cases, found, strict=True) if h and not outside(c.question, "en")]
    )
    steps = np.linspace(0.05, 0.95, 91)
    gains = [np.where(sure >= t, np.where(y == 1, 1, -1), np.where(unanswerable, 1, 0)).sum() for t in steps]
    best = np.flatnonzero(np.asarray(gains) == max(gains))
    weights = {name: round(float(w), 4) for name, w in zip(ANSWER, rule.coef_[0], strict=True)}
    return {"bias": round(float(rule.intercept_[0]), 4), **weights}, round(float(steps[best[len(best) // 2]]), 2)
