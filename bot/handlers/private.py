"""A message in the private chat: an opinion, an article, or neither."""

from telegram import Update

from bot.chat import Context
from bot.handlers import discussion, draft, moderation, opinion
from bot.handlers.message import message_of, said_in
from bot.services import opinion as opinions
from bot.services import rights


async def on_message(update: Update, ctx: Context) -> None:
    """Whoever has just chosen to write an opinion writes one; other messages of editors, and their files, are articles."""
    scope, message = ctx.scope, message_of(update)
    if message.media_group_id is not None and message.document is None and said_in(message) is None:
        return  # an album has its words in one of its items
    if await moderation.on_answer(update, ctx):
        return
    if not await rights.is_staff(scope.tx, scope.vault, ctx.user):
        await opinion.on_private(update, ctx)
    elif not await discussion.on_forwarded(update, ctx):
        await _of_staff(update, ctx, is_file=message.document is not None)


async def _of_staff(update: Update, ctx: Context, is_file: bool) -> None:
    """An administrator may be a reader, too; but what follows an opinion is an article again."""
    scope = ctx.scope
    writing = not is_file and await opinions.is_writing(scope.tx, scope.vault, ctx.user)
    if not writing and await rights.edited_by(scope.tx, scope.vault, scope.facts, ctx.user):
        await draft.on_article(update, ctx)
        return
    await opinion.on_private(update, ctx)
    await opinions.forget_choice(scope.tx, scope.vault, ctx.user, scope.now)
