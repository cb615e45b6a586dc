"""Answer or abstain: a small calibrated rule over a few named features, learned on the tuning questions."""

import math
from dataclasses import dataclass

from bot.retrieve import SAME_WORDS, Found, weights
from bot.types import STATUS_OF_REASON, Decision, Hit, Question
from bot.understand import outside

CLOSE = 0.3  # an entry this near the first in score answers too
ENTRIES = 3  # that an answer rests on at most
EACH_AT = 0.75  # confidence that each of two questions asked at once needs
SURE_ALONE = 0.9  # a leaning question this clear by itself starts a new subject
UNSURE = 0.55  # confidence below which a leaning question was perhaps not understood
PLAINLY_INSIDE = 0.85  # confidence from which words that sound out of scope do not count


@dataclass(frozen=True)
class Wordings:
    """What was found for each wording of a question."""

    whole: Found
    parts: tuple[Found, ...] = ()  # for each of two questions asked at once
    joined: tuple[Found, ...] = ()  # with what was said before, where the question leans on it


def decide(question: Question, found: Wordings) -> list[tuple[Decision, Found]]:
    """Choose what to answer from.

    :returns: one decision for a single question; one for each part where both parts of two can be answered
    """
    whole = found.whole
    reason = outside(question.text, question.lang)
    if reason and confidence(whole) < PLAINLY_INSIDE:
        return [(Decision(reason, whole.hits), whole)]
    both = [(_decide_one(part), part) for part in found.parts]
    if both and all(decision.confidence >= EACH_AT for decision, _ in both):
        if len({decision.hits[0].entry for decision, _ in both}) == len(both):
            return both
    alone = _decide_one(whole)
    if found.joined:
        joined, surest = max(((_decide_one(f), f) for f in found.joined), key=lambda one: one[0].confidence)
        if _needs_earlier(alone, joined):
            return [(joined, surest)]
    return [(alone, whole)]


def is_unsure(question: Question, chosen: list[tuple[Decision, Found]]) -> bool:
    """Whether a follow-up was not made clear by what was said before it."""
    if not question.before:
        return False
    first = chosen[0][0]
    if first.status != "answered":
        return first.reason == "no-evidence"
    return question.leans and first.confidence < UNSURE


def confidence(found: Found) -> float:
    """Probability (0..1) that the first entry found answers the question: a logistic rule over its features."""
    if not found.hits:
        return 0.0
    if found.hits[0].dense >= SAME_WORDS:
        return 1.0
    rule = weights(found.lang)["answer"]
    z = rule["bias"] + sum(rule[name] * value for name, value in features(found).items())
    return 1.0 / (1.0 + math.exp(-z))


def features(found: Found) -> dict[str, float]:
    """The evidence the decision rests on. Higher speaks for answering, but for the two `outside`."""
    first, *others = found.hits
    return {
        "dense": first.dense,
        "several": first.several,
        "passage": first.passage,
        "meant": first.meant,
        "worded": first.worded,
        "words": first.words,
        "coverage": first.coverage,
        "crowd": first.crowd,
        "scope": found.scope,
        "scope_words": found.scope_words,
        "length": math.log1p(found.words),
        "outside": found.outside - first.dense,
        "outside_share": found.outside_share,
        "margin": first.score - others[0].score if others else 0.0,
    }


def _decide_one(found: Found) -> Decision:
    sure = confidence(found)
    if sure >= weights(found.lang)["answer_at"]:
        return Decision("answer", together(found), sure)
    kind = found.outside_kind
    if kind in STATUS_OF_REASON and found.outside > (found.hits[0].dense if found.hits else 0.0):
        return Decision(kind, found.hits, sure)
    return Decision("no-evidence", found.hits, sure)


def together(found: Found) -> tuple[Hit, ...]:
    """The entries that an answer rests on: the first, and those that are nearly as good."""
    first = found.hits[0]
    return tuple(h for h in found.hits[:ENTRIES] if first.score - h.score < CLOSE)


def _needs_earlier(alone: Decision, joined: Decision) -> bool:
    """Whether a leaning question is to be read together with what was said before."""
    # A new subject can be phrased as if it followed: what was said before then makes it less clear, not more.
    return joined.status == "answered" and alone.confidence < min(SURE_ALONE, joined.confidence)
