"""Every setting, in one place. Each is an environment variable: IEP_ and the name in capitals."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.types import BotError

ROOT = Path(__file__).resolve().parent.parent

# A source of a Content-Security-Policy: any site, or one origin, perhaps with its subdomains.
Source = Annotated[str, StringConstraints(pattern=r"^(\*|https?://(\*\.)?[\w.-]+(:\d+)?)$")]


class Settings(BaseSettings):
    """The settings with their defaults."""

    model_config = SettingsConfigDict(env_prefix="IEP_", frozen=True)

    corpus: Path = Field(ROOT / "corpus", description="folder of the entries")
    index: Path = Field(ROOT / ".index", description="folder of the index, a build product")
    embedder: Path | None = Field(None, description="folder of another sentence-transformers model than the packaged")
    host: str = Field("127.0.0.1", min_length=1, description="address the server listens on")
    port: int = Field(7860, ge=1, le=65535, description="port the server listens on")
    question_limit: int = Field(1000, ge=50, le=4000, description="longest question in characters")
    session_minutes: int = Field(30, ge=1, le=240, description="minutes until the server forgets an idle talk")
    embed_origins: tuple[Source, ...] = Field((), description='sites that may show the help widget; ["*"]: any')
    openapi: bool = Field(True, description="whether /api/openapi.json describes the API")
    requests_per_minute: int = Field(120, ge=1, le=100_000, description="requests to /api that one client may make")
    redis: str = Field("", pattern=r"^(rediss?://\S+)?$", description="where several servers count them together")
    client_header: str = Field("", pattern=r"^[\w-]*$", description="header in which your own proxy names the client")
    feedback: Path | None = Field(ROOT / "feedback.jsonl", description='file for votes; "off" keeps none')
    public_url: str = Field("", pattern=r"^(https?://\S+)?$", description="public address, for the kiosk's QR code")
    parent_center: str = Field("", max_length=120, description="name and phone of the Parent Center, for the kiosk")
    kiosk_printer: bool = Field(True, description="whether the kiosk has a printer")
    staff_pin: str = Field(
        "", pattern=r"^(scrypt:[0-9a-f]{32}:[0-9a-f]{64})?$", description="made by python -m bot.web.staff"
    )
    cors_origins: tuple[str, ...] = Field((), description='other sites that may call, as ["https://example.org"]')

    model: str = Field("", pattern=r"^([a-z0-9_]+:\S+)?$", description="language model, as ollama:llama3.2")
    model_url: str = Field("", pattern=r"^(https?://\S+)?$", description="base URL of the model's server")
    model_seconds: float = Field(20.0, ge=1, le=300, description="seconds until the plain answer is given instead")
    model_tokens: int = Field(400, ge=50, le=4000, description="longest reply of the model in tokens")

    @field_validator("feedback", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        return None if value in ("", "off") else value


def load_settings() -> Settings:
    """Read the settings from the environment.

    :raises BotError: naming the wrong or unknown setting
    """
    known = {f"IEP_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith("IEP_") and name.upper() not in known)
    if unknown:
        raise BotError(f"Unknown setting {unknown[0]}. Known settings: {', '.join(sorted(known))}.")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"IEP_{str(first['loc'][0]).upper()}"
        raise BotError(f"The setting {name} is not usable: {first['msg']}. Mend it or unset it.") from error
    except ValueError as error:
        raise BotError(f'A setting is not usable: {error}. Lists are written as ["a", "b"].') from error
