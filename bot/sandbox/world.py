"""Who and what there is: people, chats, messages.  Nothing here knows of HTTP, or of what a bot may see."""

import asyncio
import base64
import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.errors import PeopleError
from bot.sandbox.faults import Delivery, Faults, Flood, Outage
from bot.sandbox.inbox import Inbox

JSON = dict[str, Any]

# Users that stand in for senders who are none.
SERVICE, ANONYMOUS, AS_CHANNEL = 777000, 1087968824, 136817688
ANYBODY = 0  # in ``Chat.spells``: the times when a chat was open to all
KEPT_CALLS = 100_000
ANSWER_WINDOW = 15.0


@dataclass(slots=True)
class Person:
    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    met: bool = False  # the bot has seen this person in an update, so it knows the id as a peer
    hides_forwards: bool = False  # what others forward names this person, but does not link to them


@dataclass(slots=True)
class Member:
    status: str  # creator, administrator, member, restricted, left, kicked
    rights: frozenset[str] = frozenset()
    title: str | None = None
    reads_all: bool = False  # for the bot: privacy mode as it was when it joined
    away: bool = False  # of the restricted: no longer in the chat

    @property
    def inside(self) -> bool:
        return self.status in ("creator", "administrator", "member") or (
            self.status == "restricted" and not self.away
        )

    @property
    def admin(self) -> bool:
        return self.status in ("creator", "administrator")

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote (``user``), and who is shown: a stand-in (``shown``), a chat, a signature."""

    user: int | None
    shown: int | None = None
    chat: int | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What "message is not modified" compares, but for the keyboard.  ``text`` is a caption where there is media."""

    text: str = ""
    entities: tuple[JSON, ...] = ()
    media: JSON | None = None  # {"photo": [...]}, {"document": {...}}, {"sticker": {...}}, {"poll": id}
    preview: JSON | None = None


@dataclass(slots=True, eq=False)
class Message:
    chat_id: int
    id: int
    date: int
    sender: Sender
    content: Content
    markup: JSON | None = None
    reply_to: int | None = None
    thread: int | None = None
    album: str | None = None
    edited: int | None = None
    origin: "Message | None" = None  # of an automatic copy: the channel's post
    forwarded: "Message | None" = None  # by a person: the channel's post
    copy: "Message | None" = None  # of a channel's post: the automatic copy
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict)
    face: JSON | None = None  # its JSON without what it replies to, until it changes
    texts: list[str] = field(default_factory=list)  # all it ever said, in order
    said: list[int] = field(default_factory=list)  # the moment of each
    edits: int = 0  # also those of the keyboard alone
    force_reply: JSON | None = None  # for the app of whoever is to answer
    protected: bool = False  # not to be forwarded or saved
    born: int = 0  # the moments (``World.moment``) between which it stood there
    died: int | None = None
    hidden_from: set[int] = field(default_factory=set)  # who took it out of their own copy of a private chat


@dataclass(slots=True)
class Spell:
    """From one moment to another somebody could read a chat, as far back as ``oldest``."""

    start: int
    end: int | None = None
    oldest: int = 0


@dataclass(slots=True, eq=False)
class InviteLink:
    url: str
    creator: int
    name: str | None = None
    approval: bool = False  # who follows it asks to join
    primary: bool = False
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class JoinRequest:
    person: int
    date: int
    link: InviteLink | None  # none: asked directly


