"""Stage B2: addresses that messages do not reach, or may not for a while, on any channel: kept with the reason.

    all        nothing leaves for it: nobody is there
    nudges     nothing that we begin; answers and codes that somebody asks for go on
    marketing  nothing that advertises
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from bot.profile.store.tables import suppressions
from bot.profile.store.upsert import insert_or_ignore, is_listed, to_list

Scope = Literal["all", "nudges", "marketing"]


@dataclass(frozen=True)
class Suppression:
    """Why nothing of a scope leaves for an address. `until` is None for good."""

    channel: str
    address: str
    scope: Scope
    reason: str
    times: int
    until: datetime | None
    changed_at: datetime


def suppress(
    connection: sa.Connection, channel: str, address: str, *, scope: Scope, reason: str, until: datetime | None,
    now: datetime,
) -> None:
    """Let nothing of that scope leave for the address, until then or for good; what holds longer stays. Writes."""
    address = fold(channel, address)
    row = {"channel": channel, "address": address, "scope": scope, "reason": reason, "times": 1, "until": until,
           "changed_at": now}
    if insert_or_ignore(connection, suppressions, [row], ("channel", "address", "scope")):
        return
    known = find_suppression(connection, channel, address, scope)
    if known is None:
        return  # lifted this moment
    is_longer = until is None or (known.until is not None and until > known.until)
    values = {"until": until, "reason": reason} if is_longer else {}
    connection.execute(
        sa.update(suppressions).where(_is(channel, address, scope))
        .values(times=suppressions.c.times + 1, changed_at=now, **values)
    )


def find_suppression(connection: sa.Connection, channel: str, address: str, scope: Scope) -> Suppression | None:
    """What is kept of the address in that scope, run out or not; None for nothing."""
    mine = _is(channel, fold(channel, address), scope)
    row = connection.execute(sa.select(suppressions).where(mine)).mappings().first()
    return Suppression(**row) if row else None


@dataclass(frozen=True)
class Leaving:
    """A message about to leave, as far as suppressions know of it."""

    channel: str
    address: str
    kind: str
    purpose: str


def find_reasons(connection: sa.Connection, messages: Sequence[Leaving], now: datetime) -> list[str]:
    """For each message, in their order, the reason that it may not leave for its address now; "" when it may."""
    addresses = {fold(each.channel, each.address) for each in messages}
    held: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in _find_held(connection, addresses, now):
        held.setdefault((row.channel, row.address), []).append((row.scope, row.reason))
    return [_first_reason(held, each) for each in messages]


def _first_reason(held: Mapping[tuple[str, str], Sequence[tuple[str, str]]], message: Leaving) -> str:
    here = held.get((message.channel, fold(message.channel, message.address)), ())
    scopes = scopes_of(message.kind, message.purpose) if here else ()
    return next((reason for scope, reason in here if scope in scopes), "")


def find_unreachable(
    connection: sa.Connection, addresses: Iterable[tuple[str, str]], *, purpose: str, now: datetime
) -> set[tuple[str, str]]:
    """Those of the (channel, address) that no nudge of the purpose reaches now, as they were asked for."""
    folded = {(channel, fold(channel, address)): (channel, address) for channel, address in addresses}
    if not folded:
        return set()
    scopes = scopes_of("nudge", purpose)
    rows = _find_held(connection, {address for _, address in folded}, now)
    return {
        folded[row.channel, row.address] for row in rows
        if row.scope in scopes and (row.channel, row.address) in folded
    }


def lift(connection: sa.Connection, channel: str, address: str, scopes: Iterable[Scope] = ("all", "nudges")) -> int:
    """The address is reached again: somebody wrote from it, or an operator says so. How many rows went. Writes."""
    mine = sa.and_(suppressions.c.channel == channel, suppressions.c.address == fold(channel, address))
    return connection.execute(sa.delete(suppressions).where(mine, suppressions.c.scope.in_(tuple(scopes)))).rowcount


def list_suppressions(connection: sa.Connection, *, limit: int = 200) -> list[Suppression]:
    """The newest first."""
    rows = connection.execute(sa.select(suppressions).order_by(suppressions.c.changed_at.desc()).limit(limit))
    return [Suppression(**row) for row in rows.mappings()]


def scopes_of(kind: str, purpose: str) -> tuple[str, ...]:
    """The scopes that hold a message. Pure."""
    if kind != "nudge":
        return ("all",)
    return ("all", "nudges", "marketing") if purpose == "marketing" else ("all", "nudges")


def fold(channel: str, address: str) -> str:
    """One spelling for one address. Pure."""
    return address.strip().lower() if channel == "email" else address


def _find_held(connection: sa.Connection, addresses: Iterable[str], now: datetime) -> sa.Result[Any]:
    """What holds now of these folded addresses, in any scope."""
    dialect = connection.dialect.name
    return connection.execute(_held_query(dialect), {"listed": to_list(dialect, sorted(addresses)), "now": now})


@cache
def _held_query(dialect: str) -> sa.Select[Any]:
    """Made once: every decision and every message asks it, and to build it takes longer than to run it."""
    table = suppressions.c
    return sa.select(table.channel, table.address, table.scope, table.reason).where(
        is_listed(dialect, table.address, "listed"),
        sa.or_(table.until.is_(None), table.until > sa.bindparam("now", type_=table.until.type)))


def _is(channel: str, address: str, scope: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        suppressions.c.channel == channel, suppressions.c.address == address, suppressions.c.scope == scope
    )
