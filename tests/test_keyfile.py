"""Where the master key comes from; whatever is wrong with it, nothing that was read is quoted."""

import shlex
import stat
import sys
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot import keyfile
from bot.keyfile import master_key, place_of
from bot.sections import Secrets, SettingsError

KEY = bytes(range(32))
PASSWORD = "hunter2-and-more"


def command(tmp_path: Path, code: str) -> Secrets:
    script = tmp_path / "manager.py"
    script.write_text(code)
    return Secrets(key_command=shlex.join([sys.executable, str(script)]), key_file=tmp_path / "dumka.key")


def trouble(secrets: Secrets) -> str:
    with pytest.raises(SettingsError) as raised:
        master_key(secrets)
    said = str(raised.value)
    assert PASSWORD not in "".join(traceback.format_exception_only(raised.value))
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    return said


def test_file_comes_first_made_and_missing_otherwise(tmp_path: Path) -> None:
    secrets = Secrets(key_file=tmp_path / "dumka.key")
    assert master_key(secrets) is None

    made = keyfile.make_key(secrets.key_file)

    assert master_key(secrets) == made
    assert place_of(secrets) == str(secrets.key_file)


def test_environment_takes_the_place_of_the_file(tmp_path: Path) -> None:
    secrets = Secrets(key=SecretStr(f" {KEY.hex()}\n"), key_file=tmp_path / "dumka.key")

    assert master_key(secrets) == KEY
    assert place_of(secrets) == "secrets.key"
    assert KEY.hex() not in repr(secrets)
    assert not secrets.key_file.exists()


def test_command_prints_it(tmp_path: Path) -> None:
    secrets = command(tmp_path, f"print('{KEY.hex()}')")

    assert master_key(secrets) == KEY
    assert place_of(secrets) == "secrets.key_command"


def test_words_of_the_command_mean_nothing_to_a_shell(tmp_path: Path) -> None:
    script = tmp_path / "manager.py"
    script.write_text(f"import sys; print('{KEY.hex()}' if sys.argv[1] == '$HOME;`id`' else 'no')")
    secrets = Secrets(key_command=f"{sys.executable} {script} '$HOME;`id`'")

    assert master_key(secrets) == KEY


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (f"import sys; print('{PASSWORD}', file=sys.stderr); sys.exit(3)", "it ended with code 3"),
        (f"print('{PASSWORD}')", "it printed no key of 32 bytes in hexadecimal"),
        ("", "it printed no key of 32 bytes in hexadecimal"),
        (f"print('{KEY.hex()}' * 2)", "it printed no key of 32 bytes in hexadecimal"),
        (
            "import sys; sys.stdout.buffer.write(bytes(range(128, 256)))",
            "it could not be run (UnicodeDecodeError)",
        ),
    ],
)
def test_command_that_fails_or_prints_nonsense_is_told(tmp_path: Path, code: str, said: str) -> None:
    assert trouble(command(tmp_path, code)) == f"secrets.key_command: {said}"


@pytest.mark.parametrize("line", ["/nowhere/at/all", "'", ""])
def test_command_that_cannot_be_run_is_told(line: str) -> None:
    assert trouble(Secrets(key_command=line)).startswith("secrets.key_command: it could not be run")


def test_command_that_hangs_is_given_up(tmp_path: Path) -> None:
    secrets = command(tmp_path, f"import time; print('{PASSWORD}', flush=True); time.sleep(60)")

    with pytest.raises(SettingsError) as raised:
        master_key(secrets, within=0.5)

    assert str(raised.value) == "secrets.key_command: it could not be run (TimeoutExpired)"


@pytest.mark.parametrize("key", ["", "zz", "00" * 31, PASSWORD])
def test_environment_without_a_key_is_told(key: str) -> None:
    assert trouble(Secrets(key=SecretStr(key))) == "secrets.key: this is no key of 32 bytes in hexadecimal"


def test_two_places_are_refused() -> None:
    with pytest.raises(ValidationError, match="set either key or key_command"):
        Secrets(key=SecretStr(KEY.hex()), key_command="pass show dumka")


def test_key_store_stands_beside_the_key_file_unless_it_is_named(tmp_path: Path) -> None:
    assert Secrets(key_file=tmp_path / "a.key").store == tmp_path / "dumka.keys"
    assert Secrets(key_store=tmp_path / "b").store == tmp_path / "b"


def test_made_key_is_its_owners_alone(tmp_path: Path) -> None:
    keyfile.make_key(tmp_path / "dumka.key")

    assert stat.S_IMODE((tmp_path / "dumka.key").stat().st_mode) == 0o600
