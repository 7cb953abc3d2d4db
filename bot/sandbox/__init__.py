"""A Bot API on localhost with a world of people in it, for the demo and the tests."""

from bot.sandbox.errors import PeopleError
from bot.sandbox.people import People
from bot.sandbox.server import Server, run, serve
from bot.sandbox.world import World, newsroom

__all__ = ["People", "PeopleError", "Server", "World", "newsroom", "run", "serve"]
