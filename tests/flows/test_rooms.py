"""Opinions reach staff in a closed room only, on cards that tell nothing about who wrote."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.room import Joining
from bot.sections import ModerationSettings
from db.models import AuditRow, CardRow, RoomRow
from tests.conftest import HandClock
from tests.flows.rooms import RIGHTS, Room, newsroom_with_room


@pytest.fixture
async def room(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Room]:
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        yield room


async def test_card_shows_the_opinion_and_nothing_about_its_author(room: Room) -> None:
    reader = await room.say("Я за <чисте> повітря", name="Соломія")
    before = await room.ever()
    await room.pass_batch()

    (card,) = await room.cards()
    assert before == []
    assert card["text"] == (
        "№ 1 · Вугілля до 2030 року\nНовини · приватна думка\nГодина: 23 листопада, 14:00\nМова: uk\n\n"
        "Я за <чисте> повітря"
    )
    assert "Соломія" not in str(card)
    assert str(reader) not in str(card)
    assert card["has_protected_content"]
    assert await room.keys() == [
        "Схвалити",
        "Відхилити",
        "💬 Цитувати",
        "✉️ Відповісти",
        "☐ Обрати",
        "🔇 Заглушити",
    ]


async def test_cards_of_a_batch_come_in_no_order(database_url: str, tmp_path: Path, clock: HandClock) -> None:
    orders = set()
    async with newsroom_with_room(database_url, tmp_path, clock) as (room, _):
        seen = 0
        for _ in range(6):
            for number in range(4):
                await room.say(f"Думка {number}")
            await room.pass_batch()
            await room.chat.settle()
            texts = [card["text"].splitlines()[-1] for card in (await room.cards())[seen:]]
            assert sorted(texts) == [f"Думка {number}" for number in range(4)]
            orders.add(tuple(texts))
            seen += 4

    assert len(orders) > 1  # of 24 orders the same one six times: once in eight million


async def test_batches_go_at_fixed_times_whenever_an_opinion_came(room: Room) -> None:
    room.chat.clock.pass_(minutes=4)
    await room.say("Серед чверті години")
    room.chat.clock.pass_(minutes=9)
    await room.chat.settle()
    early = await room.cards()
    room.chat.clock.pass_(minutes=2)
    await room.chat.settle()

    assert early == []
    assert len(await room.cards()) == 1


async def test_hour_is_forgotten_once_the_card_is_delivered(room: Room) -> None:
    await room.say("Без часу")
    await room.pass_batch()

    async with room.chat.app.db.read() as tx:
        rows = (await tx.execute(select(CardRow.hour, CardRow.state))).all()
    assert [tuple(row) for row in rows] == [(None, "ready")]


async def test_only_an_owner_names_a_room_and_the_command_goes(room: Room) -> None:
    chat = room.chat
    other = await chat.people.group("Інша", owner=room.colleague)
    await chat.people.add_bot(other, by=room.colleague, rights={"can_delete_messages": True})
    await chat.people.start(by=room.colleague)
    await chat.settle()

    await chat.people.say(other, "/moderate_here", by=room.colleague)
    await chat.settle()
    await room.say("Сюди не треба")
    await room.pass_batch()

    assert (await chat.said_to(room.colleague))[-1].startswith("Це може лише власник")
    assert [m for m in await chat.people.messages(other) if m["from_bot"]] == []
    named = [m for m in await chat.people.messages(room.group) if m["text"] == "/moderate_here"]
    assert [m["deleted"] for m in named] == [True]
    assert (await chat.said_to(chat.owner))[-1] == (
        "✅ Картки каналу «Новини» приходитимуть у ту групу. Припинити: /moderate_off там само."
    )


async def test_anonymous_administrator_is_asked_to_write_under_their_own_name(room: Room) -> None:
    await room.chat.people.say(room.group, "/moderate_off", by=room.chat.owner, as_="anonymous")
    await room.chat.settle()
    await room.say("Приходить і далі")
    await room.pass_batch()

    assert (await room.history())[0]["text"].startswith("Напишіть цю команду від свого імені")
    assert len(await room.cards()) == 1


async def test_of_several_channels_the_owner_chooses_in_private(room: Room) -> None:
    chat = room.chat
    second = await chat.people.channel("Друга газета", owner=chat.owner)
    await chat.people.add_bot(second, by=chat.owner)
    group = await chat.people.group("Друга кімната", owner=chat.owner)
    await chat.people.change_chat(group, by=chat.owner, visible_history=False, join_by_request=True)
    await chat.people.add_bot(group, by=chat.owner)
    await chat.settle()

    await chat.people.say(group, "/moderate_here", by=chat.owner)
    await chat.settle()
    keys = await chat.keys(None, by=chat.owner)
    await chat.press("Друга газета", by=chat.owner)

    assert keys == ["Новини", "Друга газета"]
    assert [m for m in await chat.people.messages(group) if m["from_bot"]] == []
    assert (await chat.said_to(chat.owner))[-1].startswith("✅ Картки каналу «Друга газета»")


async def test_room_is_given_up(room: Room) -> None:
    await room.chat.people.say(room.group, "/moderate_off", by=room.chat.owner)
    await room.chat.settle()
    await room.say("Нікуди")
    await room.pass_batch()

    assert await room.ever() == []
    assert (await room.chat.said_to(room.chat.owner))[-1] == "Картки більше не приходитимуть. Канал: Новини"


async def test_editor_has_cards_come_to_the_private_chat_until_they_are_none_any_more(room: Room) -> None:
    chat, editor = room.chat, room.colleague
    await chat.people.say(room.group, "/moderate_off", by=chat.owner)
    await chat.people.start(by=editor)
    await chat.people.say(None, "/moderate_here", by=editor)
    await chat.settle()
    await room.say("Перша")
    await room.pass_batch()
    first = await chat.said_to(editor)
    toast = await chat.press("Схвалити", by=editor)
    await chat.people.demote(chat.channel, editor, by=chat.owner)
    await room.say("Друга")
    await room.pass_batch()

    assert first[-1].endswith("Перша")
    assert (toast or {})["text"] == "Схвалено."
    assert not any("Друга" in text for text in await chat.said_to(editor))
    assert (await chat.said_to(chat.owner))[-1].endswith("ця людина вже не редактор і не модератор.")


# The guard: one trouble after another, each mended


Act = Callable[[Room], Awaitable[None]]


async def show_history(room: Room) -> None:
    await room.change(visible_history=True)


async def hide_history(room: Room) -> None:
    await room.change(visible_history=False)


async def open_doors(room: Room) -> None:
    await room.change(join_by_request=False)


async def close_doors(room: Room) -> None:
    await room.change(join_by_request=True)


async def go_public(room: Room) -> None:
    await room.change(username="kimnata")


async def go_private(room: Room) -> None:
    await room.change(username="", visible_history=False)


async def link(room: Room) -> None:
    other = await room.chat.people.channel("Чужий", owner=room.chat.owner)
    await room.chat.people.link(other, room.group)
    room.others = [other]


async def unlink(room: Room) -> None:
    await room.chat.people.unlink(room.others[0])
    await room.change(visible_history=False)


async def demote_bot(room: Room) -> None:
    await room.chat.people.add_bot(room.group, by=room.chat.owner, admin=False)


async def promote_bot(room: Room) -> None:
    await room.chat.people.add_bot(room.group, by=room.chat.owner, rights=RIGHTS)


async def remove_bot(room: Room) -> None:
    await room.chat.people.remove_bot(room.group, by=room.chat.owner)


async def promote_stranger(room: Room) -> None:
    stranger = await room.chat.people.user("Чужа")
    await room.chat.people.add(room.group, stranger, by=room.chat.owner)
    await room.chat.people.promote(
        room.group, stranger, by=room.chat.owner, rights={"can_pin_messages": True}
    )
    room.others = [stranger]


async def demote_stranger(room: Room) -> None:
    await room.chat.people.demote(room.group, room.others[0], by=room.chat.owner)


async def promote_robot(room: Room) -> None:
    robot = await room.chat.people.user("Робот", is_bot=True)
    await room.chat.people.add(room.group, robot, by=room.chat.owner)
    await room.chat.people.promote(room.group, robot, by=room.chat.owner, rights={"can_pin_messages": True})
    room.others = [robot]


async def fill(room: Room) -> None:
    for number in range(18):
        person = await room.chat.people.user(f"Людина {number}")
        await room.chat.people.add(room.group, person, by=room.chat.owner)
        room.others.append(person)


async def empty(room: Room) -> None:
    await room.chat.people.leave(room.group, room.others[0])


async def come_by_link(room: Room) -> None:
    """A link that asks nobody lets in whoever has it, whatever the group's switch says."""
    address = await room.chat.people.invite(room.group, by=room.chat.owner)
    person = await room.chat.people.user("Прийшла")
    assert await room.chat.people.join(room.group, person, address)
    room.others = [person]


