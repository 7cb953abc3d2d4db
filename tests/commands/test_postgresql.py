"""The commands on PostgreSQL, and what they say when the server does not want them."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.sections import DatabaseSettings, Secrets, SettingsError
from bot.storage import open_database
from tests.commands.conftest import Office
from tests.postgres import PostgresServer

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"


def configure(office: Office, url: str) -> None:
    office.configure(more=f'[database]\nurl = "{url}"\n[metrics]\nlisten = ""\n')


async def test_the_whole_job(office: Office, postgres: PostgresServer) -> None:
    url = await postgres.create("job")
    configure(office, url)
    office.write("article.txt", ARTICLE)
    place = f"{postgres.folder}/job"

    nothing = await office.dumka("tally", 1)
    assert (nothing.code, nothing.err) == (
        2,
        f"database.url: {place} is empty; `dumka run` makes its tables.\n",
    )
    migrated = await office.dumka("migrate")
    assert migrated.out.startswith(f"{place}: from nothing to ")
    assert (await office.dumka("migrate")).out.endswith(" already.\n")

    async with office.bot():
        await office.connect()
        posted = await office.dumka("post", "article.txt", "--channel", "@novyny", "--wait")
        assert posted.out.splitlines()[0] == "1", posted.err
        ballot = await office.ballot()
        reader = await office.people.user("Оля", "uk")
        await office.people.tap(office.ids["channel"], ballot["message_id"], "👍", by=reader)
        await office.called("answerCallbackQuery")
        assert '"voters": 1' in (await office.dumka("tally", 1, "--json")).out
        assert "Вугілля до 2030 року" in (await office.dumka("list")).out
        assert (await office.dumka("opinions", 1)).code == 0
        assert "@novyny" in (await office.dumka("channel")).out
        assert (await office.dumka("close", 1)).out.startswith("Discussion 1 is closed")
        doctor = (await office.dumka("doctor")).out
        assert f"OK database: {place} has the newest schema" in doctor
        assert "disk:" not in doctor
    assert not [name for name in office.files() if name.startswith("dumka.db")]
    await postgres.drop("job")


@pytest.mark.parametrize("command", [("migrate",), ("run",), ("tally", "1")])
async def test_server_that_does_not_answer(office: Office, command: tuple[str, ...]) -> None:
    configure(office, "postgresql+asyncpg://bot:secret-word@127.0.0.1:1/dumka")

    ended = await office.dumka(*command)

    told = "database.url: 127.0.0.1:1/dumka cannot be reached (Connection refused).\n"
    assert (ended.code, ended.out, ended.err) == (2, "", told)


async def test_database_that_is_not_there_and_user_that_is_not_known(
    office: Office, postgres: PostgresServer
) -> None:
    configure(office, postgres.url("nowhere"))
    missing = await office.dumka("migrate")
    configure(office, postgres.url("postgres").replace("postgres@", "somebody:secret-word@"))
    refused = await office.dumka("migrate")

    assert (missing.code, refused.code) == (2, 2)
    assert missing.err == (
        f"database.url: there is no database {postgres.folder}/nowhere; make it with createdb.\n"
    )
    assert refused.err == (
        f"database.url: the server refuses this user or password for {postgres.folder}/postgres.\n"
    )


async def test_user_who_may_not_make_tables(office: Office, postgres: PostgresServer) -> None:
    await postgres.create("theirs")
    await postgres.execute("CREATE ROLE guest LOGIN")
    configure(office, postgres.url("theirs").replace("postgres@", "guest@"))

    ended = await office.dumka("migrate")

    await postgres.drop("theirs")
    await postgres.execute("DROP ROLE guest")
    assert ended.code == 2
    assert ended.err == (
        "database.url: the user may not make or use tables in"
        f" {postgres.folder}/theirs; make it the database's owner.\n"
    )


async def test_installations_with_different_keys_cannot_share_a_new_database(
    tmp_path: Path, postgres_url: str
) -> None:
    """Whichever is first, also when all start at once."""

    def settings(number: int) -> Settings:
        key = tmp_path / f"{number}.key"
        return Settings(database=DatabaseSettings(url=SecretStr(postgres_url)), secrets=Secrets(key_file=key))

    opened = await asyncio.gather(
        *(open_database(settings(number)) for number in range(4)), return_exceptions=True
    )

    databases = [each[0] for each in opened if not isinstance(each, BaseException)]
    refused = [each for each in opened if isinstance(each, SettingsError)]
    for db in databases:
        await db.close()
    assert (len(databases), len(refused)) == (1, 3)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u@h/d", "must be sqlite+aiosqlite:///FILE or postgresql+asyncpg://"),
        ("postgresql+asyncpg://u:p@ss@h/d", "write @ as %40"),
        ("postgresql+asyncpg://u:p@h/d?sslmode=require", "knows host, port and ssl after the ?, not sslmode"),
        ("postgresql+asyncpg:///d", "must name a server"),
        ("postgresql+asyncpg://u@h/d?ssl=perhaps", "ssl must be one of"),
        ("postgresql+asyncpg://u@h", "must be sqlite+aiosqlite:///FILE or postgresql+asyncpg://"),
        ("postgresql+asyncpg://u@h:port/d", "Port could not be cast"),
    ],
)
async def test_address_that_is_none(office: Office, url: str, said: str) -> None:
    configure(office, url)

    ended = await office.dumka("migrate")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("database.url in config.toml: ")
    assert said in ended.err
    assert "p@ss" not in ended.err


async def test_second_bot_on_an_sqlite_file_is_refused_and_other_commands_are_not(office: Office) -> None:
    office.configure(more='[metrics]\nlisten = ""\n')
    async with office.bot():
        second = await office.dumka("run")
        assert second.code == 2
        assert second.err == (
            f"database.url: another `dumka run` uses {office.folder / 'dumka.db'};"
            " SQLite serves one process, PostgreSQL several.\n"
        )
        assert (await office.dumka("list")).code == 0

    async with office.bot():  # the lock ended with its process, which was killed
        pass
