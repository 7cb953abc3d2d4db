"""The bot's database and what it shows, laid beside the crowd's truth.  Each difference is a sentence."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import BallotId, DiscussionId, Pseudonym, UserId
from bot.vault import ReaderKey
from tests.chaos.board import result, shares
from tests.chaos.stores import Rows, Store
from tests.chaos.truth import COMMENT, PRIVATE, Case, Outcome, percent

JSON = dict[str, Any]
HELD = 'SELECT v.ballot_id, v.voter, o.label FROM vote v JOIN "option" o ON o.id = v.option_id'
FOREIGN = 'SELECT count(*) FROM vote v JOIN "option" o ON o.id = v.option_id WHERE o.ballot_id <> v.ballot_id'
COUNTED = """
SELECT b.discussion_id, o.label, coalesce(sum(c.votes), 0)
FROM ballot b JOIN "option" o ON o.ballot_id = b.id LEFT JOIN option_count c ON c.option_id = o.id
GROUP BY b.discussion_id, o.id, o.label ORDER BY o.id
"""
OPINIONS = "SELECT discussion_id, source, author, text FROM opinion"
DISCUSSIONS = "SELECT d.id, d.state, d.comments, d.private, b.id, d.key FROM discussion d JOIN ballot b ON b.discussion_id = d.id"
POSTS = "SELECT discussion_id, position, state, message FROM post ORDER BY discussion_id, position"
SHOWN = 5  # differences of a kind that a message quotes


@dataclass(frozen=True)
class Stored:
    """The rows, read at one moment when nothing moves any more."""

    held: Rows
    foreign: int
    counted: Rows
    opinions: Rows
    discussions: Rows
    posts: Rows
    failed: Rows


async def read(store: Store) -> Stored:
    return Stored(
        held=await store.rows(HELD),
        foreign=int((await store.rows(FOREIGN))[0][0]),
        counted=await store.rows(COUNTED),
        opinions=await store.rows(OPINIONS),
        discussions=await store.rows(DISCUSSIONS),
        posts=await store.rows(POSTS),
        failed=await store.rows("SELECT update_id, error FROM failed_update"),
    )


@dataclass(frozen=True)
class Book:
    """The truth with the names under which the database keeps it.  ``readers`` is everybody who acted."""

    cases: Mapping[str, Case]
    outcome: Outcome
    readers_of: Callable[[int], ReaderKey]  # the key of a discussion by its number
    readers: Sequence[int]

    def differences(self, stored: Stored) -> list[str]:
        ballots = {int(row[0]): int(row[4]) for row in stored.discussions}
        missing = [f"{case.mark}: discussion {case.number} is not stored" for case in self._unknown(ballots)]
        if missing:
            return missing
        found = [f"an update met a bug: {row[1]}" for row in stored.failed[:SHOWN]]
        if stored.foreign:
            found.append(f"{stored.foreign} votes are for options of other ballots")
        for case in self.cases.values():
            found += self._votes(case, ballots[case.number], stored)
            found += self._counters(case, stored)
            found += self._opinions(case, stored)
        return found + self._strangers(stored)

    def _unknown(self, ballots: Mapping[int, int]) -> list[Case]:
        return [case for case in self.cases.values() if case.number not in ballots]

    def _votes(self, case: Case, ballot: int, stored: Stored) -> list[str]:
        """Person by person."""
        key = self.readers_of(case.number)
        names = {key.voter(BallotId(ballot), UserId(person)): person for person in self.readers}
        mine = [(Pseudonym(bytes(voter)), label) for number, voter, label in stored.held if number == ballot]
        found = [f"{case.mark}: a vote of nobody in the crowd" for voter, _ in mine if voter not in names]
        theirs = {names[voter]: label for voter, label in mine if voter in names}
        ours = self.outcome.votes[case.mark]
        found += [
            f"{case.mark}: reader {person} voted {ours.get(person)!r}, stored is {theirs.get(person)!r}"
            for person in sorted(set(ours) | set(theirs))
            if ours.get(person) != theirs.get(person)
        ]
        return cut(found)

    def _counters(self, case: Case, stored: Stored) -> list[str]:
        counted = {label: int(votes) for number, label, votes in stored.counted if number == case.number}
        expected = self.outcome.count(case)
        return (
            []
            if counted == expected
            else [f"{case.mark}: the counters say {counted}, the votes are {expected}"]
        )

    def _opinions(self, case: Case, stored: Stored) -> list[str]:
        key = self.readers_of(case.number)
        authors = {key.author(DiscussionId(case.number), person): person for person in self.readers}
        found: list[str] = []
        counters = {int(row[0]): (int(row[2]), int(row[3])) for row in stored.discussions}[case.number]
        for source, counter in zip((COMMENT, PRIVATE), counters, strict=True):
            theirs = Counter(
                (authors.get(Pseudonym(bytes(author)), 0), text)
                for number, kind, author, text in stored.opinions
                if number == case.number and kind == source
            )
            ours = self.outcome.opinions(case, source)
            found += cut(
                [f"{case.mark}: lost {source}: {each}" for each in sorted((ours - theirs).elements())]
            )
            found += cut(
                [f"{case.mark}: too much {source}: {each}" for each in sorted((theirs - ours).elements())]
            )
            if counter != ours.total():
                found.append(f"{case.mark}: the counter of {source} is {counter}, said were {ours.total()}")
        return found

    def _strangers(self, stored: Stored) -> list[str]:
        """Nothing under discussions that the newsroom knows nothing of."""
        numbers = {case.number for case in self.cases.values()}
        others = [row for row in stored.opinions if row[0] not in numbers]
        others += [row for row in stored.counted if row[0] not in numbers and int(row[2])]
        return cut([f"stored under a discussion that nobody accepted: {row}" for row in others])


def posts(case: Case, stored: Stored, messages: Sequence[JSON], posted: Mapping[str, int]) -> list[str]:
    """``messages``: the case's own, as they stand in its channel; ``posted``: how often each text was ever sent there."""
    found = []
    mine = [(state, message) for number, _, state, message in stored.posts if number == case.number]
    if [state for state, _ in mine] != ["sent"] * case.parts:
        found.append(
            f"{case.mark}: its posts are {[state for state, _ in mine]}, not {case.parts} times sent"
        )
    stands = [message["message_id"] for message in messages]
    # Where only the editor could say that a post is there, its number stays unknown.
    known = [number for _, number in mine]
    if len(known) != len(stands) or any(k not in {None, s} for k, s in zip(known, stands, strict=False)):
        found.append(f"{case.mark}: stored as {known}, in the channel are {stands}")
    twice = [text for text, times in posted.items() if times > 1]
    return found + [f"{case.mark}: posted {posted[text]} times: {text[:60]!r}" for text in twice]


