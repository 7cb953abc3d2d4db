"""How updates reach the bot: the long poll, and what is kept of a webhook."""

import re

from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import ApiError, bad_request
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


def set_webhook(world: World, args: Arguments) -> bool:
    url, secret = args.text("url"), args.text("secret_token")
    if not url:
        return delete_webhook(world, args)
    if not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    allow(world, args)
    world.webhook = {"url": url, "max_connections": args.number("max_connections") or 40}
    if args.flag("drop_pending_updates"):
        world.inbox.drop_all()
    world.inbox.interrupt("Conflict: terminated by setWebhook request")
    return True


def delete_webhook(world: World, args: Arguments) -> bool:
    world.webhook = None
    if args.flag("drop_pending_updates"):
        world.inbox.drop_all()
    return True


def get_webhook_info(world: World, args: Arguments) -> JSON:
    return {
        "url": "",
        **(world.webhook or {}),
        "has_custom_certificate": False,
        "pending_update_count": world.inbox.unconfirmed,
        "allowed_updates": sorted(world.inbox.allowed),
    }
