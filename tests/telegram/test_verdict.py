"""Every sentence of Telegram's that the bot may meet, and what it does about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.api import NoAnswer, Reply
from bot.telegram.verdict import GiveUp, Reason, Sent, TryLater, Unknown, Verdict, judge

SERVER_BUSY = TryLater(None, False, Reason.SERVER)
SERVER_AWAY = TryLater(None, True, Reason.SERVER)


def give_up(reason: Reason, *sentences: str) -> list[tuple[int, str, Verdict]]:
    """Sentences with their usual status: 403 and 409 are named in the text, all others are 400."""
    codes = {"Forbidden": 403, "Conflict": 409, "Unauthorized": 401, "Not Found": 404}
    return [
        (next((code for start, code in codes.items() if text.startswith(start)), 400), text, GiveUp(reason))
        for text in sentences
    ]


CASES: list[tuple[int, str, Verdict]] = [
    *give_up(Reason.BLOCKED, "Forbidden: bot was blocked by the user"),
    *give_up(Reason.DEACTIVATED, "Forbidden: user is deactivated"),
    *give_up(Reason.NEVER_STARTED, "Forbidden: bot can't initiate conversation with a user"),
    *give_up(Reason.RECIPIENT_IS_BOT, "Forbidden: the bot can't send messages to the bot"),
    *give_up(Reason.CHAT_NOT_FOUND, "Bad Request: chat not found", "Bad Request: private chat not found"),
    *give_up(
        Reason.KICKED,
        "Forbidden: bot was kicked from the channel chat",
        "Forbidden: bot was kicked from the supergroup chat",
        "Forbidden: bot was kicked from the group chat",
    ),
    *give_up(
        Reason.NOT_MEMBER,
        "Forbidden: bot is not a member of the channel chat",
        "Forbidden: bot is not a member of the supergroup chat",
        "Forbidden: bot is not a member of the group chat",
    ),
    *give_up(Reason.CHAT_DELETED, "Forbidden: the group chat was deleted"),
    *give_up(
        Reason.NO_RIGHT,
        "Bad Request: need administrator rights in the channel chat",
        "Bad Request: have no write access to the chat",
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: not enough rights to send polls to the chat",
        "Bad Request: not enough rights to send the rich message to the chat",
        "Bad Request: not enough rights to manage pinned messages in the chat",
        "Bad Request: member list is inaccessible",
        "Bad Request: CHAT_ADMIN_REQUIRED",
        "Bad Request: CHAT_WRITE_FORBIDDEN",
        "Forbidden: a sentence that nobody knows yet",
    ),
    *give_up(Reason.MEMBER_NOT_FOUND, "Bad Request: member not found", "Bad Request: PARTICIPANT_ID_INVALID"),
    *give_up(
        Reason.MESSAGE_GONE,
        "Bad Request: message to edit not found",
        "Bad Request: message to pin not found",
        "Bad Request: message to copy not found",
        "Bad Request: message to forward not found",
        "Bad Request: message to react not found",
        "Bad Request: message with poll to stop not found",
        "Bad Request: MESSAGE_ID_INVALID",
    ),
    *give_up(Reason.REPLY_GONE, "Bad Request: message to be replied not found"),
    *give_up(
        Reason.TOPIC_GONE,
        "Bad Request: message thread not found",
        "Bad Request: wrong direct messages topic identifier specified",
    ),
    *give_up(
        Reason.NOT_EDITABLE,
        "Bad Request: message can't be edited",
        "Bad Request: message can't be deleted",
        "Bad Request: message can't be deleted for everyone",
        "Bad Request: there is no text in the message to edit",
        "Bad Request: message is not a poll",
    ),
    *give_up(
        Reason.QUERY_TOO_OLD,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        "Bad Request: QUERY_ID_INVALID",
    ),
    *give_up(
        Reason.MEDIA_REFUSED,
        "Bad Request: wrong file identifier/HTTP URL specified",
        "Bad Request: wrong HTTP URL specified",
        "Bad Request: failed to get HTTP URL content",
        "Bad Request: wrong type of the web page content",
    ),
    *give_up(Reason.FILE_TOO_BIG, "Bad Request: file is too big"),
    *give_up(
        Reason.BAD_REQUEST,
        "Bad Request: chat_id is empty",
        "Bad Request: message identifier is not specified",
        "Bad Request: message has protected content and can't be forwarded",
        "Bad Request: message is too long",
        "Bad Request: message text is empty",
        'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 7',
        "Bad Request: non-anonymous polls can't be sent to channel chats",
        "Bad Request: rich message must be non-empty",
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    *give_up(Reason.TOKEN_REJECTED, "Unauthorized", "Unauthorized: invalid token specified", "Not Found"),
    *give_up(Reason.METHOD_UNKNOWN, "Not Found: method not found"),
    *give_up(
        Reason.WEBHOOK_ACTIVE,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        "Conflict: terminated by setWebhook request",
    ),
    (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        TryLater(None, True, Reason.CONFLICT),
    ),
    (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message",
        Sent(),
    ),
    (400, "Bad Request: poll has already been closed", Sent()),
    (400, "Bad Request: poll can't be stopped", Sent()),
    (400, "Bad Request: message to delete not found", Sent()),
    (500, "Internal Server Error: sent message was immediately deleted and can't be returned", Sent()),
    (500, "Internal Server Error: restart", SERVER_AWAY),
    (503, "Service Unavailable", SERVER_AWAY),
    (500, "Internal Server Error", SERVER_BUSY),
    (502, "Bad Gateway", Unknown()),
    (504, "Gateway Timeout", Unknown()),
    (429, "Too Many Requests: retry after 31", TryLater(31.0, False, Reason.FLOOD)),
    (429, "Too Many Requests", TryLater(None, False, Reason.FLOOD)),
    (413, "Request Entity Too Large", GiveUp(Reason.BAD_REQUEST)),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", GiveUp(Reason.MIGRATED)),
]

PAGES: list[tuple[int, Verdict]] = [
    (200, Unknown()),
    (302, TryLater(None, True, Reason.GATEWAY)),
    (400, GiveUp(Reason.BAD_REQUEST)),
    (401, TryLater(None, True, Reason.GATEWAY)),
    (403, TryLater(None, True, Reason.GATEWAY)),
    (404, TryLater(None, True, Reason.GATEWAY)),
    (407, TryLater(None, True, Reason.GATEWAY)),
    (413, GiveUp(Reason.BAD_REQUEST)),
    (429, TryLater(None, True, Reason.GATEWAY)),
    (500, Unknown()),
    (502, Unknown()),
    (503, Unknown()),
    (504, Unknown()),
]


@pytest.mark.parametrize(("code", "description", "expected"), CASES)
def test_refusal_of_telegram(code: int, description: str, expected: Verdict) -> None:
    assert judge(Reply(False, None, code, description)) == expected


@pytest.mark.parametrize(("code", "description", "expected"), CASES)
def test_refusal_in_other_letters_means_the_same(code: int, description: str, expected: Verdict) -> None:
    assert judge(Reply(False, None, code, description.capitalize())) == expected
    assert judge(Reply(False, None, code, description.upper())) == expected


@pytest.mark.parametrize(("code", "expected"), PAGES)
def test_page_that_is_not_telegrams(code: int, expected: Verdict) -> None:
    assert judge(Reply(False, None, code)) == expected


def test_answer_is_sent_with_its_result() -> None:
    assert judge(Reply(True, {"message_id": 1}, 200)) == Sent({"message_id": 1})


def test_parameters_win_over_the_sentence() -> None:
    flood = Reply(False, None, 429, "Too Many Requests: retry after 31", retry_after=32)
    moved = Reply(
        False, None, 400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to=-1001
    )

    assert judge(flood) == TryLater(32.0, False, Reason.FLOOD)
    assert judge(moved) == GiveUp(Reason.MIGRATED, -1001)


def test_no_answer_is_tried_again_only_when_surely_not_sent() -> None:
    assert judge(NoAnswer("x", maybe_done=False)) == TryLater(None, True, Reason.NETWORK)
    assert judge(NoAnswer("x", maybe_done=True)) == Unknown()


@given(st.integers(500, 599), st.text())
def test_failing_server_is_never_given_up(code: int, description: str) -> None:
    assert not isinstance(judge(Reply(False, None, code, description)), GiveUp)
