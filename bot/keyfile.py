"""The key under which readers are stored: a file of its own, made on first start, closed to everybody else."""

import os
import secrets
import stat
from pathlib import Path

from bot.config import SettingsError
from bot.vault import KEY_BYTES


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
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(
            f"secrets.key_file: {path} does not hold a key of {KEY_BYTES} bytes in hexadecimal"
        )
    return key


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
