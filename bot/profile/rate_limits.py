"""So many times a window, counted in the store: it holds over processes and restarts."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import rate_limits
from bot.profile.store.upsert import insert_or_ignore, insert_or_update, is_one_of

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
    """`take` for many keys in a few statements, in their order; a key may come again. Writes."""
    hashed = [_hash(key) for key in keys]
    known = _lock_windows(connection, sorted(set(hashed)), window_seconds, now)
    granted = []
    for key in hashed:
        started_at, count = known[key]
        granted.append(count < limit)
        known[key] = started_at, count + granted[-1]
    _keep_windows(connection, known)
    return granted


def take_some(
    connection: sa.Connection, key: str, wanted: int, *, limit: int, window_seconds: float, now: datetime
) -> int:
    """Count up to `wanted` uses of `key`; how many of them the window still held. Writes."""
    hashed = _hash(key)
    started_at, count = _lock_windows(connection, [hashed], window_seconds, now)[hashed]
    granted = max(0, min(wanted, limit - count))
    _keep_windows(connection, {hashed: (started_at, count + granted)})
    return granted


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


def _lock_windows(
    connection: sa.Connection, hashed: Sequence[str], window_seconds: float, now: datetime
) -> dict[str, tuple[datetime, int]]:
    """When each window began and how much it holds, a new one where it is over; locked in one order."""
    found = _read_windows(connection, hashed)
    missing = [key for key in hashed if key not in found]
    if missing and connection.dialect.name != "sqlite":  # there whoever writes is alone
        rows = [{"key": key, "window_started_at": now, "count": 0} for key in missing]
        insert_or_ignore(connection, rate_limits, rows, ("key",))
        found |= _read_windows(connection, missing)
    over = now - timedelta(seconds=window_seconds)
    windows = {key: found.get(key, (now, 0)) for key in hashed}
    return {key: (now, 0) if at <= over else (at, count) for key, (at, count) in windows.items()}


def _read_windows(connection: sa.Connection, hashed: Sequence[str]) -> dict[str, tuple[datetime, int]]:
    table = rate_limits.c
    locked = sa.select(table.key, table.window_started_at, table.count.label("used")).order_by(table.key)
    found = connection.execute(locked.where(is_one_of(connection, table.key, hashed)).with_for_update()).all()
    return {key: (at, count) for key, at, count in found}


def _keep_windows(connection: sa.Connection, windows: Mapping[str, tuple[datetime, int]]) -> None:
    rows = [{"key": key, "window_started_at": at, "count": count} for key, (at, count) in windows.items()]
    insert_or_update(connection, rate_limits, rows, ("key",), ("window_started_at", "count"))
