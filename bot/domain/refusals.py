"""How a rule says no.  A refusal names the sentence that the person reads; one place turns it into words."""

from typing import ClassVar


class Refusal(Exception):
    """Something a person asked for is not done.  ``text`` is a message of the Fluent files, ``details`` its variables.

    The exception's own text is its name and the names of its details, never their values: it may reach a log.
    """

    text: ClassVar[str]

    def __init__(self, **details: str | int) -> None:
        self.details = details
        super().__init__(f"{self.text} ({', '.join(sorted(details))})" if details else self.text)


class ArticleEmpty(Refusal):
    """Nothing to read but white space."""

    text = "article-empty"


class ArticleBinary(Refusal):
    """The bytes are not text in an encoding that we know."""

    text = "article-binary"


class ArticleTooLong(Refusal):
    """Details: ``length`` and ``limit``, in characters."""

    text = "article-too-long"


class StaleButton(Refusal):
    """A button that leads nowhere: of a deleted ballot, of another chat, forged, or from an older release."""

    text = "button-stale"


class BallotClosed(Refusal):
    """Details: ``question``."""

    text = "ballot-closed"


class BallotInvalid(Refusal):
    """Details: ``problem`` (question, count, label or twice) and ``limit``."""

    text = "ballot-invalid"


class OpinionInvalid(Refusal):
    """Details: ``problem`` (empty, long or kind) and ``limit``."""

    text = "opinion-invalid"


class OpinionGone(Refusal):
    """Withdrawn before, or never this person's."""

    text = "opinion-gone"


class Forgotten(Refusal):
    """The discussion's key is destroyed: nobody can tell whose an opinion or a vote was, so nothing can be found."""

    text = "forgotten"


class DiscussionClosed(Refusal):
    """Details: ``title``."""

    text = "discussion-closed"


class DiscussionUnknown(Refusal):
    """No such discussion, or none that this person may see: the sentence is the same for both."""

    text = "discussion-unknown"


class NotAnEditor(Refusal):
    """Only the owner and administrators who may post act for a channel."""

    text = "not-an-editor"


class NotAnOwner(Refusal):
    """Only Telegram's owner of a channel, or an administrator who may appoint administrators, decides about this."""

    text = "not-an-owner"


class InvitationGone(Refusal):
    """Used, over, never made, or made by somebody who owns the channel no more: the sentence is the same for all."""

    text = "invitation-gone"


class PanicStale(Refusal):
    """One key alone, the second one too late, or an old message's: nothing was done."""

    text = "panic-stale"


class NoChannelYet(Refusal):
    """An editor's command from somebody who edits none of the channels that we know."""

    text = "no-channel-yet"


class DraftGone(Refusal):
    """Published, cancelled or forgotten before."""

    text = "draft-gone"


class FileTooBig(Refusal):
    """Details: ``limit``, in KiB."""

    text = "file-too-big"


class TelegramAway(Refusal):
    """Telegram did not answer a question that the act depends on.  Nothing was done."""

    text = "telegram-away"


class ChannelUnknown(Refusal):
    """No such channel, or the bot is no administrator there."""

    text = "channel-unknown"


class NothingToPost(Refusal):
    """/post without a text."""

    text = "nothing-to-post"


class NoDiscussionHere(Refusal):
    """/close that replies to nothing of ours."""

    text = "no-discussion-here"


class AlreadySettled(Refusal):
    """Whether a message arrived has been found out in the meantime."""

    text = "already-settled"


class FileGone(Refusal):
    """Telegram no longer hands the file over."""

    text = "file-gone"


class NotAModerator(Refusal):
    """A key of a card, pressed by somebody who moderates the channel no more, or never did."""

    text = "not-a-moderator"


class RoomUnfit(Refusal):
    """A chat that can be no room at all.  Details: ``problem`` (kind or stranger)."""

    text = "room-unfit"


class CardGone(Refusal):
    """Its opinion was withdrawn, or is shown on another card."""

    text = "card-gone"


class NoAddress(Refusal):
    """The opinion was left without a trace, or is a comment: nobody can be answered."""

    text = "no-address"


class AnswerInvalid(Refusal):
    """Details: ``problem`` (kind or long) and ``limit``."""

    text = "answer-invalid"


class AnswerGone(Refusal):
    """Sent, cancelled or forgotten before, or somebody else's."""

    text = "answer-gone"


class NotQuotable(Refusal):
    """Details: ``problem`` (comment or group)."""

    text = "not-quotable"


class TooMuch(Refusal):
    """More than one author may say.  Details: ``problem`` (minute or day) and ``limit``."""

    text = "too-much"


class Muted(Refusal):
    """Nothing more is taken from this author in this discussion."""

    text = "muted"
