"""A message in the private chat: an opinion, an article, or neither."""

from telegram import Update

from bot.chat import Context
from bot.handlers import discussion, draft, opinion
from bot.services import opinion as opinions
from bot.services import rights


async def on_message(update: Update, ctx: Context) -> None:
    """Whoever has just chosen to write an opinion writes one; other messages of editors are articles."""
    scope = ctx.scope
    if await opinions.is_writing(scope.tx, scope.vault, ctx.user):
        await opinion.on_private(update, ctx)
    elif await rights.is_staff(scope.tx, scope.vault, ctx.user):
        if not await discussion.on_forwarded(update, ctx):
            await draft.on_article(update, ctx)
    else:
        await opinion.on_private(update, ctx)
