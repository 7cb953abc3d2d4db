"""Telegram's budget: who may be called when.  The state is small, and what a restart must not forget can be stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.ids import ChatId, PostId
from bot.domain.pace import CHAT, MESSAGE, OVERALL, PRIVATE, ROOM_FOR_POSTS, Pace

Key = tuple[str, int | bytes]


@dataclass(slots=True)
class _State:
    tat: float = 0.0
    held_until: float = 0.0
    last: float = float("-inf")


@dataclass(slots=True)
class Budget:
    """Times are Unix seconds.  ``*_at`` say when a call may go, ``spend_*`` that it went."""

    _states: dict[Key, _State] = field(default_factory=dict)

    def private_at(self, chat: bytes) -> float:
        return max(self._earliest(("private", chat), PRIVATE), self._earliest(("all", 0), OVERALL))

    def spend_private(self, chat: bytes, now: float) -> None:
        self._spend(("private", chat), PRIVATE, now)
        self._spend(("all", 0), OVERALL, now)

    def post_at(self, chat: ChatId) -> float:
        return max(self._earliest(("chat", chat), CHAT), self._earliest(("all", 0), OVERALL))

    def spend_post(self, chat: ChatId, now: float) -> None:
        self._spend(("chat", chat), CHAT, now)
        self._spend(("all", 0), OVERALL, now)

    def redraw_at(self, chat: ChatId, message: PostId) -> float:
        """Redraws leave room for posts in their chat."""
        mine = self._earliest(("message", message), MESSAGE)
        return max(
            mine, self._earliest(("chat", chat), CHAT, ROOM_FOR_POSTS), self._earliest(("all", 0), OVERALL)
        )

    def spend_redraw(self, chat: ChatId, message: PostId, now: float) -> None:
        self._spend(("message", message), MESSAGE, now)
        self.spend_post(chat, now)

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
