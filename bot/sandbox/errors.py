"""The two ways to hear no: Telegram's, which a bot must bear, and a person's app's, which is a mistake of the script."""

from typing import Any


class ApiError(Exception):
    """An answer with ``ok: false``.  ``description`` is Telegram's sentence to the letter, prefix included."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        self.code = code
        self.description = description
        self.parameters = parameters
        super().__init__(description)


class PeopleError(Exception):
    """Something that a person cannot do: the app would not offer it."""


def bad_request(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


def forbidden(text: str) -> ApiError:
    return ApiError(403, f"Forbidden: {text}")


def not_implemented(what: str) -> ApiError:
    """Never an answer of Telegram's: the sandbox owns up, so that nobody looks for the mistake in the bot."""
    return ApiError(501, f"Not Implemented: the sandbox does not do {what}")
