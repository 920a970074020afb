"""Stage 3: what a journey said when somebody began it, kept by its content, so that they finish as they began."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.decision.follow_ups import FollowUp
from bot.decision.messages import Message
from bot.decision.triggers import Step, Trigger, content_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import journeys
from bot.profile.store.upsert import insert_or_ignore


def keep_versions(connection: sa.Connection, triggers: Iterable[Trigger], now: datetime) -> None:
    """Keep the content of triggers that somebody begins, once each. Writes."""
    wanted = {(each.name, each.version): each for each in triggers if each.version}
    if not wanted:
        return
    kept = connection.execute(
        sa.select(journeys.c.journey, journeys.c.version).where(journeys.c.journey.in_({name for name, _ in wanted}))
    )
    new = [wanted[key] for key in wanted.keys() - {(row.journey, row.version) for row in kept}]
    insert_or_ignore(connection, journeys, [
        {"journey": each.name, "version": each.version, "definition": dump_trigger(each), "first_used_at": now}
        for each in new
    ], ("journey", "version"))


def find_version(
    connection: sa.Connection, triggers: Sequence[Trigger], name: str, version: str
) -> Trigger | None:
    """The trigger as it was when somebody began it; None when the shop has none of the name any more.

    Without a version it is the file's. The store is read only for another version than the file's.
    """
    current = next((each for each in triggers if each.name == name), None)
    if current is None or version in ("", current.version):
        return current
    key = sa.and_(journeys.c.journey == name, journeys.c.version == version)
    kept = connection.scalar(sa.select(journeys.c.definition).where(key))
    return parse_trigger(kept) if kept else None


def find_journey(store: Store, triggers: Sequence[Trigger], name: str, version: str) -> Trigger | None:
    """As `find_version`, with a connection of its own where one is needed."""
    current = next((each for each in triggers if each.name == name), None)
    if current is None or version in ("", current.version):
        return current
    with store.read() as connection:
        return find_version(connection, triggers, name, version)


def is_current(triggers: Sequence[Trigger], journey: Trigger) -> bool:
    """Whether a journey is as the shop's file has it now."""
    return any(each.name == journey.name and each.version == journey.version for each in triggers)


def dump_trigger(trigger: Trigger) -> dict[str, Any]:
    """A trigger as JSON can hold it."""
    plain = content_of(trigger)
    return {**plain, "gamma": None if math.isinf(trigger.gamma) else trigger.gamma}


def parse_trigger(data: Mapping[str, Any]) -> Trigger:
    """What `dump_trigger` wrote, by this or an earlier program: what it did not know takes the default."""
    known = _known(Trigger, data)
    return Trigger(**{
        **known,
        "gamma": math.inf if data["gamma"] is None else data["gamma"],
        "messages": tuple(_message(each) for each in data["messages"]),
        "steps": tuple(Step(**_known(Step, each)) for each in data["steps"]),
        "follow_ups": tuple(_follow_up(each) for each in data["follow_ups"]),
        "where": {key: tuple(allowed) for key, allowed in data["where"].items()},
    })


def _follow_up(data: Mapping[str, Any]) -> FollowUp:
    return FollowUp(**{**_known(FollowUp, data), "messages": tuple(_message(each) for each in data["messages"])})


def _message(data: Mapping[str, Any]) -> Message:
    return Message(**_known(Message, data))


def _known(made: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        each.name: tuple(value) if isinstance(value := data[each.name], list) else value
        for each in fields(made) if each.name in data
    }
