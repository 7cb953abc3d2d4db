"""Who can read which message, and who ever could: what a test needs to show that something reached nobody."""

from bot.sandbox.errors import PeopleError
from bot.sandbox.world import ANONYMOUS, ANYBODY, AS_CHANNEL, JSON, SERVICE, Chat, Message, Spell, World

FOREVER = float("inf")
STAND_INS = frozenset((SERVICE, ANONYMOUS, AS_CHANNEL))


def came(world: World, chat: Chat, who: int) -> None:
    """Where history is hidden, a newcomer reads only what is written from now on."""
    now = world.moment()
    chat.spells.setdefault(who, []).append(Spell(now, oldest=0 if chat.visible_history else now))


def went(world: World, chat: Chat, who: int) -> None:
    chat.spells[who][-1].end = world.moment()


def reveal(world: World, chat: Chat) -> None:
    """Hidden history becomes visible: to the members there are, too."""
    chat.visible_history = True
    for who, spells in chat.spells.items():
        if spells[-1].end is None and spells[-1].oldest:
            went(world, chat, who)
            came(world, chat, who)


def open_or_close(world: World, chat: Chat) -> None:
    """To be called after a change of what makes a chat open: its username, or a channel it discusses."""
    spells = chat.spells.get(ANYBODY, [])
    is_open, was_open = opened(chat), bool(spells) and spells[-1].end is None
    if is_open:
        reveal(world, chat)  # a public group, or one of a channel, hides nothing
    if is_open and not was_open:
        came(world, chat, ANYBODY)
    elif was_open and not is_open:
        went(world, chat, ANYBODY)


def opened(chat: Chat) -> bool:
    """A discussion counts as open even if its channel is private: rather too many are said to have seen it."""
    return chat.username is not None or (chat.type == "supergroup" and chat.linked is not None)


def visible(chat: Chat, message: Message, who: int) -> bool:
    """Now, to somebody who may look into this chat at all."""
    if chat.type == "private":
        return who not in message.hidden_from
    spells = chat.spells.get(who, [])
    inside = bool(spells) and spells[-1].end is None
    return not inside or message.born >= spells[-1].oldest


def texts_for(chat: Chat, message: Message, who: int) -> list[str]:
    """Those of a message's texts that this person could read; an edit may have come before them, or after."""
    if message.sender.user == who or (chat.type == "private" and chat.id == who):
        return message.texts
    spells = [
        spell
        for spell in (*chat.spells.get(who, ()), *chat.spells.get(ANYBODY, ()))
        if message.born >= spell.oldest
    ]
    ends = (*message.said[1:], FOREVER if message.died is None else message.died)
    return [
        text
        for text, start, end in zip(message.texts, message.said, ends, strict=True)
        if any(max(spell.start, start) < min(spell.end or FOREVER, end) for spell in spells)
    ]


def seen_by(world: World, chat: int, message_id: int) -> list[int]:
    """Everybody who could ever read this message, deleted or not: for an open chat, all people of this world."""
    place = world.chat(chat)
    message = place.messages.get(message_id) or place.deleted.get(message_id)
    if message is None:
        raise PeopleError(f"there never was a message {message_id} in this chat")
    return [who for who in people(world) if texts_for(place, message, who)]


def reached(world: World, user: int) -> list[JSON]:
    """Every message in every chat that this person could ever read, with the texts that it had then; oldest first."""
    found = [
        (message.born, place, message, texts)
        for place in world.chats.values()
        for message in (*place.messages.values(), *place.deleted.values())
        if (texts := texts_for(place, message, user))
    ]
    return [
        {
            "chat": place.id,
            "message_id": message.id,
            "from_bot": message.sender.user == world.bot.id,
            "texts": texts,
            "deleted": message.died is not None,
        }
        for _, place, message, texts in sorted(found, key=lambda each: each[0])
    ]


def everybody(world: World) -> list[JSON]:
    """All that Telegram knows of each person here: what an attacker would look for in what a bot keeps."""
    return [
        {"id": who, "first_name": world.people[who].first_name, "username": world.people[who].username}
        for who in people(world)
    ]


def people(world: World) -> list[int]:
    return [person.id for person in world.people.values() if person.id not in STAND_INS | {world.bot.id}]
