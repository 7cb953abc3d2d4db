"""The sections of the settings: what each may hold, and why not."""

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import available_timezones

import durationpy
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from bot.domain.ballot import MAX_LABEL, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS, Results
from bot.domain.discussion import Layout
from bot.domain.installation import Defaults as ChatDefaults
from bot.domain.opinion import Moderation
from bot.domain.panic import SHORTEST
from bot.domain.retention import Retention as Spans
from bot.domain.room import Joining, RoomRules
from bot.texts import languages

SQLITE = "sqlite+aiosqlite:///"
POSTGRESQL = "postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE"
SERVER_OPTIONS = {"host", "port", "ssl"}
TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")  # as libpq's sslmode
LONGEST = timedelta(days=3660)
REPEATED = timedelta(hours=24)
HIGHEST_STEP, HIGHEST_MINIMUM = 1000, 10_000
LOOPBACK = {"localhost", "127.0.0.1", "::1"}  # where a test server may call without TLS


class SettingsError(Exception):
    """The operator erred.  The text is one sentence and never quotes a secret."""


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "it cannot be opened" if isinstance(error, OSError) else "it is not UTF-8 text"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Mode(StrEnum):
    """How updates arrive."""

    POLLING = "polling"
    WEBHOOK = "webhook"


def _address(value: str) -> str:
    if (
        not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s\[\]]+):[0-9]{1,5}", value)
        or host_and_port(value)[1] > 65_535
    ):
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    return value


Address = Annotated[str, AfterValidator(_address)]


def host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


class Telegram(_Section):
    mode: Mode = Mode.POLLING
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
                raise SettingsError(f"telegram.token_file: cannot read {path}: {unreadable(error)}") from None
        number, _, secret = token.partition(":")
        if not (number.isascii() and number.isdecimal() and secret) or any(c.isspace() for c in token):
            raise SettingsError(
                "telegram.token: this is no bot token; @BotFather gives one like 123456:ABC-DEF"
            )
        return token


