"""All tables.  Importing the package makes the metadata complete."""

from db.models.base import Base
from db.models.channel import ChannelRow, PaceRow, StaffRow, ThreadRow
from db.models.discussion import BallotRow, DiscussionRow, OptionRow, PostRow, VoteRow
from db.models.opinion import DraftRow, OpinionRow, PromptRow
from db.models.outbox import AppliedUpdateRow, FactRow, FailedUpdateRow, OutboxRow

__all__ = [
    "AppliedUpdateRow",
    "BallotRow",
    "Base",
    "ChannelRow",
    "DiscussionRow",
    "DraftRow",
    "FactRow",
    "FailedUpdateRow",
    "OpinionRow",
    "OptionRow",
    "OutboxRow",
    "PaceRow",
    "PostRow",
    "PromptRow",
    "StaffRow",
    "ThreadRow",
    "VoteRow",
]
