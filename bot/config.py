"""Settings: a TOML file, overridden by the environment.  Read once, in the command; each part goes to its user."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.domain.installation import Defaults as ChatDefaults
from bot.sections import (
    SQLITE,
    Brigading,
    DatabaseSettings,
    Defaults,
    Logging,
    Metrics,
    Mode,
    ModerationSettings,
    Panic,
    Privacy,
    Retention,
    Secrets,
    SettingsError,
    Telegram,
    Webhook,
    unreadable,
)

DEFAULT_PATH = Path("config.toml")
TOKEN_VARIABLE = "DUMKA_TELEGRAM__TOKEN"  # noqa: S105 - a name, no token


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="DUMKA_",
        env_nested_delimiter="__",  # DUMKA_TELEGRAM__TOKEN wins over token under [telegram]
        extra="forbid",  # a misspelt key stops the start
        hide_input_in_errors=True,  # and its message does not print the token
        frozen=True,
    )

    telegram: Telegram = Telegram()
    webhook: Webhook = Webhook()
    metrics: Metrics = Metrics()
    database: DatabaseSettings = DatabaseSettings()
    secrets: Secrets = Secrets()
    defaults: Defaults = Defaults()
    logging: Logging = Logging()
    privacy: Privacy = Privacy()
    moderation: ModerationSettings = ModerationSettings()
    brigading: Brigading = Brigading()
    retention: Retention = Retention()
    panic: Panic = Panic()

    @model_validator(mode="after")
    def _reachable(self) -> "Settings":
        if self.telegram.mode is Mode.WEBHOOK and self.webhook.url is None:
            raise ValueError("telegram.mode is webhook, and webhook.url is missing")
        return self

    def for_chats(self) -> ChatDefaults:
        """What holds in channels that set nothing of their own."""
        return self.defaults.for_chats(
            self.privacy, self.moderation, self.brigading, self.panic, self.retention
        )

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
        raise SettingsError(f"cannot read {path}: {unreadable(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None


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
    database, webhook = settings.database, settings.webhook
    if database.path is not None:
        database = database.model_copy(update={"url": SecretStr(f"{SQLITE}{base / database.path}")})
    files = {"certificate": webhook.certificate, "private_key": webhook.private_key}
    changes: Mapping[str, Any] = {
        "telegram": telegram,
        "webhook": webhook.model_copy(update={name: file and base / file for name, file in files.items()}),
        "database": database,
        "secrets": settings.secrets.model_copy(
            update={
                "key_file": base / settings.secrets.key_file,
                "key_store": settings.secrets.key_store and base / settings.secrets.key_store,
            }
        ),
        "logging": settings.logging.model_copy(
            update={"file": settings.logging.file and base / settings.logging.file}
        ),
        "moderation": settings.moderation.model_copy(
            update={"roots": settings.moderation.roots and base / settings.moderation.roots}
        ),
    }
    return settings.model_copy(update=changes)
