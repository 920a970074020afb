"""The console's deeds: the goals that a journey is to serve, each in a draft of its own beside the journey's.

A goal names its journeys, and the three parts agree on it by itself: whoever writes a journey ticks what it is for, and
the goals' drafts follow.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.content import dump_contents
from bot.charter.drafted import kind_of
from bot.charter.drafts import Draft, DraftId, list_drafts
from bot.charter.kept import read_agreed
from bot.console.deeds.drafts import DraftChanged, DraftMade, change, make_within
from bot.console.people import Person
from bot.measure.goals import EVERY_JOURNEY

_KIND = "goal"


@dataclass(frozen=True)
class Aim:
    """A goal as a journey may serve it: by a draft that is open, else as it is in force."""

    key: str
    names: Mapping[str, str]
    serves_all: bool  # whatever journey there is
    is_served: bool
    draft: DraftId | None  # of the goal, where it is not in force as it stands here
    is_open: bool  # whether it may be changed here: nobody is asked about it now


def list_aims(services: Services, journey: str) -> list[Aim]:
    """Every goal in force, with whether a journey serves it; "" for one that has no name yet."""
    with services.store.read() as connection:
        drafted = _read_drafted(connection)
    return [
        Aim(each.key, each.names, EVERY_JOURNEY in journeys, journey in journeys or EVERY_JOURNEY in journeys,
            draft.id if draft else None, draft is None or draft.state != "proposed")
        for each in InForce(services).read().goals.goals
        for draft in (drafted.get(each.key),)
        for journeys in (draft.body.get("journeys", ()) if draft else each.journeys,)
    ]


def aim_at(services: Services, person: Person, journey: str, goals: Collection[str], why: str) -> list[Draft]:
    """Draft each goal that is to be served otherwise than now, or change the draft that is open. Writes.

    A goal of all journeys, or one that the three parts are asked about, stays as it is.
    """
    changed = [each for each in list_aims(services, journey)
               if each.is_open and not each.serves_all and each.is_served != (each.key in goals)]
    return [_draft(services, person, each, journey, why) for each in changed]


def _draft(services: Services, person: Person, aim: Aim, journey: str, why: str) -> Draft:
    with services.store.write() as connection:
        old = _read_drafted(connection).get(aim.key)
        if old is None:
            body = _turn(_read_in_force(connection, services, aim.key), journey)
            return make_within(connection, services, person, DraftMade(kind=_KIND, name=aim.key, body=body, why=why))
    body = _turn(old.body, journey)
    return change(services, person, old.id, DraftChanged(body=body, why=why, revision=old.revision))


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
