"""How people come into a chat: by a link, by asking, or brought by somebody who is in."""

from dataclasses import replace

from bot.sandbox import posting, render
from bot.sandbox.standing import need
from bot.sandbox.world import Chat, InviteLink, JoinRequest, Member, World


def invite(world: World, chat: int, by: int, name: str | None = None, approval: bool = False) -> str:
    """A new link; with ``approval`` an administrator decides about everybody who follows it."""
    place = world.chat(chat)
    need(place.member(by).may("can_invite_users"), "only an administrator who may invite makes links")
    return place.add_link(by, name, approval).url


def revoke(world: World, chat: int, link: str, by: int) -> None:
    place = world.chat(chat)
    need(place.member(by).may("can_invite_users"), "only an administrator who may invite revokes links")
    find_link(place, link).revoked = True


def join(world: World, chat: int, user: int, link: str | None = None) -> bool:
    """False if an administrator has to approve first.

    Without a link: directly, where the chat is public or discusses a channel; else by its owner's first link.
    """
    place, person = world.chat(chat), world.person(user)
    held = place.member(user)
    need(not person.is_bot, "bots do not join, they are added")
    need(held.status != "kicked", "this person was banned from the chat")
    if held.inside:
        return True
    way = way_in(place, link)
    if way.approval if way is not None else place.join_by_request:
        ask(world, place, JoinRequest(user, world.now, way))
        return False
    enter(world, place, user, by=user, link=way)
    return True


def way_in(place: Chat, link: str | None) -> InviteLink | None:
    if link is not None:
        found = find_link(place, link)
        need(not found.revoked, "this link was revoked")
        return found
    if place.username is not None or place.linked is not None or place.join_by_request:
        return None
    owner = next(who for who, held in place.members.items() if held.status == "creator")
    return place.primary_link(owner)


def find_link(place: Chat, link: str) -> InviteLink:
    need(link in place.links, "there is no such link to this chat")
    return place.links[link]


def ask(world: World, place: Chat, request: JoinRequest) -> None:
    """A bot that may invite hears of it, unless it has taken this kind out of its updates."""
    place.requests[request.person] = request
    if place.member(world.bot.id).may("can_invite_users"):
        world.people[request.person].met = True
        world.inbox.put("chat_join_request", render.join_request(world, place, request.person))


def approve(world: World, chat: int, user: int, by: int) -> None:
    place = world.chat(chat)
    request = take_request(place, user, by)
    enter(world, place, user, by=by, link=request.link, requested=request.link is None)


def decline(world: World, chat: int, user: int, by: int) -> None:
    """No update tells of it."""
    take_request(world.chat(chat), user, by)


def take_request(place: Chat, user: int, by: int) -> JoinRequest:
    need(
        place.member(by).may("can_invite_users"),
        "only an administrator who may invite decides about requests",
    )
    need(user in place.requests, "this person has not asked to join")
    return place.requests.pop(user)


def requests(world: World, chat: int, by: int) -> list[int]:
    """Who waits to be let in."""
    place = world.chat(chat)
    need(place.member(by).may("can_invite_users"), "only an administrator who may invite sees requests")
    return list(place.requests)


def add(world: World, chat: int, user: int, by: int) -> None:
    """A member of a group, or an administrator of a channel, brings a person or another bot."""
    place, held = world.chat(chat), world.chat(chat).member(world.person(user).id)
    brings = place.member(by)
    need(user != world.bot.id, "this bot is added with add_bot")
    need(
        brings.may("can_invite_users") or (place.type == "supergroup" and brings.status == "member"),
        "only members add people to a group, only administrators to a channel",
    )
    need(
        held.status != "kicked" or brings.may("can_restrict_members"), "this person was banned from the chat"
    )
    if not held.inside:
        place.requests.pop(user, None)
        enter(world, place, user, by=by)


def enter(
    world: World, place: Chat, who: int, *, by: int, link: InviteLink | None = None, requested: bool = False
) -> None:
    held = place.member(who)
    new = replace(held, away=False) if held.status == "restricted" else Member("member")
    posting.set_member(world, place, who, new, by, link, requested)


VERBS = (invite, revoke, join, approve, decline, requests, add)