async def come_and_go(room: Room) -> None:
    """Gone again by the time anybody looks: what was said in between was read."""
    await come_by_link(room)
    await room.chat.people.leave(room.group, room.others[0])


async def name_anew(room: Room) -> None:
    await room.name()


TROUBLES: list[tuple[str, Act, Act]] = [
    ("нові учасники групи редакції бачать старі", show_history, hide_history),
    ("можна зайти без схвалення", open_doors, close_doors),
    ("має публічне ім’я", go_public, go_private),
    ("прив’язана до каналу", link, unlink),
    ("я не адміністратор", demote_bot, promote_bot),
    ("не бачу групи", remove_bot, promote_bot),
    ("не належить до редакції", promote_stranger, demote_stranger),
    ("інший бот", promote_robot, demote_stranger),
    ("забагато людей", fill, empty),
    ("зайшов без схвалення", come_by_link, name_anew),
    ("зайшов без схвалення", come_and_go, name_anew),
]


@pytest.mark.parametrize(("why", "break_it", "mend_it"), TROUBLES, ids=[t[1].__name__ for t in TROUBLES])
async def test_nothing_is_delivered_until_it_is_mended(
    room: Room, why: str, break_it: Act, mend_it: Act
) -> None:
    await break_it(room)
    await room.chat.settle()
    await room.say("Лише для своїх")
    for _ in range(3):
        await room.pass_batch()
    delivered = await room.ever()
    told = [text for text in await room.chat.said_to(room.chat.owner) if why in text]

    await mend_it(room)
    await room.chat.settle()
    room.chat.clock.pass_(minutes=2)
    await room.chat.settle()

    assert delivered == []
    assert len(told) == 1
    assert len(await room.cards()) == 1
    await room.say("І ще")
    await room.pass_batch()
    assert len(await room.cards()) == 2