@dataclass(slots=True)
class Chat:
    id: int
    type: str  # private, channel, supergroup
    title: str = ""
    username: str | None = None
    description: str | None = None
    linked: int | None = None
    signs: bool = False  # posts carry the author's name
    shows_profiles: bool = False  # posts come from the author's own account
    muted: bool = False  # only administrators may write
    available_reactions: list[JSON] | None = None
    visible_history: bool = True  # new members read what was written before them
    join_by_request: bool = False
    join_to_send: bool = False  # in a discussion: only members write
    protected: bool = False  # nothing is forwarded from here
    met: bool = False  # the bot knows the id
    next_id: int = 1
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: dict[int, Message] = field(default_factory=dict)
    albums: dict[str, tuple[str, int]] = field(default_factory=dict)  # label -> (media_group_id, first)
    pinned: list[int] = field(default_factory=list)
    links: dict[str, InviteLink] = field(default_factory=dict)
    requests: dict[int, JoinRequest] = field(default_factory=dict)
    spells: dict[int, list[Spell]] = field(default_factory=dict)  # who could read it when; see ANYBODY

    def member(self, user: int) -> Member:
        return self.members.get(user, LEFT)

    def add_link(self, creator: int, name: str | None = None, approval: bool = False) -> InviteLink:
        """The same world makes the same links."""
        seed = f"{self.id} {creator} {len(self.links)}".encode()
        secret = base64.urlsafe_b64encode(hashlib.sha256(seed).digest())[:16].decode()
        link = InviteLink(f"https://t.me/+{secret}", creator, name, approval)
        self.links[link.url] = link
        return link

    def primary_link(self, creator: int) -> InviteLink:
        """Each administrator has one of their own."""
        own = (each for each in self.links.values() if each.creator == creator and each.primary)
        link = next(own, None) or self.add_link(creator)
        link.primary = True
        return link


LEFT = Member("left")


@dataclass(slots=True)
class File:
    id: str
    path: str
    name: str
    mime: str
    data: bytes


