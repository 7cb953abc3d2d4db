"""What staff did is written down, with who did it."""

from bot.chat import Context
from bot.domain.audit import Act
from bot.domain.ids import ChannelId, DiscussionId
from bot.services import audit


async def note(
    ctx: Context,
    act: Act,
    channel: ChannelId | None = None,
    discussion: DiscussionId | None = None,
    detail: str | None = None,
) -> None:
    """After the act itself: nothing that was refused is written down."""
    scope = ctx.scope
    await audit.record(
        scope.tx,
        scope.vault,
        ctx.actor,
        act,
        scope.now,
        channel=channel,
        discussion=discussion,
        detail=detail,
    )
