"""``dumka init``: from a token to settings that work."""

import asyncio
import os
import sys
from importlib.resources import files
from pathlib import Path

import tomlkit
import typer
from pydantic import SecretStr

from bot.app import build_api, who_am_i
from bot.config import DEFAULT_PATH, Settings
from bot.domain.installation import Myself
from bot.sections import SettingsError, Telegram
from bot.texts import DEFAULT, languages

TEMPLATE = "config.example.toml"
NEXT = """{path} is written.  Next:
1. Add the bot to your channel as an administrator:
   https://t.me/{bot}?startchannel&admin=post_messages+edit_messages+delete_messages
   and to its discussion group, if it has one, as an administrator, too.
2. Start it:{run}"""


def init(config: Path | None, force: bool, api_base_url: str | None) -> int:
    path = config or DEFAULT_PATH
    if path.exists() and not force:
        raise SettingsError(f"{path} is there already; --force replaces it")
    if api_base_url is not None and not api_base_url.startswith(("http://", "https://")):
        raise SettingsError("--api-base-url: must begin with http:// or https://")
    server = {} if api_base_url is None else {"api_base_url": api_base_url.rstrip("/")}
    token, myself = _token(server)
    language = _language()
    _write(path, settings_text({"token": token, **server}, language), force)
    command = " dumka run" if config is None else f" dumka run --config {path}"
    print(NEXT.format(path=path, bot=myself.username, run=command))
    return 0


def _token(server: dict[str, str]) -> tuple[str, Myself]:
    """A token that Telegram knows.  On a terminal a wrong one is asked for again."""
    while True:
        token = _ask("The bot's token, from @BotFather (not shown)", hidden=True)
        telegram = Telegram(token=SecretStr(token), **server)
        # The environment would win over what was just typed.
        settings = Settings.model_construct(telegram=telegram)
        try:
            myself = asyncio.run(_check(settings))
        except SettingsError as error:
            if not sys.stdin.isatty() or not str(error).startswith("telegram.token"):
                raise
            print(f"{error}.", file=sys.stderr)
        else:
            print(f"This is @{myself.username}'s token.")
            return token, myself


async def _check(settings: Settings) -> Myself:
    request, api = build_api(settings)
    await request.initialize()
    try:
        return await who_am_i(api, settings)
    finally:
        await request.shutdown()


def _language() -> str:
    while True:
        known = ", ".join(languages())
        language = _ask(f"Language of posts and ballots ({known})", default=DEFAULT)
        if language in languages():
            return language
        problem = f"the language must be one of {known}"
        if not sys.stdin.isatty():
            raise SettingsError(problem)
        print(f"{problem}.", file=sys.stderr)


def _ask(what: str, *, default: str | None = None, hidden: bool = False) -> str:
    """On a terminal with a prompt; else the next line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, default=default, hide_input=hidden, err=True)).strip()
    return sys.stdin.readline().strip() or default or ""


def settings_text(telegram: dict[str, str], language: str) -> str:
    """The example with these values in it, its explanations kept."""
    text = (files("bot") / TEMPLATE).read_text("utf-8")
    document = tomlkit.parse(_uncommented(text, telegram.keys() | {"language"}))
    for name, value in telegram.items():
        document["telegram"][name] = value
    document["defaults"]["language"] = language
    return tomlkit.dumps(document)


def _uncommented(text: str, names: set[str]) -> str:
    """What stands as a commented default becomes a setting at its own place."""
    lines = text.splitlines(keepends=True)
    return "".join(
        line.removeprefix("# ") if line.removeprefix("# ").partition(" = ")[0] in names else line
        for line in lines
    )


def _write(path: Path, text: str, force: bool) -> None:
    """For its owner only, and complete or not at all."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(
            os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            if force:
                half.replace(path)
            else:
                os.link(half, path)  # refuses to replace what came in between
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error.strerror}") from None
