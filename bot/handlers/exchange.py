"""The keys of the conversation in which a private opinion is said: what stays of it, and what betrays its author."""

from telegram import Update

from bot import buttons
from bot.chat import Answer, Context, Delete, Edit, Screen, Toast
from bot.domain.ids import MessageId
from bot.domain.opinion import Lane
from bot.domain.refusals import StaleButton
from bot.handlers.message import said_in
from bot.handlers.opinion import said_before
from bot.services import exchange
from bot.services import opinion as opinions
from bot.services.exchange import LINGER
from bot.services.opinion import Choice
from bot.views import opinion as views


def lane_of(number: int) -> Lane:
    """Raises StaleButton."""
    if number not in set(Lane):
        raise StaleButton()
    return Lane(number)


async def on_lane(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.TakeLane)
    lane, screen = lane_of(button.lane), ctx.screen_message()
    about = await exchange.take_lane(ctx.scope.tx, ctx.scope.vault, ctx.user, button.discussion, lane, screen)
    ctx.answer(Toast(""), Edit(ctx.chat, screen, views.ask(ctx.say, about, lane)))


async def on_stop(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.StopWriting)
    lane, screens = await opinions.stop_writing(ctx.scope.tx, ctx.scope.vault, ctx.user, button.discussion)
    ctx.answer(Toast(""), *_last(ctx, Screen(ctx.say.html("opinion-stopped")), lane, screens))


async def on_trimmed(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.SendTrimmed)
    await _decided(update, ctx, button, trim=True)


async def on_as_it_is(update: Update, ctx: Context) -> None:
    button = ctx.button(buttons.SendAsItIs)
    await _decided(update, ctx, button, trim=False)


async def _decided(
    update: Update, ctx: Context, button: buttons.SendTrimmed | buttons.SendAsItIs, *, trim: bool
) -> None:
    """Telegram hands the text over with the tap: it was kept nowhere."""
    choice = Choice(button.discussion, button.replaces or None, lane_of(button.lane))
    said = said_before(update, ctx)
    if said is None:
        ctx.answer(Toast(ctx.say.plain("opinion-resend"), alert=True))
        return
    number, scope = MessageId(said.message_id), ctx.scope
    done = await opinions.say_after_all(
        scope.tx, scope.vault, ctx.user, choice, ctx.chat, number, said_in(said), ctx.admission, trim=trim
    )
    ctx.answer(Toast(""), *_last(ctx, views.taken(ctx.say, done), done.lane, done.gone))


async def on_keep_back(update: Update, ctx: Context) -> None:
    """Nothing was kept; without a trace, the text goes from the chat, too."""
    lane = lane_of(ctx.button(buttons.KeepBack).lane)
    said = said_before(update, ctx)
    gone = () if said is None else (MessageId(said.message_id),)
    ctx.answer(Toast(""), *_last(ctx, Screen(ctx.say.html("opinion-kept-back")), lane, gone))


def _last(ctx: Context, screen: Screen, lane: Lane, gone: tuple[MessageId, ...]) -> tuple[Answer, ...]:
    """The last word stands where the key was.  Without a trace it goes after a while, and all the rest at once."""
    message = ctx.screen_message()
    word = Edit(ctx.chat, message, screen)
    if lane.leaves_trace:
        return (word,)
    rest = (Delete(ctx.chat, each) for each in gone if each != message)
    return (word, *rest, Delete(ctx.chat, message, delay=LINGER))
