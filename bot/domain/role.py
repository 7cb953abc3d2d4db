"""Who may do what.  Owners and editors are Telegram's; moderators and analysts are named by an owner, channel by channel."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import ChannelId, Pseudonym


class Role(StrEnum):
    """Those that are stored.  A person has at most one of them in a channel."""

    MODERATOR = "moderator"  # decides about opinions on cards; sees no numbers
    ANALYST = "analyst"  # sees tallies and lists; decides nothing


@dataclass(frozen=True, slots=True)
class Named:
    """A person with a role.  ``label`` is sealed: the name by which the owner knows them, and their number."""

    channel: ChannelId
    person: Pseudonym
    role: Role
    label: bytes


def handle(person: Pseudonym) -> int:
    """63 bits of a pseudonym: what a button can carry of it."""
    return int.from_bytes(person[:8], "big") >> 1


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link that was used up stands for.  ``inviter`` is sealed."""

    channel: ChannelId
    role: Role
    inviter: bytes
