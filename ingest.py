"""The index command: read the corpus, check it, embed what changed, write the index."""

import argparse
import logging
import sys
from pathlib import Path

from bot import check
from bot.corpus import read_corpus
from bot.law_check import Problem, law_problems, read_exceptions
from bot.parity import parity_problems
from bot.reference import read_contacts, read_glossary, read_letters
from bot.settings import Settings, load_settings
from bot.types import LANGS, BotError


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    :param arguments: command line; default: that of the process
    :returns: 0 when all is well, 1 when the corpus has findings or a file is broken
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        settings = load_settings()
        if options.check is not None or options.law:
            return _check(settings, options.check or "", options.law)
        return _sync(settings)
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ingest.py", description="Bring the index up to date with the corpus. Only what changed is embedded."
    )
    parser.add_argument(
        "--check",
        nargs="?",
        const="",
        metavar="FOLDER",
        help="only check the corpus and write nothing; with a folder like corpus/en/iep, show its findings only",
    )
    parser.add_argument(
        "--law", type=Path, metavar="DIR", help="with --check: also check sections and numbers against the law text"
    )
    return parser


def _sync(settings: Settings) -> int:
    from bot.build import sync

    report = sync(settings, progress=True)
    sys.stdout.write(f"{report}\n")
    return 0


def _check(settings: Settings, folder: str, law: Path | None) -> int:
    folder = folder.rstrip("/").removeprefix("corpus/")
    found: list[Problem] = []
    corpus = {lang: read_corpus(settings.corpus, lang) for lang in LANGS}
    for lang, entries in corpus.items():
        if not entries:
            continue
        terms, letters = read_glossary(settings.corpus, lang), read_letters(settings.corpus, lang)
        ids = {e.id for e in entries if not e.withdrawn}
        found += check.problems(entries, terms) + check.term_problems(terms, ids, entries, lang)
        found += check.letter_problems(letters, ids, lang)
        if law:
            exceptions = read_exceptions(settings.corpus / "law-exceptions.yaml")
            found += law_problems(entries, law, exceptions)
        if not folder:
            sys.stdout.write(f"[{lang}]\n{check.summary(entries, terms, letters)}\n")
    if corpus["es"]:
        found += parity_problems(corpus["en"], corpus["es"])
    if not folder:
        read_contacts(settings.corpus, "en")
    shown = [p for p in found if p.where.startswith(folder)]
    sys.stdout.write("".join(f"{p}\n" for p in shown) + f"{len(shown)} findings\n")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
