"""People, their chats, and who may do what there: the first half of what people do."""

from dataclasses import replace

from bot.sandbox import posting, render, seeing
from bot.sandbox.errors import PeopleError
from bot.sandbox.rights import RIGHTS
from bot.sandbox.world import JSON, Chat, Member, Person, World


def user(
    world: World,
    name: str,
    language_code: str | None = None,
    username: str | None = None,
    is_bot: bool = False,
    user_id: int | None = None,
) -> int:
    """A person, or another bot: that one acts for people here, and this bot does not hear it.

    ``user_id`` is for tests that look for ids among bytes: real ones have ten digits, the sandbox's own have six.
    """
    return world.add_person(name, language_code, username, is_bot, user_id).id


def channel(world: World, title: str, owner: int, username: str | None = None) -> int:
    return world.add_chat("channel", title, owner, username).id


def group(world: World, title: str, owner: int, username: str | None = None) -> int:
    return world.add_chat("supergroup", title, owner, username).id


def link(world: World, channel: int, group: int) -> None:
    """Comments for a channel.  No update tells the bot."""
    unlink(world, channel)
    unlink(world, group)
    if world.chat(channel).type != "channel" or world.chat(group).type != "supergroup":
        raise PeopleError("only a channel is linked, and only with a group")
    world.chat(channel).linked, world.chat(group).linked = group, channel
    seeing.open_or_close(world, world.chat(group))


def unlink(world: World, channel: int) -> None:
    chat = world.chat(channel)
    if chat.linked is not None:
        other = world.chat(chat.linked)
        chat.linked = other.linked = None
        seeing.open_or_close(world, chat)
        seeing.open_or_close(world, other)


def change_chat(
    world: World,
    chat: int,
    by: int,
    *,
    title: str | None = None,
    description: str | None = None,
    signs: bool | None = None,
    shows_profiles: bool | None = None,
    muted: bool | None = None,
    available_reactions: list[str] | None = None,
    visible_history: bool | None = None,
    join_by_request: bool | None = None,
    join_to_send: bool | None = None,
    protected: bool | None = None,
    username: str | None = None,
) -> None:
    """The chat's settings; what is left out stays, an empty username makes it private.  No update tells the bot."""
    place = world.chat(chat)
    need(place.member(by).may("can_change_info"), "only an administrator may change the chat")
    place.title = title if title is not None else place.title
    place.description = description if description is not None else place.description
    place.signs = signs if signs is not None else place.signs
    place.shows_profiles = shows_profiles if shows_profiles is not None else place.shows_profiles
    place.muted = muted if muted is not None else place.muted
    place.join_by_request = join_by_request if join_by_request is not None else place.join_by_request
    place.join_to_send = join_to_send if join_to_send is not None else place.join_to_send
    place.protected = protected if protected is not None else place.protected
    if username is not None:
        rename(world, place, username or None)
    if visible_history is not None:
        set_history(world, place, visible_history)
    if available_reactions is not None:
        place.available_reactions = [render.reaction(emoji) for emoji in available_reactions]
    for chat_with_faces in world.chats.values():
        for message in chat_with_faces.messages.values():
            message.face = None


def rename(world: World, place: Chat, username: str | None) -> None:
    world.claim_username(username, place.id)
    if place.username is not None and (username or "").lower() != place.username.lower():
        del world.usernames[place.username.lower()]
    place.username = username
    seeing.open_or_close(world, place)


def set_history(world: World, place: Chat, visible: bool) -> None:
    need(place.type == "supergroup", "the history of a channel is always visible")
    need(visible or not seeing.opened(place), "a public group, or one of a channel, cannot hide its history")
    if visible:
        seeing.reveal(world, place)
    else:
        place.visible_history = False


def add_bot(
    world: World, chat: int, by: int, rights: dict[str, bool] | None = None, admin: bool = True
) -> None:
    """The bot as an administrator, with all rights but promoting others if none are named, or as a member."""
    place = world.chat(chat)
    need(place.member(by).may("can_promote_members"), "only an administrator who may promote can add the bot")
    if not admin:
        need(place.type == "supergroup", "a bot in a channel is always an administrator")
        posting.set_member(world, place, world.bot.id, Member("member"), by)
        return
    held = read_rights(place, rights, frozenset(RIGHTS[place.type]) - {"can_promote_members"})
    posting.set_member(world, place, world.bot.id, Member("administrator", held), by)


