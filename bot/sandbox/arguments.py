"""What a bot's call carries, decoded once by the table of parameters."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from bot.sandbox.errors import bad_request
from bot.sandbox.parameters import PARAMETERS

METHODS = {name.lower(): name for name in PARAMETERS}
KINDS = {
    name: {word.partition(":")[0]: word.partition(":")[2] for word in words.split()}
    for name, words in PARAMETERS.items()
}
TRUE = frozenset(("true", "yes", "1", "t", "y"))


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    mime: str
    data: bytes


class Arguments:
    """Typed values by name.  Absent ones read as Telegram's defaults: no text, 0, false, nothing."""

    def __init__(self, method: str, raw: dict[str, Any], files: dict[str, Upload]) -> None:
        kinds = KINDS[method]
        self.unknown = [name for name in raw if name not in kinds and name not in files]
        self.files = files
        self.values: dict[str, Any] = {
            name: decode(kinds.get(name, ""), name, value) for name, value in raw.items() if value is not None
        }

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        return value if isinstance(value, str) else str(value)

    def number(self, name: str) -> int:
        return int(self.values.get(name, 0))

    def flag(self, name: str) -> bool:
        return bool(self.values.get(name, False))

    def json(self, name: str) -> Any:
        return self.values.get(name)

    def chat(self) -> Any:
        return self.values.get("chat_id", "")


def decode(kind: str, name: str, value: Any) -> Any:
    match kind:
        case "i" | "c":
            try:
                return int(value)
            except (TypeError, ValueError):
                return 0 if kind == "i" else value
        case "b":
            return value if isinstance(value, bool) else str(value).lower() in TRUE
        case "j" if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError as error:
                raise bad_request(f"can't parse {name} JSON object") from error
    return value


async def read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """The query string, then a body of any of the three kinds that Telegram takes."""
    raw: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if not request.can_read_body:
        return raw, files
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError as error:
            raise bad_request("can't parse JSON object") from error
        if not isinstance(body, dict):
            raise bad_request("can't parse JSON object")
        return raw | body, files
    for name, value in (await request.post()).items():
        if isinstance(value, FileField):
            files[name] = Upload(value.filename, value.content_type, value.file.read())
        else:
            raw[name] = value
    return raw, files
