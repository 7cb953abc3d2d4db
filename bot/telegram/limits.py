"""Telegram's budget: who may be called when.  The state is small, and what a restart must not forget can be stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.ids import ChatId, PostId
from bot.domain.pace import CHAT, MESSAGE, OVERALL, PRIVATE, ROOM_FOR_POSTS, Pace
from bot.telegram.verdict import Reason, TryLater

LONGEST_HOLD = 5.0  # seconds for the whole bot, when no server said how long

Key = tuple[str, int | bytes]


@dataclass(slots=True)
class _State:
    tat: float = 0.0
    held_until: float = 0.0
    last: float = float("-inf")
    redrew: bool | None = None  # whether the last call in a chat was a redraw


@dataclass(slots=True)
class Budget:
    """Times are Unix seconds.  ``*_at`` say when a call may go, ``spend_*`` that it went."""

    _states: dict[Key, _State] = field(default_factory=dict)
    posts_wait: frozenset[ChatId] = frozenset()  # chats where only the chat's own budget stops them
    redraws_wait: frozenset[ChatId] = frozenset()

    def private_at(self, chat: bytes) -> float:
        return max(self._earliest(("private", chat), PRIVATE), self._earliest(("all", 0), OVERALL))

    def spend_private(self, chat: bytes, now: float) -> None:
        self._spend(("private", chat), PRIVATE, now)
        self._spend(("all", 0), OVERALL, now)

    def post_at(self, chat: ChatId) -> float:
        courtesy = self._courtesy(chat, redraw=False) if chat in self.redraws_wait else 0.0
        return max(self.chat_at(chat) + courtesy, self._earliest(("all", 0), OVERALL))

    def spend_post(self, chat: ChatId, now: float) -> None:
        self._spend_chat(chat, now, redraw=False)

    def redraw_at(self, chat: ChatId, message: PostId) -> float:
        """Redraws leave room for posts in their chat, but not once they are late."""
        courtesy = self._courtesy(chat, redraw=True) if chat in self.posts_wait else 0.0
        late = self._last(("message", message)) + CHAT.interval
        roomy = self._earliest(("chat", chat), CHAT, ROOM_FOR_POSTS)
        in_chat = min(roomy, max(self.chat_at(chat), late)) + courtesy
        return max(self.message_at(message), in_chat, self._earliest(("all", 0), OVERALL))

    def spend_redraw(self, chat: ChatId, message: PostId, now: float) -> None:
        self._spend(("message", message), MESSAGE, now)
        self._spend_chat(chat, now, redraw=True)

    def chat_at(self, chat: ChatId) -> float:
        """When the chat has its next call to give, whoever takes it."""
        return self._earliest(("chat", chat), CHAT)

    def message_at(self, message: PostId) -> float:
        """When this message may be edited, as far as it alone is concerned."""
        return self._earliest(("message", message), MESSAGE)

    def obey(self, chat: ChatId | bytes, refusal: TryLater, wait: float, now: float) -> None:
        """The refused call itself waits for ``wait`` seconds.  That may be long after many attempts; all others hold
        back only for so long that a server which is down is not stormed, and find out soon that it is up again.
        """
        if refusal.whole_bot:
            self.hold_all(now + min(wait, LONGEST_HOLD))
        elif refusal.reason is Reason.FLOOD:
            self.hold(chat, now + wait)

    def hold(self, chat: ChatId | bytes, until: float) -> None:
        """Telegram said "retry after": this chat waits, the others do not."""
        state = self._state(("private", chat) if isinstance(chat, bytes) else ("chat", chat))
        state.held_until = max(state.held_until, until)

    def hold_all(self, until: float) -> None:
        state = self._state(("all", 0))
        state.held_until = max(state.held_until, until)

    def stored(self, chat: ChatId, message: PostId | None = None) -> list[tuple[str, float, float]]:
        """What to keep in the database about a chat and one of its messages."""
        keys: list[Key] = [("chat", chat)] if message is None else [("chat", chat), ("message", message)]
        return [
            (f"{kind}:{number!r}", s.tat, s.held_until)
            for kind, number in keys
            if (s := self._state((kind, number)))
        ]

    def restore(self, states: Iterable[tuple[str, float, float]]) -> None:
        for key, tat, held in states:
            kind, number = key.split(":", 1)
            self._states[kind, int(number)] = _State(tat, held)

    def forget_before(self, moment: float) -> None:
        """A budget that is whole again need not be remembered."""
        done = [key for key, s in self._states.items() if s.tat < moment and s.held_until < moment]
        for key in done:
            del self._states[key]

    def _courtesy(self, chat: ChatId, *, redraw: bool) -> float:
        """Whoever went last lets the other kind go first, but does not wait for it longer than this."""
        return CHAT.gap if self._state(("chat", chat)).redrew is redraw else 0.0

    def _last(self, key: Key) -> float:
        state = self._states.get(key)
        return float("-inf") if state is None else state.last

    def _spend_chat(self, chat: ChatId, now: float, *, redraw: bool) -> None:
        self._spend(("chat", chat), CHAT, now)
        self._spend(("all", 0), OVERALL, now)
        self._state(("chat", chat)).redrew = redraw

    def _state(self, key: Key) -> _State:
        return self._states.setdefault(key, _State())

    def _earliest(self, key: Key, pace: Pace, keep: int = 0) -> float:
        state = self._states.get(key)
        if state is None:
            return float("-inf")
        return max(pace.earliest(state.tat, keep), state.held_until, state.last + pace.gap)

    def _spend(self, key: Key, pace: Pace, now: float) -> None:
        state = self._state(key)
        state.tat, state.last = pace.spend(state.tat, now), now
