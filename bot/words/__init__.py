"""The fixed sentences a person can see, one TOML file for each language."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def words(lang: str) -> dict[str, Any]:
    """Return the sentences of one language, "en" or "es", as nested tables."""
    return _table(lang)


def rules(lang: str) -> dict[str, Any]:
    """Return the word patterns by which a question is understood in one language."""
    return _table(f"rules-{lang}")


def verifying(lang: str) -> dict[str, Any]:
    """Return the word tables by which a sentence of a language model is compared with its passages."""
    return _table(f"verify-{lang}")


def prompts(lang: str) -> dict[str, str]:
    """Return what a language model is told in one language."""
    return _table(f"prompt-{lang}")


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
