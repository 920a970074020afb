"""The console: journeys of the shop's file and of the store -> what their pages show, in few look-ups. Reads only."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa
from markupsafe import Markup

from bot.charter.content import journey_subject
from bot.charter.kept import Ended, read_ended
from bot.console.figures import read_days
from bot.console.overview import CHART_DAYS, last_days
from bot.decision.messages import Message
from bot.decision.pauses import Pause, read_pauses
from bot.decision.triggers import Trigger
from bot.decision.waits import LIVE
from bot.profile.store.tables import journeys, waits

State = Literal["runs", "rests", "waits", "ended"]
STATES: Mapping[State, str] = {  # to words of the catalogue
    "runs": "runs", "rests": "rests", "waits": "waits for agreement", "ended": "ended",
}
_FACT = re.compile(r"(\{\w+\})")


@dataclass(frozen=True)
class JourneyRow:
    """A journey as the list shows it."""

    trigger: Trigger
    pause: Pause | None
    versions: int  # that somebody began with
    waiting: int
    sent: int  # in the days of the chart
    held: int
    ended: Ended | None = None
    is_in_force: bool = True  # False: it was never agreed on

    @property
    def state(self) -> State:
        """How it stands."""
        return name_state(self.ended, self.pause, is_in_force=self.is_in_force)


@dataclass(frozen=True)
class Version:
    """What the journey said, from when on."""

    name: str
    first_used_at: datetime
    is_current: bool


def name_state(ended: Ended | None, pause: Pause | None, *, is_in_force: bool) -> State:
    """How a journey stands: what ended before it was agreed on again has ended."""
    return "ended" if ended else "rests" if pause else "runs" if is_in_force else "waits"


def list_journeys(
    connection: sa.Connection, triggers: Sequence[Trigger], today: date, in_force: Collection[str]
) -> list[JourneyRow]:
    """Every journey of the shop's file: those that rest first, then who says most; those that have ended last.

    `in_force`: the names of those that somebody may begin.
    """
    pauses, ended = read_pauses(connection), read_ended(connection)
    versions = _count(connection, sa.select(journeys.c.journey, sa.func.count()).group_by(journeys.c.journey))
    waiting = _count(connection, select_waiting())
    sent: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for figures in read_days(connection, last_days(today, CHART_DAYS)[0], today).values():
        sent.update(figures.sent)
        held.update(figures.held_by)
    rows = [
        JourneyRow(each, pauses.get(each.name), versions[each.name], waiting[each.name], sent[each.name],
                   held[each.name], ended.get(journey_subject(each.name)), each.name in in_force)
        for each in triggers
    ]
    return sorted(
        rows, key=lambda each: (each.ended is not None, each.pause is None, -each.sent, -each.held, each.trigger.name))


def list_versions(connection: sa.Connection, trigger: Trigger, in_force: Collection[str]) -> list[Version]:
    """The versions that somebody began with, newest first; `in_force`: with which people begin now."""
    query = sa.select(journeys.c.version, journeys.c.first_used_at).where(journeys.c.journey == trigger.name)
    rows = connection.execute(query.order_by(journeys.c.first_used_at.desc()))
    return [Version(row.version, row.first_used_at, row.version in in_force) for row in rows]


def list_messages(trigger: Trigger) -> list[tuple[str, Message]]:
    """What it may say: the step, "" the first, and the message."""
    later = [(each.name, message) for each in trigger.follow_ups for message in each.messages]
    return [*(("", message) for message in trigger.messages), *later]


def mark_facts(text: str) -> Markup:
    """A message's text, with what is filled in just before it leaves set apart."""
    parts = (Markup("<mark>{}</mark>").format(each[1:-1]) if _FACT.fullmatch(each) else Markup("{}").format(each)
             for each in _FACT.split(text))
    return Markup("").join(parts)


def select_waiting() -> sa.Select[str, int]:
    """How many wait for each journey.

    Summed by an expression, as SQLite (3.40) would go through every wait that ever was, in the order of the index by
    journey, to group by the column itself.
    """
    journey = (waits.c.trigger + "").label("journey")
    return sa.select(journey, sa.func.count()).where(waits.c.state.in_(LIVE)).group_by(journey)


def _count(connection: sa.Connection, query: sa.Select[str, int]) -> Counter[str]:
    return Counter({row[0]: row[1] for row in connection.execute(query)})
