"""From nothing to an installation that is in order."""

import os
import stat
import tomllib

from tests.commands.conftest import Office


async def test_init_writes_settings_that_work(office: Office) -> None:
    token, url = office.server.world.token, office.server.url
    (office.folder / "config.toml").unlink()

    ended = await office.dumka("init", "--api-base-url", url, stdin=f"{token}\nen\n")

    path = office.folder / "config.toml"
    assert (ended.code, ended.err) == (0, "")
    assert "https://t.me/dumka_sandbox_bot?startchannel&admin=post_messages+edit_messages" in ended.out
    assert token not in ended.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = tomllib.loads(path.read_text("utf-8"))
    assert written["telegram"] == {"token": token, "api_base_url": url}
    assert written["defaults"] == {"language": "en"}
    assert "# key_file = " in path.read_text("utf-8")


async def test_init_leaves_what_is_there(office: Office) -> None:
    before = (office.folder / "config.toml").read_bytes()

    ended = await office.dumka("init", stdin="1:A\n")

    assert (ended.code, ended.err) == (2, "config.toml is there already; --force replaces it.\n")
    assert (office.folder / "config.toml").read_bytes() == before


async def test_init_refuses_a_wrong_token(office: Office) -> None:
    (office.folder / "config.toml").unlink()

    ended = await office.dumka("init", "--api-base-url", office.server.url, stdin="123456:WRONG\n")

    assert (ended.code, office.files()) == (2, set())
    assert (
        ended.err == "telegram.token: Telegram does not know this token; @BotFather shows the current one.\n"
    )


async def test_doctor_finds_nothing_before_the_first_start(office: Office) -> None:
    ended = await office.dumka("doctor")

    assert (ended.code, ended.err) == (0, "")
    assert {line[:3] for line in ended.out.splitlines()} == {"OK "}
    assert office.files() == {"config.toml"}


async def test_doctor_says_what_to_mend(office: Office) -> None:
    await office.connect()
    office.write("article.txt", "Заголовок")
    await office.dumka("post", "article.txt", "--channel", "@novyny")
    rights = {"can_delete_messages": True}
    await office.people.add_bot(office.ids["channel"], by=office.ids["owner"], rights=rights)
    (office.folder / "dumka.key").chmod(0o644)

    ended = await office.dumka("doctor")

    key = office.folder / "dumka.key"
    assert (ended.code, ended.err) == (1, "")
    assert [line for line in ended.out.splitlines() if line.startswith("!!")] == [
        f"!! secrets.key_file: others can read {key}; run: chmod 600 {key}",
        "!! channel Новини: Give me the right to post messages in the channel: without it I can do nothing.",
    ]


async def test_doctor_knows_a_foreign_key(office: Office) -> None:
    await office.connect()
    office.write("article.txt", "Заголовок")
    await office.dumka("post", "article.txt", "--channel", "@novyny")
    office.write("dumka.key", os.urandom(32).hex())

    ended = await office.dumka("doctor")

    path = office.folder / "dumka.key"
    assert [line for line in ended.out.splitlines() if line.startswith("!!")] == [
        f"!! key: {path} is not the one that the database was made with"
    ]


async def test_doctor_cannot_start_without_settings(office: Office) -> None:
    office.write("config.toml", "[telegram")

    ended = await office.dumka("doctor")

    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
