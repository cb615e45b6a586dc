"""Open the language model that the settings name, through LangChain, or say in a sentence what is missing."""

import ipaddress
import logging
import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.settings import Settings
from bot.types import BotError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# Provider -> the package that LangChain needs for it. These are extras of ours by the provider's name.
PACKAGES = {"ollama": "langchain_ollama", "openai": "langchain_openai", "anthropic": "langchain_anthropic"}
# Loggers that at their most talkative would write down what is sent.
_TALKATIVE = ("openai", "anthropic", "ollama", "httpx", "httpcore", "httpx2", "httpcore2", "langchain")


@dataclass(frozen=True)
class Place:
    """Where a model runs."""

    host: str  # "" when it is this machine

    @property
    def hosted(self) -> bool:
        """Whether questions leave this machine."""
        return bool(self.host)


def place(settings: Settings) -> Place:
    """Where the model of the settings runs; this machine when there is none."""
    if not settings.model:
        return Place("")
    provider = settings.model.partition(":")[0]
    url = settings.model_url or (os.environ.get("OLLAMA_HOST", "localhost") if provider == "ollama" else "")
    if not url:
        return Place(provider)
    host = urlsplit(url if "://" in url else f"//{url}").hostname or provider
    return Place("" if _is_loopback(host) else host)


def check_model(settings: Settings) -> None:
    """Say now, before anything slow, when the packages for the model are missing. Nothing is imported.

    :raises BotError: naming the extra to install
    """
    provider = settings.model.partition(":")[0]
    if not provider:
        return
    package = PACKAGES.get(provider, f"langchain_{provider}")
    if find_spec("langchain") is None or find_spec(package) is None:
        raise BotError(_missing(provider))


def open_model(settings: Settings) -> "BaseChatModel":
    """Open the model. Nothing is sent to it yet.

    :raises BotError: when a package, a key or the provider's name is missing or wrong
    """
    check_model(settings)
    from langchain.chat_models import init_chat_model

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    provider = settings.model.partition(":")[0]
    try:
        model: BaseChatModel = init_chat_model(settings.model, **_options(settings, provider))
    except ImportError as error:
        raise BotError(_missing(provider)) from error
    except Exception as error:  # each provider has errors of its own, for a missing key above all
        raise BotError(
            f"The language model {settings.model} cannot be opened ({type(error).__name__}). Check IEP_MODEL, "
            f"IEP_MODEL_URL and the provider's key, or unset IEP_MODEL to answer without a model."
        ) from error
    return model


def _options(settings: Settings, provider: str) -> dict[str, Any]:
    """What a provider calls the same four things: address, deadline, longest reply, no second try."""
    url = {"base_url": settings.model_url} if settings.model_url else {}
    if provider == "ollama":
        return {
            **url, "temperature": 0, "num_predict": settings.model_tokens,
            "client_kwargs": {"timeout": settings.model_seconds},
        }  # fmt: skip
    options: dict[str, Any] = {
        **url, "temperature": 0, "max_tokens": settings.model_tokens,
        "timeout": settings.model_seconds, "max_retries": 0,
    }  # fmt: skip
    if provider == "openai" and settings.model_url:
        # Other servers that speak this protocol know the older name of the cap, and most need no key.
        options["extra_body"] = {"max_tokens": settings.model_tokens}
        if not os.environ.get("OPENAI_API_KEY"):
            options["api" + "_key"] = "none"
    return options


def _missing(provider: str) -> str:
    if provider in PACKAGES:
        return (
            f'IEP_MODEL needs the packages of the extra "{provider}". Install them: '
            f'pip install "iep-explainer[{provider}]", or unset IEP_MODEL to answer without a model.'
        )
    package = f"langchain-{provider.replace('_', '-')}"
    return (
        f"IEP_MODEL needs the packages langchain and {package}. Install them: pip install langchain {package}, "
        f"or unset IEP_MODEL to answer without a model. Known by extras: {', '.join(PACKAGES)}."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
