"""What owners see: who has which role in a channel, and what staff did."""

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_datetime, get_timezone

from bot.buttons import InviteAnalyst, InviteModerator, RemoveRole, ShowAudit, ShowStaff
from bot.chat import Key, Keyboard, Screen
from bot.domain.audit import Actor, ActorKind, Entry
from bot.domain.discussion import Channel
from bot.domain.role import Role
from bot.services.staff import Joined, Member
from bot.texts import Say
from bot.views.screen import LABEL_LIMIT, shorten

DETAIL = 100  # characters


def which_channel(say: Say, channels: Sequence[Channel]) -> Screen:
    rows = tuple((Key(shorten(c.title, LABEL_LIMIT), ShowStaff(c.id)),) for c in channels)
    return Screen(say.html("staff-which-channel"), rows)


def team(say: Say, channel: Channel, members: Sequence[Member]) -> Screen:
    lines = [say.html("staff-line", name=m.name, role=role(say, m.role)) for m in members]
    text = say.html("staff-head", channel=channel.title)
    text += "\n\n" + ("\n".join(lines) if lines else say.html("staff-nobody"))
    removing: Keyboard = tuple(
        (
            Key(
                shorten(say.plain("button-remove-role", name=m.name), LABEL_LIMIT),
                RemoveRole(channel.id, m.handle),
            ),
        )
        for m in members
    )
    moderator = Key(say.plain("button-invite-moderator"), InviteModerator(channel.id))
    analyst = Key(say.plain("button-invite-analyst"), InviteAnalyst(channel.id))
    return Screen(text, (*removing, (moderator,), (analyst,)))


def role(say: Say, what: Role) -> str:
    return say.plain(f"role-{what}")


def invitation(say: Say, channel: Channel, what: Role, link: str) -> Screen:
    return Screen(say.html("staff-invitation", channel=channel.title, role=what, link=link))


def welcome(say: Say, joined: Joined) -> Screen:
    return Screen(say.html("staff-welcome", channel=joined.channel.title, role=joined.role))


def joined(say: Say, done: Joined, name: str) -> Screen:
    return Screen(say.html("staff-joined", channel=done.channel.title, role=done.role, name=name))


def audit(
    say: Say,
    entries: Sequence[tuple[Entry, Actor | None, bool]],
    titles: dict[int, str],
    time_zone: str,
    *,
    more: bool,
    newest: bool,
    holds: bool,
) -> Screen:
    """``entries`` with who it was and whether the row fits its digest; ``titles`` of channels."""
    head = [say.html("audit-head")] + ([] if holds else [say.html("audit-broken")])
    lines = [_line(say, *entry, titles, time_zone) for entry in entries] or [say.html("audit-empty")]
    keys: list[Key] = []
    if not newest:
        keys.append(Key(say.plain("button-audit-newest"), ShowAudit(0)))
    if more:
        keys.append(Key(say.plain("button-audit-older"), ShowAudit(entries[-1][0].number)))
    return Screen("\n".join([*head, "", *lines]), (tuple(keys),) if keys else ())


def _line(
    say: Say, entry: Entry, actor: Actor | None, fits: bool, titles: dict[int, str], time_zone: str
) -> str:
    about = [titles.get(entry.channel, f"№ {entry.channel}")] if entry.channel is not None else []
    if entry.discussion is not None:
        about.append(say.plain("audit-discussion", id=str(entry.discussion)))
    if entry.detail:
        about.append(shorten(entry.detail, DETAIL))
    line = say.html(
        "audit-line",
        id=str(entry.number),
        when=_when(say, entry.at, time_zone),
        who=who(say, actor),
        act=say.plain(f"act-{entry.act}"),
        about="".join(f" · {part}" for part in about),
    )
    return line if fits else f"⚠️ {line}"


def who(say: Say, actor: Actor | None) -> str:
    if actor is None:
        return say.plain("actor-unknown")
    if actor.kind is ActorKind.PERSON:
        return actor.name
    return say.plain(f"actor-{actor.kind}")


def _when(say: Say, moment: datetime, time_zone: str) -> str:
    return format_datetime(moment, "d.MM, HH:mm", tzinfo=get_timezone(time_zone), locale=say.language)
