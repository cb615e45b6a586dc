"""The command line: `python -m bot ask "..."`, `mcp`, `integrity`. Argument parsing and output, nothing else."""

import argparse
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bot.contract import Asked, answer_json, read_asked
from bot.types import LANGS, BotError
from bot.words import words

if TYPE_CHECKING:
    from bot.ask import Engine


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    :param arguments: command line; default: that of the process
    :returns: 0; 1 when something cannot be read or written; 2 when a line of the input is not usable
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Plain, cited answers about IEPs and 504 plans.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer a question")
    ask.set_defaults(run=_ask)
    given = ask.add_mutually_exclusive_group(required=True)
    given.add_argument("question", nargs="?", help="the question, in quotes")
    given.add_argument(
        "--jsonl", type=Path, metavar="IN", help='many questions, one JSON object a line: {"id": .., "question": ..}'
    )
    ask.add_argument("--out", type=Path, metavar="OUT", help="with --jsonl: where the answers go (default: the screen)")
    ask.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    ask.add_argument("--lang", choices=LANGS, help="language of the answer (default: that of the question)")
    mcp = commands.add_parser(
        "mcp", help="serve assistants over the Model Context Protocol, by standard input and output"
    )
    mcp.set_defaults(run=_mcp)
    tag = commands.add_parser("integrity", help="print the help widget's tag with its version and integrity hash")
    tag.add_argument(
        "--keep", action="store_true", help="keep this version for sites that pin it; then change widget.js"
    )
    tag.set_defaults(run=_integrity)
    return parser


def _ask(options: argparse.Namespace) -> int:
    if options.jsonl:
        return _many(options.jsonl, options.out, options.lang)
    return _one(options.question, options.lang, options.json)


def _mcp(_: argparse.Namespace) -> int:
    from bot.settings import load_settings

    try:
        from bot.mcp import build_server
    except ModuleNotFoundError as error:
        raise BotError(words("en")["command"]["needs_mcp"]) from error
    build_server(load_settings()).run()
    return 0


def _integrity(options: argparse.Namespace) -> int:
    from bot.web.widget import integrity, keep, loader, versioned_name

    if options.keep:
        sys.stdout.write(f"{keep()}\n")
    source, check = versioned_name(loader()), integrity(loader())
    sys.stdout.write(
        f'<script src="https://HOST/{source}" integrity="{check}" crossorigin="anonymous" data-lang="auto" defer>'
        "</script>\n"
    )
    return 0


def _one(question: str, lang: str | None, as_json: bool) -> int:
    from bot.render import to_text

    engine = _engine()
    if as_json:
        shown = answer_json(engine, Asked((question,), lang))
    else:
        answer = engine.ask(question, (), lang)
        shown = to_text(answer, engine.contacts[answer.lang])
    sys.stdout.write(f"{shown}\n")
    return 0


def _many(source: Path, target: Path | None, lang: str | None) -> int:
    """Answer every usable line; name the others by their number."""
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(f"{source} cannot be read: {_why(error)}. Give a UTF-8 file of JSON lines.") from error
    try:
        out: IO[str] = target.open("w", encoding="utf-8") if target else sys.stdout
    except OSError as error:
        raise BotError(f"{target} cannot be written: {_why(error)}.") from error
    engine = _engine()
    bad = 0
    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            asked = read_asked(line)
            if asked is None:
                bad += 1
                sys.stderr.write(words("en")["command"]["not_json"].format(line=number) + "\n")
            else:
                out.write(answer_json(engine, asked, lang) + "\n")
    finally:
        if target:
            out.close()
    return 2 if bad else 0


def _engine() -> "Engine":
    from bot.ask import open_engine
    from bot.settings import load_settings

    return open_engine(load_settings())


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