def remove_bot(world: World, chat: int, by: int) -> None:
    place = world.chat(chat)
    need(place.member(by).admin, "only an administrator may remove the bot")
    need(place.member(world.bot.id).inside, "the bot is not in this chat")
    posting.set_member(world, place, world.bot.id, Member("kicked"), by)


def promote(
    world: World,
    chat: int,
    user: int,
    by: int,
    *,
    rights: dict[str, bool] | None = None,
    title: str | None = None,
) -> None:
    place = world.chat(chat)
    need(place.member(by).may("can_promote_members"), "only an administrator who may promote can do that")
    held = read_rights(place, rights, frozenset(RIGHTS[place.type]))
    posting.set_member(world, place, world.person(user).id, Member("administrator", held, title), by)


def demote(world: World, chat: int, user: int, by: int) -> None:
    place = world.chat(chat)
    need(place.member(by).may("can_promote_members"), "only an administrator who may promote can do that")
    need(place.member(user).status == "administrator", "there is no such administrator")
    posting.set_member(world, place, user, Member("member"), by)


def leave(world: World, chat: int, user: int) -> None:
    """Who was restricted stays so, outside."""
    place = world.chat(chat)
    held = place.member(user)
    need(held.inside, "this person is not in the chat")
    gone = replace(held, away=True) if held.status == "restricted" else Member("left")
    posting.set_member(world, place, user, gone, user)


def ban(world: World, chat: int, user: int, by: int) -> None:
    place = world.chat(chat)
    need(place.member(by).may("can_restrict_members"), "only an administrator may ban")
    posting.set_member(world, place, world.person(user).id, Member("kicked"), by)


def unban(world: World, chat: int, user: int, by: int) -> None:
    """They may come back, and have not yet."""
    place = world.chat(chat)
    need(place.member(by).may("can_restrict_members"), "only an administrator may lift a ban")
    need(place.member(user).status == "kicked", "this person was not banned")
    posting.set_member(world, place, user, Member("left"), by)


def restrict(world: World, chat: int, user: int, by: int, on: bool = True) -> None:
    """They may read and not write, or, with ``on=False``, write again."""
    place = world.chat(chat)
    held = place.member(world.person(user).id)
    need(place.type == "supergroup", "restrictions exist in groups only")
    need(place.member(by).may("can_restrict_members"), "only an administrator may restrict")
    need(not held.admin and held.status != "kicked", "only members can be restricted")
    free = Member("member" if held.inside else "left")
    posting.set_member(world, place, user, Member("restricted", away=not held.inside) if on else free, by)


def hide_forwards(world: World, by: int, on: bool = True) -> None:
    """Forwards of this person's messages carry the name without the account."""
    world.person(by).hides_forwards = on


def block(world: World, by: int) -> None:
    set_blocked(world, world.person(by), True)


def unblock(world: World, by: int) -> None:
    set_blocked(world, world.person(by), False)


def deactivate(world: World, by: int) -> None:
    """The account is deleted.  No update."""
    world.person(by).deactivated = True


def set_blocked(world: World, person: Person, blocked: bool) -> None:
    if person.blocked == blocked:
        return
    person.blocked = blocked
    person.met = True
    chat = world.private(person.id)
    old, new = Member("kicked" if not blocked else "member"), Member("kicked" if blocked else "member")
    change = posting.member_change(world, chat, world.bot.id, old, new, by=person.id)
    world.inbox.put("my_chat_member", change)


def read_rights(chat: Chat, rights: dict[str, bool] | None, default: frozenset[str]) -> frozenset[str]:
    if rights is None:
        return default
    known = {*RIGHTS[chat.type], "is_anonymous"}
    unknown = sorted(set(rights) - known)
    need(not unknown, f"there is no such right in a {chat.type}: {', '.join(unknown)}")
    return frozenset(name for name, held in rights.items() if held) | {"can_manage_chat"}


def need(condition: bool, otherwise: str) -> None:
    if not condition:
        raise PeopleError(otherwise)


def ids(world: World) -> JSON:
    return dict(world.ids)


VERBS = (
    user,
    channel,
    group,
    link,
    unlink,
    change_chat,
    add_bot,
    remove_bot,
    promote,
    demote,
    leave,
    ban,
    unban,
    restrict,
    hide_forwards,
    block,
    unblock,
    deactivate,
    ids,
)
