"""The charter: what was said of a change -> who is still waited for, whether it may go live, what differs. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.charter.book import ALARMS, EVERYTHING, GUARDRAILS, PARTS, Charter, Owner, Part, PersonName, Subject
from bot.charter.ending import ending_of, is_end
from bot.charter.yielding import is_yield, pair_of

Answer = Literal["agree", "object"]
RESUME = "resume:"  # before the name of a journey that is to go on
ANSWERS: tuple[Answer, ...] = ("agree", "object")


@dataclass(frozen=True)
class Said:
    """What somebody said of a change, for one part."""

    part: Part
    answer: Answer
    person: PersonName
    reason: str
    at: datetime


@dataclass(frozen=True)
class Difference:
    """One place of a content that changes: where, and as what it stands before and after; "" not at all."""

    place: str
    before: str
    after: str


def owners_of(
    charter: Charter, changed: Mapping[tuple[Subject, Part], Owner], subject: Subject
) -> dict[Part, Owner]:
    """Who answers for a subject: what was changed in the console, else its own lines of the file; else the same two of
    everything.
    """
    about = subject_behind(subject)
    own = charter.owners.get(about, {})
    return {
        part: changed.get((about, part)) or own.get(part) or changed.get((EVERYTHING, part)) or charter.everything[part]
        for part in PARTS
    }


def subject_behind(subject: Subject) -> Subject:
    """Who lets a journey go on, or end, is who answers for the journey; for alarms and costs, for the guardrails."""
    if subject == ALARMS:
        return GUARDRAILS
    if is_end(subject):
        return ending_of(subject)
    kind, _, name = subject.partition(":")
    return Subject(f"journey:{name}") if kind == "resume" else subject


def is_about(subject: Subject, journey: str) -> bool:
    """Whether a change is one of a journey: its content, its going on, its end, or whether it yields."""
    return subject_behind(subject) == f"journey:{journey}" or (is_yield(subject) and journey in pair_of(subject))


def parts_of(
    person: str, owners: Mapping[Part, Owner], due_at: datetime, now: datetime, said: Iterable[Said] = ()
) -> tuple[Part, ...]:
    """For which parts a person may answer: as the owner, or as the delegate once the deadline is over.

    A delegate stands in for silence: what somebody else has answered stands until they, or the owner, say otherwise.
    """
    is_late, newest = now >= due_at, newest_of(said, owners)

    def stands_in(part: Part) -> bool:
        return is_late and person == owners[part].delegate and (part not in newest or newest[part].person == person)

    return tuple(part for part in PARTS if person == owners[part].person or stands_in(part))


def newest_of(said: Iterable[Said], owners: Mapping[Part, Owner]) -> dict[Part, Said]:
    """The last word of each part that counts; `said` in the order in which it came.

    What somebody said who is neither its owner nor its delegate any more is asked again. A delegate's word changes
    nobody else's.
    """
    found: dict[Part, Said] = {}
    for each in said:
        owner, before = owners[each.part], found.get(each.part)
        is_delegate = each.person == owner.delegate and (before is None or before.person == each.person)
        if each.person == owner.person or is_delegate:
            found[each.part] = each
    return found


def is_agreed(said: Iterable[Said], owners: Mapping[Part, Owner]) -> bool:
    """Whether the last word of each of the three parts is yes: silence is no agreement."""
    return not awaited(said, owners)


def awaited(said: Iterable[Said], owners: Mapping[Part, Owner]) -> tuple[Part, ...]:
    """The parts that have not agreed yet."""
    newest = newest_of(said, owners)
    return tuple(part for part in PARTS if part not in newest or newest[part].answer != "agree")


@dataclass(frozen=True)
class Changes:
    """What the shop's files come to beside what was agreed: to propose, and to withdraw because they say it no more."""

    propose: tuple[Subject, ...]
    withdraw: tuple[Subject, ...]


def compare(wanted: Mapping[Subject, str], agreed: Mapping[Subject, str], waiting: Mapping[Subject, str]) -> Changes:
    """Each mapping: subject -> what its content is called. What waits in another content is withdrawn, and proposed
    anew where it is not what was agreed last.
    """
    return Changes(
        propose=tuple(
            each for each, name in wanted.items() if agreed.get(each) != name and waiting.get(each) != name
        ),
        withdraw=tuple(
            each for each, name in waiting.items() if wanted.get(each) != name or agreed.get(each) == name
        ),
    )


def list_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every place whose value changes, in the order of the new content; empty and not there at all are the same."""
    old, new = dict(flatten(before)), dict(flatten(after))
    places = [*new, *(each for each in old if each not in new)]
    pairs = ((each, old.get(each, ""), new.get(each, "")) for each in places)
    return [Difference(each, was, becomes) for each, was, becomes in pairs if was != becomes]


def flatten(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf with its place, `messages.2.texts.fr`; what counts from one is counted as people do."""
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[str, Any]] = ((str(key), each) for key, each in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        pairs = ((str(n), each) for n, each in enumerate(value, 1))
    else:
        yield place, "" if value is None else str(value)
        return
    for key, each in pairs:
        yield from flatten(each, f"{place}.{key}" if place else key)


def is_journey(subject: Subject) -> bool:
    """Whether a change is another version of a journey."""
    return subject != GUARDRAILS and subject.startswith("journey:")
