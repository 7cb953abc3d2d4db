"""[webhook], [metrics] and telegram.mode: what is refused, in one sentence that quotes no secret."""

from pathlib import Path

import pytest

from bot.config import Settings, load
from bot.sections import Mode, SettingsError

URL = 'url = "https://bot.example.org/telegram"\n'


def settings(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load(path)


def test_polling_unless_said_and_metrics_on_this_machine_alone(tmp_path: Path) -> None:
    found = settings(tmp_path, "")

    assert found.telegram.mode is Mode.POLLING
    assert (found.webhook.url, found.webhook.secret, found.webhook.max_connections) == (None, None, 100)
    assert (found.webhook.listen, found.metrics.listen) == ("127.0.0.1:8080", "127.0.0.1:9464")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[telegram]\nmode = "push"\n', "telegram.mode in {path}: Input should be 'polling' or 'webhook'"),
        (
            '[telegram]\nmode = "webhook"\n',
            " in {path}: telegram.mode is webhook, and webhook.url is missing",
        ),
        (
            '[webhook]\nurl = "http://bot.example.org/x"\n',
            "webhook.url in {path}: must begin with https://, Telegram calls nothing else",
        ),
        (
            '[webhook]\nurl = "ftp://localhost/x"\n',
            "webhook.url in {path}: must begin with https://, Telegram calls nothing else",
        ),
        (
            '[webhook]\nurl = "https://bot.example.org/"\n',
            "webhook.url in {path}: needs a host and a path, such as https://bot.example.org/telegram",
        ),
        (
            '[webhook]\nurl = "https:///telegram"\n',
            "webhook.url in {path}: needs a host and a path, such as https://bot.example.org/telegram",
        ),
        (
            '[webhook]\nurl = "https://bot.example.org/readyz"\n',
            "webhook.url in {path}: needs a path of its own, with no query",
        ),
        (
            '[webhook]\nurl = "https://bot.example.org/t?a=b"\n',
            "webhook.url in {path}: needs a path of its own, with no query",
        ),
        (
            f'[webhook]\n{URL}secret = "hunter2-пароль"\n',
            "webhook.secret in {path}: must be 16 to 256 letters, digits, _ and -",
        ),
        (f'[webhook]\n{URL}private_key = "a"\n', "webhook in {path}: private_key needs a certificate"),
        (
            f"[webhook]\n{URL}max_connections = 101\n",
            "webhook.max_connections in {path}: Input should be less than or equal to 100",
        ),
        (
            f"[webhook]\n{URL}max_connections = 0\n",
            "webhook.max_connections in {path}: Input should be greater than or equal to 1",
        ),
        (f"[webhook]\n{URL}port = 1\n", "there is no setting webhook.port in {path}"),
    ],
)
def test_mistake_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, text)

    assert str(refused.value) == sentence.format(path=tmp_path / "config.toml")


@pytest.mark.parametrize("section", ["webhook", "metrics"])
@pytest.mark.parametrize(
    "listen", ["8080", "localhost", ":8080", "host:port", "::1:8080", "a b:1", "h:65536"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, section: str, listen: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, f'[{section}]\nlisten = "{listen}"\n')

    assert str(refused.value) == (
        f"{section}.listen in {tmp_path / 'config.toml'}: "
        "must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
    )


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "0.0.0.0:80", "[::1]:8080", "localhost:0"])
def test_addresses_are_taken(tmp_path: Path, listen: str) -> None:
    assert settings(tmp_path, f'[webhook]\nlisten = "{listen}"\n').webhook.listen == listen


def test_metrics_can_be_turned_off(tmp_path: Path) -> None:
    assert settings(tmp_path, '[metrics]\nlisten = ""\n').metrics.listen == ""


def test_files_are_relative_to_the_settings(tmp_path: Path) -> None:
    found = settings(tmp_path, f'[webhook]\n{URL}certificate = "bot.pem"\nprivate_key = "keys/bot.key"\n')

    assert found.webhook.certificate == tmp_path / "bot.pem"
    assert found.webhook.private_key == tmp_path / "keys/bot.key"


@pytest.mark.parametrize(
    ("url", "path"),
    [("https://bot.example.org:8443/a/b", "/a/b"), ("https://bot.example.org/%D1%82", "/т")],
)
def test_path_is_what_a_server_sees(tmp_path: Path, url: str, path: str) -> None:
    found = settings(tmp_path, f'[telegram]\nmode = "webhook"\n[webhook]\nurl = "{url}"\n')

    assert found.webhook.path == path
