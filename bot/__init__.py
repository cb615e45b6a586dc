"""The IEP explainer: one question in, one cited answer out."""

import os
from typing import Any

# Offline is the default, not a mode. These are read when the libraries are imported, so they come first.
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "TOKENIZERS_PARALLELISM": "false",
}
os.environ.update(_QUIET)

__all__ = ["Answer", "Citation", "ask"]


def __getattr__(name: str) -> Any:
    """Import the public names on first use, so that a page can load before the model's libraries do."""
    if name == "ask":
        from bot.ask import ask

        return ask
    if name in ("Answer", "Citation"):
        import bot.types

        return getattr(bot.types, name)
    raise AttributeError(f"module 'bot' has no attribute {name!r}")
