"""So many times a window, counted in the store: it holds over processes and restarts."""

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import rate_limits
from bot.profile.store.upsert import insert_or_ignore

_now = sa.bindparam("now", type_=UtcDateTime)
_is_over = rate_limits.c.window_started_at <= sa.bindparam("over_at", type_=UtcDateTime)
_TAKE = (  # built once: every message is counted
    sa.update(rate_limits)
    .where(rate_limits.c.key == sa.bindparam("hashed"), sa.or_(_is_over, rate_limits.c.count < sa.bindparam("most")))
    .values(
        count=sa.case((_is_over, 1), else_=rate_limits.c.count + 1),
        window_started_at=sa.case((_is_over, _now), else_=rate_limits.c.window_started_at),
    )
)


def take(connection: sa.Connection, key: str, *, limit: int, window_seconds: float, now: datetime) -> bool:
    """Count one use of `key`; False when the window's `limit` is used up. The key is kept hashed. Writes."""
    hashed = hashlib.sha256(key.encode()).hexdigest()
    row = {"key": hashed, "window_started_at": now, "count": 0}
    insert_or_ignore(connection, rate_limits, [row], ("key",))
    over_at = now - timedelta(seconds=window_seconds)
    counted = connection.execute(_TAKE, {"hashed": hashed, "most": limit, "over_at": over_at, "now": now})
    return bool(counted.rowcount)


def give_back(connection: sa.Connection, key: str) -> None:
    """One use of `key` fewer in its window. Writes."""
    hashed = hashlib.sha256(key.encode()).hexdigest()
    connection.execute(
        sa.update(rate_limits)
        .where(rate_limits.c.key == hashed, rate_limits.c.count > 0)
        .values(count=rate_limits.c.count - 1)
    )


def is_used_up(connection: sa.Connection, key: str, *, limit: int, window_seconds: float, now: datetime) -> bool:
    """Whether the window's `limit` of `key` is reached. Counts nothing."""
    table = rate_limits.c
    mine = sa.and_(table.key == hashlib.sha256(key.encode()).hexdigest(), table.count >= limit)
    begun = table.window_started_at > now - timedelta(seconds=window_seconds)
    return connection.scalar(sa.select(table.key).where(mine, begun)) is not None


def sweep(connection: sa.Connection, *, older_than: datetime) -> int:
    """Forget windows that began before a moment; how many. Writes."""
    return connection.execute(
        sa.delete(rate_limits).where(rate_limits.c.window_started_at < older_than)
    ).rowcount
