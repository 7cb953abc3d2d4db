"""The people, for a script or a test: each verb is one request to the sandbox, from whatever process."""

import base64
from typing import Any, cast

from bot.sandbox.asking import JSON
from bot.sandbox.backstage import Backstage


class People(Backstage):
    """``async with People(server.url) as people``.  One person's acts arrive in the order of the calls.

    A chat of ``None`` is the person's private chat with the bot.  What a person cannot do raises ``PeopleError``.
    """

    # chats and standing

    async def user(
        self,
        name: str,
        language_code: str | None = None,
        username: str | None = None,
        *,
        is_bot: bool = False,
        user_id: int | None = None,
    ) -> int:
        """With an id of its own choice, or the next free one."""
        answer = await self._post(
            "people/user",
            name=name,
            language_code=language_code,
            username=username,
            is_bot=is_bot,
            user_id=user_id,
        )
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
        """title, description, signs, shows_profiles, muted, available_reactions, protected, username ("": none),
        visible_history, join_by_request, join_to_send.
        """
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

    async def unban(self, chat: int, user: int, *, by: int) -> None:
        await self._act("unban", by=by, chat=chat, user=user)

    async def restrict(self, chat: int, user: int, *, by: int, on: bool = True) -> None:
        await self._act("restrict", by=by, chat=chat, user=user, on=on)

    async def invite(self, chat: int, *, by: int, name: str | None = None, approval: bool = False) -> str:
        """A new link."""
        return cast(str, await self._act("invite", by=by, chat=chat, name=name, approval=approval))

    async def revoke(self, chat: int, link: str, *, by: int) -> None:
        await self._act("revoke", by=by, chat=chat, link=link)

    async def join(self, chat: int, user: int, link: str | None = None) -> bool:
        """False if an administrator has to approve first."""
        return cast(bool, await self._post("people/join", chat=chat, user=user, link=link))

    async def approve(self, chat: int, user: int, *, by: int) -> None:
        await self._act("approve", by=by, chat=chat, user=user)

    async def decline(self, chat: int, user: int, *, by: int) -> None:
        await self._act("decline", by=by, chat=chat, user=user)

    async def requests(self, chat: int, *, by: int) -> list[int]:
        """Who waits to be let in."""
        return cast(list[int], await self._act("requests", by=by, chat=chat))

    async def add(self, chat: int, user: int, *, by: int) -> None:
        """A member brings a person, or another bot."""
        await self._act("add", by=by, chat=chat, user=user)

    async def leave(self, chat: int, user: int) -> None:
        await self._post("people/leave", chat=chat, user=user)

    async def hide_forwards(self, *, by: int, on: bool = True) -> None:
        await self._act("hide_forwards", by=by, on=on)

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

    async def forward(self, source: int | None, message_id: int, *, by: int, chat: int | None = None) -> JSON:
        """To the private chat with the bot unless another chat is named."""
        return cast(JSON, await self._act("forward", by=by, source=source, message_id=message_id, chat=chat))

    async def edit(self, chat: int | None, message_id: int, text: str, *, by: int) -> JSON:
        return cast(JSON, await self._act("edit", by=by, chat=chat, message_id=message_id, text=text))

    async def delete(self, chat: int | None, message_id: int, *, by: int, for_all: bool = True) -> None:
        await self._act("delete", by=by, chat=chat, message_id=message_id, for_all=for_all)

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
