"""The scorecard with a language model beside the plain answers: the same questions, the same measures."""

import random
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.ask import Engine, open_engine
from bot.settings import load_settings
from bot.types import LANGS
from evals import score
from evals.cases import Case, read_cases
from evals.metrics import Result

REPORT = Path(__file__).parent / "report-model.md"


def beside_model(model: str, limit: int | None = None) -> int:
    """Ask the test questions without and with the model, print both and write evals/report-model.md.

    :param model: as IEP_MODEL has it; its address is IEP_MODEL_URL
    :param limit: at most so many questions of each language
    :returns: 0
    :raises BotError: when the model cannot be opened
    """
    engine = open_engine(load_settings().model_copy(update={"model": model}))
    cases = [c for c in read_cases() if c.split == "test"]
    blocks = [f"# The scorecard with {model}", "Made by `make eval MODEL=...` on the test questions."]
    for lang in [x for x in LANGS if x in engine.retrievers]:
        mine = [c for c in cases if c.lang == lang]
        mine = random.Random(504).sample(mine, min(limit or len(mine), len(mine)))  # of every kind, the same each time
        if mine:
            blocks.append(f"## {lang}\n\n{_table(engine, mine)}")
    report = "\n\n".join(blocks) + "\n"
    REPORT.write_text(report, "utf-8")
    sys.stdout.write(report)
    return 0


def _table(engine: Engine, cases: list[Case]) -> str:
    plain = score.run(replace(engine, writer=None), cases)
    with_model = score.run(engine, cases)
    before, after = score.means(engine, plain), score.means(engine, with_model)
    rows = ["| | plain | with the model | n |", "|---|---|---|---|"]
    rows += [f"| {x} | {m.value:.3f} | {after[x].value:.3f} | {m.n} |" for x, m in before.items() if x in after]
    rows += [f"| seconds an answer, median | {_seconds(plain)} | {_seconds(with_model)} | {len(cases)} |"]
    worded = [r for r in with_model if r.answer.made == "generated"]
    answered = [r for r in with_model if r.answer.status == "answered"]
    said = f"Of {len(answered)} answers {len(worded)} are worded by the model; the others are the plain ones."
    return "\n".join(rows) + f"\n\n{said}"


def _seconds(results: list[Result]) -> str:
    return f"{np.median([r.ms for r in results]) / 1000:.3f}"
