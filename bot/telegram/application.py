"""python-telegram-bot's dispatcher, with our context and without its updater, which acknowledges what is not stored."""

from typing import Any

from telegram.ext import Application, ApplicationBuilder, ContextTypes, ExtBot

from bot.chat import Context, Surroundings
from bot.routes import handlers
from bot.telegram.request import AiohttpRequest

BotApplication = Application[ExtBot[None], Context, dict[Any, Any], dict[Any, Any], Surroundings, Any]


class Dispatcher(Application[Any, Any, Any, Any, Any, Any]):
    async def process_error(self, update: object, error: Exception, *_: Any, **__: Any) -> bool:
        """Whoever applies an update decides what its failure means: here it goes on its way."""
        raise error


def build_dispatcher(request: AiohttpRequest, base_url: str, token: str) -> BotApplication:
    """``base_url`` is the server's root."""
    root = base_url.rstrip("/")
    bot: ExtBot[None] = ExtBot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=request,
        get_updates_request=request,
    )
    application: BotApplication = (
        ApplicationBuilder()
        .application_class(Dispatcher)
        .bot(bot)
        .updater(None)
        .context_types(ContextTypes(context=Context, bot_data=Surroundings))
        .build()
    )
    application.add_handlers(handlers())
    return application
