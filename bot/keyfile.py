"""The master key: from a file of its own, made on first start and closed to everybody else, from the environment, or from a command."""

import os
import secrets
import shlex
import stat
import subprocess
from pathlib import Path

from bot.keystore import KEY_BYTES
from bot.sections import Secrets, SettingsError

COMMAND_TIMEOUT = 60.0  # seconds; a secrets manager may ask its server


def master_key(settings: Secrets, within: float = COMMAND_TIMEOUT) -> bytes | None:
    """``None`` when it is to be in a file and there is none.  Raises SettingsError, which never quotes what was read.

    ``within``: seconds that a command may take.
    """
    if settings.key is not None:
        return _parsed(settings.key.get_secret_value(), "secrets.key: this is no key")
    if settings.key_command is not None:
        return _parsed(_printed(settings.key_command, within), "secrets.key_command: it printed no key")
    return read_key(settings.key_file)


def place_of(settings: Secrets) -> str:
    """For messages."""
    if settings.key is not None:
        return "secrets.key"
    return "secrets.key_command" if settings.key_command is not None else str(settings.key_file)


def _printed(command: str, within: float) -> str:
    """Without a shell: nothing in the line means more than the words of a command."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command
            shlex.split(command), capture_output=True, timeout=within, check=True, text=True
        )
    except subprocess.CalledProcessError as error:
        raise SettingsError(f"secrets.key_command: it ended with code {error.returncode}") from None
    except (
        OSError,
        ValueError,
        IndexError,
        subprocess.TimeoutExpired,
    ) as error:  # IndexError: no word at all
        raise SettingsError(f"secrets.key_command: it could not be run ({type(error).__name__})") from None
    return done.stdout


def _parsed(text: str, problem: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{problem} of {KEY_BYTES} bytes in hexadecimal")
    return key


def read_key(path: Path) -> bytes | None:
    """``None`` when there is no file.  Raises SettingsError for one that others can read or that holds no key."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"secrets.key_file: cannot read {path}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"secrets.key_file: others can read {path}; run: chmod 600 {path}")
    return _parsed(text, f"secrets.key_file: {path} holds no key")


def make_key(path: Path) -> bytes:
    """A new key.  It is complete under its name or not there at all, whenever the power fails.  Raises SettingsError."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, path)  # refuses to replace a key that another process has just made
        finally:
            half.unlink()
    except FileExistsError:
        return read_key(path) or key
    except OSError as error:
        raise SettingsError(f"secrets.key_file: cannot write {path}: {error.strerror}") from None
    return key
