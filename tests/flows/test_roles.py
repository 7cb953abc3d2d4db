"""Who may do what: owners name moderators and analysts, and nobody does what is not theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import buttons as b
from bot.buttons import BY_TAG, Button, pack
from bot.domain.discussion import Discussion
from bot.domain.facts import MemberOf
from bot.domain.ids import ChannelId, OpinionId, UserId
from bot.domain.role import Role, handle
from bot.services import rights
from bot.services.staff import PREFIX
from db.models import (
    AnswerRow,
    AuditRow,
    Base,
    CardRow,
    DraftRow,
    FactRow,
    InvitationRow,
    OpinionRow,
    PostRow,
    QuoteRow,
    RoleRow,
    RoomRow,
)
from db.queries import channel as channels
from db.queries import staff
from tests.flows.conftest import Chat

ARTICLE = "Вугілля до 2030 року\n\nМісто відмовляється від вугілля.\n\nЩо скажете?"
NOT_OWNER = "Це може лише власник каналу або адміністратор, який має право призначати адміністраторів."
GONE = "Це запрошення не діє: його вже використано, минула доба, або такого не було."
# What any update may touch, whatever it does.
NOISE = {"applied_update", "outbox", "pace", "lease", "fact", "unreachable"}


async def stored(chat: Chat) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that means anything."""
    tables = {name: table for name, table in Base.metadata.tables.items() if name not in NOISE}
    async with chat.app.db.read() as tx:
        found = {name: list(await tx.execute(select(table))) for name, table in tables.items()}
        facts = await tx.scalars(select(FactRow.value).where(FactRow.name.startswith("panic")))
        kept = [(value,) for value in facts]
    return {"fact": kept} | {name: sorted(map(tuple, rows), key=repr) for name, rows in found.items()}


async def payload(chat: Chat, label: str) -> str:
    """The owner asks for an invitation."""
    await chat.people.say(None, "/staff", by=chat.owner)
    await chat.settle()
    await chat.press(label, by=chat.owner)
    await chat.settle()
    link = next(line for line in (await chat.said_to(chat.owner))[-1].splitlines() if "start=" in line)
    return link.split("start=")[1]


async def named(chat: Chat, name: str, role: str) -> int:
    """Somebody whom the owner named."""
    person = await chat.people.user(name, "uk")
    link = await payload(chat, f"➕ Запросити {role}")
    await chat.people.start(by=person, payload=link)
    await chat.settle()
    return person


@pytest.fixture
async def owner(chat: Chat) -> int:
    await chat.people.start(by=chat.owner)
    await chat.settle()
    return chat.owner


async def roles(chat: Chat) -> list[Role]:
    async with chat.app.db.read() as tx:
        return [named.role for named in await staff.named(tx, ChannelId(1))]


async def test_invitation_works_once_and_both_are_told(chat: Chat, owner: int) -> None:
    link = await payload(chat, "➕ Запросити модератора")
    first, second = await chat.people.user("Олена <b>", "uk"), await chat.people.user("Друга", "uk")

    await chat.people.start(by=first, payload=link)
    await chat.people.start(by=second, payload=link)
    await chat.settle()

    assert (await chat.said_to(first))[-1].startswith("Ви тепер модератор каналу «Новини»")
    assert (await chat.said_to(second))[-1] == GONE
    told = (await chat.said_to(owner))[-1]
    assert told.startswith("✅ Олена <b> — тепер модератор каналу «Новини».")
    assert await roles(chat) == [Role.MODERATOR]


async def test_of_an_invitation_and_a_name_nothing_can_be_read_in_the_database(
    chat: Chat, owner: int
) -> None:
    link = await payload(chat, "➕ Запросити аналітика")
    person = await named(chat, "Соломія Впізнавана", "модератора")

    content = await chat.stored()

    assert link.removeprefix(PREFIX).encode() not in content
    assert "Впізнавана".encode() not in content
    assert str(person).encode() not in content


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link[:-1],
        lambda link: link + "A",
        lambda link: PREFIX,
        lambda link: PREFIX + link.removeprefix(PREFIX).swapcase(),
        lambda link: PREFIX + "A" * 22,
        lambda link: PREFIX + PREFIX + link,
    ],
    ids=["one letter off", "too short", "too long", "nothing", "other case", "guessed", "twice the prefix"],
)
async def test_guessed_invitation_is_refused(chat: Chat, owner: int, spoil: Callable[[str], str]) -> None:
    link = await payload(chat, "➕ Запросити модератора")
    stranger = await chat.people.user("Мальорі", "uk")

    await chat.people.start(by=stranger, payload=spoil(link))
    await chat.settle()

    assert (await chat.said_to(stranger))[-1] == GONE
    assert await roles(chat) == []


