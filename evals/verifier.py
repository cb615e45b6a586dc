"""Measure the verifier as a classifier, and learn its rule: pairs of a sentence and its passage, half held back."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot import support
from bot.corpus import sentences
from bot.types import LANGS, BotError
from bot.verify import COMPARED, RULES, verify
from evals.logistic import fit, held_out, judge

FOLDER = Path(__file__).parent / "verify"
SUPPORTED = "supported"
MARKS = ("<!-- verifier: made by `python -m evals verify` -->", "<!-- end of verifier -->")
HEAD = (
    "# The check of a language model's sentences, as a classifier",
    "",
    "Made by `python -m evals verify`. Pairs of a sentence and the passage it cites: `evals/verify/*.jsonl`, written",
    "for this. The rule (`bot/support.json`) is learned on the split `tune`; the entries of `test` are not among those",
    "of `tune`. Wanted: every supported sentence passes and no other.",
    "",
)
KINDS = (
    SUPPORTED,
    "wrong number",
    "wrong actor",
    "stronger modal",
    "swapped condition",
    "invented section",
    "plausible and absent",
)


@dataclass(frozen=True)
class Labelled:
    """A sentence, the passage it cites, and what is wrong with it, if anything."""

    id: str
    split: str  # "tune" or "test"
    lang: str
    entry: str
    part: str
    kind: str
    form: str  # how near to the passage, or how hard to notice
    sentence: str
    passage: str

    @property
    def supported(self) -> bool:
        """Whether the passage says it."""
        return self.kind == SUPPORTED


def read_pairs(folder: Path = FOLDER) -> list[Labelled]:
    """Read every labelled pair.

    :raises BotError: naming the file and line that cannot be used
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                pair = Labelled(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise BotError(f"{path.name}:{number}: this pair cannot be used: {error}.") from error
            if pair.kind not in KINDS or pair.split not in ("tune", "test"):
                raise BotError(f"{path.name}:{number}: the kind must be one of {', '.join(KINDS)}; split tune or test.")
            found.append(pair)
    return found


def headline(pairs: Iterable[Labelled]) -> str:
    """The few figures that the README shows."""
    rows = ["| | pairs | true sentences kept | wrong ones that pass |", "|---|---|---|---|"]
    for split in ("tune", "test"):
        for lang in LANGS:
            mine = [
                (p, not verify(p.sentence, [p.passage], p.lang)) for p in pairs if (p.split, p.lang) == (split, lang)
            ]
            kept = [ok for p, ok in mine if p.supported]
            through = [ok for p, ok in mine if not p.supported]
            if kept and through:
                passing = f"{sum(through)} of {len(through)}"
                rows.append(f"| {split}, {lang} | {len(mine)} | {sum(kept) / len(kept):.1%} | {passing} |")
    return "\n".join(rows)


def table(pairs: Iterable[Labelled]) -> str:
    """Precision, recall and a row for each kind, for each split and language, as Markdown."""
    lines = [*HEAD]
    judged = [(p, verify(p.sentence, [p.passage], p.lang)) for p in pairs]
    for split in ("tune", "test"):
        for lang in sorted({p.lang for p, _ in judged}):
            mine = [(p, why) for p, why in judged if (p.split, p.lang) == (split, lang)]
            if mine:
                lines += [f"## {split}, {lang}", "", *_rows(mine), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rows(judged: Sequence[tuple[Labelled, str]]) -> list[str]:
    passed = [p for p, why in judged if not why]
    good = sum(p.supported for p in passed)
    wanted = sum(p.supported for p, _ in judged)
    bad = len(judged) - wanted
    lines = [
        f"Precision {good / max(1, len(passed)):.3f} (of what passes, what is supported), recall "
        f"{good / max(1, wanted):.3f} (of what is supported, what passes). Of {bad} unsupported sentences "
        f"{len(passed) - good} pass ({(len(passed) - good) / max(1, bad):.1%}).",
        "",
        "| kind | form | pass | of |",
        "|---|---|---|---|",
    ]
    for kind in KINDS:
        for form in sorted({p.form for p, _ in judged if p.kind == kind}):
            some = [why for p, why in judged if (p.kind, p.form) == (kind, form)]
            lines.append(f"| {kind} | {form} | {sum(not why for why in some)} | {len(some)} |")
    return lines


def learn(pairs: Sequence[Labelled]) -> dict[str, Any]:
    """Fit the rule of bot/support.py on the tuning pairs.

    Only pairs that the hard rules let through count: the others never reach it. The threshold is the lowest at which
    none of them passes that is not supported, and so few (`PASSING`) when each is judged by a rule that has not seen
    its entry.
    """
    tune = [p for p in pairs if p.split == "tune" and not _hard(p)]
    rows = [support.features(p.sentence, sentences(p.passage), p.lang) for p in tune]
    names = sorted({name for row in rows for name in row} - set(support.UNALTERED))
    x = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    y = np.array([p.supported for p in tune])
    groups = np.array([zlib.crc32(p.entry.encode()) % FOLDS for p in tune])
    against = [-1] * len(names)  # a difference never speaks for a sentence
    held = held_out(x, y, groups, against)
    fitted = fit(x, y, against)
    wrong = np.sort(held[~y])[::-1]
    all_wrong = sum(p.split == "tune" and not p.supported for p in pairs)
    threshold = max(float(wrong[int(PASSING * all_wrong)]), float(judge(fitted, x[~y]).max())) + 1e-3
    return {
        "bias": round(float(fitted[0]), 4),
        "threshold": round(threshold, 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, fitted[1:], strict=True)},
    }


def keep(rule: dict[str, Any]) -> None:
    """Make a learned rule the one that is used."""
    support.RULE.write_text(json.dumps(rule, indent=1) + "\n", "utf-8")
    support.rule.cache_clear()


PASSING = 0.002  # share of unsupported pairs that may pass on the tuning half, cross-validated
FOLDS = 8


def _hard(pair: Labelled) -> bool:
    """Whether a hard rule rejects a pair."""
    source = sentences(pair.passage)
    if any(broken(pair.sentence, [pair.passage], pair.lang) for _, broken in RULES):
        return True
    if any(broken(pair.sentence, source, pair.lang) for _, broken in COMPARED):
        return True
    values = support.features(pair.sentence, source, pair.lang)
    return any(values.get(name) for name in support.UNALTERED)
