"""So many times a window, counted in the store: it holds over processes and restarts."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

import orjson
import sqlalchemy as sa

from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import rate_limits
from bot.profile.store.upsert import insert_or_ignore, is_one_of, update_rows

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
_COUNTS = sa.select(rate_limits.c.key, rate_limits.c.count).where(
    rate_limits.c.key.in_(sa.bindparam("hashed", expanding=True)), sa.not_(_is_over)
)


def take(connection: sa.Connection, key: str, *, limit: int, window_seconds: float, now: datetime) -> bool:
    """Count one use of `key`; False when the window's `limit` is used up. The key is kept hashed. Writes."""
    hashed = _hash(key)
    row = {"key": hashed, "window_started_at": now, "count": 0}
    insert_or_ignore(connection, rate_limits, [row], ("key",))
    over_at = now - timedelta(seconds=window_seconds)
    counted = connection.execute(_TAKE, {"hashed": hashed, "most": limit, "over_at": over_at, "now": now})
    return bool(counted.rowcount)


def take_each(
    connection: sa.Connection, keys: Sequence[str], *, limit: int, window_seconds: float, now: datetime
) -> list[bool]:
    """`take` for many keys in a statement, in their order; a key may come again. Writes."""
    hashed = [_hash(key) for key in keys]
    left = _count_uses(connection, Counter(hashed), limit, window_seconds, now)
    granted = []
    for key in hashed:
        granted.append(left[key] > 0)
        left[key] -= 1
    return granted


def take_some(
    connection: sa.Connection, key: str, wanted: int, *, limit: int, window_seconds: float, now: datetime
) -> int:
    """Count up to `wanted` uses of `key`; how many of them the window still held. Writes."""
    hashed = _hash(key)
    return _count_uses(connection, {hashed: wanted}, limit, window_seconds, now)[hashed]


def give_back(connection: sa.Connection, *keys: str) -> None:
    """One use of each of the keys fewer in its window. Writes."""
    connection.execute(
        sa.update(rate_limits)
        .where(is_one_of(connection, rate_limits.c.key, [_hash(key) for key in keys]), rate_limits.c.count > 0)
        .values(count=rate_limits.c.count - 1)
    )


def read_counts(
    connection: sa.Connection, keys: Sequence[str], *, window_seconds: float, now: datetime
) -> dict[str, int]:
    """How many uses of each key its window holds; without those that have none. Counts nothing."""
    by_hash = {_hash(key): key for key in keys}
    asked = {"hashed": list(by_hash), "over_at": now - timedelta(seconds=window_seconds)}
    return {by_hash[key]: count for key, count in connection.execute(_COUNTS, asked)}


def find_used_up(
    connection: sa.Connection, keys: Sequence[str], *, limit: int, window_seconds: float, now: datetime
) -> set[str]:
    """Those of the keys whose window's `limit` is reached. Counts nothing."""
    by_hash = {_hash(key): key for key in keys}
    table = rate_limits.c
    mine = sa.and_(is_one_of(connection, table.key, list(by_hash)), table.count >= limit)
    begun = table.window_started_at > now - timedelta(seconds=window_seconds)
    return {by_hash[each] for each in connection.scalars(sa.select(table.key).where(mine, begun)).all()}


def sweep(connection: sa.Connection, *, older_than: datetime) -> int:
    """Forget windows that began before a moment; how many. Writes."""
    return connection.execute(
        sa.delete(rate_limits).where(rate_limits.c.window_started_at < older_than)
    ).rowcount


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _count_uses(
    connection: sa.Connection, uses: Mapping[str, int], limit: int, window_seconds: float, now: datetime
) -> dict[str, int]:
    """Count the uses of each hashed key, as many as its window still holds: how many those were. Writes."""
    if not uses:
        return {}
    asked = {"uses": orjson.dumps(uses).decode(), "now": now, "over_at": now - timedelta(seconds=window_seconds)}
    counts = connection.execute(_count_query(connection.dialect.name), asked).all()
    before = {key: count - uses[key] for key, count in counts}
    full = [{"key": key, "count": max(limit, before[key])} for key, count in counts if count > limit]
    update_rows(connection, rate_limits, "key", full, where="count > 0")
    return {key: max(0, min(wanted, limit - before[key])) for key, wanted in uses.items()}


@cache
def _count_query(dialect: str) -> sa.TextClause:
    """Adds the `uses` of each key, and says what its window holds with them. Keys are locked in one order."""
    source = "json_each(:uses)" if dialect == "sqlite" else "json_each_text(CAST(:uses AS json))"
    is_over = "rate_limits.window_started_at <= :over_at"
    query = f"""
        INSERT INTO rate_limits (key, window_started_at, count)
        SELECT key, :now, CAST(value AS integer) FROM {source} WHERE true ORDER BY key
        ON CONFLICT (key) DO UPDATE SET
            count = excluded.count + CASE WHEN {is_over} THEN 0 ELSE rate_limits.count END,
            window_started_at = CASE WHEN {is_over} THEN excluded.window_started_at
                                ELSE rate_limits.window_started_at END
        RETURNING key, count"""  # noqa: S608  # our own words alone
    return sa.text(query).bindparams(_now, sa.bindparam("over_at", type_=UtcDateTime))
