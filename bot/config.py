"""Settings: a TOML file, overridden by the environment.  Read once, in the command; each part goes to its user."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.domain.ballot import MAX_LABEL, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS
from bot.domain.discussion import Layout
from bot.domain.installation import Defaults as ChatDefaults
from bot.texts import languages

DEFAULT_PATH = Path("config.toml")
TOKEN_VARIABLE = "DUMKA_TELEGRAM__TOKEN"  # noqa: S105 - a name, no token


class SettingsError(Exception):
    """The operator erred.  The text is one sentence and never quotes a secret."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Telegram(_Section):
    token: SecretStr | None = None
    token_file: Path | None = None
    api_base_url: str = "https://api.telegram.org"
    proxy: SecretStr | None = None  # it may hold a password

    @field_validator("api_base_url")
    @classmethod
    def _root(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_token(self) -> "Telegram":
        if self.token is not None and self.token_file is not None:
            raise ValueError("set either token or token_file, not both")
        return self

    def read_token(self) -> str:
        """Whoever talks to Telegram asks for it; commands that read the database work without.  Raises SettingsError."""
        path = self.token_file
        if self.token is not None:
            token = self.token.get_secret_value().strip()
        elif path is None:
            raise SettingsError(
                "no bot token is set: write telegram.token, or set DUMKA_TELEGRAM__TOKEN, or run `dumka init`"
            )
        else:
            try:
                token = path.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"telegram.token_file: cannot read {path}: {_reason(error)}") from None
        number, _, secret = token.partition(":")
        if not (number.isascii() and number.isdecimal() and secret) or any(c.isspace() for c in token):
            raise SettingsError(
                "telegram.token: this is no bot token; @BotFather gives one like 123456:ABC-DEF"
            )
        return token


class DatabaseSettings(_Section):
    url: str = "sqlite+aiosqlite:///dumka.db"

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if not value.startswith("sqlite+aiosqlite:///") or len(value) == len("sqlite+aiosqlite:///"):
            raise ValueError("must be sqlite+aiosqlite:///FILE")
        return value

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite+aiosqlite:///"))


class Secrets(_Section):
    key_file: Path = Path("dumka.key")


Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]


class Defaults(_Section):
    language: str = "uk"
    time_zone: str = "Europe/Kyiv"
    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)] | None = None
    options: Annotated[list[Label], Field(min_length=MIN_OPTIONS, max_length=MAX_OPTIONS)] | None = None
    layout: Layout = Layout.AUTO

    @field_validator("language")
    @classmethod
    def _spoken(cls, value: str) -> str:
        if value not in languages():
            raise ValueError(f"must be one of {', '.join(languages())}")
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a name of the IANA time zone database, such as Europe/Kyiv")
        return value

    def for_chats(self) -> ChatDefaults:
        return ChatDefaults(
            language=self.language,
            question=self.question,
            options=None if self.options is None else tuple(self.options),
            layout=self.layout,
            time_zone=self.time_zone,
        )


class Logging(_Section):
    format: Literal["auto", "human", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="DUMKA_",
        env_nested_delimiter="__",  # DUMKA_TELEGRAM__TOKEN wins over token under [telegram]
        extra="forbid",  # a misspelt key stops the start
        hide_input_in_errors=True,  # and its message does not print the token
        frozen=True,
    )

    telegram: Telegram = Telegram()
    database: DatabaseSettings = DatabaseSettings()
    secrets: Secrets = Secrets()
    defaults: Defaults = Defaults()
    logging: Logging = Logging()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load(path: Path | None = None) -> Settings:
    """From ``path`` (``config.toml`` here, when there is one) and the environment.  Raises SettingsError."""
    chosen = path or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    data = {} if chosen is None else _read(chosen)
    base = Path() if chosen is None else chosen.resolve().parent
    if any(name.upper() == TOKEN_VARIABLE for name in os.environ) and isinstance(data.get("telegram"), dict):
        data["telegram"].pop("token_file", None)  # the environment wins, whichever way the file names a token
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise SettingsError(_sentence(error, chosen)) from None
    return _relative_to(settings, base)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {_reason(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "it cannot be opened" if isinstance(error, OSError) else "it is not UTF-8 text"


def _sentence(error: ValidationError, path: Path | None) -> str:
    """The first mistake, with its place; pydantic's own text may not quote the value (hide_input_in_errors)."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    where = f" in {path}" if path else ""
    if first["type"] == "extra_forbidden":
        return f"there is no setting {place}{where}"
    return f"{place}{where}: {first['msg'].removeprefix('Value error, ')}"


def _relative_to(settings: Settings, base: Path) -> Settings:
    """Paths in a file are relative to the file, wherever the command is run from."""
    telegram = settings.telegram
    if telegram.token_file is not None:
        telegram = telegram.model_copy(update={"token_file": base / telegram.token_file})
    url = f"sqlite+aiosqlite:///{base / settings.database.path}"
    changes: Mapping[str, Any] = {
        "telegram": telegram,
        "database": settings.database.model_copy(update={"url": url}),
        "secrets": settings.secrets.model_copy(update={"key_file": base / settings.secrets.key_file}),
    }
    return settings.model_copy(update=changes)
