"""The bot to compare with, written in the usual way: python-telegram-bot's application, its own client and updater, and
a session and a commit for each vote.

``python -m bench.plain TOKEN API_URL DATABASE`` polls; with a port behind, it serves a webhook in the way of the
library's example ``customwebhookbot``, since its built-in webhook needs a package that Dumka does not have.
"""

import asyncio
import sys
from typing import Any

import uvicorn
from sqlalchemy import ForeignKey, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, ContextTypes

PlainApplication = Application[Any, Any, Any, Any, Any, Any]


class Base(DeclarativeBase):
    pass


class Ballot(Base):
    __tablename__ = "ballots"

    id: Mapped[int] = mapped_column(primary_key=True)


class Vote(Base):
    __tablename__ = "votes"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    option_id: Mapped[int] = mapped_column(index=True)


class Voting:
    def __init__(self, database: str) -> None:
        self._engine = create_async_engine(f"sqlite+aiosqlite:///{database}")
        self._session: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self._engine, expire_on_commit=False
        )

        @event.listens_for(self._engine.sync_engine, "connect")
        def on_connect(connection: DBAPIConnection, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

    async def prepare(self, _: object = None) -> None:
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with self._session() as session:
            await session.merge(Ballot(id=1))
            await session.commit()

    async def vote(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None or query.data is None:
            return
        ballot, option = query.data.split(":")[1:]
        async with self._session() as session:
            await session.merge(
                Vote(ballot_id=int(ballot), user_id=query.from_user.id, option_id=int(option))
            )
            await session.commit()
        await query.answer("Ваш голос зараховано.")

    async def count(self) -> int:
        async with self._session() as session:
            return await session.scalar(select(func.count()).select_from(Vote)) or 0


def build(token: str, api_url: str, voting: Voting, *, polls: bool) -> PlainApplication:
    builder = ApplicationBuilder().token(token).base_url(f"{api_url}/bot").post_init(voting.prepare)
    application = (builder if polls else builder.updater(None)).build()
    application.add_handler(CallbackQueryHandler(voting.vote, pattern=r"^v:\d+:\d+$"))
    return application


async def serve(token: str, api_url: str, voting: Voting, port: int) -> None:
    application = build(token, api_url, voting, polls=False)

    async def receive(request: Request) -> Response:
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return Response()

    routes = [Route("/telegram", receive, methods=["POST"])]
    config = uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning")
    await voting.prepare()
    async with application:
        await application.start()
        await uvicorn.Server(config).serve()
        await application.stop()


def main(token: str, api_url: str, database: str, port: int | None) -> None:
    voting = Voting(database)
    if port is None:
        build(token, api_url, voting, polls=True).run_polling(allowed_updates=[Update.CALLBACK_QUERY])
    else:
        asyncio.run(serve(token, api_url, voting, port))


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[0], words[1], words[2], int(words[3]) if len(words) > 3 else None)
