"""Stage B2: the inbox -> on which channel and at which hour a customer writes, and answers what we began.

Counted once per message, behind a cursor, for the customer whom the conversation belongs to at that
moment: a browser that somebody else signs in to later takes nothing of it away.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, cursors, inbox, outbox, traits
from bot.profile.store.upsert import insert_or_ignore, is_one_of
from bot.profile.traits import set_traits

CURSOR = "answering"
SILO = "computed:inbox"
WRITES, ANSWERS = "active_hours", "answer_hours"
ANSWER_WITHIN = timedelta(hours=24)  # of a nudge, on the same channel
_Counts = dict[tuple[str, str], Counter[str]]  # (customer, trait) -> times by "web 14h"


def refresh_answering(store: Store, *, now: datetime, timezone: str, limit: int = 2_000) -> int:
    """Count the next messages behind the cursor; how many, 0 when all is current. Writes.

    `timezone` is the shop's: hours are the customer's own where their zone is known.
    """
    with store.read() as connection:
        newest = connection.scalar(sa.select(sa.func.max(inbox.c.inbox_id))) or 0
        if newest <= int(connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR)) or 0):
            return 0  # nobody who writes has to wait for nothing
    with store.write() as connection:
        insert_or_ignore(connection, cursors, [{"name": CURSOR, "value": "0"}], ("name",))
        cursor = sa.select(cursors.c.value).where(cursors.c.name == CURSOR).with_for_update()
        page = _read_page(connection, int(connection.scalar(cursor) or 0), limit)
        if not page:
            return 0
        _add(connection, count_hours(page, timezone), now)
        last = str(page[-1].inbox_id)
        connection.execute(sa.update(cursors).where(cursors.c.name == CURSOR).values(value=last))
    return len(page)


def count_hours(page: Sequence[sa.Row[Any]], timezone: str) -> _Counts:
    """Times by customer, trait and "channel hour"; of rows with customer_id, channel, received_at, is_answer."""
    counts: _Counts = {}
    for row in page:
        hour = row.received_at.astimezone(ZoneInfo(row.timezone or timezone)).hour
        for name in (WRITES, ANSWERS) if row.is_answer else (WRITES,):
            counts.setdefault((row.customer_id, name), Counter())[f"{row.channel} {hour:02}h"] += 1
    return counts


def _read_page(connection: sa.Connection, position: int, limit: int) -> Sequence[sa.Row[Any]]:
    is_answer = (
        sa.exists()
        .where(
            outbox.c.sender_id == inbox.c.sender_id, outbox.c.kind == "nudge", outbox.c.channel == inbox.c.channel,
            outbox.c.sent_at <= inbox.c.received_at, _seconds_apart(connection) <= ANSWER_WITHIN.total_seconds(),
        )
    )
    query = (
        sa.select(inbox.c.inbox_id, inbox.c.channel, inbox.c.received_at, conversations.c.customer_id,
                  conversations.c.timezone, is_answer.label("is_answer"))
        .join(conversations, conversations.c.sender_id == inbox.c.sender_id)
        .where(inbox.c.inbox_id > position)
        .order_by(inbox.c.inbox_id)
        .limit(limit)
    )
    return connection.execute(query).all()


def _seconds_apart(connection: sa.Connection) -> sa.ColumnElement[Any]:
    """Seconds from a nudge to a message: a database has no common way to take moments from each other."""
    if connection.dialect.name == "sqlite":
        return (sa.func.julianday(inbox.c.received_at) - sa.func.julianday(outbox.c.sent_at)) * 86_400.0
    return sa.func.extract("epoch", inbox.c.received_at) - sa.func.extract("epoch", outbox.c.sent_at)


def _add(connection: sa.Connection, counts: _Counts, now: datetime) -> None:
    customers = sorted({customer for customer, _ in counts})
    known = connection.execute(
        sa.select(traits.c.customer_id, traits.c.name, traits.c.value).where(
            is_one_of(connection, traits.c.customer_id, customers), traits.c.silo == SILO,
            traits.c.name.in_((WRITES, ANSWERS)),
        )
    )
    for row in known:
        counts[(row.customer_id, row.name)] = counts.get((row.customer_id, row.name), Counter()) + Counter(row.value)
    rows = [
        {"customer_id": customer, "name": name, "silo": SILO, "value": dict(hours.most_common()), "set_at": now}
        for (customer, name), hours in sorted(counts.items())
    ]
    set_traits(connection, rows)
