"""The guard of a staff room: each single thing that lets others read there, and all of them together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.facts import ChatFacts, Member
from bot.domain.ids import ChannelId, ChatId, Pseudonym, RoomId, UserId
from bot.domain.room import (
    Coming,
    Joining,
    Room,
    RoomFacts,
    RoomKind,
    RoomRules,
    Trouble,
    let_in,
    trouble_of,
)

BOT = Member(UserId(1), "administrator", is_bot=True)
OWNER = Member(UserId(2), "creator")
EDITOR = Member(UserId(3), "administrator")
STRANGER = Member(UserId(4), "administrator")
ROBOT = Member(UserId(5), "administrator", is_bot=True)
ROOM = Room(RoomId(1), ChannelId(1), RoomKind.GROUP, Pseudonym(b"r" * 16), b"", members=4)
CHAT = ChatFacts(ChatId(-100), "supergroup", "Кімната", join_by_request=True)
FACTS = RoomFacts(CHAT, BOT, members=4, admins=(BOT, OWNER, EDITOR), staff={OWNER.user, EDITOR.user})
RULES = RoomRules(most_members=20)


def but(facts: RoomFacts, **changes: Any) -> RoomFacts:
    assert facts.chat is not None
    return replace(facts, chat=replace(facts.chat, **changes))


def chat(**changes: Any) -> RoomFacts:
    return but(FACTS, **changes)


def among(*admins: Member) -> RoomFacts:
    return replace(FACTS, admins=admins)


ALONE: list[tuple[Trouble, RoomFacts]] = [
    (Trouble.UNSEEN, replace(FACTS, chat=None)),
    (Trouble.BASIC, chat(kind="group")),
    (Trouble.BASIC, chat(kind="channel")),
    (Trouble.BASIC, chat(kind="private")),
    (Trouble.NOT_ADMIN, replace(FACTS, bot=None)),
    (Trouble.NOT_ADMIN, replace(FACTS, bot=replace(BOT, status="member"))),
    (Trouble.NOT_ADMIN, replace(FACTS, bot=replace(BOT, status="restricted"))),
    (Trouble.NOT_ADMIN, replace(FACTS, bot=replace(BOT, status="left"))),
    (Trouble.PUBLIC, chat(username="kimnata")),
    (Trouble.LINKED, chat(linked=ChatId(-200))),
    (Trouble.FORUM, chat(forum=True)),
    (Trouble.HISTORY, chat(visible_history=True)),
    (Trouble.JOINING, chat(join_by_request=False)),
    (Trouble.ROBOT, among(BOT, OWNER, ROBOT)),
    (Trouble.STRANGER, among(BOT, OWNER, STRANGER)),
    (Trouble.STRANGER, among(BOT)),  # Telegram names no person: whoever reads there is unknown
    (Trouble.STRANGER, among()),
    (Trouble.MANY, replace(FACTS, members=21)),
    (Trouble.JOINED, replace(FACTS, members=5)),
]


@pytest.mark.parametrize(("trouble", "facts"), ALONE)
def test_each_thing_alone_is_a_trouble(trouble: Trouble, facts: RoomFacts) -> None:
    room = replace(ROOM, members=21) if trouble is Trouble.MANY else ROOM

    assert trouble_of(room, facts, RULES) is trouble


def test_nothing_but_known_staff_is_no_trouble() -> None:
    assert trouble_of(ROOM, FACTS, RULES) is None


def test_every_trouble_of_a_group_is_found_above() -> None:
    assert {trouble for trouble, _ in ALONE} == set(Trouble) - {Trouble.NOT_STAFF}  # of private chats


def test_they_are_told_one_after_the_other_as_they_are_mended() -> None:
    """What hides the rest is told first; whatever is mended, the next one shows."""
    worst = replace(
        CHAT,
        kind="group",
        username="x",
        linked=ChatId(-2),
        forum=True,
        visible_history=True,
        join_by_request=False,
    )
    facts = RoomFacts(None, None, 99, (BOT, STRANGER, ROBOT), staff={OWNER.user})
    mended: dict[Trouble, Callable[[RoomFacts], RoomFacts]] = {
        Trouble.UNSEEN: lambda f: replace(f, chat=worst),
        Trouble.BASIC: lambda f: but(f, kind="supergroup"),
        Trouble.NOT_ADMIN: lambda f: replace(f, bot=BOT),
        Trouble.PUBLIC: lambda f: but(f, username=None),
        Trouble.LINKED: lambda f: but(f, linked=None),
        Trouble.FORUM: lambda f: but(f, forum=False),
        Trouble.HISTORY: lambda f: but(f, visible_history=False),
        Trouble.JOINING: lambda f: but(f, join_by_request=True),
        Trouble.ROBOT: lambda f: replace(f, admins=(BOT, STRANGER)),
        Trouble.STRANGER: lambda f: replace(f, admins=(BOT, OWNER)),
        Trouble.MANY: lambda f: replace(f, members=5),
        Trouble.JOINED: lambda f: replace(f, members=4),
    }
    seen: list[Trouble] = []
    while (trouble := trouble_of(ROOM, facts, RULES)) is not None and trouble not in seen:
        seen.append(trouble)
        facts = mended[trouble](facts)

    assert seen == list(mended)


def test_where_the_group_has_no_such_switch_its_comings_are_watched_instead() -> None:
    watched = replace(RULES, joining=Joining.WATCHED)

    assert trouble_of(ROOM, chat(join_by_request=False), watched) is None
    assert trouble_of(ROOM, replace(FACTS, members=5), watched) is Trouble.JOINED


def test_limits_are_reached_and_not_crossed() -> None:
    room = replace(ROOM, members=20)

    assert trouble_of(room, replace(FACTS, members=20), RULES) is None
    assert trouble_of(room, replace(FACTS, members=21), RULES) is Trouble.MANY
    assert trouble_of(ROOM, replace(FACTS, members=3), RULES) is None  # somebody left
    assert trouble_of(replace(ROOM, members=None), FACTS, RULES) is None  # never counted


@dataclass(frozen=True)
class Case:
    room: Room
    facts: RoomFacts
    rules: RoomRules


STATUSES = st.sampled_from(["creator", "administrator", "member", "restricted", "left", "kicked"])
CHATS = st.builds(
    ChatFacts,
    st.just(ChatId(-100)),
    st.sampled_from(["supergroup", "supergroup", "supergroup", "group", "channel", "private"]),
    st.just("Кімната"),
    username=st.sampled_from([None, None, "kimnata"]),
    linked=st.sampled_from([None, None, ChatId(-200)]),
    visible_history=st.sampled_from([False, False, True]),
    join_by_request=st.sampled_from([True, True, False]),
    forum=st.sampled_from([False, False, True]),
)
PEOPLE = st.sampled_from([OWNER, EDITOR, STRANGER, ROBOT])
CASES = st.builds(
    Case,
    st.builds(lambda members: replace(ROOM, members=members), st.none() | st.integers(0, 30)),
    st.builds(
        RoomFacts,
        st.none() | CHATS,
        st.none() | st.builds(lambda status: replace(BOT, status=status), STATUSES),
        st.integers(0, 30),
        st.lists(PEOPLE, max_size=3).map(lambda people: (BOT, *people)),
        st.sets(st.sampled_from([OWNER.user, EDITOR.user, ROBOT.user])),
    ),
    st.builds(RoomRules, st.sampled_from(Joining), st.integers(1, 30)),
)


@given(CASES)
@example(Case(ROOM, FACTS, RULES))
@example(Case(ROOM, chat(visible_history=True), RULES))
def test_delivered_only_where_every_single_condition_holds(case: Case) -> None:
    facts, told = case.facts, case.facts.chat
    people = [admin for admin in facts.admins if admin.user != BOT.user]
    holds = (
        told is not None
        and told.kind == "supergroup"
        and (told.username, told.linked, told.forum, told.visible_history) == (None, None, False, False)
        and (told.join_by_request or case.rules.joining is Joining.WATCHED)
        and facts.bot is not None
        and facts.bot.status in {"creator", "administrator"}
        and len(people) > 0
        and all(one.user in facts.staff and not one.is_bot for one in people)
        and facts.members <= case.rules.most_members
        and (case.room.members is None or facts.members <= case.room.members)
    )

    assert (trouble_of(case.room, facts, case.rules) is None) == holds


@pytest.mark.parametrize(
    ("coming", "actor", "let"),
    [
        (Coming(UserId(9), OWNER.user, False, True), OWNER, True),  # added by an administrator
        (Coming(UserId(9), UserId(8), False, True), Member(UserId(8), "member"), False),  # added by a member
        (Coming(UserId(9), UserId(9), False, True), Member(UserId(9), "member"), False),  # by itself
        (Coming(UserId(9), UserId(9), False, True, via_request=True), Member(UserId(9), "member"), True),
        (Coming(UserId(9), UserId(9), False, True, link_asks=True), Member(UserId(9), "member"), True),
        (Coming(UserId(9), OWNER.user, False, True, link_asks=False), OWNER, False),  # whoever has the link
    ],
)
def test_who_was_let_in(coming: Coming, actor: Member, let: bool) -> None:
    assert let_in(coming, actor) is let
