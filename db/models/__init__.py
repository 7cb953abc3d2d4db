"""All tables.  Importing the package makes the metadata complete."""

from db.models.base import Base
from db.models.channel import ChannelRow, PaceRow, StaffRow, ThreadRow
from db.models.discussion import BallotRow, DiscussionRow, OptionCountRow, OptionRow, PostRow, VoteRow
from db.models.opinion import DraftRow, OpinionRow, PromptRow
from db.models.outbox import (
    AppliedUpdateRow,
    FactRow,
    FailedUpdateRow,
    LeaseRow,
    OutboxRow,
    UnreachableRow,
)

__all__ = [
    "AppliedUpdateRow",
    "BallotRow",
    "Base",
    "ChannelRow",
    "DiscussionRow",
    "DraftRow",
    "FactRow",
    "FailedUpdateRow",
    "LeaseRow",
    "OpinionRow",
    "OptionCountRow",
    "OptionRow",
    "OutboxRow",
    "PaceRow",
    "PostRow",
    "PromptRow",
    "StaffRow",
    "ThreadRow",
    "UnreachableRow",
    "VoteRow",
]