async def acts(room: Room) -> list[str]:
    async with room.chat.app.db.read() as tx:
        return list(await tx.scalars(select(AuditRow.act).order_by(AuditRow.number)))


async def test_what_becomes_of_a_room_is_in_the_log(room: Room) -> None:
    before = await acts(room)
    await show_history(room)
    await room.say("Перша")
    await room.pass_batch()
    await hide_history(room)
    room.chat.clock.pass_(minutes=2)
    await room.chat.settle()
    await room.name()
    await come_by_link(room)
    await room.chat.settle()
    await room.name()
    await room.chat.people.say(room.group, "/moderate_off", by=room.chat.owner)
    await room.chat.settle()

    assert before[-1] == "room-named"
    assert (await acts(room))[len(before) :] == [
        "room-mended",
        "room-named",
        "members-accepted",
        "room-left",
    ]


async def test_trouble_that_begins_within_a_batch_stops_the_rest_of_it(room: Room) -> None:
    for number in range(8):
        await room.say(f"Думка {number}")
    room.chat.clock.pass_(minutes=15)
    await room.chat.settle(timedelta(0))
    first = len(await room.cards())
    await room.change(visible_history=True)
    await room.chat.settle()

    assert 0 < first < 8
    assert len(await room.ever()) == first


async def test_whoever_is_let_in_by_an_administrator_ends_nothing(room: Room) -> None:
    people = room.chat.people
    asked, brought, invited = [await people.user(name) for name in ("Перша", "Друга", "Третя")]
    await people.join(room.group, asked)
    await people.approve(room.group, asked, by=room.colleague)
    await people.add(room.group, brought, by=room.chat.owner)
    address = await people.invite(room.group, by=room.chat.owner, approval=True)
    await people.join(room.group, invited, address)
    await people.approve(room.group, invited, by=room.chat.owner)
    await people.leave(room.group, brought)
    await room.chat.settle()
    await room.say("Для всіх своїх")
    await room.pass_batch()

    assert len(await room.cards()) == 1


async def test_member_brought_in_by_somebody_who_is_no_administrator_ends_the_delivery(room: Room) -> None:
    people = room.chat.people
    member, friend = await people.user("Учасниця"), await people.user("Подруга")
    await people.add(room.group, member, by=room.chat.owner)
    await people.add(room.group, friend, by=member)
    await room.chat.settle()
    await room.say("Не для подруги")
    await room.pass_batch()

    assert await room.ever() == []


async def test_watched_room_needs_no_switch_and_is_watched(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    watched = ModerationSettings(joining=Joining.WATCHED)
    async with newsroom_with_room(database_url, tmp_path, clock, moderation=watched) as (room, _):
        await room.change(join_by_request=False)
        await room.say("Перша")
        await room.pass_batch()
        before = len(await room.cards())
        await come_by_link(room)
        await room.chat.settle()
        await room.say("Друга")
        await room.pass_batch()

        assert before == 1
        assert len(await room.cards()) == 1


async def test_members_that_no_update_told_of_end_the_delivery(room: Room) -> None:
    async with room.chat.app.db.write() as tx:
        await tx.execute(update(RoomRow).values(members=RoomRow.members - 1))
    await room.say("Хтось тут зайвий")
    await room.pass_batch()

    assert await room.ever() == []


async def test_telegram_that_does_not_answer_is_no_permission(room: Room) -> None:
    await room.say("Почекає")
    for method in ("getChat", "getChatAdministrators", "getChatMemberCount", "getChatMember"):
        await room.chat.people.fault("5xx", method, times=1000, status=500)
        await room.pass_batch()
        assert await room.ever() == []
        await room.chat.people.clear_faults()
    room.chat.clock.pass_(minutes=1)
    await room.chat.settle()

    assert len(await room.cards()) == 1
