"""All tables.  Importing the package makes the metadata complete."""

from db.models.base import Base
from db.models.channel import ChannelRow, PaceRow, StaffRow, ThreadRow
from db.models.discussion import (
    ArrivalRow,
    BallotRow,
    DiscussionRow,
    OptionCountRow,
    OptionRow,
    PostRow,
    SampleRow,
    VoteRow,
)
from db.models.moderation import AnswerRow, CardPostRow, CardRow, QuoteRow, RoomRow
from db.models.opinion import DraftRow, MuteRow, OpinionRow, PromptRow, QuotaRow, ReportRow
from db.models.outbox import (
    AppliedUpdateRow,
    FactRow,
    FailedUpdateRow,
    LeaseRow,
    OutboxRow,
    UnreachableRow,
)
from db.models.staff import AuditRow, InvitationRow, RoleRow

__all__ = [
    "AnswerRow",
    "AppliedUpdateRow",
    "ArrivalRow",
    "AuditRow",
    "BallotRow",
    "Base",
    "CardPostRow",
    "CardRow",
    "ChannelRow",
    "DiscussionRow",
    "DraftRow",
    "FactRow",
    "FailedUpdateRow",
    "InvitationRow",
    "LeaseRow",
    "MuteRow",
    "OpinionRow",
    "OptionCountRow",
    "OptionRow",
    "OutboxRow",
    "PaceRow",
    "PostRow",
    "PromptRow",
    "QuotaRow",
    "QuoteRow",
    "ReportRow",
    "RoleRow",
    "RoomRow",
    "SampleRow",
    "StaffRow",
    "ThreadRow",
    "UnreachableRow",
    "VoteRow",
]
