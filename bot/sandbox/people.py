"""The people, for a script or a test: each verb is one request to the sandbox, from whatever process."""

import asyncio
import base64
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, cast

import aiohttp

from bot.sandbox.errors import PeopleError

JSON = dict[str, Any]
LARGE = 1 << 19


class People:
    """``async with People(server.url) as people``.  One person's acts arrive in the order of the calls.

    A chat of ``None`` is the person's private chat with the bot.  What a person cannot do raises ``PeopleError``.
    """

    def __init__(self, base_url: str, session: aiohttp.ClientSession | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = session
        self._owns_session = session is None
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)  # hundreds of people wait for their toasts at once
            timeout = aiohttp.ClientTimeout(total=None)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._owns_session and self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, path: str, **body: Any) -> Any:
        if self._session is None:
            raise RuntimeError("use it as: async with People(url) as people")
        data = json.dumps(body).encode()
        async with self._session.post(
            f"{self.base_url}/{path}",
            data=data if len(data) < LARGE else io.BytesIO(data),  # aiohttp wants large bodies as a stream
            headers={"Content-Type": "application/json"},
        ) as response:
            answer = await response.json()
        if "error" in answer:
            raise PeopleError(answer["error"])
        return answer["result"]

    async def _act(self, verb: str, *, by: int, **body: Any) -> Any:
        async with self._turns[by]:
            return await self._post(f"people/{verb}", by=by, **body)

    # chats and standing

    async def user(self, name: str, language_code: str | None = None, username: str | None = None) -> int:
        answer = await self._post("people/user", name=name, language_code=language_code, username=username)
        return cast(int, answer)

    async def channel(self, title: str, username: str | None = None, *, owner: int) -> int:
        return cast(int, await self._post("people/channel", title=title, username=username, owner=owner))

    async def group(self, title: str, username: str | None = None, *, owner: int) -> int:
        return cast(int, await self._post("people/group", title=title, username=username, owner=owner))

    async def ids(self) -> dict[str, int]:
        """The ready world's own: bot, owner, channel, group."""
        return cast(dict[str, int], await self._post("people/ids"))

    async def link(self, channel: int, group: int) -> None:
        await self._post("people/link", channel=channel, group=group)

    async def unlink(self, channel: int) -> None:
        await self._post("people/unlink", channel=channel)

    async def change_chat(self, chat: int, *, by: int, **changes: Any) -> None:
        """title, description, signs, shows_profiles, muted, available_reactions."""
        await self._act("change_chat", by=by, chat=chat, **changes)

    async def add_bot(
        self, chat: int, *, by: int, rights: dict[str, bool] | None = None, admin: bool = True
    ) -> None:
        await self._act("add_bot", by=by, chat=chat, rights=rights, admin=admin)

    async def remove_bot(self, chat: int, *, by: int) -> None:
        await self._act("remove_bot", by=by, chat=chat)

    async def promote(
        self,
        chat: int,
        user: int,
        *,
        by: int,
        rights: dict[str, bool] | None = None,
        title: str | None = None,
    ) -> None:
        await self._act("promote", by=by, chat=chat, user=user, rights=rights, title=title)

    async def demote(self, chat: int, user: int, *, by: int) -> None:
        await self._act("demote", by=by, chat=chat, user=user)

    async def ban(self, chat: int, user: int, *, by: int) -> None:
        await self._act("ban", by=by, chat=chat, user=user)

    async def join(self, chat: int, user: int) -> None:
        await self._post("people/join", chat=chat, user=user)

    async def leave(self, chat: int, user: int) -> None:
        await self._post("people/leave", chat=chat, user=user)

    async def block(self, *, by: int) -> None:
        await self._act("block", by=by)

    async def unblock(self, *, by: int) -> None:
        await self._act("unblock", by=by)

    async def deactivate(self, *, by: int) -> None:
        await self._act("deactivate", by=by)

    # messages

    async def say(
        self,
        chat: int | None,
        text: str,
        *,
        by: int,
        reply_to: int | None = None,
        thread: int | None = None,
        as_: str = "user",
        as_channel: int | None = None,
        entities: list[JSON] | None = None,
    ) -> JSON:
        where = {"chat": chat, "reply_to": reply_to, "thread": thread}
        answer = await self._act(
            "say", by=by, text=text, as_=as_, as_channel=as_channel, entities=entities, **where
        )
        return cast(JSON, answer)

    async def comment(
        self, chan: int, post_id: int, text: str, *, by: int, reply_to: int | None = None
    ) -> JSON:
        answer = await self._act("comment", by=by, chat=chan, post_id=post_id, text=text, reply_to=reply_to)
        return cast(JSON, answer)

    async def send_file(
        self,
        chat: int | None,
        name: str,
        data: bytes,
        *,
        by: int,
        caption: str | None = None,
        mime: str | None = None,
    ) -> JSON:
        coded = base64.b64encode(data).decode()
        answer = await self._act(
            "send_file", by=by, chat=chat, name=name, data=coded, caption=caption, mime=mime
        )
        return cast(JSON, answer)

    async def send_photo(
        self, chat: int | None = None, *, by: int, caption: str | None = None, media_group: str | None = None
    ) -> JSON:
        answer = await self._act("send_photo", by=by, chat=chat, caption=caption, media_group=media_group)
        return cast(JSON, answer)

    async def send_sticker(self, chat: int | None = None, *, by: int) -> JSON:
        return cast(JSON, await self._act("send_sticker", by=by, chat=chat))

    async def start(self, *, by: int, payload: str = "") -> JSON:
        return cast(JSON, await self._act("start", by=by, payload=payload))

    async def forward(self, source: int, message_id: int, *, by: int, chat: int | None = None) -> JSON:
        """A channel's post, to the private chat with the bot unless another chat is named."""
        return cast(JSON, await self._act("forward", by=by, source=source, message_id=message_id, chat=chat))

    async def edit(self, chat: int | None, message_id: int, text: str, *, by: int) -> JSON:
        return cast(JSON, await self._act("edit", by=by, chat=chat, message_id=message_id, text=text))

    async def delete(self, chat: int | None, message_id: int, *, by: int) -> None:
        await self._act("delete", by=by, chat=chat, message_id=message_id)

    async def history(self, chat: int | None = None, *, by: int) -> list[JSON]:
        return cast(list[JSON], await self._act("history", by=by, chat=chat))

    async def react(self, chat: int, message_id: int, emoji: str | None, *, by: int) -> None:
        await self._act("react", by=by, chat=chat, message_id=message_id, emoji=emoji)

    async def vote(self, chat: int, message_id: int, options: list[int], *, by: int) -> None:
        await self._act("vote", by=by, chat=chat, message_id=message_id, options=options)

    # buttons

    async def tap(self, chat: int | None, message_id: int, button: str, *, by: int) -> str:
        return cast(str, await self._act("tap", by=by, chat=chat, message_id=message_id, button=button))

    async def forge(self, chat: int | None, message_id: int, data: str | bytes, *, by: int) -> str:
        """Bytes that are no text reach the bot with replacement characters."""
        text = data.decode(errors="replace") if isinstance(data, bytes) else data
        return cast(str, await self._act("forge", by=by, chat=chat, message_id=message_id, data=text))

    async def toast(self, tap: str, timeout: float = 5.0) -> JSON | None:
        return cast(JSON | None, await self._post("people/toast", tap=tap, timeout=timeout))

    # behind the scenes

    async def calls(self, method: str | None = None) -> list[JSON]:
        return cast(list[JSON], await self._post("control/calls", method=method))

    async def violations(self) -> list[JSON]:
        return cast(list[JSON], await self._post("control/violations"))

    async def pending(self) -> int:
        return cast(int, await self._post("control/pending"))

    async def unconfirmed(self) -> int:
        return cast(int, await self._post("control/unconfirmed"))

    async def settled(self, timeout: float = 5.0) -> bool:
        """Wait until the bot has confirmed every update; False if it did not in time."""
        return cast(bool, await self._post("control/settled", timeout=timeout))

    async def unanswered(self) -> list[JSON]:
        return cast(list[JSON], await self._post("control/unanswered"))

    async def messages(self, chat: int) -> list[JSON]:
        """Every message that ever stood there, deleted ones too, with its texts and number of edits."""
        return cast(list[JSON], await self._post("control/messages", chat=chat))

    async def facts(self) -> JSON:
        return cast(JSON, await self._post("control/facts"))

    async def fault(
        self,
        kind: str,
        method: str | None = None,
        times: int = 1,
        *,
        chat_id: int | str | None = None,
        **details: Any,
    ) -> None:
        """Without a method any call but getUpdates is hit; ``"*"`` means that one too."""
        await self._post("control/fault", kind=kind, method=method, times=times, chat_id=chat_id, **details)

    async def faults_from(
        self,
        seed: int,
        probability: float,
        kinds: Sequence[str] | None = None,
        method: str | None = None,
        **details: Any,
    ) -> None:
        """Without kinds all that do not hang; which calls are meant is said as for ``fault``."""
        some = {} if kinds is None else {"kinds": list(kinds)}
        await self._post(
            "control/faults_from", seed=seed, probability=probability, method=method, **some, **details
        )

    async def clear_faults(self) -> None:
        await self._post("control/clear_faults")

    async def outage(self, kind: str = "reset", seconds: float | None = None) -> None:
        await self._post("control/outage", kind=kind, seconds=seconds)

    async def end_outage(self) -> None:
        await self._post("control/end_outage")

    async def shuffle(self, seed: int | None, *, within: float = 0.05) -> None:
        await self._post("control/shuffle", seed=seed, within=within)

    async def duplicate(self, probability: float, *, seed: int = 0) -> None:
        await self._post("control/duplicate", probability=probability, seed=seed)

    async def lose_answers(self, probability: float, *, seed: int = 0) -> None:
        await self._post("control/lose_answers", probability=probability, seed=seed)

    async def retry_scale(self, scale: float) -> None:
        await self._post("control/retry_scale", scale=scale)

    async def patience(self, seconds: float) -> None:
        await self._post("control/patience", seconds=seconds)

    async def raw_update(self, kind: str, body: Any) -> int:
        return cast(int, await self._post("control/raw_update", kind=kind, body=body))

    async def renumber(self, first_id: int) -> None:
        await self._post("control/renumber", first_id=first_id)

    async def flood(self, mode: str) -> None:
        await self._post("control/flood", mode=mode)

    async def repeat_updates(self, count: int) -> int:
        return cast(int, await self._post("control/repeat_updates", count=count))

    async def drop_copies(self, on: bool, *, made: bool = True) -> None:
        await self._post("control/drop_copies", on=on, made=made)

    async def copies_after_answer(self, on: bool) -> None:
        await self._post("control/copies_after_answer", on=on)

    async def set_privacy(self, on: bool) -> None:
        await self._post("control/set_privacy", on=on)

    async def answer_window(self, seconds: float) -> None:
        await self._post("control/answer_window", seconds=seconds)

    async def shutdown(self) -> None:
        await self._post("control/shutdown")
