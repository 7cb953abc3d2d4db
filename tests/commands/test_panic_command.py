"""Panic as an operator and an owner live through it: processes that end, that are killed, that refuse to start."""

import asyncio
import json

import pytest

from db.engine import Database
from db.queries import update as facts
from tests.commands.conftest import WITHIN, Office

REFUSAL = "`dumka panic --end` lets the bot run again.\n"


async def settled(office: Office, database_url: str) -> None:
    """A bot on this database has an article with a ballot in the channel."""
    office.configure(more=f'[database]\nurl = "{database_url}"\n')
    await office.connect()
    office.write("article.txt", "Мости\n\nМіст відкрили.\n\nЧи потрібен ще один?\n")
    async with office.bot():
        posted = await office.dumka("post", "article.txt", "--channel", "@novyny", "--wait")
        assert posted.code == 0, posted.err


async def panic_in_telegram(office: Office) -> None:
    """The owner's two taps."""
    owner = office.ids["owner"]
    await office.people.start(by=owner)
    await office.people.say(None, "/panic", by=owner)
    async with asyncio.timeout(WITHIN):
        while True:
            last = (await office.people.history(None, by=owner))[-1]
            if "reply_markup" in last:
                break
            await asyncio.sleep(0.05)
    first = await office.people.tap(None, last["message_id"], "1 · Знищити все", by=owner)
    assert "10 секунд" in (await office.people.toast(first, timeout=WITHIN) or {})["text"]
    await office.people.tap(None, last["message_id"], "2 · Так, я впевнений", by=owner)


async def last_in_channel(office: Office) -> str:
    return str((await office.people.history(office.ids["channel"], by=office.ids["owner"]))[-1]["text"])


async def acts(office: Office) -> list[str]:
    shown = await office.dumka("audit", "--json")
    return [json.loads(line)["act"] for line in shown.out.splitlines()]


async def test_without_a_running_bot_the_command_does_all_of_it(office: Office, database_url: str) -> None:
    await settled(office, database_url)

    done = await office.dumka("panic", "--yes")
    refused = await office.dumka("run")
    posted = await office.dumka("post", "article.txt", "--channel", "@novyny")
    verified = await office.dumka("audit", "--verify")

    assert (done.code, done.err.count("Traceback")) == (0, 0), done
    assert done.out.endswith("It is finished. `dumka panic --end` lets the bot run again.\n")
    assert [(e.code, e.err.endswith(REFUSAL)) for e in (refused, posted)] == [(2, True), (2, True)]
    assert await last_in_channel(office) == "Чи потрібен ще один?\n\n🔒 Голосування закрите."
    assert verified.code == 0, verified.out
    assert (await acts(office))[:2] == ["panic-finished", "panicked"]

    ended = await office.dumka("panic", "--end")
    again = await office.dumka("panic", "--end")
    async with office.bot():
        assert (await office.dumka("post", "article.txt", "--channel", "@novyny", "--wait")).code == 0
    assert [e.out for e in (ended, again)] == [
        "The bot may run again. What was destroyed stays destroyed.\n",
        "There is no panic to end.\n",
    ]


async def test_without_a_terminal_and_without_yes_nothing_is_done(office: Office) -> None:
    async with office.bot():
        pass

    refused = await office.dumka("panic", stdin="PANIC\n")

    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "nothing was done; `dumka panic --yes` does not ask.\n"
    async with office.bot():
        pass


async def test_a_running_bot_ends_with_exit_code_zero(office: Office, database_url: str) -> None:
    await settled(office, database_url)

    async with office.bot() as bot:
        done = await office.dumka("panic", "--yes")
        assert await bot.ends() == 0

    assert (done.code, done.out.splitlines()[-1][:14]) == (0, "It is finished"), done
    assert await last_in_channel(office) == "Чи потрібен ще один?\n\n🔒 Голосування закрите."