async def test_neither_kind_of_link_is_taken_for_the_other(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    link = await payload(chat, "➕ Запросити модератора")
    stranger = await chat.people.user("Мальорі", "uk")

    for guess in (PREFIX + discussion.token, link.removeprefix(PREFIX)):
        await chat.people.start(by=stranger, payload=guess)
        await chat.settle()

    assert (await chat.said_to(stranger))[-2:] == [GONE, "Такого обговорення немає."]
    assert await roles(chat) == []


async def test_one_bit_off_opens_no_discussion(chat: Chat) -> None:
    token = (await chat.publish(ARTICLE)).token
    stranger = await chat.people.user("Мальорі", "uk")
    last = "A" if token[-1] != "A" else "Q"

    for guess in (token[:-1] + last, token[:-1], token.swapcase(), "A" * 22):
        await chat.people.start(by=stranger, payload=guess)
        await chat.settle()

    assert (await chat.said_to(stranger)) == ["Такого обговорення немає."] * 4


async def test_invitation_is_over_after_a_day(chat: Chat, owner: int) -> None:
    link = await payload(chat, "➕ Запросити модератора")
    late = await chat.people.user("Пізня", "uk")
    chat.clock.pass_(hours=24)

    await chat.people.start(by=late, payload=link)
    await chat.settle()

    assert (await chat.said_to(late))[-1] == GONE


async def test_invitation_of_who_owns_the_channel_no_more_is_worth_nothing(chat: Chat, owner: int) -> None:
    deputy = await chat.people.user("Заступниця", "uk")
    await chat.people.start(by=deputy)
    await chat.people.promote(chat.channel, deputy, by=owner, rights={"can_promote_members": True})
    await chat.settle()
    await chat.people.say(None, "/staff", by=deputy)
    await chat.settle()
    await chat.press("➕ Запросити модератора", by=deputy)
    await chat.settle()
    link = (await chat.said_to(deputy))[-1].split("start=")[1].split()[0]

    await chat.people.demote(chat.channel, deputy, by=owner)
    accomplice = await chat.people.user("Спільник", "uk")
    await chat.people.start(by=accomplice, payload=link)
    await chat.settle()

    assert (await chat.said_to(accomplice))[-1] == GONE
    assert await roles(chat) == []


async def test_editor_without_the_right_to_promote_names_nobody(chat: Chat, owner: int) -> None:
    editor = await chat.people.user("Редакторка", "uk")
    await chat.people.start(by=editor)
    await chat.people.promote(chat.channel, editor, by=owner, rights={"can_post_messages": True})
    await chat.settle()

    for command in ("/staff", "/audit"):
        await chat.people.say(None, command, by=editor)
        await chat.settle()

    assert (await chat.said_to(editor))[-2:] == [NOT_OWNER] * 2


async def test_owner_of_several_channels_chooses(chat: Chat, owner: int) -> None:
    other = await chat.people.channel("Другий", owner=owner)
    await chat.people.add_bot(other, by=owner)
    await chat.people.say(None, "/staff", by=owner)
    await chat.settle()

    assert await chat.keys(None, by=owner) == ["Новини", "Другий"]
    await chat.press("Другий", by=owner)
    await chat.settle()

    assert "Хто допомагає в каналі «Другий»" in (await chat.said_to(owner))[-1]


async def test_analyst_sees_tally_and_list_of_that_channel_and_nothing_else(chat: Chat) -> None:
    discussion = await chat.publish(ARTICLE)
    hidden = await chat.people.channel("Закритий", owner=chat.owner)
    await chat.people.add_bot(hidden, by=chat.owner)
    await chat.people.say(hidden, "/poll Таємне питання?", by=chat.owner)
    await chat.settle()
    await chat.people.say(None, "/staff", by=chat.owner)
    await chat.settle()
    await chat.press("Новини", by=chat.owner)
    await chat.settle()
    await chat.press("➕ Запросити аналітика", by=chat.owner)
    await chat.settle()
    link = (await chat.said_to(chat.owner))[-1].split("start=")[1].split()[0]
    analyst = await chat.people.user("Аналітик", "uk")
    await chat.people.start(by=analyst, payload=link)

    secret = discussion.id + 1
    for command in (
        "/tally",
        "/list",
        f"/tally {secret}",
        f"/close {discussion.id}",
        "/staff",
        "/audit",
        "/post Т",
    ):
        await chat.people.say(None, command, by=analyst)
        await chat.settle()

    told = await chat.said_to(analyst)
    assert "№ 1, триває" in told[1]
    assert told[2] == "Обговорення, від найновішого:"
    assert told[3] == "Такого обговорення немає."
    assert told[4].startswith("Я не знаю каналу")
    assert told[5:7] == [NOT_OWNER] * 2
    assert told[7].startswith("Я не знаю каналу")
    assert not any("Таємне" in text for text in told)
    assert (await chat.discussion(discussion.id)).takes_opinions
    shown = await chat.people.history(None, by=analyst)
    rows = [m["reply_markup"]["inline_keyboard"] for m in shown if "reply_markup" in m]
    labels = [key["text"] for keyboard in rows for row in keyboard for key in row]
    assert labels == ["🔄 Оновити", "№ 1 · триває · Вугілля до 2030 року"]


async def test_removing_holds_at_once(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    analyst = await named(chat, "Аналітик", "аналітика")
    await chat.people.say(None, "/tally", by=analyst)
    await chat.settle()
    await chat.people.say(None, "/staff", by=chat.owner)
    await chat.settle()

    await chat.press("✖️ Аналітик", by=chat.owner)
    await chat.settle()
    toast = await chat.press("🔄 Оновити", by=analyst)
    await chat.people.say(None, "/tally", by=analyst)
    await chat.settle()

    assert (toast or {})["text"] == "Такого обговорення немає."
    assert (await chat.said_to(analyst))[-1].startswith("Я не знаю каналу")
    assert await roles(chat) == []


async def test_rights_of_each_role(chat: Chat, owner: int) -> None:
    editor = await chat.people.user("Редакторка", "uk")
    await chat.people.promote(chat.channel, editor, by=owner, rights={"can_post_messages": True})
    people = {
        "owner": owner,
        "editor": editor,
        "moderator": await named(chat, "Модератор", "модератора"),
        "analyst": await named(chat, "Аналітик", "аналітика"),
        "reader": await chat.people.user("Оля", "uk"),
    }
    app = chat.app
    app.facts.now = chat.clock.now().timestamp()
    async with app.db.read() as tx:
        channel = await channels.find(tx, ChannelId(1))
    assert channel is not None
    for person in people.values():
        await app.facts.find_out([rights_question(channel.chat, person)])

    async with app.db.read() as tx:
        moderate = [
            n
            for n, p in people.items()
            if await rights.may_moderate(tx, app.vault, app.facts, channel, UserId(p))
        ]
        look = [
            n
            for n, p in people.items()
            if await rights.may_look(tx, app.vault, app.facts, channel, UserId(p))
        ]

    assert moderate == ["owner", "editor", "moderator"]
    assert look == ["owner", "editor", "analyst"]


def rights_question(chat_: Any, person: int) -> Any:
    return MemberOf(chat_, UserId(person))


@pytest.mark.parametrize("command", ["/staff", "/audit", "/tally", "/list", "/close", "/post Текст"])
async def test_commands_of_strangers_do_nothing_anywhere(chat: Chat, command: str) -> None:
    await chat.publish(ARTICLE)
    stranger = await chat.people.user("Мальорі", "uk")
    await chat.people.start(by=stranger)
    await chat.people.join(chat.group, stranger)
    await chat.settle()
    before = await stored(chat)

    await chat.people.say(None, command, by=stranger)
    await chat.people.say(chat.group, command, by=stranger)
    await chat.settle()

    assert await stored(chat) == before
    assert (await chat.said_to(stranger))[1:]
    assert not any("Вугілля" in text for text in await chat.said_to(stranger))


# Every button, pressed by everybody whose it is not.


@dataclass
class World:
    discussion: Discussion
    opinion: int
    draft: int
    post: int
    moderator: bytes  # a pseudonym
    panic: int  # of the owner's keys
    card: int = 7
    answer: int = 8
    quote: int = 9


# How each is made with ids of things that are there.  A new button needs its line here.
FORGED: dict[type[Button], Callable[[World], Button]] = {
    b.Vote: lambda w: b.Vote(w.discussion.ballot.id, w.discussion.ballot.options[0].id),
    b.WithdrawVote: lambda w: b.WithdrawVote(w.discussion.ballot.id),
    b.ChooseDiscussion: lambda w: b.ChooseDiscussion(w.discussion.id),
    b.StopWriting: lambda w: b.StopWriting(w.discussion.id),
    b.TakeLane: lambda w: b.TakeLane(w.discussion.id, 1),
    b.SendTrimmed: lambda w: b.SendTrimmed(w.discussion.id, w.opinion, 0),  # type: ignore[arg-type]
    b.SendAsItIs: lambda w: b.SendAsItIs(w.discussion.id, w.opinion, 0),  # type: ignore[arg-type]
    b.KeepBack: lambda w: b.KeepBack(w.discussion.id, 0),
    b.ForgetMe: lambda w: b.ForgetMe(),
    b.ForgetMeNow: lambda w: b.ForgetMeNow(),
    b.KeepMine: lambda w: b.KeepMine(),
    b.ChangeOpinion: lambda w: b.ChangeOpinion(w.opinion),  # type: ignore[arg-type]
    b.WithdrawOpinion: lambda w: b.WithdrawOpinion(w.opinion),  # type: ignore[arg-type]
    b.ChooseChannel: lambda w: b.ChooseChannel(w.draft, ChannelId(1)),  # type: ignore[arg-type]
    b.Publish: lambda w: b.Publish(w.draft, ChannelId(1)),  # type: ignore[arg-type]
    b.CancelDraft: lambda w: b.CancelDraft(w.draft),  # type: ignore[arg-type]
    b.ShowTally: lambda w: b.ShowTally(w.discussion.id),
    b.AskClose: lambda w: b.AskClose(w.discussion.id),
    b.Close: lambda w: b.Close(w.discussion.id),
    b.PostAgain: lambda w: b.PostAgain(w.post),  # type: ignore[arg-type]
    b.PostIsThere: lambda w: b.PostIsThere(w.post),  # type: ignore[arg-type]
    b.ShowStaff: lambda w: b.ShowStaff(ChannelId(1)),
    b.InviteModerator: lambda w: b.InviteModerator(ChannelId(1)),
    b.InviteAnalyst: lambda w: b.InviteAnalyst(ChannelId(1)),
    b.RemoveRole: lambda w: b.RemoveRole(ChannelId(1), handle(w.moderator)),  # type: ignore[arg-type]
    b.ShowAudit: lambda w: b.ShowAudit(0),
    b.PanicFirst: lambda w: b.PanicFirst(w.panic),
    b.PanicSecond: lambda w: b.PanicSecond(w.panic),
    b.NameRoom: lambda w: b.NameRoom(ChannelId(1), 0),
    b.Approve: lambda w: b.Approve(w.card),  # type: ignore[arg-type]
    b.Reject: lambda w: b.Reject(w.card),  # type: ignore[arg-type]
    b.Quote: lambda w: b.Quote(w.card),  # type: ignore[arg-type]
    b.Mute: lambda w: b.Mute(w.card),  # type: ignore[arg-type]
    b.Unmute: lambda w: b.Unmute(w.card),  # type: ignore[arg-type]
    b.Choose: lambda w: b.Choose(w.card),  # type: ignore[arg-type]
    b.Unchoose: lambda w: b.Unchoose(w.card),  # type: ignore[arg-type]
    b.AskAnswer: lambda w: b.AskAnswer(w.card, 0),  # type: ignore[arg-type]
    b.SendAnswer: lambda w: b.SendAnswer(w.answer),  # type: ignore[arg-type]
    b.CancelAnswer: lambda w: b.CancelAnswer(w.answer),  # type: ignore[arg-type]
    b.Report: lambda w: b.Report(w.quote),  # type: ignore[arg-type]
}
# Whoever presses these does it for themselves, or may: the database stays as it is all the same.
SILENT = {b.StopWriting, b.KeepBack, b.ForgetMe, b.ForgetMeNow, b.KeepMine}
LOOKS = {b.ShowTally}  # analysts


def test_every_button_is_forged_here() -> None:
    assert set(FORGED) == set(BY_TAG.values())


async def with_card(chat: Chat, discussion: Discussion, opinion: OpinionId) -> None:
    """The opinion on a card, quoted, and an answer to it that is not sent yet; in a room that is none of these people's."""
    async with chat.app.db.write() as tx:
        far, seal = chat.clock.now() + timedelta(days=1), chat.app.vault.seal
        room = RoomRow(channel_id=1, chat=bytes(16), address=seal(1), kind="private")
        card = CardRow(id=7, opinion_id=opinion, discussion_id=discussion.id, state="approved", reasons=[])
        quote = QuoteRow(
            id=9, opinion_id=opinion, discussion_id=discussion.id, state="waiting", not_before=far
        )
        tx.add_all([room, card, quote])
        await tx.flush()
        editor = chat.app.vault.staff(UserId(chat.owner))
        tx.add(AnswerRow(id=8, editor=editor, room_id=room.id, cards=[7], text=seal("Так"), created_at=far))


async def world(chat: Chat) -> World:
    """An article with a doubtful post, a reader's opinion, a draft, a moderator."""
    discussion = await chat.publish(ARTICLE)
    reader = await chat.people.user("Оля", "uk")
    await chat.open_link(by=reader)
    await chat.people.say(None, "Моя думка", by=reader)
    await chat.settle()
    await chat.people.say(None, "Чернетка\n\nТекст.\n\nЩо?", by=chat.owner)
    await chat.settle()
    moderator = await named(chat, "Модератор", "модератора")
    await chat.people.say(chat.channel, "/poll Друге питання?", by=chat.owner)
    await chat.settle()
    await chat.people.say(None, "/panic", by=chat.owner)
    await chat.settle()
    async with chat.app.db.write() as tx:
        asked = (await tx.scalars(select(FactRow.value).where(FactRow.name.startswith("panic")))).one()
        opinion = (await tx.scalars(select(OpinionRow.id))).one()
        draft = (await tx.scalars(select(DraftRow.id))).one()
        post = (await tx.scalars(select(PostRow.id).order_by(PostRow.id.desc()))).first()
        assert post is not None
        far = chat.clock.now() + timedelta(days=1)
        await tx.execute(
            update(PostRow).where(PostRow.id == post).values(state="uncertain", message=None, not_before=far)
        )
    await with_card(chat, discussion, opinion)
    number = int(asked.strip("[").split(",")[0])
    return World(discussion, opinion, draft, post, chat.app.vault.staff(UserId(moderator)), number)


async def test_forged_buttons_of_every_kind_change_nothing(chat: Chat) -> None:
    made = await world(chat)
    analyst, removed = await named(chat, "Аналітик", "аналітика"), await named(chat, "Колишній", "модератора")
    await chat.people.say(None, "/staff", by=chat.owner)
    await chat.settle()
    await chat.press("✖️ Колишній", by=chat.owner)
    rival = await chat.people.user("Мальорі", "uk")
    await chat.people.start(by=rival)
    theirs = await chat.people.channel("Чужий", owner=rival)
    await chat.people.add_bot(theirs, by=rival)
    await chat.settle()
    people = {"analyst": analyst, "removed moderator": removed, "owner of another channel": rival}
    before = await stored(chat)

    for kind, make in FORGED.items():
        for who, person in people.items():
            if kind.everywhere:
                continue
            message = (await chat.people.history(None, by=person))[-1]["message_id"]
            tap = await chat.people.forge(None, message, pack(make(made)), by=person)
            await chat.settle(timedelta(seconds=1))
            toast = await chat.people.toast(tap) or {}
            looks = (kind in LOOKS and who == "analyst") or (kind is b.ShowAudit and person == rival)
            assert looks or kind in SILENT or toast.get("show_alert"), f"{kind.__name__} by {who}: {toast}"
            assert await stored(chat) == before, f"{kind.__name__} by {who}"
    assert not any("Новини" in text for text in await chat.said_to(rival))


async def test_buttons_in_a_chat_where_they_do_not_stand_change_nothing(chat: Chat) -> None:
    """Not even by those whose they are."""
    made = await world(chat)
    discussion = made.discussion
    elsewhere = await chat.people.channel("Інший", owner=chat.owner)
    await chat.people.add_bot(elsewhere, by=chat.owner)
    await chat.people.say(elsewhere, "/poll Питання?", by=chat.owner)
    await chat.settle()
    other = (await chat.people.history(elsewhere, by=chat.owner))[-1]["message_id"]
    before = await stored(chat)

    for kind, make in FORGED.items():
        place, message = (elsewhere, other) if kind.everywhere else (chat.channel, discussion.messages[-1])
        tap = await chat.people.forge(place, message, pack(make(made)), by=chat.owner)
        await chat.settle(timedelta(seconds=1))
        assert ((await chat.people.toast(tap)) or {})["text"] == "Ця кнопка вже не діє.", kind.__name__
        assert await stored(chat) == before, kind.__name__


async def test_old_buttons_do_nothing_once_their_presser_lost_the_role(chat: Chat) -> None:
    """Telegram's rights count within a minute, ours at once."""
    made = await world(chat)
    deputy = await chat.people.user("Заступниця", "uk")
    await chat.people.start(by=deputy)
    await chat.people.promote(
        chat.channel, deputy, by=chat.owner, rights={"can_post_messages": True, "can_promote_members": True}
    )
    await chat.people.say(None, "/staff", by=deputy)
    await chat.settle()
    await chat.people.demote(chat.channel, deputy, by=chat.owner)
    await chat.settle()
    before = await stored(chat)

    for kind, make in FORGED.items():
        if kind.everywhere or kind in SILENT:
            continue
        message = (await chat.people.history(None, by=deputy))[-1]["message_id"]
        tap = await chat.people.forge(None, message, pack(make(made)), by=deputy)
        await chat.settle(timedelta(seconds=1))
        assert ((await chat.people.toast(tap)) or {}).get("show_alert"), kind.__name__
        assert await stored(chat) == before, kind.__name__


async def test_what_staff_does_is_in_the_log_for_owners(chat: Chat) -> None:
    await chat.publish(ARTICLE)
    await named(chat, "Аналітик", "аналітика")
    await chat.people.say(None, "/close", by=chat.owner)
    await chat.settle()
    await chat.press("Так, завершити", by=chat.owner)
    await chat.people.say(None, "/audit", by=chat.owner)
    await chat.settle()

    lines = (await chat.said_to(chat.owner))[-1].splitlines()
    acts = [line.split(" · ", 1)[1] for line in lines[2:]]
    name = (await chat.people.history(None, by=chat.owner))[0]["from"]["first_name"]
    assert [act.partition(" · ")[2] for act in acts] == [
        "завершено обговорення · Новини · обговорення № 1",
        "призначено · Новини · analyst",
        "створено запрошення · Новини · analyst",
        "опубліковано статтю · Новини · обговорення № 1",
        "канал під’єднано · Новини",
    ]
    assert {act.partition(" · ")[0] for act in acts} == {name, "Аналітик"}


async def test_log_has_pages_and_says_when_it_does_not_hold(chat: Chat, owner: int) -> None:
    for number in range(14):
        await chat.people.say(chat.channel, f"/poll Питання {number}?", by=owner)
        await chat.settle()
    await chat.people.say(None, "/audit", by=owner)
    await chat.settle()
    assert await chat.keys(None, by=owner) == ["Давніші ▶️"]
    await chat.press("Давніші ▶️", by=owner)
    await chat.settle()
    assert await chat.keys(None, by=owner) == ["⏮ Найновіші"]
    assert "канал під’єднано" in (await chat.said_to(owner))[-1]

    async with chat.app.db.write() as tx:
        await tx.execute(update(AuditRow).where(AuditRow.number == 15).values(act="closed"))
    await chat.press("⏮ Найновіші", by=owner)
    await chat.settle()

    shown = (await chat.said_to(owner))[-1]
    assert "⚠️ У журналі бракує рядків або їх змінено." in shown
    assert "⚠️ 15." in shown


async def test_invitations_of_others_are_not_listed_anywhere(chat: Chat, owner: int) -> None:
    await payload(chat, "➕ Запросити модератора")

    async with chat.app.db.read() as tx:
        row = (await tx.scalars(select(InvitationRow))).one()
        nobody = list(await tx.scalars(select(RoleRow)))

    assert len(row.digest) == 32
    assert nobody == []