@dataclass(slots=True, eq=False)
class Poll:
    id: str
    question: str
    options: list[str]
    chat_id: int
    settings: JSON
    is_anonymous: bool = True
    many: bool = False
    revoting: bool = True
    close_date: int | None = None
    closed: bool = False
    votes: dict[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Query:
    """One press of a button."""

    id: str
    person: int
    chat_id: int
    message_id: int
    data: str
    answer: JSON | None = None
    answered: asyncio.Event | None = None  # set if somebody waits for the answer


@dataclass(slots=True)
class Webhook:
    """Where updates are posted, as setWebhook had it, and what last went wrong there."""

    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    certificate: str = ""  # PEM; if there is one, no other is trusted
    last_error: tuple[int, str] | None = field(default=None, compare=False)  # when, what


@dataclass(slots=True)
class Profile:
    """What the bot says about itself, by language; commands by scope and language."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[JSON]] = field(default_factory=dict)
    rights: dict[bool, JSON] = field(default_factory=dict)


class World:
    """Everything of one bot.  A world belongs to one event loop; nothing in it waits."""

    def __init__(
        self,
        token: str = "1000001:SANDBOX-TOKEN",  # noqa: S107 - opens nothing but this process
        username: str = "dumka_sandbox_bot",
        name: str = "Dumka",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.clock = clock
        self.bot = Person(int(token.partition(":")[0]), name, username, is_bot=True)
        self.people: dict[int, Person] = {
            self.bot.id: self.bot,
            SERVICE: Person(SERVICE, "Telegram"),
            ANONYMOUS: Person(ANONYMOUS, "Group", "GroupAnonymousBot", is_bot=True),
            AS_CHANNEL: Person(AS_CHANNEL, "Channel", "Channel_Bot", is_bot=True),
        }
        self.chats: dict[int, Chat] = {}
        self.usernames: dict[str, int] = {username.lower(): self.bot.id}
        self.files: dict[str, File] = {}
        self.polls: dict[str, Poll] = {}
        self.queries: dict[str, Query] = {}
        self.profile = Profile()
        self.webhook: Webhook | None = None
        self.webhook_changed: Callable[[], None] = lambda: None
        self.inbox = Inbox(self.time)
        self.ids: dict[str, int] = {"bot": self.bot.id}

        self.privacy = True
        self.copies = "before"  # or "after" the answer, "silent" (made, never told), "none"
        self.answer_window = ANSWER_WINDOW
        self.faults = Faults()
        self.flood = Flood()
        self.outage = Outage()
        self.delivery = Delivery()
        self.calls: deque[JSON] = deque(maxlen=KEPT_CALLS)
        self.called: Counter[str] = Counter()  # by method, also those no longer kept
        self.violations: list[JSON] = []
        self.method = ""  # of the call in hand, for violations
        self.told_before_answer = False
        self.after_answer: list[Callable[[], None]] = []
        self._serial = self._moment = 0

    def time(self) -> float:
        """Asks the clock that is set now: a server brings its own."""
        return self.clock()

    @property
    def now(self) -> int:
        return int(self.clock())

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    def moment(self) -> int:
        """Before and after, for what happens within one second."""
        self._moment += 1
        return self._moment

    def record(self, method: str, **more: Any) -> JSON:
        """A call, before it is read; the caller fills in how it ended."""
        record: JSON = {"method": method, "params": {}, "time": self.clock(), "outcome": None, **more}
        self.calls.append(record)
        self.called[method] += 1
        return record

    def violation(self, what: str) -> None:
        """Something that works here and at Telegram, or is refused there, but no good bot does."""
        self.violations.append({"time": self.clock(), "method": self.method, "what": what})

    def person(self, user: int) -> Person:
        person = self.people.get(user)
        if person is None:
            raise PeopleError(f"there is no person {user}")
        return person

    def chat(self, chat_id: int) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None:
            raise PeopleError(f"there is no chat {chat_id}")
        return chat

    def private(self, user: int) -> Chat:
        """The private chat of a person with the bot; it has the person's id."""
        if user not in self.chats:
            self.chats[user] = Chat(user, "private")
        return self.chats[user]

    def add_person(
        self,
        name: str,
        language_code: str | None = None,
        username: str | None = None,
        is_bot: bool = False,
        user_id: int | None = None,
    ) -> Person:
        number = user_id if user_id is not None else 100_000 + self.serial()
        if number <= 0 or number in self.people:
            raise PeopleError(f"no person can have the id {number}")
        person = Person(number, name, username, language_code, is_bot)
        self.claim_username(username, person.id)
        self.people[person.id] = person
        return person

    def add_chat(self, kind: str, title: str, owner: int, username: str | None = None) -> Chat:
        """Message ids start elsewhere in a channel and in a group: whoever mixes them up is found out."""
        chat_id = -1_000_000_000_000 - 1_000_000 - self.serial()
        chat = Chat(chat_id, kind, title, username, next_id=11 if kind == "channel" else 1001)
        self.claim_username(username, chat_id)
        chat.members[self.person(owner).id] = Member("creator")
        chat.spells[owner] = [Spell(0)]
        if username is not None:
            chat.spells[ANYBODY] = [Spell(0)]
        self.chats[chat_id] = chat
        return chat

    def claim_username(self, username: str | None, holder: int) -> None:
        if username is None:
            return
        if self.usernames.setdefault(username.lower(), holder) != holder:
            raise PeopleError(f"the username @{username} is taken")

    def add_file(self, name: str, mime: str, data: bytes) -> File:
        number = self.serial()
        file = File(f"sandbox-file-{number}", f"documents/file_{number}", name, mime, data)
        suffix = name.rpartition(".")[2] if "." in name else ""
        file.path += f".{suffix}" if suffix.isalnum() and suffix.isascii() else ""
        self.files[file.id] = file
        return file


def newsroom(clock: Callable[[], float] = time.time) -> World:
    """A channel with its discussion group, their owner, and a bot that nobody has added yet."""
    world = World(clock=clock)
    owner = world.add_person("Олена", "uk", "olena_editor")
    channel = world.add_chat("channel", "Новини", owner.id, "novyny")
    group = world.add_chat("supergroup", "Новини: розмова", owner.id)
    channel.linked, group.linked = group.id, channel.id
    group.spells[ANYBODY] = [Spell(0)]
    world.ids |= {"owner": owner.id, "channel": channel.id, "group": group.id}
    return world
