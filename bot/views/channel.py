"""What the administrator who connected a channel reads."""

from bot.chat import Screen
from bot.services.channel import Missing, Setup
from bot.texts import Say
from bot.views.screen import LABEL_LIMIT, shorten

MESSAGE_LIMIT = 4096  # characters


def setup(say: Say, done: Setup) -> Screen:
    """Ready, or what is still missing and how to mend it."""
    return Screen(_state(say, done, done.channel.title))


def setups(say: Say, several: list[Setup]) -> Screen:
    """All of them in one message, as far as they fit."""
    if len(several) == 1:
        return setup(say, several[0])
    text = ""
    for done in several:
        state = _state(say, done, shorten(done.channel.title, LABEL_LIMIT))
        if len(text) + len(state) + 2 <= MESSAGE_LIMIT:
            text = f"{text}\n\n{state}".lstrip()
    return Screen(text)


def _state(say: Say, done: Setup, title: str) -> str:
    if not done.missing:
        return say.html("channel-ready", channel=title)
    if Missing.UNSEEN in done.missing:
        return say.html("channel-unseen", channel=title)
    steps = [say.html(f"missing-{what}") for what in done.missing]
    return "\n".join([say.html("channel-almost", channel=title), "", *steps])


def lost(say: Say, title: str) -> Screen:
    return Screen(say.html("channel-lost", channel=title))
