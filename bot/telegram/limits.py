"""Telegram's budget: who may be called when.

The states live in the database, one row a key, since they hold across processes and restarts.  A worker loads those of
the keys in question, decides with ``Budget``, and stores what ``changed`` in the transaction that claims the calls.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.domain.ids import ChatId, PostId, Pseudonym
from bot.domain.pace import (
    CHAT,
    LONGEST_CLAIM,
    MESSAGE,
    OVERALL,
    PATIENCE,
    POSTS_LEAVE,
    PRIVATE,
    REDRAWS_LEAVE,
    ROOM,
    ROOM_FOR_POSTS,
    Pace,
    Spent,
)
from bot.telegram.verdict import Reason, TryLater

LONGEST_HOLD = 5.0  # seconds for the whole bot, when no server said how long

ALL = "all"  # sorts before the other keys: it is locked first by everybody


def private_key(chat: Pseudonym) -> str:
    return f"private:{chat.hex()}"


def chat_key(chat: ChatId) -> str:
    """Of a channel or a group; what is private is kept under a pseudonym."""
    return f"chat:{chat}"


def room_key(chat: Pseudonym) -> str:
    """Of a chat where opinions are moderated: its number is kept nowhere."""
    return f"room:{chat.hex()}"


def message_key(post: PostId) -> str:
    return f"message:{post}"


PACES = {"all": OVERALL, "chat": CHAT, "message": MESSAGE, "private": PRIVATE, "room": ROOM}


def pace_of(key: str) -> Pace:
    return PACES[key.partition(":")[0]]


class Budget:
    """Times are Unix seconds.  ``*_at`` say when a call may go, ``spend_*`` that it goes at ``now``.

    ``posts_wait`` and ``redraws_wait``: chats where only the chat's own budget stops them.
    """

    def __init__(self, states: Mapping[str, Spent], now: float) -> None:
        self.now = now
        self.posts_wait: Collection[ChatId] = ()
        self.redraws_wait: Collection[ChatId] = ()
        self._states = {key: pace_of(key).mend(spent, now) for key, spent in states.items()}
        self.changed = {key: spent for key, spent in self._states.items() if spent != states[key]}

    def private_at(self, chat: Pseudonym) -> float:
        return max(self._earliest(private_key(chat)), self._earliest(ALL))

    def spend_private(self, chat: Pseudonym) -> None:
        self._spend(private_key(chat))
        self._spend(ALL)

    def room_at(self, chat: Pseudonym) -> float:
        return max(self._earliest(room_key(chat)), self._earliest(ALL, REDRAWS_LEAVE))

    def spend_room(self, chat: Pseudonym) -> None:
        self._spend(room_key(chat))
        self._spend(ALL)

    def post_at(self, chat: ChatId, since: float) -> float:
        """``since``: from when on it could have gone."""
        courtesy = self._courtesy(chat, redraw=False) if chat in self.redraws_wait else 0.0
        return max(self.chat_at(chat) + courtesy, self._overall(POSTS_LEAVE, since))

    def spend_post(self, chat: ChatId) -> None:
        self._spend_chat(chat, redraw=False)

    def redraw_at(self, chat: ChatId, message: PostId, since: float) -> float:
        """Redraws leave room for posts in their chat, but not once they are late."""
        courtesy = self._courtesy(chat, redraw=True) if chat in self.posts_wait else 0.0
        late = self.last_drawn(message) + CHAT.interval
        roomy = self._earliest(chat_key(chat), ROOM_FOR_POSTS)
        in_chat = min(roomy, max(self.chat_at(chat), late)) + courtesy
        return max(self.message_at(message), in_chat, self._overall(REDRAWS_LEAVE, since))

    def spend_redraw(self, chat: ChatId, message: PostId) -> None:
        self._spend(message_key(message))
        self._spend_chat(chat, redraw=True)

    def chat_at(self, chat: ChatId) -> float:
        """When the chat has its next call to give, whoever takes it."""
        return self._earliest(chat_key(chat))

    def message_at(self, message: PostId) -> float:
        """When this message may be edited, as far as it alone is concerned."""
        return self._earliest(message_key(message))

    def only_chat_stops(self, chat: ChatId, message: PostId) -> bool:
        """Whether this message will be ready to take the chat's next call."""
        return self.message_at(message) <= max(self.now, self.chat_at(chat))

    def last_drawn(self, message: PostId) -> float:
        return self._state(message_key(message)).last

    def holder(self, chat: ChatId) -> str | None:
        """The process whose call is under way in this chat: there is one at a time."""
        state = self._state(chat_key(chat))
        under_way = self.now < state.claimed_until <= self.now + 2 * LONGEST_CLAIM
        return state.claimed_by if under_way else None

    def take(self, chat: ChatId, holder: str) -> None:
        self._set(chat_key(chat), claimed_by=holder, claimed_until=self.now + LONGEST_CLAIM)

    def free(self, chat: ChatId, holder: str) -> None:
        if self._state(chat_key(chat)).claimed_by == holder:
            self._set(chat_key(chat), claimed_by=None, claimed_until=0.0)

    def drawn(self, message: PostId) -> None:
        self._set(message_key(message), failures=0)

    def failed(self, message: PostId, wait: float) -> None:
        """Its next redraw goes ``wait`` seconds from now."""
        key = message_key(message)
        self._set(key, failures=self.failures(message) + 1)
        self._hold(key, wait)

    def failures(self, message: PostId) -> int:
        return self._state(message_key(message)).failures

    def obey(self, key: str, refusal: TryLater, wait: float) -> None:
        """The refused call itself waits for ``wait`` seconds.  That may be long after many attempts; all others hold
        back only for so long that a server which is down is not stormed, and find out soon that it is up again.
        """
        if refusal.whole_bot:
            self._hold(ALL, min(wait, LONGEST_HOLD))
        elif refusal.reason is Reason.FLOOD:  # "retry after": this chat waits, the others do not
            self._hold(key, wait)

    def _hold(self, key: str, wait: float) -> None:
        """From the answer on; a clock may have jumped during the call, and ``Pace.mend`` measures a hold from ``last``."""
        state = self._state(key)
        self._set(key, held_until=max(state.held_until, self.now + wait), last=max(state.last, self.now))

    def _courtesy(self, chat: ChatId, *, redraw: bool) -> float:
        """Whoever went last lets the other kind go first, but does not wait for it longer than this."""
        return CHAT.gap if self._state(chat_key(chat)).redrew is redraw else 0.0

    def _overall(self, keep: int, since: float) -> float:
        return min(self._earliest(ALL, keep), max(self._earliest(ALL), since + PATIENCE))

    def _spend_chat(self, chat: ChatId, *, redraw: bool) -> None:
        self._spend(chat_key(chat))
        self._spend(ALL)
        self._set(chat_key(chat), redrew=redraw)

    def _state(self, key: str) -> Spent:
        return self._states.get(key, Spent())

    def _set(self, key: str, **values: object) -> None:
        self._states[key] = self.changed[key] = replace(self._state(key), **values)  # type: ignore[arg-type]

    def _earliest(self, key: str, keep: int = 0) -> float:
        return pace_of(key).earliest(self._state(key), keep)

    def _spend(self, key: str) -> None:
        self._states[key] = self.changed[key] = pace_of(key).spend(self._state(key), self.now)
