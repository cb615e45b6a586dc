"""The scorecard: printed, written to evals/report.md and report.json, compared with the baseline and the floors."""

import json
import re
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bot.ask import Engine, open_engine
from bot.retrieve import weights
from bot.settings import ROOT, load_settings
from bot.types import LANGS
from evals import compare, score
from evals.cases import Case, read_cases
from evals.metrics import LOWER, Result
from evals.metrics.correct import right
from evals.score import Mean

FOLDER = Path(__file__).parent
HEADLINE = (
    "right",
    "truthfulness",
    "Success@1",
    "Success@3",
    "citation recall",
    "abstention recall",
    "wrongly abstained",
    "safety recall",
    "safety false alarms",
    "reading grade",
    "highest reading grade",
    "reading ease",
    "lowest reading ease",
)
GAP = 0.03  # how far Spanish may be behind English, as a share
MARKS = ("<!-- scorecard: made by `make eval` -->", "<!-- end of scorecard -->")


def scorecard(accept: bool = False) -> int:
    """Run everything and write it down.

    :param accept: keep the result as the new baseline
    :returns: 0, or 1 when the test split is below a floor
    """
    engine, cases = open_engine(load_settings()), read_cases()
    data: dict[str, Any] = {}
    blocks: list[str] = []
    for lang in [x for x in LANGS if x in engine.retrievers]:  # never pooled
        mine = [c for c in cases if c.lang == lang]
        if mine:
            data[lang], text = _language(engine, lang, mine)
            blocks.append(text)
    missed = below(data, floors())
    head = _header(data) + [f"- below the floor: {m}" for m in missed]
    report = "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"
    (FOLDER / "report.md").write_text(report, "utf-8")
    (FOLDER / "report.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if accept:
        (FOLDER / "baseline.json").write_text(json.dumps(_figures(data), indent=1) + "\n", "utf-8")
    write_headline(ROOT / "README.md", data)
    sys.stdout.write(report)
    return 1 if missed else 0


def floors() -> dict[str, Any]:
    """The figures that the test split must reach."""
    return tomllib.loads((FOLDER / "floors.toml").read_text("utf-8"))


def below(data: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Say which figures of the test split miss their floor, and by how much."""
    missed = []
    for lang, bounds in wanted.items():
        figures = data.get(lang, {}).get("test", {})
        for kind, sign in (("at_least", 1), ("at_most", -1)):
            for name, bound in bounds.get(kind, {}).items():
                if name in figures and sign * (figures[name]["value"] - bound) < 0:
                    missed.append(f"{lang}: {name} is {figures[name]['value']:.3f}, wanted {kind} {bound}")
    if "en" in data and "es" in data:
        missed += [
            f"es is behind en by {gap:.3f} in {name}, wanted at most {GAP}"
            for name, _, _, gap in gaps(data)
            if gap > GAP
        ]
    return missed


def headline(data: dict[str, Any]) -> str:
    """The table that the README shows."""
    rows = []
    for lang, figures in data.items():
        rows += [f"| {lang} | tune | test | 95% interval (test) | n |", "|---|---|---|---|---|"]
        for name in HEADLINE:
            if name in figures["test"]:
                tune, test = figures["tune"].get(name, {}).get("value"), figures["test"][name]
                before = f"{tune:.3f}" if tune is not None else ""
                between = f"{test['low']:.3f} to {test['high']:.3f}"
                rows.append(f"| {name} | {before} | {test['value']:.3f} | {between} | {test['n']} |")
        rows.append("")
    if len(data) > 1:
        rows += ["| gap, test split | en | es | es behind by |", "|---|---|---|---|"]
        rows += [f"| {name} | {one:.3f} | {other:.3f} | {behind:+.3f} |" for name, one, other, behind in gaps(data)]
        rows.append("")
    return "\n".join(rows).rstrip()


def gaps(data: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    """How far Spanish is behind English on the test split: name, English, Spanish, difference; above 0 is behind."""
    rows = []
    for name in HEADLINE:
        if all(name in data[lang]["test"] for lang in ("en", "es")):
            one, other = (data[lang]["test"][name]["value"] for lang in ("en", "es"))
            rows.append((name, one, other, other - one if name in LOWER else one - other))
    return rows


def write_headline(readme: Path, data: dict[str, Any]) -> None:
    """Put the table between its marks in the README."""
    put_between(readme, MARKS, headline(data))


def put_between(file: Path, marks: tuple[str, str], block: str) -> None:
    """Put a text between two marks of a file, in place of what stands there."""
    text = file.read_text("utf-8")
    pattern = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.S)
    file.write_text(pattern.sub(lambda _: f"{marks[0]}\n{block}\n{marks[1]}", text), "utf-8")


def _language(engine: Engine, lang: str, cases: list[Case]) -> tuple[dict[str, Any], str]:
    results = score.run(engine, cases)
    split = {name: [r for r in results if r.case.split == name] for name in ("tune", "test")}
    data: dict[str, Any] = {
        name: {k: asdict(m) for k, m in score.means(engine, some).items()} for name, some in split.items() if some
    }
    test = split["test"]
    text = [f"## {lang}", headline({lang: data}), "", _difference(lang, data)]
    text += ["### All measures, test split", _means(score.means(engine, test))]
    text += ["### Right, by kind of question", _means(score.by(test, lambda r: r.case.kind))]
    forms = [r for r in test if r.case.entries]
    text += ["### Right, by form (Stanford legal study)", _means(score.by(forms, lambda r: r.case.form))]
    near = [r for r in test if r.case.near_miss]
    if near:
        text += ["### Near misses", _means(score.by(near, lambda r: r.case.expected))]
    why = [r for r in test if r.case.why]
    if why:
        text += ["### What has no answer, by kind", _means(score.by(why, lambda r: r.case.why))]
    text += ["### Right, by topic", _means(score.by(test, lambda r: score.topic(engine, r)))]
    text += ["### Follow-ups three ways", _means(score.follow_ups(engine, test))]
    text += ["### Typed in a hurry", _means(score.sturdy(engine, test))]
    if lang == "en":
        text += ["### What the parts add (test split, single questions with an answer)"]
        text += [_rows(compare.table(engine, [r.case for r in test]))]
    text += [_risk_plot(test, lang), _speed(test), _failures(test)]
    return data, "\n\n".join(filter(None, text))


def _header(data: dict[str, Any]) -> list[str]:
    return [
        "# Scorecard",
        "",
        "Made by `make eval`. Questions: `evals/questions/`, written by others than the entries' writers. Learned and",
        "tuned on the split `tune`, reported on `test`. Intervals: 95%, bootstrap. A case that a metric cannot judge",
        "gives no score. Lower is better for: " + ", ".join((*LOWER, "highest reading grade")) + ".",
        "",
    ]


def _difference(lang: str, data: dict[str, Any]) -> str:
    path = FOLDER / "baseline.json"
    if not path.exists():
        return ""
    before = json.loads(path.read_text("utf-8")).get(lang, {})
    rows = [
        f"| {name} | {before[name]:.3f} | {now['value']:.3f} | {now['value'] - before[name]:+.3f} |"
        for name, now in data.get("test", {}).items()
        if name in before and abs(now["value"] - before[name]) >= 0.0005
    ]
    if not rows:
        return "No difference to the baseline."
    head = ["### Difference to the baseline", "| test split | baseline | now | |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _figures(data: dict[str, Any]) -> dict[str, Any]:
    return {
        lang: {name: round(mean["value"], 4) for name, mean in splits["test"].items()} for lang, splits in data.items()
    }


def _means(means: dict[str, Mean]) -> str:
    rows = [f"| {name} | {m.value:.3f} | {m.low:.3f} to {m.high:.3f} | {m.n} |" for name, m in means.items()]
    return "\n".join(["| | mean | 95% interval | n |", "|---|---|---|---|", *rows])


def _rows(table: dict[str, dict[str, float]]) -> str:
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for label, row in table.items():
        lines.append(f"| {label} | " + " | ".join(f"{row[n]:.3f}" if n in row else "" for n in names) + " |")
    return "\n".join(lines)


def _risk_plot(results: list[Result], lang: str) -> str:
    """Coverage against risk, with the chosen threshold marked; the plot is an SVG beside the report."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    single = [r for r in results if len(r.case.turns) == 1 and r.case.expected != "safety" and r.answer.evidence]
    rows = score.risk(single, lambda r: r.answer.confidence)
    chosen = min(rows, key=lambda row: abs(row[0] - weights(lang)["answer_at"]))
    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    axes.plot([c for _, c, _ in rows], [w for _, _, w in rows])
    axes.plot([chosen[1]], [chosen[2]], "o", label=f"answer at {chosen[0]:.2f}")
    axes.set(xlabel="share answered", ylabel="share wrong of those answered", title=f"Coverage and risk ({lang}, test)")
    axes.legend()
    figure.tight_layout()
    name = f"risk-{lang}.svg"
    figure.savefig(FOLDER / name, metadata={"Date": None})
    pyplot.close(figure)
    return f"### Coverage and risk\n\n![coverage and risk]({name})"


def _speed(results: list[Result]) -> str:
    """Time as a ratio to one bare embedding of the same question, taken in this run."""
    ratios = [r.ms / r.embed_ms for r in results if r.answer.sentences and len(r.case.turns) == 1]
    middle, late = (float(np.quantile(ratios, q)) for q in (0.5, 0.95))
    return (
        f"One answer takes {middle:.2f} times one bare embedding of its question (median; 95th percentile {late:.2f})"
    )


def _failures(results: list[Result]) -> str:
    """Every question of the test split that was not answered as it should be."""
    lines = ["### Every failing question of the test split", ""]
    for r in results:
        if r.case.expected == "safety":
            good = r.answer.status == "safety"
        else:
            good = right(r) == 1.0
        if not good:
            shown = r.answer.citations[0].entry if r.answer.citations else r.answer.reason
            wanted = ", ".join(r.case.entries) or r.case.expected
            lines.append(f"- `{r.case.id}` {' / '.join(r.case.turns)} **got** {shown} **wanted** {wanted}")
    return "\n".join(lines)
