"""Behind the scenes of the sandbox: what happened, and what is to go wrong."""

from collections.abc import Sequence
from typing import Any, cast

from bot.sandbox.asking import JSON, Asking


class Backstage(Asking):
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

    async def remains(self, user: int) -> dict[str, list[JSON]]:
        """What still stands in this private chat: on the ``person`` side, and on the side of the ``bot``."""
        return cast(dict[str, list[JSON]], await self._post("control/remains", user=user))

    async def seen_by(self, chat: int, message_id: int) -> list[int]:
        """Everybody who could ever read this message."""
        return cast(list[int], await self._post("control/seen_by", chat=chat, message_id=message_id))

    async def reached(self, user: int) -> list[JSON]:
        """Every message that this person could ever read: chat, message_id, from_bot, texts, deleted."""
        return cast(list[JSON], await self._post("control/reached", user=user))

    async def everybody(self) -> list[JSON]:
        """Each person with id, first_name and username."""
        return cast(list[JSON], await self._post("control/everybody"))

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
