"""People, their chats, and who may do what there: the first half of what people do."""

from bot.sandbox import posting, render
from bot.sandbox.errors import PeopleError
from bot.sandbox.world import JSON, RIGHTS, Chat, Member, Person, World


def user(world: World, name: str, language_code: str | None = None, username: str | None = None) -> int:
    return world.add_person(name, language_code, username).id


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


def unlink(world: World, channel: int) -> None:
    chat = world.chat(channel)
    if chat.linked is not None:
        world.chat(chat.linked).linked = None
    chat.linked = None


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
) -> None:
    """The chat's settings; what is left out stays."""
    place = world.chat(chat)
    need(place.member(by).may("can_change_info"), "only an administrator may change the chat")
    place.title = title if title is not None else place.title
    place.description = description if description is not None else place.description
    place.signs = signs if signs is not None else place.signs
    place.shows_profiles = shows_profiles if shows_profiles is not None else place.shows_profiles
    place.muted = muted if muted is not None else place.muted
    if available_reactions is not None:
        place.available_reactions = [render.reaction(emoji) for emoji in available_reactions]
    for chat_with_faces in world.chats.values():
        for message in chat_with_faces.messages.values():
            message.face = None


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


def join(world: World, chat: int, user: int) -> None:
    place = world.chat(chat)
    held = place.member(world.person(user).id)
    need(held.status != "kicked", "this person was banned from the chat")
    if not held.inside:
        posting.set_member(world, place, user, Member("member"), user)


def leave(world: World, chat: int, user: int) -> None:
    place = world.chat(chat)
    need(place.member(user).inside, "this person is not in the chat")
    posting.set_member(world, place, user, Member("left"), user)


def ban(world: World, chat: int, user: int, by: int) -> None:
    place = world.chat(chat)
    need(place.member(by).may("can_restrict_members"), "only an administrator may ban")
    posting.set_member(world, place, world.person(user).id, Member("kicked"), by)


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
    join,
    leave,
    ban,
    block,
    unblock,
    deactivate,
    ids,
)
