"""What the administrator who connected a channel reads."""

from bot.chat import Screen
from bot.services.channel import Setup
from bot.texts import Say


def setup(say: Say, done: Setup) -> Screen:
    """Ready, or what is still missing and how to mend it."""
    title = done.channel.title
    if not done.missing:
        return Screen(say.html("channel-ready", channel=title))
    steps = [say.html(f"missing-{what}") for what in done.missing]
    return Screen("\n".join([say.html("channel-almost", channel=title), "", *steps]))


def lost(say: Say, title: str) -> Screen:
    return Screen(say.html("channel-lost", channel=title))
