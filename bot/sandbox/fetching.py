"""The long poll."""

from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import ApiError
from bot.sandbox.polls import close_due
from bot.sandbox.world import JSON, World

WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


async def get_updates(world: World, args: Arguments) -> list[JSON]:
    if world.webhook is not None:
        raise ApiError(409, WEBHOOK_ACTIVE)
    offset, timeout = args.number("offset"), args.number("timeout")
    allow(world, args)
    close_due(world)
    if world.inbox.hammered(offset, timeout):
        world.violation("getUpdates: the same offset again and again within 3 s")
    updates = await world.inbox.poll(offset, args.number("limit"), timeout)
    return [update.json() for update in updates]


def allow(world: World, args: Arguments) -> None:
    """Left out, the last setting stays."""
    kinds = args.json("allowed_updates")
    if isinstance(kinds, list):
        world.inbox.allow(kinds)