async def test_owners_two_taps_end_the_bot(office: Office, database_url: str) -> None:
    await settled(office, database_url)

    async with office.bot() as bot:
        await panic_in_telegram(office)
        assert await bot.ends() == 0

    assert "Traceback" not in bot.err
    assert (await office.dumka("run")).err.endswith(REFUSAL)
    assert await last_in_channel(office) == "Чи потрібен ще один?\n\n🔒 Голосування закрите."


@pytest.mark.parametrize("instant", ["keys are destroyed, everything is closed", "panic.closed"])
async def test_killed_in_the_middle_it_is_finished_at_the_next_start(
    office: Office, database_url: str, instant: str
) -> None:
    await settled(office, database_url)
    await office.people.fault("hang_before", method="editMessageText", seconds=60, times=100)
    async with office.bot() as bot:
        await panic_in_telegram(office)
        await bot.says(instant)
        bot.process.kill()
        await bot.process.wait()
    await office.people.clear_faults()

    async with office.bot(until="") as bot:
        assert await bot.ends() == 0

    assert "panic.finished" in bot.err
    assert (await office.dumka("run")).code == 2
    assert await last_in_channel(office) == "Чи потрібен ще один?\n\n🔒 Голосування закрите."
    assert sorted((await acts(office))[:2]) == ["panic-finished", "panicked"]


async def test_without_telegram_the_command_destroys_and_says_what_is_left(office: Office) -> None:
    await settled(office, f"sqlite+aiosqlite:///{office.folder}/dumka.db")
    office.configure(
        url="http://127.0.0.1:9", more=f'[database]\nurl = "sqlite+aiosqlite:///{office.folder}/dumka.db"\n'
    )

    done = await office.dumka("panic", "--yes")
    shown = await office.dumka("list", "--json")

    assert done.code == 1, done
    assert "Telegram is still to be told: 1 messages, 0 rooms" in done.out
    assert json.loads(shown.out)["state"] == "closed"

    office.configure(more=f'[database]\nurl = "sqlite+aiosqlite:///{office.folder}/dumka.db"\n')
    again = await office.dumka("panic", "--yes")
    assert (again.code, await last_in_channel(office)) == (
        0,
        "Чи потрібен ще один?\n\n🔒 Голосування закрите.",
    )


async def test_with_a_revoked_token_the_rest_can_be_given_up(office: Office, database_url: str) -> None:
    await settled(office, database_url)
    telegram = f'[database]\nurl = "{database_url}"\n'
    office.configure(url="http://127.0.0.1:9", more=telegram)
    alone = await office.dumka("panic", "--abandon")
    left = await office.dumka("panic", "--yes")

    refused = await office.dumka("panic", "--end")
    ended = await office.dumka("panic", "--end", "--abandon")
    newest = (await office.dumka("audit", "--json", "--limit", "1")).out

    assert (alone.code, alone.err) == (2, "--abandon goes with --end.\n")
    assert left.code == 1
    assert refused.code == 2
    assert "`dumka panic --end --abandon` gives up what is left there" in refused.err
    assert (ended.code, ended.out) == (
        0,
        "Given up: 1 messages and 0 moderation rooms stay in Telegram as they are.\n"
        "The bot may run again. What was destroyed stays destroyed.\n",
    )
    assert json.loads(newest)["detail"] == "given up: 1 messages, 0 rooms"
    office.configure(more=telegram)
    before = await last_in_channel(office)
    async with office.bot():
        assert (await office.dumka("post", "article.txt", "--channel", "@novyny", "--wait")).code == 0
        history = await office.people.history(office.ids["channel"], by=office.ids["owner"])
    assert before in [message["text"] for message in history]  # as it was: nobody edits it any more


async def test_nothing_is_given_up_before_the_keys_are_gone(office: Office, database_url: str) -> None:
    await settled(office, database_url)
    database = Database(database_url)
    async with database.write() as tx:
        await facts.store_fact(tx, "panic", json.dumps(["begun", "owner", "2026-11-23T12:00:00+00:00"]))
    await database.close()

    refused = await office.dumka("panic", "--end", "--abandon")

    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("keys and queues are not destroyed yet")
