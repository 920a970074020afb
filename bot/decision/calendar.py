"""Stage 3: days of the calendar -> events, so that a birthday begins a wait like anything else that happens."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.decision.beginnings import DAY, OUR_SILO, TIMEZONE
from bot.profile.customers import CustomerId
from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, customers, traits
from bot.profile.store.upsert import insert_or_update

BIRTHDAY = "Birthday"
BIRTH_DATE = "birth_date"  # the trait, as an ISO date
_CURSOR = "calendar"


def note_days(store: Store, now: datetime, timezone: str) -> int:
    """Once a day of the shop's zone: an event for everybody whose birthday it is; how many were new. Writes.

    Each person has one a year, whoever else looks and however often. Who was born on the 29th of February has
    theirs on the 28th in the other years. The event says which day it is: where the person is, it may not have begun.
    """
    today = now.astimezone(ZoneInfo(timezone)).date()
    with store.read() as connection:
        if connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _CURSOR)) == today.isoformat():
            return 0
    ends = [f'%-{today:%m-%d}"']
    if (today.month, today.day) == (2, 28) and (today + timedelta(days=1)).month == 3:
        ends.append('%-02-29"')
    born = sa.or_(*(sa.cast(traits.c.value, sa.String).like(each) for each in ends))  # as JSON: in quotes
    with store.write() as connection:
        roots = connection.scalars(
            sa.select(customers.c.root_id).distinct()
            .join(traits, traits.c.customer_id == customers.c.customer_id)
            .where(traits.c.name == BIRTH_DATE, born)
        ).all()
        new = append_events(connection, [
            Event(
                message_id=f"birthday:{root}:{today.year}", customer_id=CustomerId(root), silo=OUR_SILO,
                type="track", name=BIRTHDAY, properties={DAY: today.isoformat(), TIMEZONE: timezone}, occurred_at=now,
                received_at=now,
            )
            for root in roots
        ])
        insert_or_update(connection, cursors, [{"name": _CURSOR, "value": today.isoformat()}], ("name",), ("value",))
    return new
