"""A crowd that votes over a time, from a seed."""

from collections import Counter

from bot.sandbox import People
from bot.sandbox.turnout import FIRST_ID, Turn, arrive, last_votes, turn_out, turnout
from tests.sandbox.conftest import Room
from tests.sandbox.talk import Api, Clock, keyboard

LABELS = ("Так", "Ні")


def test_same_seed_votes_the_same_and_another_otherwise() -> None:
    def votes(seed: int) -> list[Turn]:
        return turnout(range(1, 101), LABELS, seconds=60, seed=seed, moving=0.3)

    assert votes(1) == votes(1)
    assert votes(1) != votes(2)


def test_each_voter_votes_within_the_time_and_some_move() -> None:
    turns = turnout(range(1, 1001), LABELS, seconds=60, seed=1, weights=[3, 1], moving=0.3)

    assert [turn.at for turn in turns] == sorted(turn.at for turn in turns)
    assert all(0 <= turn.at <= 60 for turn in turns)
    presses = Counter(turn.voter for turn in turns)
    assert set(presses) == set(range(1, 1001))
    assert 200 < sum(count == 2 for count in presses.values()) < 400
    first = {turn.voter: turn.label for turn in reversed(turns)}
    assert 700 < Counter(first.values())["Так"] < 800
    assert all(last_votes(turns)[voter] != first[voter] for voter, count in presses.items() if count == 2)


def test_one_label_cannot_be_left_for_another() -> None:
    assert len(turnout([1, 2], ["Так"], seconds=60, seed=1, moving=1.0)) == 2


async def test_crowd_presses_at_its_times(api: Api, people: People, room: Room, clock: Clock) -> None:
    post = await api.send(room.channel, reply_markup=keyboard(*LABELS))
    await api.updates()
    voters = await arrive(people, 20, seed="a")
    turns = turnout(voters, LABELS, seconds=100, seed=1)
    began, times = clock.now, []

    async def wait(seconds: float) -> None:
        clock.advance(seconds)
        times.append(clock.now - began)

    taps = await turn_out(people, room.channel, post["message_id"], turns, wait)

    heard = await api.bodies("callback_query")
    assert [(each["id"], each["from"]["id"], each["data"]) for each in heard] == [
        (tap, turn.voter, f"v:{turn.label}") for turn, tap in taps
    ]
    assert [round(time, 3) for time in times] == [round(turn.at, 3) for turn in turns]


async def test_crowd_is_told_from_chance_by_its_ids_and_names(people: People, room: Room) -> None:
    ids = await arrive(people, 5, seed=1)

    known = [each for each in await people.everybody() if each["id"] in ids]

    assert {each["id"] for each in await people.everybody()} == {room.owner, room.reader, *ids}
    assert all(number >= FIRST_ID for number in ids)
    assert len({each["username"] for each in known} | {each["first_name"] for each in known}) == 10
