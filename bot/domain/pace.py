"""How fast we may speak: the generic cell rate algorithm, one number of state a key.

Source: ITU-T I.371, annex A (the virtual scheduling form).  A key's ``tat`` is the theoretical arrival time of its next
call; a call conforms when it comes no earlier than ``tat - slack``.  In any window of ``T`` seconds at most
``burst + T / interval`` calls conform.
"""

from dataclasses import dataclass, replace

CLOCKS_DIFFER = 5.0  # seconds between the clocks of machines that share a database, at most
LONGEST_CLAIM = 60.0  # seconds; no call lasts longer
LONGEST_DOUBT = 20.0  # seconds; until then a copy or a tap may tell that a post has arrived
LONGEST_WAIT = 300.0  # seconds; what has to wait for longer is looked at again in between


@dataclass(frozen=True, slots=True)
class Spent:
    """How far the budget of a key (a chat, a message, all) is spent.  Times are Unix seconds."""

    tat: float = 0.0
    held_until: float = 0.0  # Telegram's retry_after, or our own wait after a failure
    last: float = 0.0  # when the last call went, or was refused
    redrew: bool | None = None  # whether the last call in a chat was a redraw
    failures: int = 0  # of a message's redraw, one after the other
    claimed_by: str | None = None  # the process whose call is under way in this chat
    claimed_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """``interval`` seconds a call in the long run, up to ``burst`` at once, ``gap`` seconds between any two."""

    interval: float
    burst: int = 1
    gap: float = 0.0

    def earliest(self, spent: Spent, keep: int = 0) -> float:
        """When the next call may go, leaving ``keep`` calls of the burst for others."""
        allowed = max(0, self.burst - 1 - keep)
        return max(spent.tat - allowed * self.interval, spent.held_until, spent.last + self.gap)

    def spend(self, spent: Spent, now: float) -> Spent:
        """The state after a call at ``now``."""
        return replace(spent, tat=max(spent.tat, now) + self.interval, last=now)

    def mend(self, spent: Spent, now: float) -> Spent:
        """What cannot be, since no call could have been allowed then, was written before a clock was put back.

        As if all of the burst had just been used: no window is broken, and nobody waits until the clock has caught up.
        A hold begins at ``last`` at the earliest, so what was left of it then is left of it now.
        """
        if (
            spent.tat <= now + self.burst * self.interval + CLOCKS_DIFFER
            and spent.last <= now + CLOCKS_DIFFER
        ):
            return spent
        held_until = spent.held_until - max(0.0, spent.last - now)
        return replace(
            spent, tat=now + self.burst * self.interval, held_until=held_until, last=min(spent.last, now)
        )


# Telegram (bot FAQ; maintainers' notes of 2024 to 2026): about one message a second in a chat with short bursts, 20 a
# minute in a group or channel, edits counted like sends, about 30 a second in all.  16 a minute and a burst of 4 stay
# at 20 in any minute.  20 a second in all, since calls that were made apart arrive together when a processor or a
# network is busy.
#
# Posts and redraws of one chat share CHAT.  Who waits alone may use all of it, only that a redraw leaves two calls of
# the burst to posts while its message has shown its counts for less than an interval.  Where both wait, they take turns
# from one call to the next.  So once the burst is spent, one call goes each 60 / 16 = 3.75 s: redraws follow each other
# after 3.75 s when no post waits, and after 2 * 3.75 = 7.5 s while an article goes out, which itself takes 7.5 s a part.
CHAT = Pace(interval=60 / 16, burst=4, gap=1.0)
MESSAGE = Pace(interval=60 / 14, burst=3, gap=1.0)
PRIVATE = Pace(interval=1.0, burst=3)
ROOM = Pace(interval=60 / 12, burst=3, gap=1.0)  # what people say to the bot in a room is answered besides
OVERALL = Pace(interval=1 / 20, burst=5)
ROOM_FOR_POSTS = 2

# Where OVERALL is short, private answers go before posts, and posts before redraws: each leaves the end of the burst to
# those before it, until it has waited for so long that it takes whatever comes.
POSTS_LEAVE = 1
REDRAWS_LEAVE = 2
PATIENCE = 10.0  # seconds