def shown(case: Case, outcome: Outcome, message: JSON) -> list[str]:
    """The keys of an open ballot: whole per cent, exact."""
    votes = outcome.count(case)
    voters = sum(votes.values())
    expected = [(option, percent(votes[option], voters) if voters else None) for option in case.options]
    found = shares(message)
    return (
        [] if found == expected else [f"{case.mark}: its keys show {found}, true are {expected} of {voters}"]
    )


def closed(case: Case, outcome: Outcome, message: JSON) -> list[str]:
    """The lines of a closed ballot: per cent and votes, exact; and how many voices and opinions there were."""
    votes = outcome.count(case)
    voters = sum(votes.values())
    expected = [(o, percent(votes[o], voters) if voters else 0, votes[o]) for o in case.options]
    found = (
        []
        if result(message) == expected
        else [f"{case.mark}: it ends with {result(message)}, true is {expected}"]
    )
    opinions = sum(outcome.opinions(case, source).total() for source in (COMMENT, PRIVATE))
    numbers = [part.split(" ", 1)[0] for part in message["text"].split("\n")[-2].split(" · ")]
    if numbers != [str(voters), str(opinions)]:
        found.append(
            f"{case.mark}: it ends with {numbers} voices and opinions, true are {voters} and {opinions}"
        )
    return found


def broken(violations: Iterable[JSON]) -> list[str]:
    """A press that a dead process fetched may be answered too late by the next; nothing else is excused."""
    found: defaultdict[str, int] = defaultdict(int)
    for each in violations:
        if "came too late" not in each["what"]:
            found[f"{each['method']}: {each['what']}"] += 1
    return [f"a limit was broken, {times} times: {what}" for what, times in found.items()]


def cut(found: list[str]) -> list[str]:
    rest = len(found) - SHOWN
    return found if rest <= 0 else [*found[:SHOWN], f"... and {rest} more of these"]
