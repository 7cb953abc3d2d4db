"""The people's side of the server: ``POST /people/<verb>`` and ``POST /control/<verb>``, JSON in and out."""

import asyncio
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from bot.sandbox import acts, control, joining, standing
from bot.sandbox.api import dumps
from bot.sandbox.errors import PeopleError
from bot.sandbox.world import JSON, World

Verb = Callable[..., Any]
LOOK_AGAIN = 0.005


def by_name(verbs: Iterable[Verb]) -> dict[str, tuple[Verb, inspect.Signature]]:
    return {verb.__name__: (verb, inspect.signature(verb)) for verb in verbs}


class Crowd:
    """Acts happen one after another in the order in which they arrive; only waiting waits."""

    def __init__(self, world: World, closing: asyncio.Event) -> None:
        self.world = world
        self.closing = closing
        self.acts = by_name((*standing.VERBS, *joining.VERBS, *acts.VERBS))
        self.controls = by_name(control.VERBS)

    async def act(self, request: web.Request) -> web.Response:
        if request.match_info["verb"] == "toast":
            return await self.reply(request, self.toast)
        return await self.reply(request, self.table(self.acts))

    async def control(self, request: web.Request) -> web.Response:
        match request.match_info["verb"]:
            case "settled":
                return await self.reply(request, self.settled)
            case "shutdown":
                return await self.reply(request, self.shutdown)
        return await self.reply(request, self.table(self.controls))

    async def reply(self, request: web.Request, do: Callable[[str, JSON], Any]) -> web.Response:
        verb = request.match_info["verb"]
        try:
            body = await request.json() if request.can_read_body else {}
            result = do(verb, body)
            if inspect.isawaitable(result):
                result = await result
        except (PeopleError, ValueError) as error:
            return web.Response(
                text=dumps({"error": str(error)}), status=400, content_type="application/json"
            )
        return web.Response(text=dumps({"result": result}), content_type="application/json")

    def table(self, verbs: dict[str, tuple[Verb, inspect.Signature]]) -> Callable[[str, JSON], Any]:
        def do(verb: str, body: JSON) -> Any:
            if verb not in verbs:
                raise PeopleError(f"nobody can {verb!r}; there are {', '.join(sorted(verbs))}")
            function, signature = verbs[verb]
            try:
                signature.bind(self.world, **body)
            except TypeError as error:
                raise PeopleError(f"{verb}: {error}") from error
            return function(self.world, **body)

        return do

    async def toast(self, verb: str, body: JSON) -> JSON | None:
        """The answer to a press, as soon as there is one; nothing if it did not come in time."""
        query = self.world.queries.get(str(body.get("tap")))
        if query is None:
            raise PeopleError("there was no such tap")
        if query.answer is None:
            query.answered = query.answered or asyncio.Event()
            await self.wait(query.answered.wait(), float(body.get("timeout", 5.0)))
        return query.answer

    async def settled(self, verb: str, body: JSON) -> bool:
        """Whether the bot confirmed every update within the time-out."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + float(body.get("timeout", 5.0))
        while self.world.inbox.unconfirmed:
            if loop.time() >= deadline or self.closing.is_set():
                return False
            await asyncio.sleep(LOOK_AGAIN)
        return True

    async def shutdown(self, verb: str, body: JSON) -> None:
        """After this answer."""
        asyncio.get_running_loop().call_later(0.05, self.closing.set)

    async def wait(self, event: Any, timeout: float) -> None:
        waiting = asyncio.ensure_future(event)
        closing = asyncio.ensure_future(self.closing.wait())
        await asyncio.wait((waiting, closing), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        closing.cancel()
