"""Answer or abstain: a small calibrated rule over a few named features, learned on the tuning questions."""

import math
from dataclasses import dataclass

from bot.retrieve import Found, weights
from bot.types import STATUS_OF_REASON, Decision, Hit, Question
from bot.understand import outside
from bot.wording import content_words

CLOSE = 0.06  # an entry this near the first in score answers too
SECOND_AT = 0.6  # confidence that a second entry needs
SURE_ALONE = 0.9  # a leaning question this clear by itself starts a new subject
AS_INDEXED = 0.9  # cosine to a way people ask from which the question counts as the same
SHORT = 6  # content words up to which a question may need what was said before


@dataclass(frozen=True)
class Wordings:
    """What was found for each wording of a question."""

    parts: tuple[Found, ...]
    asking: tuple[Found, ...] = ()  # for the asking parts of a long story
    joined: Found | None = None  # with what was said before


def decide(question: Question, found: Wordings) -> list[tuple[Decision, Found]]:
    """Choose what to answer from.

    :returns: one decision for a single question; one for each part where both parts of two can be answered
    """
    reason = outside(question.text, question.lang)
    if reason and not any(part.hits and part.hits[0].dense >= AS_INDEXED for part in found.parts):
        return [(Decision(reason, found.parts[0].hits), found.parts[0])]
    if len(found.parts) > 1:
        both = [(_decide_one(part), part) for part in found.parts]
        answered = [pair for pair in both if pair[0].status == "answered"]
        entries = {pair[0].hits[0].entry for pair in answered}
        if len(answered) == len(both) == len(entries):
            return both
        if any(pair[0].status == "safety" for pair in both) or not answered:
            return both[:1]
        return answered[:1]
    alone, evidence = _surest([found.parts[0], *found.asking])
    if found.joined is not None:
        joined = _decide_one(found.joined)
        if _needs_earlier(question, alone, joined):
            return [(joined, found.joined)]
    return [(alone, evidence)]


def confidence(found: Found) -> float:
    """Probability (0..1) that the first entry found answers the question: a logistic rule over its features."""
    if not found.hits:
        return 0.0
    rule = weights()["answer"]
    z = rule["bias"] + sum(rule[name] * value for name, value in features(found).items())
    return 1.0 / (1.0 + math.exp(-z))


def features(found: Found) -> dict[str, float]:
    """The evidence the decision rests on. Higher speaks for answering, but for the two `outside`."""
    first, *others = found.hits
    return {
        "dense": first.dense,
        "several": first.several,
        "passage": first.passage,
        "topic": first.topic,
        "words": first.words,
        "coverage": first.coverage,
        "crowd": first.crowd,
        "outside": found.outside - first.dense,
        "outside_share": found.outside_share,
        "margin": first.score - others[0].score if others else 0.0,
    }


def _surest(wordings: list[Found]) -> tuple[Decision, Found]:
    """The decision of the wording whose first entry is the surest."""
    both = [(_decide_one(found), found) for found in wordings]
    return max(both, key=lambda pair: pair[0].confidence)


def _decide_one(found: Found) -> Decision:
    sure = confidence(found)
    if sure >= weights()["answer_at"]:
        return Decision("answer", _together(found), sure)
    kind = found.outside_kind
    if kind in STATUS_OF_REASON and found.outside > (found.hits[0].dense if found.hits else 0.0):
        return Decision(kind, found.hits, sure)
    return Decision("no-evidence", found.hits, sure)


def _together(found: Found) -> tuple[Hit, ...]:
    """The first entry, and the second where it is nearly as good."""
    first = found.hits[0]
    near = [h for h in found.hits[1:2] if first.score - h.score < CLOSE]
    return (first, *near)


def _needs_earlier(question: Question, alone: Decision, joined: Decision) -> bool:
    """Whether the question is to be read together with what was said before."""
    if joined.status != "answered":
        return False
    if alone.status != "answered":
        return question.leans or len(content_words(question.text, question.lang)) <= SHORT
    return question.leans and alone.confidence < SURE_ALONE
