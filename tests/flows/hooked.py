"""The newsroom whose bot is reached by webhook: updates come through the sandbox's courier, or by hand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot import app as application
from bot.config import Settings
from bot.domain.discussion import Discussion
from bot.listening import bind
from bot.sandbox import People, newsroom, serve
from bot.sections import DatabaseSettings, Mode, Privacy, Secrets, Telegram
from bot.sections import Webhook as WebhookSettings
from bot.serving import Probes, serving
from bot.telegram.webhook import SECRET_HEADER, Webhook
from tests.conftest import HandClock
from tests.flows.conftest import HORIZON, Chat

JSON = dict[str, Any]
WITHIN = 30.0  # seconds; the machine may be busy
RETRY_SCALE = 0.05  # of Telegram's waits between two tries


@dataclass(frozen=True)
class Posted:
    status: int
    retry_after: str | None
    said: JSON | None


@dataclass
class Hooked(Chat):
    """As ``Chat``; ``post`` brings an update as Telegram would, over a connection of its own."""

    session: aiohttp.ClientSession = field(init=False)
    number: int = 500_000  # of the last update that was made by hand
    toasts_lost: bool = False  # an answer that never arrives takes its toast with it

    async def settle(self, horizon: timedelta = HORIZON) -> None:
        limit = self.clock.now() + horizon
        while True:
            assert await self.people.settled(WITHIN)
            now = self.clock.now()
            times = [await self.app.clockwork.step(now), await self.app.forgetter.step(now)]
            for worker in (self.app.outbox, self.app.poster, self.app.drawer):
                times.append(await worker.step(now))
                await worker.idle()
            if await self.people.unconfirmed():
                continue
            following = min((at for at in times if at is not None), default=None)
            if following is None or following > limit:
                return
            self.clock.set(following)

    @property
    def secret(self) -> str:
        return application.webhook_secret(self.settings, self.app.vault)

    async def post(self, update: JSON | bytes) -> Posted:
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        headers = {SECRET_HEADER.decode(): self.secret}
        async with self.session.post(str(self.settings.webhook.url), data=body, headers=headers) as response:
            said = await response.json() if response.content_type == "application/json" else None
            return Posted(response.status, response.headers.get("Retry-After"), said)

    def update(self, **content: Any) -> JSON:
        self.number += 1
        return {"update_id": self.number, **content}

    def tap(self, discussion: Discussion, option: int, *, by: int, **more: Any) -> JSON:
        """A press on the ballot, or with ``option`` -1 on the key that withdraws."""
        ballot = discussion.ballot
        data = f"w:{ballot.id}" if option < 0 else f"v:{ballot.id}:{ballot.options[option].id}"
        update = self.update()
        query = {
            "id": str(update["update_id"]),
            "from": {"id": by, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
            "chat_instance": "1",
            "data": data,
            "message": {
                "message_id": discussion.messages[-1],
                "date": 1,
                "chat": {"id": self.channel, "type": "channel", "title": "Новини"},
            },
        }
        return update | {"callback_query": query | more}

    def words(self, text: str, *, by: int) -> JSON:
        """A private message."""
        update = self.update()
        length = len(text.split(maxsplit=1)[0])
        return update | {
            "message": {
                "message_id": update["update_id"],
                "date": 1,
                "chat": {"id": by, "type": "private", "first_name": "Оля"},
                "from": {"id": by, "is_bot": False, "first_name": "Оля", "language_code": "uk"},
                "text": text,
                "entities": [{"type": "bot_command", "offset": 0, "length": length}]
                if text[0] == "/"
                else [],
            }
        }


@asynccontextmanager
async def newsroom_by_webhook(database_url: str, folder: Path, clock: HandClock) -> AsyncIterator[Hooked]:
    listening = bind("webhook.listen", "127.0.0.1:0")
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/telegram"
    async with (
        serve(newsroom(), clock=clock.seconds, retry_scale=RETRY_SCALE) as server,
        People(server.url) as people,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        settings = Settings(
            telegram=Telegram(mode=Mode.WEBHOOK, token=server.world.token, api_base_url=server.url),
            webhook=WebhookSettings(url=address),
            database=DatabaseSettings(url=SecretStr(database_url)),
            secrets=Secrets(key_file=folder / "dumka.key"),
            privacy=Privacy(step=1, minimum=1),
        )
        ids = server.world.ids
        chat = Hooked(people, server, clock, settings, ids["owner"], ids["channel"], ids["group"])
        chat.session = session
        webhook = Webhook(settings.webhook.path, Probes().app())
        async with serving(webhook, listening), application.open_app(settings, clock) as chat.app:
            await chat.app.poster.start(clock.now())
            stop = asyncio.Event()
            receiving = asyncio.create_task(application.receive(chat.app, webhook, stop))
            async with asyncio.timeout(WITHIN):
                while server.world.webhook is None:
                    await asyncio.sleep(0.01)
            yield chat
            stop.set()
            await asyncio.wait_for(receiving, WITHIN)
            assert await people.violations() == []
            assert chat.toasts_lost or await people.unanswered() == []
