"""Stage B5: how fast a channel takes messages -> how long one has to wait. Counted in the store, over all workers.

Kept on our side so that the vendor need not refuse: a number that is refused often is slowed down for everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.channels.outbox import OutboxRow
from bot.profile.rate_limits import is_used_up, take
from bot.settings import Settings

_DAY_SECONDS, _LOOK_AGAIN_SECONDS = 86_400.0, 900.0


@dataclass(frozen=True)
class Pace:
    """So many messages a second in all, and so many to one person in a while."""

    a_second: int
    to_one: int = 0  # 0: as many as there are
    to_one_seconds: float = 1.0


# WhatsApp: 80 a second; one to a person every 6 s, of which 45 may come at once (2026-11). Two windows side by side
# hold 40. Messenger: 300 a second for words, 10 for pictures (2026-11), which are fetched by address.
PACES: Mapping[str, Pace] = {
    "whatsapp": Pace(a_second=80, to_one=20, to_one_seconds=120.0),
    "messenger": Pace(a_second=250),
}


def find_wait(connection: sa.Connection, row: OutboxRow, settings: Settings, now: datetime) -> float:
    """Seconds that the row has to wait; 0.0 when it may leave now, and is counted. Writes."""
    pace = PACES.get(row.channel)
    if pace is None:
        return 0.0
    if row.channel == "whatsapp" and row.payload.template and not _is_among_todays(connection, row, settings, now):
        return _LOOK_AGAIN_SECONDS
    key = f"{row.channel}:to:{row.address}"
    if pace.to_one and not take(connection, key, limit=pace.to_one, window_seconds=pace.to_one_seconds, now=now):
        return pace.to_one_seconds / pace.to_one
    if not take(connection, f"{row.channel}:second", limit=pace.a_second, window_seconds=1.0, now=now):
        return 1.0
    return 0.0


def _is_among_todays(connection: sa.Connection, row: OutboxRow, settings: Settings, now: datetime) -> bool:
    """WhatsApp counts the different people who get a template within a day, over all numbers of a portfolio."""
    person = f"whatsapp:today:{row.address}"
    if is_used_up(connection, person, limit=1, window_seconds=_DAY_SECONDS, now=now):
        return True
    most = settings.whatsapp_recipients_a_day
    if not take(connection, "whatsapp:today", limit=most, window_seconds=_DAY_SECONDS, now=now):
        return False
    return take(connection, person, limit=1, window_seconds=_DAY_SECONDS, now=now)
