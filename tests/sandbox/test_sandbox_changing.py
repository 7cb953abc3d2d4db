"""Editing and deleting by the bot."""

from bot.sandbox import People
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock, keyboard

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def test_edit_changes_text_and_drops_the_keyboard(
    api: Api, people: People, room: Room, clock: Clock
) -> None:
    post = await api.send(room.channel, "Раз", reply_markup=keyboard("Так"))
    clock.advance(60)

    edited = await api.ok("editMessageText", chat_id=room.channel, message_id=post["message_id"], text="Два")

    assert (edited["text"], edited["edit_date"]) == ("Два", clock.now)
    assert "reply_markup" not in edited
    assert [each["text"] for each in await people.history(room.channel, by=room.reader)] == ["Два"]


async def test_unchanged_message_is_refused(api: Api, room: Room) -> None:
    markup = keyboard("Так")
    post = await api.send(room.channel, "<b>Раз</b>", parse_mode="HTML", reply_markup=markup)
    where = {"chat_id": room.channel, "message_id": post["message_id"], "reply_markup": markup}

    same = await api.error("editMessageText", text=" <b>Раз</b>\n".strip(), parse_mode="HTML", **where)
    same_keys = await api.error("editMessageReplyMarkup", **where)
    other = await api.ok("editMessageText", text="Раз", **where)

    assert (same, same_keys) == (NOT_MODIFIED, NOT_MODIFIED)
    assert "entities" not in other


async def test_new_keyboard_does_not_mark_the_message_as_edited(api: Api, room: Room) -> None:
    post = await api.send(room.channel)

    edited = await api.ok(
        "editMessageReplyMarkup",
        chat_id=room.channel,
        message_id=post["message_id"],
        reply_markup=keyboard("Так"),
    )

    assert edited == post | {"reply_markup": keyboard("Так")}


async def test_only_messages_within_the_bots_rights_are_edited(api: Api, people: People, room: Room) -> None:
    await people.add_bot(room.channel, by=room.owner, rights={"can_post_messages": True})
    own = await api.send(room.channel)
    theirs = await people.say(room.channel, "Пост", by=room.owner)
    comment = await people.comment(room.channel, own["message_id"], "Так", by=room.reader)
    copy = comment["message_thread_id"]

    async def edit(chat: int, message_id: int) -> str:
        return await api.error("editMessageText", chat_id=chat, message_id=message_id, text="Інше")

    cannot = "Bad Request: message can't be edited"
    assert await edit(room.channel, theirs["message_id"]) == cannot
    assert await edit(room.group, comment["message_id"]) == cannot
    assert await edit(room.group, copy) == cannot
    assert await edit(room.channel, 999) == "Bad Request: message to edit not found"
    assert await edit(room.channel, 0) == "Bad Request: message identifier is not specified"
    await people.add_bot(room.channel, by=room.owner, rights={"can_edit_messages": True})
    await api.ok("editMessageText", chat_id=room.channel, message_id=theirs["message_id"], text="Інше")


async def test_edit_after_removal_is_forbidden(api: Api, people: People, room: Room) -> None:
    post = await api.send(room.channel)
    await people.remove_bot(room.channel, by=room.owner)

    refusal = await api.error(
        "editMessageText", chat_id=room.channel, message_id=post["message_id"], text="Інше"
    )

    assert refusal == "Forbidden: bot was kicked from the channel chat"


async def test_captions_and_texts_are_edited_by_their_own_methods(api: Api, room: Room) -> None:
    photo = await api.ok("sendPhoto", chat_id=room.channel, photo="https://a.com/b.jpg", caption="Раз")
    text = await api.send(room.channel)
    at_photo = {"chat_id": room.channel, "message_id": photo["message_id"]}
    at_text = {"chat_id": room.channel, "message_id": text["message_id"]}

    edited = await api.ok("editMessageCaption", caption="Два", **at_photo)

    assert edited["caption"] == "Два"
    assert await api.error("editMessageText", text="x", **at_photo) == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await api.error("editMessageCaption", caption="x", **at_text) == (
        "Bad Request: there is no caption in the message to edit"
    )


async def test_deleting_needs_the_rights(api: Api, people: People, room: Room) -> None:
    own = await api.send(room.channel)
    theirs = await people.say(room.channel, "Пост", by=room.owner)
    at_own = {"chat_id": room.channel, "message_id": own["message_id"]}
    at_theirs = {"chat_id": room.channel, "message_id": theirs["message_id"]}
    cannot = "Bad Request: message can't be deleted"

    await people.add_bot(room.channel, by=room.owner, rights={"can_edit_messages": True})
    assert await api.error("deleteMessage", **at_own) == cannot
    await people.add_bot(room.channel, by=room.owner, rights={"can_post_messages": True})
    assert await api.error("deleteMessage", **at_theirs) == cannot
    assert await api.ok("deleteMessage", **at_own) is True
    await people.add_bot(room.channel, by=room.owner, rights={"can_delete_messages": True})
    assert await api.ok("deleteMessage", **at_theirs) is True

    assert await api.error("deleteMessage", **at_own) == "Bad Request: message to delete not found"
    assert await people.history(room.channel, by=room.reader) == []


async def test_messages_older_than_two_days_stay(api: Api, people: People, room: Room, clock: Clock) -> None:
    post = await api.send(room.channel)
    clock.advance(48 * 3600)

    refusal = await api.error("deleteMessage", chat_id=room.channel, message_id=post["message_id"])

    assert refusal == "Bad Request: message can't be deleted"


async def test_several_are_deleted_at_once_and_missing_ones_skipped(
    api: Api, people: People, room: Room
) -> None:
    posts = [(await api.send(room.channel))["message_id"] for _ in range(3)]

    assert await api.ok("deleteMessages", chat_id=room.channel, message_ids=[*posts[:2], 999]) is True

    left = await people.history(room.channel, by=room.reader)
    assert [each["message_id"] for each in left] == posts[2:]
    assert await api.error("deleteMessages", chat_id=room.channel, message_ids=list(range(1, 102))) == (
        "Bad Request: too many message identifiers specified"
    )
    assert await api.error("deleteMessages", chat_id=room.channel, message_ids=[]) == (
        "Bad Request: message identifiers are not specified"
    )
