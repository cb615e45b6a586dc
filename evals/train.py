"""Learn what the answers are tuned by: the rank of entries, when to answer, and what danger sounds like.

Everything is fitted on the split `tune` and on `evals/training`; the same data gives the same files.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from bot import danger
from bot.ask import Engine
from bot.decide import features, together
from bot.retrieve import Found, HybridRetriever
from bot.rows import DIMENSION, VECTORS
from bot.settings import ROOT
from bot.understand import understand
from evals.cases import Case
from evals.logistic import fit, held_out

RANK = ("dense", "several", "passage", "meant", "worded", "lexical", "coverage", "crowd")
START = dict.fromkeys(RANK, 1.0) | {"meant": 0.1}  # finds the candidates that the rank is learned on
# Evidence for answering, evidence against it, and what only shifts the rest.
ANSWER_SIGNS = {
    "dense": 1,
    "several": 1,
    "passage": 1,
    "meant": 1,
    "worded": 1,
    "words": 1,
    "coverage": 1,
    "crowd": 1,
    "scope": 1,
    "scope_words": 1,
    "length": 0,
    "outside": -1,
    "outside_share": -1,
    "margin": 1,
}
WEIGHTS, DANGER = ROOT / "bot" / "weights.json", ROOT / "bot" / "danger.json"
TRAINING = Path(__file__).parent / "training"
STRENGTH = 10.0  # of the answering rule's fit
FOLDS, DIVISIONS = 10, 10  # the tuning questions are divided ten times anew: from one to another the threshold jumps
AS_GOOD = 0.98  # share of the best gain that counts as good as the best
RARE_WORDS = 3  # messages that a word must be in to count
OVERLOOKED = 0.05  # share of dangerous messages whose pieces may go unlooked at
FALSE_ALARMS = 0.008  # share of ordinary messages, many of them look-alikes, that may get the card (cross-validation)


def train(engine: Engine, cases: list[Case]) -> dict[str, Any]:
    """Fit all rules and write them.

    :returns: what was written, without the vectors
    """
    learned = {lang: _weights(engine, lang, cases) for lang in engine.retrievers}
    WEIGHTS.write_text(json.dumps(learned, indent=2) + "\n", "utf-8")
    rules = {lang: _danger(engine, lang) for lang in engine.retrievers}
    DANGER.write_text(json.dumps(rules) + "\n", "utf-8")
    return {
        **learned,
        "danger": {lang: {k: v for k, v in r.items() if k not in ("weights", "grams")} for lang, r in rules.items()},
    }


def _weights(engine: Engine, lang: str, cases: list[Case]) -> dict[str, Any]:
    usable = [c for c in cases if c.split == "tune" and c.lang == lang and len(c.turns) == 1 and c.kind != "safety"]
    wordings = {c.id: understand(c.question, (), lang).asked for c in usable}
    usable = [c for c in usable if wordings[c.id]]
    texts = [wordings[c.id] for c in usable]

    def retriever(rank: dict[str, float]) -> HybridRetriever:
        return HybridRetriever(index=engine.index, lang=lang, glossary=engine.glossary[lang], rank=rank)

    rank = _rank(usable, retriever(START).find(texts))
    answer, threshold = _answer(usable, retriever(rank).find(texts))
    return {"rank": rank, "answer": answer, "answer_at": threshold}


def _rank(cases: list[Case], found: list[Found]) -> dict[str, float]:
    """Pairwise logistic rule: an entry that answers must score above one that does not."""
    pairs, weight = [], []
    for case, one in zip(cases, found, strict=True):
        good = [h for h in one.hits if h.entry in case.entries]
        bad = [h for h in one.hits if h.entry not in case.entries]
        for other in bad if good else []:
            pairs.append([max(getattr(g, n) for g in good) - getattr(other, n) for n in RANK])
            weight.append(1 / len(bad))
    x = np.asarray(pairs)
    rule = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000).fit(
        np.vstack([x, -x]), [1] * len(x) + [0] * len(x), sample_weight=weight * 2
    )
    weights = np.maximum(rule.coef_[0], 0.0)  # every feature speaks for an entry, never against it
    return {name: round(float(w / weights.max()), 4) for name, w in zip(RANK, weights, strict=True)}


def _answer(cases: list[Case], found: list[Found]) -> tuple[dict[str, float], float]:
    """Logistic rule: is a right answer among the entries shown? And the threshold with the best truthfulness."""
    rows, right, unanswerable = [], [], []
    for case, one in zip(cases, found, strict=True):
        if one.hits:
            rows.append([features(one)[n] for n in ANSWER_SIGNS])
            right.append(any(h.entry in case.entries for h in together(one)))
            unanswerable.append(not case.entries)
    x, y, none = np.asarray(rows), np.asarray(right), np.asarray(unanswerable)
    signs = list(ANSWER_SIGNS.values())
    # The threshold is chosen on held-out probabilities: those of the fitted rule itself would flatter it.
    steps = np.linspace(0.05, 0.95, 91)
    gains = np.zeros(len(steps))
    shuffled = np.random.default_rng(0)
    for _ in range(DIVISIONS):
        sure = held_out(x, y, shuffled.permutation(len(y)) % FOLDS, signs, STRENGTH)
        # Right +1, wrong -1, abstained 0; to abstain from what has no answer is right.
        gains += [np.where(sure >= t, np.where(y, 1, -1), np.where(none, 1, 0)).sum() for t in steps]
    # The curve is flat around its best: the middle of what is as good depends least on single questions.
    at = float(np.median(steps[gains >= AS_GOOD * gains.max()]))
    bias, *weights = fit(x, y, signs, STRENGTH)
    named = {name: round(float(w), 4) for name, w in zip(ANSWER_SIGNS, weights, strict=True)}
    return {"bias": round(float(bias), 4), **named}, round(at, 2)


def messages(lang: str) -> list[dict[str, Any]]:
    """Read the messages that danger is learned from: text, danger (true or false), family."""
    path = TRAINING / f"safety-{lang}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _danger(engine: Engine, lang: str) -> dict[str, Any]:
    """Linear rule over the vectors and the words of messages; a message is as dangerous as its most dangerous piece.

    Which piece of a long message that is nobody labelled: it is guessed by the rule itself, twice. The ways people
    ask the corpus' entries are ordinary messages too, but for those that the word rules take for danger.
    """
    told = [(m["text"], bool(m["danger"])) for m in messages(lang)]
    asked = [q for e in engine.index.entries[lang].values() for q in e.asked[:VECTORS]]
    told += [(q, False) for q in asked[::2] if not danger.by_words(q)]
    embedder = engine.index.embedder
    y = np.asarray([label for _, label in told])
    vectorizer = TfidfVectorizer(analyzer=danger.grams, binary=True, min_df=RARE_WORDS)
    vectorizer.fit([text for text, _ in told])

    def rows(texts: list[str]) -> Any:
        return hstack([csr_matrix(embedder.encode(texts)), vectorizer.transform(texts)]).tocsr()

    bags = [rows([text, *danger.pieces(text)]) for text, _ in told]
    chosen = vstack([bag[0] for bag in bags])
    rule = LogisticRegression(C=10.0, max_iter=2000)
    for _ in range(2):
        rule.fit(chosen, y)
        chosen = vstack([bag[np.argmax(rule.decision_function(bag))] for bag in bags])
    held = cross_val_predict(rule, chosen, y, cv=10, method="predict_proba")[:, 1]
    at = float(np.quantile(held[~y], 1 - FALSE_ALARMS))
    rule.fit(chosen, y)
    whole = rule.predict_proba(vstack([bag[0] for bag in bags]))[:, 1]
    look = float(np.quantile(whole[y], OVERLOOKED))
    return {
        "weights": [round(float(w), 4) for w in rule.coef_[0][:DIMENSION]],
        "grams": {
            gram: [round(float(vectorizer.idf_[at]), 3), round(float(rule.coef_[0][DIMENSION + at]), 3)]
            for gram, at in sorted(vectorizer.vocabulary_.items())
        },
        "bias": round(float(rule.intercept_[0]), 4),
        "at": round(at, 3),
        "look": round(min(look, at), 3),
        "looked_at_needlessly": round(float((whole[~y] >= look).mean()), 3),
        "recall_held_out": round(float((held[y] >= at).mean()), 3),
    }
