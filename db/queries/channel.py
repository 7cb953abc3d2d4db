"""Channels, their staff, and the copies of their posts."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from bot.domain.ballot import Results
from bot.domain.discussion import Channel, Layout
from bot.domain.ids import ChannelId, ChatId, MessageId, Pseudonym
from bot.domain.opinion import Moderation
from db.dialect import CHANNEL, lock, upsert
from db.engine import Tx
from db.models import ChannelRow, StaffRow, ThreadRow


def channel_of(row: ChannelRow) -> Channel:
    return Channel(
        id=row.id,
        chat=row.chat,
        title=row.title,
        username=row.username,
        group=row.group_chat,
        group_seen=row.group_seen,
        active=row.active,
        language=row.language,
        question=row.question,
        options=None if row.options is None else tuple(row.options),
        layout=Layout(row.layout),
        results=None if row.results is None else Results(row.results),
        step=row.step,
        minimum=row.minimum,
        moderation=None if row.moderation is None else Moderation(row.moderation),
        watch=row.watch,
        owner=row.owner,
    )


async def find(tx: Tx, channel: ChannelId) -> Channel | None:
    row = await tx.get(ChannelRow, channel)
    return None if row is None else channel_of(row)


async def by_chat(tx: Tx, chat: ChatId) -> Channel | None:
    """The channel that is this chat or whose discussion group it is."""
    row = await tx.scalar(
        select(ChannelRow).where(or_(ChannelRow.chat == chat, ChannelRow.group_chat == chat))
    )
    return None if row is None else channel_of(row)


async def by_name(tx: Tx, username: str) -> Channel | None:
    rows = (await tx.scalars(select(ChannelRow).where(ChannelRow.username.is_not(None)))).all()
    wanted = username.lstrip("@").casefold()
    return next((channel_of(row) for row in rows if (row.username or "").casefold() == wanted), None)


async def all_active(tx: Tx) -> list[Channel]:
    rows = await tx.scalars(select(ChannelRow).where(ChannelRow.active).order_by(ChannelRow.id))
    return [channel_of(row) for row in rows]


async def unchecked_since(tx: Tx, moment: datetime) -> list[Channel]:
    rows = await tx.scalars(select(ChannelRow).where(ChannelRow.active, ChannelRow.checked_at < moment))
    return [channel_of(row) for row in rows]


async def edited_by(tx: Tx, person: Pseudonym) -> list[Channel]:
    """Channels where the person is known to be an administrator.  A hint: Telegram is asked before anything is done."""
    rows = await tx.scalars(
        select(ChannelRow)
        .join(StaffRow, StaffRow.channel_id == ChannelRow.id)
        .where(StaffRow.person == person, ChannelRow.active)
        .order_by(ChannelRow.id)
    )
    return [channel_of(row) for row in rows]


async def store(
    tx: Tx,
    *,
    chat: ChatId,
    title: str,
    username: str | None,
    group: ChatId | None,
    group_seen: bool,
    now: datetime,
    language: str,
    layout: Layout,
    owner: bytes | None,
) -> Channel:
    """Make the channel known, or bring what Telegram says about it up to date.

    ``language`` and ``layout`` are for a new channel; a known one keeps what its editors set.  ``owner`` of ``None``
    leaves who it was.
    """
    await lock(tx, CHANNEL, chat)  # two processes may meet it at the same moment
    if group is not None:  # Telegram moved the group to another channel
        moved = update(ChannelRow).where(ChannelRow.group_chat == group, ChannelRow.chat != chat)
        await tx.execute(moved.values(group_chat=None, group_seen=False))
    row = await tx.scalar(select(ChannelRow).where(ChannelRow.chat == chat))
    if row is None:
        row = ChannelRow(chat=chat, language=language, layout=layout, owner=owner)
        tx.add(row)
    row.title, row.username, row.group_chat, row.group_seen = title, username, group, group_seen
    row.active, row.checked_at = True, now
    row.owner = owner or row.owner
    await tx.flush()
    return channel_of(row)


async def store_settings(
    tx: Tx,
    channel: ChannelId,
    *,
    language: str,
    layout: Layout,
    question: str | None,
    options: tuple[str, ...] | None,
    results: Results | None,
    step: int | None,
    minimum: int | None,
    watch: bool | None,
    moderation: Moderation | None,
) -> None:
    """What is asked, how it looks and how numbers are shown in this channel; ``None``: as everywhere."""
    values = {
        "language": language,
        "layout": layout,
        "question": question,
        "options": options and list(options),
        "results": results,
        "step": step,
        "minimum": minimum,
        "watch": watch,
        "moderation": moderation,
    }
    await tx.execute(update(ChannelRow).where(ChannelRow.id == channel).values(values))


async def deactivate(tx: Tx, chat: ChatId) -> None:
    await tx.execute(update(ChannelRow).where(ChannelRow.chat == chat).values(active=False))


async def unlink_group(tx: Tx, group: ChatId) -> None:
    await tx.execute(update(ChannelRow).where(ChannelRow.group_chat == group).values(group_seen=False))


async def migrate_group(tx: Tx, old: ChatId, new: ChatId) -> None:
    """A basic group became a supergroup and got another number."""
    await tx.execute(update(ChannelRow).where(ChannelRow.group_chat == old).values(group_chat=new))


async def store_staff(tx: Tx, channel: ChannelId, people: Iterable[Pseudonym]) -> None:
    """The whole list, in place of the last one."""
    await tx.execute(delete(StaffRow).where(StaffRow.channel_id == channel))
    rows = [{"channel_id": channel, "person": person} for person in sorted(set(people))]
    await upsert(tx, StaffRow, rows)


async def store_staff_member(tx: Tx, channel: ChannelId, person: Pseudonym, is_staff: bool) -> None:
    if is_staff:
        await upsert(tx, StaffRow, [{"channel_id": channel, "person": person}])
    else:
        await tx.execute(delete(StaffRow).where(StaffRow.channel_id == channel, StaffRow.person == person))


async def store_thread(
    tx: Tx, *, group: ChatId, copy: MessageId, channel: ChatId, post: MessageId, album: str | None
) -> None:
    row = {
        "group_chat": group,
        "message": copy,
        "channel_chat": channel,
        "post_message": post,
        "album": album,
    }
    await upsert(tx, ThreadRow, [row], update=["channel_chat", "post_message", "album"])


async def posts_of_thread(tx: Tx, group: ChatId, thread: MessageId) -> list[tuple[ChatId, MessageId]]:
    """The channel posts (chat, message) whose comments hang under this copy: one, or all items of an album."""
    row = await tx.get(ThreadRow, (group, thread))
    if row is None:
        return []
    if row.album is None:
        return [(row.channel_chat, row.post_message)]
    items = await tx.execute(
        select(ThreadRow.channel_chat, ThreadRow.post_message).where(
            ThreadRow.group_chat == group, ThreadRow.album == row.album
        )
    )
    return [(chat, message) for chat, message in items]
