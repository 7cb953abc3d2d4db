"""How fast we may speak: the generic cell rate algorithm, one number of state a key.

Source: ITU-T I.371, annex A (the virtual scheduling form).  A key's ``tat`` is the theoretical arrival time of its next
call; a call conforms when it comes no earlier than ``tat - slack``.  In any window of ``T`` seconds at most
``burst + T / interval`` calls conform.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """``interval`` seconds a call in the long run, up to ``burst`` at once, ``gap`` seconds between any two."""

    interval: float
    burst: int = 1
    gap: float = 0.0

    def earliest(self, tat: float, keep: int = 0) -> float:
        """When the next call may go, leaving ``keep`` calls of the burst for others."""
        allowed = max(0, self.burst - 1 - keep)
        return tat - allowed * self.interval

    def spend(self, tat: float, now: float) -> float:
        """The state after a call at ``now``."""
        return max(tat, now) + self.interval


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
OVERALL = Pace(interval=1 / 20, burst=5)
ROOM_FOR_POSTS = 2
