"""The console's deeds: the goals that a journey is to serve, each in a draft of its own beside the journey's.

A goal names its journeys, and the three parts agree on it by itself: whoever writes a journey ticks what it is for, and
the goals' drafts follow.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.content import dump_contents
from bot.charter.drafted import is_name, kind_of
from bot.charter.drafts import Draft, DraftId, list_drafts
from bot.charter.kept import lock_charter, read_agreed
from bot.console.deeds.drafts import DraftChanged, DraftMade, change_within, make_within
from bot.console.people import Person
from bot.measure.goals import EVERY_JOURNEY, Goal

_KIND = "goal"


@dataclass(frozen=True)
class Aim:
    """A goal as a journey may serve it: by a draft that is open, else as it is in force."""

    key: str
    names: Mapping[str, str]
    serves_all: bool  # whatever journey there is
    is_served: bool
    draft: DraftId | None  # of the goal, where it is not in force as it stands here
    is_open: bool  # whether it may be changed here: a draft can have its key, and nobody is asked about it now


def list_aims(services: Services, journey: str) -> list[Aim]:
    """Every goal in force, with whether a journey serves it; "" for one that has no name yet."""
    goals = InForce(services).read().goals.goals
    with services.store.read() as connection:
        return _list_aims(_read_drafted(connection), goals, journey)


def make_aimed(services: Services, person: Person, asked: DraftMade, goals: Collection[str] | None) -> Draft:
    """Begin a journey's draft; draft each goal too that is to be served otherwise than now, or change the draft that is
    open: all of it or nothing. None: nobody was asked what it is for. Refuses as `make` and `change` do. Writes.

    A goal of all journeys, or one that the three parts are asked about, stays as it is.
    """
    in_force = () if goals is None else InForce(services).read().goals.goals
    with services.store.write() as connection:
        lock_charter(connection)
        draft = make_within(connection, services, person, asked)
        _aim(connection, services, person, draft, in_force, goals or ())
    return draft


def change_aimed(
    services: Services, person: Person, number: DraftId, asked: DraftChanged, goals: Collection[str] | None
) -> Draft:
    """The same of a draft that is written over. Writes."""
    in_force = () if goals is None else InForce(services).read().goals.goals
    with services.store.write() as connection:
        draft = change_within(connection, services, person, number, asked)
        _aim(connection, services, person, draft, in_force, goals or ())
    return draft


def _aim(
    connection: sa.Connection, services: Services, person: Person, journey: Draft, in_force: Sequence[Goal],
    goals: Collection[str],
) -> None:
    drafted = _read_drafted(connection)
    for each in _list_aims(drafted, in_force, journey.name):
        if each.is_open and not each.serves_all and each.is_served != (each.key in goals):
            _draft(connection, services, person, each.key, drafted.get(each.key), journey)


def _draft(
    connection: sa.Connection, services: Services, person: Person, goal: str, old: Draft | None, journey: Draft
) -> None:
    if old is None:
        body = _turn(_read_in_force(connection, services, goal), journey.name)
        make_within(connection, services, person, DraftMade(kind=_KIND, name=goal, body=body, why=journey.why))
    else:
        asked = DraftChanged(body=_turn(old.body, journey.name), why=journey.why, revision=old.revision)
        change_within(connection, services, person, old.id, asked, is_compared=False)


def _list_aims(drafted: Mapping[str, Draft], goals: Sequence[Goal], journey: str) -> list[Aim]:
    return [
        Aim(each.key, each.names, EVERY_JOURNEY in journeys, journey in journeys or EVERY_JOURNEY in journeys,
            draft.id if draft else None, is_name(each.key) and (draft is None or draft.state != "proposed"))
        for each in goals
        for draft in (drafted.get(each.key),)
        for journeys in (draft.body.get("journeys", ()) if draft else each.journeys,)
    ]


def _turn(body: Mapping[str, Any], journey: str) -> dict[str, Any]:
    """The goal with the journey, or without it where it had it."""
    journeys = [str(each) for each in body.get("journeys", ())]
    return {**body, "journeys": [each for each in journeys if each != journey] if journey in journeys
            else [*journeys, journey]}


def _read_in_force(connection: sa.Connection, services: Services, key: str) -> Mapping[str, Any]:
    made = kind_of(_KIND)
    return made.write({**dump_contents(services), **read_agreed(connection)}[made.subject(key)])


def _read_drafted(connection: sa.Connection) -> dict[str, Draft]:
    """The newest open draft of each goal."""
    return {each.name: each for each in reversed(list_drafts(connection, kind=_KIND))}
