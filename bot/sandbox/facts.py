"""What happened in a world, for a test that knows what should have."""

from collections import Counter, defaultdict

from bot.sandbox import render, seeing
from bot.sandbox.keyboard import buttons
from bot.sandbox.world import JSON, Chat, Message, World


def facts(world: World) -> JSON:
    """All of it at one moment.  ``refused`` and ``faults`` cover the calls that are still kept."""
    refused: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for call in world.calls:
        if call["outcome"] not in ("ok", None):
            refused[call["method"]][call["outcome"]] += 1
    return {
        "calls": dict(world.called),
        "refused": refused,
        "faults": Counter(call["fault"] for call in world.calls if "fault" in call),
        "chats": [
            {
                "id": chat.id,
                "type": chat.type,
                "title": chat.title,
                "messages": messages(world, chat.id),
                "posted": posted(world, chat),
            }
            for chat in world.chats.values()
        ],
        "violations": world.violations,
        "unanswered": unanswered(world),
        "pending": world.inbox.pending,
        "unconfirmed": world.inbox.unconfirmed,
    }


def messages(world: World, chat: int) -> list[JSON]:
    """By message_id, deleted ones too."""
    place = world.chat(chat)
    both = {**place.messages, **place.deleted}
    return [
        {
            "message_id": number,
            "from_bot": own(world, message),
            "automatic_copy": message.origin is not None,
            "text": message.content.text,
            "texts": message.texts,
            "edits": message.edits,
            "buttons": [key["text"] for key in buttons(message.markup)],
            "deleted": number in place.deleted,
        }
        for number, message in sorted(both.items())
    ]


def remains(world: World, user: int) -> JSON:
    """What still stands in a person's private chat with the bot, as each of the two would find it."""
    chat = world.private(world.person(user).id)
    both = chat.messages.values()
    return {
        "person": [render.message(world, each) for each in both if seeing.visible(chat, each, user)],
        "bot": [render.message(world, each) for each in both],
    }


def posted(world: World, chat: Chat) -> dict[str, int]:
    """How often the bot sent each text here, as it first stood; what was deleted since counts too."""
    sent = (*chat.messages.values(), *chat.deleted.values())
    return Counter(message.texts[0] for message in sent if own(world, message))


def own(world: World, message: Message) -> bool:
    return message.sender.user == world.bot.id


def unanswered(world: World) -> list[JSON]:
    """Presses that the bot never answered, oldest first."""
    return [
        {
            "id": query.id,
            "by": query.person,
            "chat": query.chat_id,
            "message_id": query.message_id,
            "data": query.data,
            "fetched": query.id in world.inbox.query_fetched_at,
        }
        for query in world.queries.values()
        if query.answer is None
    ]
