"""What an operator can get wrong: one sentence on stderr, exit code 2, nothing done."""

import pytest

from tests.commands.conftest import Office

NOWHERE = "http://127.0.0.1:9"  # nothing listens on the port of "discard"


async def refused(office: Office, *words: object) -> str:
    """The one sentence, of a command that failed and left nothing behind."""
    lock = {"dumka.db.lock"}  # empty; it stays, since who removed it could remove another's
    before = office.files() | lock

    ended = await office.dumka(*words)

    assert (ended.code, ended.out, office.files() | lock) == (2, "", before)
    assert (ended.err.count("\n"), ended.err.endswith(".\n")) == (1, True)
    return ended.err.removesuffix("\n")


async def test_wrong_token(office: Office) -> None:
    office.configure(token="123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11")

    assert await refused(office, "run") == (
        "telegram.token: Telegram does not know this token; @BotFather shows the current one."
    )


async def test_unreachable_server(office: Office) -> None:
    office.configure(url=NOWHERE)

    assert await refused(office, "run") == f"telegram.api_base_url: {NOWHERE} cannot be reached."


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("[databse]\n", "there is no setting databse in config.toml."),
        (
            '[logging]\nlevel = "loud"\n',
            "logging.level in config.toml: Input should be 'debug', 'info', 'warning' or 'error'.",
        ),
    ],
)
async def test_wrong_setting(office: Office, settings: str, sentence: str) -> None:
    office.configure(more=settings)

    assert await refused(office, "run") == sentence


async def test_missing_settings_file(office: Office) -> None:
    assert await refused(office, "--config", "news.toml", "run") == (
        "cannot read news.toml: No such file or directory."
    )


async def test_no_token_at_all(office: Office) -> None:
    office.write("config.toml", "")

    assert await refused(office, "run") == (
        "no bot token is set: write telegram.token, or set DUMKA_TELEGRAM__TOKEN, or run `dumka init`."
    )


async def test_missing_key_of_a_database(office: Office) -> None:
    await office.connect()
    office.write("article.txt", "Заголовок")
    await office.dumka("post", "article.txt", "--channel", "@novyny")
    (office.folder / "dumka.key").unlink()

    sentence = await refused(office, "run")

    assert sentence == (
        f"secrets.key_file: {office.folder / 'dumka.key'} is missing, and the database was made with it; "
        "put it back from where you keep it."
    )


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        (b" \n", "There is nothing in this text. Send an article that has at least a title."),
        (b"\x89PNG\0\0", "This is not text. Send the article as a message or as a .txt or .md file."),
        (b"a" * 200_001, "The article is too long: 200,001 characters, 200,000 at most."),
        (None, "cannot read article.txt: No such file or directory."),
    ],
    ids=["empty", "binary", "too-long", "missing"],
)
async def test_wrong_article(office: Office, article: bytes | None, sentence: str) -> None:
    if article is not None:
        office.write("article.txt", article)

    assert await refused(office, "post", "article.txt", "--channel", "@novyny") == sentence


async def test_wrong_duration(office: Office) -> None:
    office.write("article.txt", "Заголовок")

    assert await refused(office, "post", "article.txt", "--channel", "@novyny", "--close-in", "soon") == (
        "--close-in: 'soon' is no duration; write it like 24h, 90m or 1h30m."
    )


async def test_channel_without_the_bot(office: Office) -> None:
    office.write("article.txt", "Заголовок")

    ended = await office.dumka("post", "article.txt", "--channel", "@novyny")

    listed = await office.dumka("list", "--json")
    assert (ended.code, ended.out, listed.out) == (2, "", "")
    assert ended.err == (
        "I cannot see such a channel. Add me to it as an administrator who may post messages.\n"
    )


async def test_tally_without_a_database(office: Office) -> None:
    assert await refused(office, "tally", "1") == (
        f"database.url: there is no database {office.folder / 'dumka.db'} yet; `dumka run` makes it."
    )
