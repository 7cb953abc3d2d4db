"""Every way into the bot, in order: the first that matches takes the update."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot import buttons
from bot.buttons import Button
from bot.chat import Context
from bot.handlers import (
    ballot,
    channel,
    discussion,
    draft,
    exchange,
    help,  # noqa: A004 - the room's name
    moderation,
    opinion,
    panic,
    private,
    reader,
    staff,
)
from bot.services.staff import PREFIX

Callback = Callable[[Update, Context], Coroutine[Any, Any, Any]]
Handler = BaseHandler[Any, Context, Any]

# CommandHandler takes edited messages, too, unless it is told not to; a corrected command is not a second one.
NEW = filters.UpdateType.MESSAGE
PRIVATE = NEW & filters.ChatType.PRIVATE
GROUP = NEW & filters.ChatType.GROUPS
CHANNEL = filters.UpdateType.CHANNEL_POST
EDITED = filters.UpdateType.EDITED_MESSAGE
INVITATION = PRIVATE & filters.Regex(rf"^/start(?:@\w+)?\s+{PREFIX}")
COMMENT = GROUP & ~filters.StatusUpdate.ALL & ~filters.VIA_BOT


def tap(kind: type[Button], callback: Callback) -> Handler:
    return CallbackQueryHandler(callback, pattern=kind.matches)


def command(name: str, callback: Callback, where: filters.BaseFilter) -> Handler:
    return CommandHandler(name, callback, filters=where)


async def ignore(update: Update, ctx: Context) -> None:
    """Seen and of no concern: copies of settings, kinds of updates that we did not ask for."""


def handlers() -> list[Handler]:
    return [
        tap(buttons.Vote, ballot.on_vote),
        tap(buttons.WithdrawVote, ballot.on_withdraw),
        tap(buttons.ChooseDiscussion, opinion.on_choose),
        tap(buttons.ChangeOpinion, opinion.on_change),
        tap(buttons.WithdrawOpinion, opinion.on_withdraw),
        tap(buttons.StopWriting, exchange.on_stop),
        tap(buttons.TakeLane, exchange.on_lane),
        tap(buttons.SendTrimmed, exchange.on_trimmed),
        tap(buttons.SendAsItIs, exchange.on_as_it_is),
        tap(buttons.KeepBack, exchange.on_keep_back),
        tap(buttons.ForgetMe, reader.on_forget_me),
        tap(buttons.ForgetMeNow, reader.on_forget_me_now),
        tap(buttons.KeepMine, reader.on_keep_mine),
        tap(buttons.ChooseChannel, draft.on_channel),
        tap(buttons.Publish, draft.on_publish),
        tap(buttons.CancelDraft, draft.on_cancel),
        tap(buttons.ShowTally, discussion.on_show_tally),
        tap(buttons.AskClose, discussion.on_ask_close),
        tap(buttons.Close, discussion.on_close_sure),
        tap(buttons.PostAgain, discussion.on_post_again),
        tap(buttons.PostIsThere, discussion.on_post_there),
        tap(buttons.ShowStaff, staff.on_show),
        tap(buttons.InviteModerator, staff.on_invite_moderator),
        tap(buttons.InviteAnalyst, staff.on_invite_analyst),
        tap(buttons.RemoveRole, staff.on_remove),
        tap(buttons.ShowAudit, staff.on_audit_page),
        tap(buttons.PanicFirst, panic.on_first),
        tap(buttons.PanicSecond, panic.on_second),
        tap(buttons.NameRoom, moderation.on_name),
        tap(buttons.Approve, moderation.on_approve),
        tap(buttons.Reject, moderation.on_reject),
        tap(buttons.Quote, moderation.on_quote),
        tap(buttons.Mute, moderation.on_mute),
        tap(buttons.Unmute, moderation.on_unmute),
        tap(buttons.Choose, moderation.on_choose),
        tap(buttons.Unchoose, moderation.on_unchoose),
        tap(buttons.AskAnswer, moderation.on_ask_answer),
        tap(buttons.SendAnswer, moderation.on_send_answer),
        tap(buttons.CancelAnswer, moderation.on_cancel_answer),
        tap(buttons.Report, moderation.on_report),
        CallbackQueryHandler(help.on_unknown_button, pattern=lambda data: isinstance(data, str)),
        CallbackQueryHandler(help.on_no_button),
        command("start", staff.on_invitation, INVITATION),
        CommandHandler("start", opinion.on_link, filters=PRIVATE, has_args=1),
        command("start", help.on_start, PRIVATE),
        command("help", help.on_help, PRIVATE),
        command("mydata", reader.on_mydata, PRIVATE),
        command("forget", reader.on_forget, PRIVATE),
        command("privacy", reader.on_privacy, PRIVATE),
        command("post", draft.on_post, PRIVATE),
        command("tally", discussion.on_tally, PRIVATE),
        command("list", discussion.on_list, PRIVATE),
        command("close", discussion.on_close, PRIVATE),
        command("staff", staff.on_staff, PRIVATE),
        command("audit", staff.on_audit, PRIVATE),
        command("checkin", panic.on_checkin, PRIVATE),
        command("panic", panic.on_panic, PRIVATE),
        command("moderate_here", moderation.on_here, PRIVATE | GROUP),
        command("moderate_off", moderation.on_off, PRIVATE | GROUP),
        MessageHandler(PRIVATE & filters.COMMAND, help.on_unknown_command),
        MessageHandler(PRIVATE & ~filters.StatusUpdate.ALL, private.on_message),
        MessageHandler(EDITED & filters.ChatType.PRIVATE, opinion.on_private_edit),
        # The copy of a command in the channel is no second command in the group.
        MessageHandler(GROUP & filters.IS_AUTOMATIC_FORWARD, channel.on_copy),
        command("poll", discussion.on_poll, GROUP | CHANNEL),
        command("close", discussion.on_close_here, GROUP | CHANNEL),
        MessageHandler(filters.StatusUpdate.MIGRATE, channel.on_migrated),
        MessageHandler(COMMENT & ~filters.COMMAND, moderation.on_group_message),
        MessageHandler(EDITED & filters.ChatType.GROUPS, opinion.on_comment_edit),
        ChatMemberHandler(channel.on_my_membership, ChatMemberHandler.MY_CHAT_MEMBER),
        ChatMemberHandler(channel.on_membership, ChatMemberHandler.CHAT_MEMBER),
        TypeHandler(Update, ignore),
    ]


# Asked of Telegram by name, since leaving them out keeps whatever was set before.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "channel_post",
    "callback_query",
    "my_chat_member",
    "chat_member",
)
