"""The whole job on the command line."""

import json
import signal
import stat
import time

from bot.keystore import KEY_BYTES
from tests.commands.conftest import Office

ARTICLE = """\
Мости через Дніпро

Міст відкрили у вівторок.

Чи потрібен ще один?
"""
WORDS = "Так, і то негайно!"


async def test_article_is_posted_voted_on_and_tallied_and_the_log_names_nobody(office: Office) -> None:
    office.write("article.txt", ARTICLE)
    await office.connect()
    async with office.bot() as bot:
        posted = await office.dumka(
            "post", "article.txt", "--channel", "@Novyny", "--close-in", "24h", "--wait"
        )
        ballot = await office.ballot()
        reader = await office.people.user("Северин", "uk", "severyn_s")
        for label in ("👎", "👍"):
            await office.people.toast(
                await office.people.tap(office.ids["channel"], ballot["message_id"], label, by=reader)
            )
        await office.people.comment(office.ids["channel"], ballot["message_id"], WORDS, by=reader)
        assert await office.people.settled()
        tally = await office.dumka("tally", 1, "--json")
        opinions = await office.dumka("opinions", 1, "--json")
        forged = await office.people.forge(office.ids["channel"], ballot["message_id"], "v:9:9", by=reader)
        await office.people.toast(forged)
        await office.people.start(by=reader)
        await office.people.say(None, WORDS, by=reader)
        assert await office.people.settled()
        bot.process.send_signal(signal.SIGTERM)
        await bot.ends()

    assert posted.out == "1\nposted in 2 messages\n"
    assert json.loads(tally.out) == {
        "discussion": 1,
        "title": "Мости через Дніпро",
        "question": "Чи потрібен ще один?",
        "state": "open",
        "channel": "@novyny",
        "messages": [ballot["reply_to_message"]["message_id"], ballot["message_id"]],
        "ballot": {
            "exact": False,
            "step": 1,
            "withheld": None,
            "voters": 1,
            "options": [
                {"label": "👍 Погоджуюсь", "votes": 1, "share": 1.0},
                {"label": "👎 Не погоджуюсь", "votes": 0, "share": 0.0},
                {"label": "🤷 Важко сказати", "votes": 0, "share": 0.0},
            ],
        },
        "brigading": None,
        "opinions": {"comments": 1, "private": 0},
    }
    assert "Мости" in tally.out  # letters stay readable
    said = json.loads(opinions.out)
    assert said == {"id": said["id"], "source": "comment", "text": WORDS, "edited": False}
    assert '"event": "post.sent"' in bot.err
    secrets = (office.server.world.token.split(":")[1], str(reader), "Северин", "severyn_s", WORDS)
    assert [secret for secret in secrets if secret in bot.err] == []
    assert await office.people.violations() == []


async def test_first_run_makes_files_for_its_owner_only_and_ends_in_time(office: Office) -> None:
    async with office.bot() as bot:
        bot.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        code = await bot.ends()
        took = time.monotonic() - asked
        assert bot.process.stdout is not None
        printed = await bot.process.stdout.read()

    assert (code, printed) == (0, b"")
    assert took < 5
    assert [stat.S_IMODE((office.folder / n).stat().st_mode) for n in ("dumka.db", "dumka.key")] == [
        0o600
    ] * 2
    assert len(bytes.fromhex((office.folder / "dumka.key").read_text())) == KEY_BYTES


async def test_run_ends_in_time_when_telegram_hangs(office: Office) -> None:
    await office.people.fault("hang_before", "getMe", seconds=60)
    async with office.bot(until="") as bot:
        await office.called("getMe")
        bot.process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        code = await bot.ends()

    assert (code, bot.err) == (0, "")
    assert time.monotonic() - asked < 5
    assert office.files() - {"dumka.db.lock"} == {"config.toml"}


async def test_second_instance_on_the_same_database_is_refused(office: Office) -> None:
    async with office.bot():
        second = await office.dumka("run")

    assert (second.code, second.err.count("\n")) == (2, 1)
    assert "another `dumka run` uses" in second.err


async def test_run_ends_in_time_when_a_post_hangs(office: Office) -> None:
    office.write("article.txt", ARTICLE)
    await office.connect()
    await office.people.fault("hang_before", "sendMessage", seconds=60)
    async with office.bot() as bot:
        await office.dumka("post", "article.txt", "--channel", "@novyny")
        await office.called("sendMessage")
        bot.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        code = await bot.ends()

    assert (code, bot.err.count("Traceback")) == (0, 0)
    assert time.monotonic() - asked < 5
