"""setWebhook and its kin.  What is posted there, and when, is the courier's."""

import re
import ssl
from urllib.parse import urlsplit

from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import bad_request
from bot.sandbox.fetching import allow
from bot.sandbox.inbox import DEFAULT
from bot.sandbox.world import JSON, Webhook, World

PORTS = (80, 88, 443, 8443)
MOST_CONNECTIONS, USUAL_CONNECTIONS = 100, 40
LARGEST_CERTIFICATE = 3 << 20
LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
TERMINATED = "Conflict: terminated by setWebhook request"


def set_webhook(world: World, args: Arguments) -> bool:
    """The same webhook once more changes nothing but the kinds of updates.  No connection is tried."""
    if not args.text("url"):
        return delete_webhook(world, args)
    hook = wanted(args)
    drop = args.flag("drop_pending_updates")
    if world.webhook == hook and not hook.certificate and not drop:
        allow(world, args)
        return True
    world.inbox.interrupt(TERMINATED)
    if drop:
        world.inbox.drop_all()
    allow(world, args)
    world.webhook = hook
    world.webhook_changed()
    return True


def wanted(args: Arguments) -> Webhook:
    secret = args.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    connections = args.number("max_connections") if "max_connections" in args.values else USUAL_CONNECTIONS
    return Webhook(
        checked_url(args.text("url")),
        secret,
        min(max(connections, 1), MOST_CONNECTIONS),
        checked_address(args.text("ip_address")),
        checked_certificate(args),
    )


def checked_url(text: str) -> str:
    """To this machine any port will do, and plain HTTP; all other addresses keep Telegram's rules."""
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise bad_request("invalid webhook URL specified") from error
    if not host or parts.scheme not in ("http", "https") or re.search(r"\s", url):
        raise bad_request("invalid webhook URL specified")
    if LOOPBACK.fullmatch(host):
        return url
    if parts.scheme == "http":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    return url


def checked_address(text: str) -> str:
    if text and not re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", text):
        raise bad_request("bad webhook: Invalid IP address specified")
    return text


def checked_certificate(args: Arguments) -> str:
    upload = args.files.get("certificate")
    if upload is None:
        return ""
    if len(upload.data) > LARGEST_CERTIFICATE:
        raise bad_request(f"certificate size is too big ({len(upload.data)} bytes)")
    text = upload.data.decode("ascii", errors="replace")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise bad_request("bad webhook: Failed to set custom certificate file") from error
    return text


def delete_webhook(world: World, args: Arguments) -> bool:
    if args.flag("drop_pending_updates"):
        world.inbox.drop_all()
    if world.webhook is not None:
        world.webhook = None
        world.webhook_changed()
    return True


def get_webhook_info(world: World, args: Arguments) -> JSON:
    hook = world.webhook
    info: JSON = {
        "url": hook.url if hook is not None else "",
        "has_custom_certificate": hook is not None and bool(hook.certificate),
        "pending_update_count": world.inbox.unconfirmed,
    }
    if hook is not None:
        info["max_connections"] = hook.max_connections
        if hook.ip_address:
            info["ip_address"] = hook.ip_address
        if hook.last_error is not None:
            info["last_error_date"], info["last_error_message"] = hook.last_error
    if world.inbox.allowed != DEFAULT:
        info["allowed_updates"] = sorted(world.inbox.allowed)
    return info
