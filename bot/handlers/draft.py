"""An editor's article, from the private message to the channel."""

from telegram import Message, Update

from bot import buttons
from bot.chat import Context, Edit, Screen, Send, Toast
from bot.domain.article import Article
from bot.domain.discussion import Channel
from bot.domain.ids import ChannelId, DraftId
from bot.domain.refusals import ArticleBinary, FileGone, FileTooBig, NothingToPost
from bot.handlers.message import message_of, said_in
from bot.services import discussion as discussions
from bot.services import draft as service
from bot.services import reading, rights
from bot.views import discussion as views
from bot.views import posting
from bot.views.article import from_entities

FILE_LIMIT = 2 * 1024 * 1024  # bytes; the longest article, four bytes a letter, with room for Markdown


async def on_post(update: Update, ctx: Context) -> None:
    """/post with the article behind it, or as a reply to it."""
    message = message_of(update)
    await rights.channels_of(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user)
    text = (message.text or "").split(maxsplit=1)[1:]
    source = message.reply_to_message
    if text:
        await _show(ctx, reading.read_text(text[0]))
    elif source is not None:
        await _show(ctx, read(ctx, source))
    else:
        raise NothingToPost()


async def on_article(update: Update, ctx: Context) -> None:
    """A text or a file of somebody who edits a channel."""
    await rights.channels_of(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user)
    await _show(ctx, read(ctx, message_of(update)))


def read(ctx: Context, message: Message) -> Article:
    """Raises the refusals of reading, and NothingToPost for a message without words."""
    if message.document is not None:
        too_big = FileTooBig(limit=FILE_LIMIT // 1024)
        if (message.document.file_size or 0) > FILE_LIMIT:
            raise too_big
        data = ctx.scope.facts.file(message.document.file_id, FILE_LIMIT)
        if data is None:
            raise FileGone()
        return reading.read_article(data, message.document.file_name)
    text = said_in(message)
    if text is None:
        raise ArticleBinary() if message.effective_attachment else NothingToPost()
    entities = message.entities or message.caption_entities
    said = from_entities(text, [entity.to_dict() for entity in entities])
    return reading.article_from_message(said.text, said.spans)


async def _show(ctx: Context, article: Article) -> None:
    channels = await rights.channels_of(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user)
    draft = await service.keep(ctx.scope.tx, ctx.scope.vault, ctx.user, article, ctx.scope.now)
    if len(channels) > 1:
        ctx.answer(Send(ctx.chat, views.which_channel(ctx.say, draft, article, channels)))
        return
    for screen in _preview(ctx, draft, channels[0], article):
        ctx.answer(Send(ctx.chat, screen))


def _preview(ctx: Context, draft: DraftId, channel: Channel, article: Article) -> tuple[Screen, Screen]:
    defaults = ctx.scope.defaults
    question = posting.question_of(
        channel, article=article, default=defaults.question, default_options=defaults.options
    )
    return views.preview(ctx.say, draft, channel, question, posting.plan_article(channel, article, question))


async def _channel(ctx: Context, wanted: ChannelId) -> Channel:
    """One of those that the person edits; raises NoChannelYet."""
    channels = await rights.channels_of(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user)
    return rights.pick(channels, wanted)


async def on_channel(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.ChooseChannel)
    channel = await _channel(ctx, button.channel)
    article = await service.find(ctx.scope.tx, ctx.scope.vault, ctx.user, button.draft)
    first, control = _preview(ctx, button.draft, channel, article)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), first), Send(ctx.chat, control))


async def on_publish(update: Update, ctx: Context) -> None:
    scope, button = ctx.scope, ctx.button(buttons.Publish)
    channel = await _channel(ctx, button.channel)
    article = await service.take(scope.tx, scope.vault, ctx.user, button.draft)
    question = posting.question_of(
        channel, article=article, default=scope.defaults.question, default_options=scope.defaults.options
    )
    plan = posting.plan_article(channel, article, question)
    editor = scope.vault.seal(ctx.user)
    number = await discussions.open_discussion(
        scope.tx, channel, article.title, question, plan, scope.now, editor=editor
    )
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.queued(ctx.say, channel, number)))


async def on_cancel(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.CancelDraft)
    await service.take(ctx.scope.tx, ctx.scope.vault, ctx.user, button.draft)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), Screen(ctx.say.html("draft-cancelled"))))
