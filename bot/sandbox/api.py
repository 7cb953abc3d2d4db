"""The Bot API's side of the server: one call in, one answer out, everything recorded."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox import arguments, changing, fetching, forwarding, looking, polls, pressing, sending, webhook
from bot.sandbox.arguments import METHODS, Arguments
from bot.sandbox.errors import ApiError, not_implemented
from bot.sandbox.faults import Fault, too_many
from bot.sandbox.parameters import OTHER_METHODS
from bot.sandbox.world import JSON, World

Method = Callable[[World, Arguments], Any]
OTHERS = {name.lower(): name for name in OTHER_METHODS.split()}
TABLE: dict[str, Method] = {
    "getMe": looking.get_me,
    "setWebhook": webhook.set_webhook,
    "deleteWebhook": webhook.delete_webhook,
    "getWebhookInfo": webhook.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendPoll": polls.send_poll,
    "stopPoll": polls.stop_poll,
    "forwardMessage": forwarding.forward_message,
    "copyMessage": forwarding.copy_message,
    "editMessageText": changing.edit_message_text,
    "editMessageCaption": changing.edit_message_caption,
    "editMessageReplyMarkup": changing.edit_message_reply_markup,
    "deleteMessage": changing.delete_message,
    "deleteMessages": changing.delete_messages,
    "answerCallbackQuery": pressing.answer_callback_query,
    "getChat": looking.get_chat,
    "getChatMember": looking.get_chat_member,
    "getChatAdministrators": looking.get_chat_administrators,
    "getChatMemberCount": looking.get_chat_member_count,
    "getFile": looking.get_file,
    "sendChatAction": looking.send_chat_action,
    "pinChatMessage": looking.pin_chat_message,
    "leaveChat": looking.leave_chat,
    "setMyCommands": looking.set_my_commands,
    "getMyCommands": looking.get_my_commands,
    "deleteMyCommands": looking.delete_my_commands,
    "setMyName": partial(looking.set_my_text, "name"),
    "getMyName": partial(looking.get_my_text, "name"),
    "setMyDescription": partial(looking.set_my_text, "description"),
    "getMyDescription": partial(looking.get_my_text, "description"),
    "setMyShortDescription": partial(looking.set_my_text, "short_description"),
    "getMyShortDescription": partial(looking.get_my_text, "short_description"),
    "setMyDefaultAdministratorRights": looking.set_default_rights,
    "getMyDefaultAdministratorRights": looking.get_default_rights,
}
# What the body of a webhook's answer cannot do, besides every method whose name begins with "get".
NOT_IN_ANSWERS = frozenset(("setwebhook", "deletewebhook", "close", "logout"))
MOST_SECONDS = 3600.0
# The update about an automatic copy overtakes the answer to sendMessage on another connection by this much.
LEAD_OF_COPIES = 0.02


class BotApi:
    """Serves one bot's calls.  Between reading a call and its effect nothing waits, so calls never interleave."""

    def __init__(self, world: World, closing: asyncio.Event) -> None:
        self.world = world
        self.closing = closing

    async def download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.world.token:
            return failure(ApiError(401, "Unauthorized"))
        if self.world.outage.kind:
            return await self.away(request, {})
        path = request.match_info["path"]
        found = next((file for file in self.world.files.values() if file.path == path), None)
        if found is None:
            return failure(ApiError(404, "Not Found"))
        return web.Response(body=found.data, content_type="application/octet-stream")

    async def call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.world.token:
            return failure(ApiError(401, "Unauthorized"))
        asked = request.match_info["method"]
        method = METHODS.get(asked.lower(), OTHERS.get(asked.lower(), asked))
        record = self.world.record(method)
        if self.world.outage.kind:
            return await self.away(request, record)
        try:
            raw, files = await arguments.read(request)
            record["params"] = raw | {name: upload.name for name, upload in files.items()}
            args = self.read(method, raw, files, record)
        except ApiError as error:
            record["outcome"] = error.description
            return failure(error)
        fault = self.world.faults.take(method, args.chat())
        return await self.with_fault(request, fault, method, args, record)

    def read(self, method: str, raw: JSON, files: dict[str, Any], record: JSON) -> Arguments:
        self.world.method = method
        if method.lower() in OTHERS:
            self.world.violation(f"the sandbox does not do {method}")
            raise not_implemented(method)
        if method not in arguments.KINDS:
            self.world.violation(f"there is no method {method}")
            raise ApiError(404, "Not Found: method not found")
        args = Arguments(method, raw, files)
        record["params"] |= args.values
        for name in args.unknown:
            self.world.violation(f"unknown parameter {name}")
        return args

    async def with_fault(
        self, request: web.Request, fault: Fault | None, method: str, args: Arguments, record: JSON
    ) -> web.StreamResponse:
        if fault is None:
            return await self.answer(request, method, args, record)
        record["fault"] = fault.kind
        seconds = float(fault.details.get("seconds", MOST_SECONDS))
        match fault.kind:
            case "429":
                return refused(record, too_many(int(fault.details.get("retry_after", 3))))
            case "5xx":
                status = int(fault.details.get("status", 502))
                return refused(record, ApiError(status, str(fault.details.get("description", "Bad Gateway"))))
            case "reset_before":
                record["outcome"] = "connection cut before the call took effect"
                return cut(request)
            case "hang_before":
                record["outcome"] = "no answer, no effect"
                await self.hang(seconds)
                return cut(request)
        answer = await self.perform(method, args, record)
        self.world.told_before_answer = False
        self.deliver_late()
        if fault.kind == "malformed":
            return web.Response(text='{"ok":tr', content_type="application/json")
        if fault.kind == "hang_after":
            await self.hang(seconds)
        record["answer"] = "lost"
        return cut(request, answer)

    async def away(self, request: web.Request, record: JSON) -> web.Response:
        record["fault"] = "outage"
        if self.world.outage.kind == "502":
            return refused(record, ApiError(502, "Bad Gateway"))
        record["outcome"] = "no answer, no effect"
        if self.world.outage.kind == "hang":
            await self.first_of(self.world.outage.over.wait(), self.closing.wait())
        return cut(request)

    async def hang(self, seconds: float) -> None:
        await self.first_of(asyncio.sleep(seconds), self.closing.wait())

    async def first_of(self, *waits: Awaitable[Any]) -> list[bool]:
        """Which of them ended first; the others are called off."""
        tasks = [asyncio.ensure_future(each) for each in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return [task.done() for task in tasks]
        finally:
            for task in tasks:
                task.cancel()

    async def answer(
        self, request: web.Request, method: str, args: Arguments, record: JSON
    ) -> web.StreamResponse:
        try:
            response = await self.perform(method, args, record)
        except OutageBegan:
            return await self.away(request, record)
        if self.world.told_before_answer:
            self.world.told_before_answer = False
            await asyncio.sleep(LEAD_OF_COPIES)
        if self.world.after_answer:
            try:
                await response.prepare(request)
                await response.write_eof()
            finally:
                self.deliver_late()
        return response

    def deliver_late(self) -> None:
        late, self.world.after_answer = self.world.after_answer, []
        for tell in late:
            tell()

    async def perform(self, method: str, args: Arguments, record: JSON) -> web.Response:
        try:
            if method == "getUpdates":
                self.world.method = method
                result = await self.long_poll(fetching.get_updates(self.world, args))
            else:
                result = self.effect(method, args)
        except ApiError as error:
            return refused(record, error)
        except asyncio.CancelledError:
            record["outcome"] = "the bot hung up"
            raise
        record["outcome"] = "ok"
        return web.Response(text=dumps({"ok": True, "result": result}), content_type="application/json")

    def effect(self, method: str, args: Arguments) -> Any:
        self.world.method = method
        return TABLE[method](self.world, args)

    def perform_answer(self, raw: JSON) -> None:
        """A call in the body of a webhook's answer.  The bot never learns how it ended; the record does."""
        asked = str(raw.pop("method", ""))
        if not asked:
            return
        method = METHODS.get(asked.lower(), OTHERS.get(asked.lower(), asked))
        if asked.lower() in NOT_IN_ANSWERS or asked.lower().startswith("get"):
            self.world.method = method
            self.world.violation(f"{method} in the answer of a webhook does nothing")
            return
        record = self.world.record(method, in_webhook_answer=True, params=raw)
        try:
            self.effect(method, self.read(method, raw, {}, record))
            record["outcome"] = "ok"
        except ApiError as error:
            record["outcome"] = error.description
        self.world.told_before_answer = False
        self.deliver_late()

    async def long_poll(self, poll: Awaitable[list[JSON]]) -> list[JSON]:
        """A server that stops answers what it has: nothing.  One that is away does not answer."""
        waiting = asyncio.ensure_future(poll)
        done, _, away = await self.first_of(waiting, self.closing.wait(), self.world.outage.began.wait())
        if away and not done:
            raise OutageBegan
        return await waiting if done else []


class OutageBegan(Exception):
    """While a long poll waited."""


def refused(record: JSON, error: ApiError) -> web.Response:
    record["outcome"] = error.description
    return failure(error)


def failure(error: ApiError) -> web.Response:
    body: JSON = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.Response(text=dumps(body), status=error.code, content_type="application/json")


def cut(request: web.Request, response: web.Response | None = None) -> web.Response:
    """Close the connection under the answer; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return response or web.Response()


dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once, not for each answer
