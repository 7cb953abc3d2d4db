"""An editor's article, from the private message to the channel."""

from telegram import Document, Message, Update

from bot import buttons
from bot.chat import Context, Edit, Screen, Send, Toast
from bot.domain.article import Article, RichText
from bot.domain.audit import Act
from bot.domain.discussion import Channel
from bot.domain.ids import DraftId
from bot.domain.refusals import ArticleBinary, FileGone, FileTooBig, NothingToPost
from bot.handlers.message import message_of, said_in
from bot.handlers.noting import note
from bot.services import discussion as discussions
from bot.services import draft as service
from bot.services import reading, rights
from bot.views import discussion as views
from bot.views import posting
from bot.views.article import from_entities

FILE_LIMIT = 2 * 1024 * 1024  # bytes; the longest article, four bytes a letter, with room for Markdown
DELAY = service.CONTINUED_WITHIN.total_seconds()


async def on_post(update: Update, ctx: Context) -> None:
    """/post with the article behind it, or as a reply to it."""
    message = message_of(update)
    mine = await _channels(ctx)
    source = message.reply_to_message
    if len((message.text or "").split(maxsplit=1)) > 1:
        await _keep_text(ctx, mine, _behind_command(message))
    elif source is not None:
        await _keep(ctx, mine, source)
    else:
        raise NothingToPost()


async def on_article(update: Update, ctx: Context) -> None:
    """A text or a file of somebody who edits a channel."""
    await _keep(ctx, await _channels(ctx), message_of(update))


async def _channels(ctx: Context) -> list[Channel]:
    return await rights.channels_of(ctx.scope.tx, ctx.scope.vault, ctx.scope.facts, ctx.user)


async def _keep(ctx: Context, mine: list[Channel], source: Message) -> None:
    """Raises the refusals of reading, and NothingToPost for a message without words."""
    if source.document is None:
        await _keep_text(ctx, mine, _words(source))
        return
    article = _file(ctx, source.document)
    draft = await service.keep(ctx.scope.tx, ctx.scope.vault, ctx.user, article, ctx.scope.now)
    _show(ctx, mine, service.Begun(draft, article, goes_on=False))


async def _keep_text(ctx: Context, mine: list[Channel], text: RichText) -> None:
    sent = message_of(ctx.incoming).date
    _show(ctx, mine, await service.keep_text(ctx.scope.tx, ctx.scope.vault, ctx.user, text, sent))


def _file(ctx: Context, document: Document) -> Article:
    if (document.file_size or 0) > FILE_LIMIT:
        raise FileTooBig(limit=FILE_LIMIT // 1024)
    data = ctx.scope.facts.file(document.file_id, FILE_LIMIT)
    if data is None:
        raise FileGone()
    return reading.read_article(data, document.file_name)


def _words(message: Message) -> RichText:
    if message.effective_attachment is not None:
        raise ArticleBinary()  # a picture with a caption: to post the words alone would drop half of it
    text = said_in(message)
    if text is None:
        raise NothingToPost()
    entities = message.entities or message.caption_entities
    return from_entities(text, [entity.to_dict() for entity in entities])


def _behind_command(message: Message) -> RichText:
    whole = _words(message)
    command = whole.text.split(maxsplit=1)[0]
    return whole.slice(len(command), len(whole.text)).strip()


def _show(ctx: Context, mine: list[Channel], begun: service.Begun) -> None:
    """The preview; where the text may go on, a moment later, so that its end is in it."""
    delay = DELAY if begun.goes_on else 0.0
    screens = (
        _preview(ctx, begun.draft, mine[0], begun.article)
        if len(mine) == 1
        else (views.which_channel(ctx.say, begun.draft, begun.article, mine),)
    )
    ctx.answer(*(Send(ctx.chat, screen, subject=begun.draft, delay=delay) for screen in screens))


def _preview(ctx: Context, draft: DraftId, channel: Channel, article: Article) -> tuple[Screen, ...]:
    defaults = ctx.scope.defaults
    question = posting.question_of(
        channel, article=article, default=defaults.question, default_options=defaults.options
    )
    plan = posting.plan_article(channel, article, question, defaults.retention.keys)
    return views.preview(ctx.say, draft, channel, question, plan)


async def on_channel(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.ChooseChannel)
    channel = rights.pick(await _channels(ctx), button.channel)
    article = await service.find(ctx.scope.tx, ctx.scope.vault, ctx.user, button.draft)
    first, control = _preview(ctx, button.draft, channel, article)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), first), Send(ctx.chat, control))


async def on_publish(update: Update, ctx: Context) -> None:
    scope, button = ctx.scope, ctx.button(buttons.Publish)
    channel = rights.pick(await _channels(ctx), button.channel)
    article = await service.take(scope.tx, scope.vault, ctx.user, button.draft)
    question = posting.question_of(
        channel, article=article, default=scope.defaults.question, default_options=scope.defaults.options
    )
    plan = posting.plan_article(channel, article, question, scope.defaults.retention.keys)
    editor = scope.vault.seal(ctx.user)
    number = await discussions.open_discussion(
        scope.tx,
        scope.vault,
        scope.defaults,
        channel,
        article.title,
        question,
        plan,
        scope.now,
        editor=editor,
    )
    await note(ctx, Act.PUBLISHED, channel.id, number)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), views.queued(ctx.say, channel, number)))


async def on_cancel(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.CancelDraft)
    await service.take(ctx.scope.tx, ctx.scope.vault, ctx.user, button.draft)
    await note(ctx, Act.DRAFT_CANCELLED)
    ctx.answer(Toast(""), Edit(ctx.chat, ctx.screen_message(), Screen(ctx.say.html("draft-cancelled"))))
