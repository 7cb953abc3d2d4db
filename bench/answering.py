"""An ASGI application that only answers, as a bot would that has nothing to do: ``python -m bench.answering PORT``."""

import sys
from typing import Any

import uvicorn

BODY = b'{"method":"answerCallbackQuery","callback_query_id":"4000000000000000000","text":"."}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(application, port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")