class Webhook(_Section):
    url: str | None = None
    listen: Address = "127.0.0.1:8080"
    secret: SecretStr | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    max_connections: Annotated[int, Field(ge=1, le=100)] = 100

    @field_validator("url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
            raise ValueError("must begin with https://, Telegram calls nothing else")
        if not parts.hostname or parts.path in {"", "/"}:
            raise ValueError("needs a host and a path, such as https://bot.example.org/telegram")
        if parts.path in {"/healthz", "/readyz", "/metrics"} or parts.query or parts.fragment:
            raise ValueError("needs a path of its own, with no query")
        return value

    @field_validator("secret")
    @classmethod
    def _alphabet(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            raise ValueError("must be 16 to 256 letters, digits, _ and -")
        return value

    @model_validator(mode="after")
    def _pair(self) -> "Webhook":
        if self.private_key is not None and self.certificate is None:
            raise ValueError("private_key needs a certificate")
        return self

    @property
    def path(self) -> str:
        """As a server sees it: decoded."""
        return unquote(urlsplit(self.url or "").path)


class Metrics(_Section):
    # Nothing turns them off.
    listen: Annotated[str, AfterValidator(lambda value: value and _address(value))] = "127.0.0.1:9464"


class DatabaseSettings(_Section):
    url: SecretStr = SecretStr("sqlite+aiosqlite:///dumka.db")  # it may hold a password

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url.startswith(SQLITE) and len(url) > len(SQLITE):
            return value
        parts = urlsplit(url)
        if parts.scheme != "postgresql+asyncpg" or parts.path in {"", "/"}:
            raise ValueError(f"must be {SQLITE}FILE or {POSTGRESQL}")
        if "@" in parts.netloc.rpartition("@")[0]:
            raise ValueError("in user and password, write @ as %40, : as %3A and / as %2F")
        asked = dict(parse_qsl(parts.query))
        if bool(parts.hostname) == ("host" in asked):
            raise ValueError(
                f"must name a server, once: {POSTGRESQL}, or ///DATABASE?host=/FOLDER for a socket"
            )
        if unknown := asked.keys() - SERVER_OPTIONS:
            raise ValueError(f"knows host, port and ssl after the ?, not {min(unknown)}")
        if "ssl" in asked and asked["ssl"] not in TLS:
            raise ValueError(f"ssl must be one of {', '.join(TLS)}")
        if parts.port is None and not asked.get("port", "5432").isdecimal():
            raise ValueError("the port must be a number")
        return value

    @property
    def address(self) -> str:
        """With the password, for the driver alone."""
        return self.url.get_secret_value()

    @property
    def path(self) -> Path | None:
        """SQLite's file; None for a server."""
        return Path(self.address.removeprefix(SQLITE)) if self.address.startswith(SQLITE) else None

    def __str__(self) -> str:
        """For messages: without user and password."""
        if self.path is not None:
            return str(self.path)
        parts = urlsplit(self.address)
        asked = dict(parse_qsl(parts.query))
        host, port = parts.hostname or asked["host"], parts.port or asked.get("port")
        return f"{host}:{port}{parts.path}" if port else f"{host}{parts.path}"


def _span(value: str) -> str:
    span_of(value)
    return value


# How long: 0s, 90m, 72h, 30d; "never" where there is no end, "off" where nothing is to happen.
Span = Annotated[str, AfterValidator(_span)]
NO_END = {"never", "off"}


def span_of(value: str) -> timedelta | None:
    """``None`` for never and off.  Raises ValueError."""
    if value in NO_END:
        return None
    try:
        span = durationpy.from_str(value)
    except durationpy.DurationError:
        raise ValueError("must be a duration such as 0s, 90m, 72h or 30d, or never") from None
    if not timedelta() <= span <= LONGEST:
        raise ValueError(f"must be 0s to {LONGEST.days}d")
    return span


class Secrets(_Section):
    key_file: Path = Path("dumka.key")
    key: SecretStr | None = None
    key_command: str | None = None
    key_store: Path | None = None  # beside the key file: dumka.keys

    @property
    def store(self) -> Path:
        return self.key_store or self.key_file.with_name("dumka.keys")

    @model_validator(mode="after")
    def _one_key(self) -> "Secrets":
        if self.key is not None and self.key_command is not None:
            raise ValueError("set either key or key_command, not both")
        return self


class Privacy(_Section):
    """Of channels that set nothing of their own."""

    results: Results = Results.LIVE
    step: Annotated[int, Field(ge=1, le=HIGHEST_STEP)] = 5
    minimum: Annotated[int, Field(ge=1, le=HIGHEST_MINIMUM)] = 10
    encrypt_opinions: bool = False


class ModerationSettings(_Section):
    mode: Moderation = Moderation.NONE
    every: Span = "15m"
    most_members: Annotated[int, Field(ge=1, le=200)] = 20
    joining: Joining = Joining.APPROVED
    quotes_within: Span = "1h"
    per_minute: Annotated[int, Field(ge=1)] = 5
    per_day: Annotated[int, Field(ge=1)] = 30
    roots: Path | None = None

    @field_validator("every", "quotes_within")
    @classmethod
    def _ends(cls, value: str) -> str:
        if span_of(value) is None:
            raise ValueError("must be a duration such as 0s, 15m or 1h")
        return value

    @property
    def rules(self) -> RoomRules:
        return RoomRules(self.joining, self.most_members, span_of(self.quotes_within))


class Brigading(_Section):
    watch: bool = False
    sample: Annotated[float, Field(ge=0, le=1)] = 0.05


class Retention(_Section):
    keys: Span = "0s"
    longest: Span = "180d"
    opinions: Span = "never"
    drafts: Span = "7d"
    failed_updates: Span = "7d"
    outbox: Span = "2d"
    applied_updates: Span = "48h"
    logs: Span = "14d"

    @field_validator("applied_updates")
    @classmethod
    def _repeated(cls, value: str) -> str:
        span = span_of(value)
        if span is not None and span < REPEATED:
            raise ValueError("must be 24h at least: for so long Telegram may bring an update once more")
        return value

    def spans(self) -> Spans:
        return Spans(**{name: span_of(value) for name, value in self.model_dump().items()})


class Panic(_Section):
    deadman: Span = "off"

    @field_validator("deadman")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if (span := span_of(value)) is not None and span < SHORTEST:
            raise ValueError("must be off, or at least 1h: owners are reminded twice before it acts")
        return value


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

    def for_chats(
        self,
        privacy: "Privacy",
        moderation: "ModerationSettings",
        brigading: "Brigading",
        panic: "Panic",
        retention: "Retention",
    ) -> ChatDefaults:
        return ChatDefaults(
            language=self.language,
            question=self.question,
            options=None if self.options is None else tuple(self.options),
            layout=self.layout,
            time_zone=self.time_zone,
            results=privacy.results,
            step=privacy.step,
            minimum=privacy.minimum,
            moderation=moderation.mode,
            per_minute=moderation.per_minute,
            per_day=moderation.per_day,
            watch=brigading.watch,
            encrypt=privacy.encrypt_opinions,
            deadman=span_of(panic.deadman),
            retention=retention.spans(),
        )


class Logging(_Section):
    format: Literal["auto", "human", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Path | None = None
