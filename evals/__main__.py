"""The commands: python -m evals score | adapt | train | lint | bench. `make eval` runs the first on all questions."""

import argparse
import sys
from collections.abc import Callable

from bot.types import LANGS, BotError


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    :param arguments: command line; default: that of the process
    :returns: 0; 1 when a floor is missed, a question set has faults, or something cannot be used
    """
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description="Measure the answers; learn from questions.")
    commands = parser.add_subparsers(required=True, metavar="score|adapt|train|lint|bench|verify")
    score = commands.add_parser("score", help="ask all questions, print the scorecard, write evals/report.md")
    score.add_argument("--accept", action="store_true", help="keep this result as the baseline to compare with")
    score.add_argument("--model", help="ask this language model too, as ollama:llama3.2, and compare")
    score.add_argument("--limit", type=int, help="with --model: at most so many questions of each language")
    score.set_defaults(run=_score)
    commands.add_parser("train", help="learn bot/weights.json from the tuning questions").set_defaults(run=_train)
    commands.add_parser("adapt", help="learn the embedding model's adapter from the corpus").set_defaults(run=_adapt)
    commands.add_parser("lint", help="check the question sets").set_defaults(run=_lint)
    commands.add_parser("bench", help="print speed as ratios taken in one run").set_defaults(run=_bench)
    verify = commands.add_parser("verify", help="measure the check of a language model's sentences")
    verify.add_argument("--learn", action="store_true", help="learn bot/support.json anew from the tuning pairs first")
    verify.set_defaults(run=_verify)
    return parser


def _score(options: argparse.Namespace) -> int:
    if options.model:
        from evals.with_model import beside_model

        return beside_model(options.model, options.limit)
    from evals.report import scorecard

    return scorecard(accept=options.accept)


def _train(options: argparse.Namespace) -> int:
    from bot.ask import open_engine
    from bot.settings import load_settings
    from evals.cases import read_cases
    from evals.train import train

    learned = train(open_engine(load_settings()), read_cases())
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in learned.items()))
    return 0


def _adapt(options: argparse.Namespace) -> int:
    from bot.settings import load_settings
    from evals.adapt import adapt

    learned = adapt(load_settings())
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in learned.items()))
    return 0


def _lint(options: argparse.Namespace) -> int:
    from bot.corpus import read_corpus
    from bot.settings import load_settings
    from evals.cases import problems, read_cases

    corpus = load_settings().corpus
    entries = {lang: {e.id: e for e in read_corpus(corpus, lang) if not e.withdrawn} for lang in LANGS}
    cases = read_cases()
    found = problems(cases, entries)
    sys.stdout.write("".join(f"{x}\n" for x in found) + f"{len(cases)} questions, {len(found)} findings\n")
    return 1 if found else 0


def _verify(options: argparse.Namespace) -> int:
    from bot.settings import ROOT
    from evals.report import put_between
    from evals.verifier import FOLDER, MARKS, headline, keep, learn, read_pairs, table

    pairs = read_pairs()
    if options.learn:
        keep(learn(pairs))
    report = table(pairs)
    (FOLDER.parent / "verify.md").write_text(report, "utf-8")
    put_between(ROOT / "README.md", MARKS, headline(pairs))
    sys.stdout.write(report)
    return 0


def _bench(options: argparse.Namespace) -> int:
    from evals.bench import bench

    return bench()


if __name__ == "__main__":
    sys.exit(main())
