"""Stage B5: how fast a channel takes messages -> how long one has to wait. Counted in the store, over all workers.

Kept on our side so that the vendor need not refuse: a number that is refused often is slowed down for everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.channels.outbox import OutboxRow
from bot.profile.rate_limits import find_used_up, give_back, read_counts, take_each, take_some
from bot.settings import Settings

_DAY_SECONDS, _LOOK_AGAIN_SECONDS = 86_400.0, 900.0


@dataclass(frozen=True)
class Pace:
    """So many messages a second in all, and so many to one person in a while."""

    a_second: int
    to_one: int = 0  # 0: as many as there are
    to_one_seconds: float = 1.0


# WhatsApp: 80 a second, or what Meta raised the number to (a setting); one to a person every 6 s, of which 45 may come
# at once (2026-11). Two windows side by side hold 40. Messenger: 300 a second for words, 10 for pictures (2026-11),
# which are fetched by address.
PACES: Mapping[str, Pace] = {
    "whatsapp": Pace(a_second=80, to_one=20, to_one_seconds=120.0),
    "messenger": Pace(a_second=250),
}


def find_waits(connection: sa.Connection, rows: Sequence[OutboxRow], settings: Settings, now: datetime) -> list[float]:
    """Seconds that each row has to wait, in their order; 0.0 when it may leave now, and is counted. Writes."""
    waits = [0.0] * len(rows)
    for channel in sorted({row.channel for row in rows}):
        pace = _pace_of(channel, settings)
        if pace is None:
            continue
        going = [number for number, row in enumerate(rows) if row.channel == channel]
        if channel == "whatsapp":
            going = _keep_todays(connection, rows, going, settings, now, waits)
        if pace.to_one:
            going = _keep_slow(connection, rows, going, pace, now, waits)
        _keep_seconds(connection, rows, going, pace, now, waits)
    return waits


def find_full(connection: sa.Connection, settings: Settings, now: datetime) -> set[str]:
    """The channels that take nothing more this second: rows need not be claimed for them."""
    used = read_counts(connection, [f"{channel}:second" for channel in PACES], window_seconds=1.0, now=now)
    return {
        channel for channel in PACES
        if (pace := _pace_of(channel, settings)) and used.get(f"{channel}:second", 0) >= pace.a_second
    }


def _pace_of(channel: str, settings: Settings) -> Pace | None:
    pace = PACES.get(channel)
    if pace and channel == "whatsapp":
        return replace(pace, a_second=settings.whatsapp_messages_a_second)
    return pace


def _keep_todays(
    connection: sa.Connection, rows: Sequence[OutboxRow], going: Sequence[int], settings: Settings, now: datetime,
    waits: list[float],
) -> list[int]:
    """WhatsApp counts the different people who get a template within a day, over all numbers of a portfolio."""
    people = {number: f"whatsapp:today:{rows[number].address}" for number in going if rows[number].payload.template}
    if not people:
        return list(going)
    todays = find_used_up(connection, list(people.values()), limit=1, window_seconds=_DAY_SECONDS, now=now)
    new = [key for key in dict.fromkeys(people.values()) if key not in todays]
    most = settings.whatsapp_recipients_a_day
    granted = take_some(connection, "whatsapp:today", len(new), limit=most, window_seconds=_DAY_SECONDS, now=now)
    take_each(connection, new[:granted], limit=1, window_seconds=_DAY_SECONDS, now=now)
    todays |= set(new[:granted])
    for number, key in people.items():
        waits[number] = 0.0 if key in todays else _LOOK_AGAIN_SECONDS
    return [number for number in going if not waits[number]]


def _keep_slow(
    connection: sa.Connection, rows: Sequence[OutboxRow], going: Sequence[int], pace: Pace, now: datetime,
    waits: list[float],
) -> list[int]:
    keys = [_key_of(rows[number]) for number in going]
    granted = take_each(connection, keys, limit=pace.to_one, window_seconds=pace.to_one_seconds, now=now)
    for number, is_granted in zip(going, granted, strict=True):
        waits[number] = 0.0 if is_granted else pace.to_one_seconds / pace.to_one
    return [number for number in going if not waits[number]]


def _keep_seconds(
    connection: sa.Connection, rows: Sequence[OutboxRow], going: Sequence[int], pace: Pace, now: datetime,
    waits: list[float],
) -> None:
    if not going:
        return
    key = f"{rows[going[0]].channel}:second"  # everybody's: taken last, held shortest
    granted = take_some(connection, key, len(going), limit=pace.a_second, window_seconds=1.0, now=now)
    for number in going[granted:]:
        waits[number] = 1.0
    if pace.to_one and going[granted:]:
        give_back(connection, *(_key_of(rows[number]) for number in going[granted:]))


def _key_of(row: OutboxRow) -> str:
    return f"{row.channel}:to:{row.address}"
