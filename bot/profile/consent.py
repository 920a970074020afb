"""Stage B2: what a person allowed, for which purpose, on which channel, in which words, and when.

Rows are appended, never changed. In doubt the answer is "unknown", and what needs consent stays home.
"pending" is a yes that still has to be confirmed by letter: until then it is no.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from bot.errors import FixInput
from bot.profile.identities import members_of, root_of
from bot.profile.store.tables import consent_requests, consents, merges
from bot.profile.store.upsert import is_listed, to_list
from bot.profile.tombstones import find_buried, is_lifted

Purpose = Literal["service", "marketing", "personalisation"]
Recorded = Literal["granted", "withdrawn", "pending"]
State = Literal["granted", "withdrawn", "pending", "unknown"]

PURPOSES: tuple[Purpose, ...] = ("service", "marketing", "personalisation")
EVERY_CHANNEL = "*"
CHANNELS = ("web", "email", "sms", "whatsapp", "messenger", "rest", "shell")
# What may be asked for, on which channels. A shop declares its own in privacy.toml.
DECLARED: Mapping[str, frozenset[str]] = {each: frozenset(CHANNELS) for each in PURPOSES}
_STRICTEST_FIRST: tuple[State, ...] = ("withdrawn", "pending", "unknown", "granted")

def record_consent(
    connection: sa.Connection,
    customer_id: str,
    *,
    purpose: str,
    channel: str,
    state: Recorded,
    source: str,
    wording: str,
    now: datetime,
    declared: Mapping[str, frozenset[str]] = DECLARED,
) -> None:
    """Keep what the person said, in the words they were asked with; `channel` "*" is every channel.

    FixInput for a purpose or a channel that is not declared. Writes.
    """
    require_declared(purpose, channel, declared)
    root = root_of(connection, customer_id)
    _append(connection, [root], purpose=purpose, channel=channel, state=state, source=source, wording=wording, now=now)


def require_declared(purpose: str, channel: str, declared: Mapping[str, frozenset[str]] = DECLARED) -> None:
    """FixInput for a purpose or a channel that nobody declared: what it meant could not be said later."""
    if purpose not in declared:
        raise FixInput("purpose", f"{purpose!r} is not declared; declared are {', '.join(declared)}")
    if channel != EVERY_CHANNEL and channel not in declared[purpose]:
        raise FixInput("channel", f"{channel!r} is not declared for {purpose}")


def note_asked(
    connection: sa.Connection, customer_id: str, *, purpose: str, channel: str, wording: str, now: datetime
) -> None:
    """Keep that the person was asked, in which words, whatever they answer. Writes."""
    connection.execute(sa.insert(consent_requests).values(
        customer_id=root_of(connection, customer_id), purpose=purpose, channel=channel, wording=wording, asked_at=now
    ))


def withdraw_all(connection: sa.Connection, customer_id: str, *, source: str, wording: str, now: datetime) -> None:
    """Withdraw every purpose on every channel, at once. Writes."""
    for purpose in PURPOSES:
        record_consent(
            connection, customer_id, purpose=purpose, channel=EVERY_CHANNEL, state="withdrawn", source=source,
            wording=wording, now=now,
        )


def consent_state(connection: sa.Connection, customer_id: str, purpose: str, channel: str) -> State:
    """What holds for the merged person on a channel.

    The latest row counts, of the channel or of "*". Rows from before the person's customers were
    merged count customer by customer, and the strictest of those that said anything wins; what the
    merged person said since counts for all of it. An address that was erased from here has opted out,
    whatever an import says of it since.
    """
    return consent_states(connection, customer_id, purpose, (channel,))[channel]


def consent_states(
    connection: sa.Connection, customer_id: str, purpose: str, channels: Sequence[str]
) -> dict[str, State]:
    """As `consent_state`, for several channels in one look."""
    members = members_of(connection, customer_id)
    merged_at = _last_merge(connection, members)
    dialect = connection.dialect.name
    said = connection.execute(_said_query(dialect), {"listed": to_list(dialect, members), "purpose": purpose}).all()
    return {
        channel: _state_of(connection, members, purpose, merged_at,
                           [row for row in said if row.channel in (channel, EVERY_CHANNEL)])
        for channel in channels
    }


def _state_of(
    connection: sa.Connection, members: Sequence[str], purpose: str, merged_at: datetime | None, rows: Sequence[Any]
) -> State:
    if not rows:
        return "unknown"
    if merged_at and rows[-1].changed_at >= merged_at:
        counting = rows[-1:]
    else:
        counting = list({row.customer_id: row for row in rows}.values())
    state = min((_state(row.state) for row in counting), key=_STRICTEST_FIRST.index)
    if state != "granted":
        return state
    return "withdrawn" if _is_buried(connection, members, purpose, counting) else state


@cache
def _said_query(dialect: str) -> sa.Select[Any]:
    """Made once; the latest last."""
    table = consents.c
    return sa.select(table.customer_id, table.channel, table.state, table.changed_at, table.source).where(
        is_listed(dialect, table.customer_id, "listed"), table.purpose == sa.bindparam("purpose"),
    ).order_by(table.changed_at, table.consent_id)


def has_consent(connection: sa.Connection, customer_id: str, purpose: str, channel: str) -> bool:
    """Whether the merged person granted it and did not take it back."""
    return consent_state(connection, customer_id, purpose, channel) == "granted"


def forget_shared_consents(
    connection: sa.Connection, members: Sequence[str], parted: Sequence[str], *, since: datetime, now: datetime
) -> None:
    """After an undone merge: what was granted in between binds neither side, what was withdrawn both. Writes."""
    rows = connection.execute(
        sa.select(consents.c.purpose, consents.c.channel, consents.c.state)
        .where(consents.c.customer_id.in_(members), consents.c.changed_at >= since)
        .order_by(consents.c.changed_at, consents.c.consent_id)
    )
    latest = {(row.purpose, row.channel): row.state for row in rows}
    for (purpose, channel), state in latest.items():
        _append(
            connection, parted, purpose=purpose, channel=channel, source="unmerge", wording="", now=now,
            state="withdrawn" if state == "withdrawn" else "unknown",
        )


def _is_buried(
    connection: sa.Connection, members: Sequence[str], purpose: str, grants: Sequence[Any]
) -> bool:
    """Whether an address of the person was erased, and nobody gave it back in their own words since."""
    buried = find_buried(connection, members, purpose)
    return any(
        not any(is_lifted(row.source, row.changed_at, erased_at) for row in grants) for erased_at in buried.values()
    )


def _append(
    connection: sa.Connection, customer_ids: Sequence[str], *, purpose: str, channel: str, state: State, source: str,
    wording: str, now: datetime,
) -> None:
    rows = [
        {"customer_id": each, "purpose": purpose, "channel": channel, "state": state, "source": source,
         "wording": wording, "changed_at": now}
        for each in customer_ids
    ]
    connection.execute(sa.insert(consents), rows)


def _last_merge(connection: sa.Connection, members: Sequence[str]) -> datetime | None:
    if len(members) < 2:
        return None
    dialect = connection.dialect.name
    moment: datetime | None = connection.scalar(_last_merge_query(dialect), {"listed": to_list(dialect, members)})
    return moment


@cache
def _last_merge_query(dialect: str) -> sa.Select[Any]:
    table = merges.c
    return sa.select(sa.func.max(table.merged_at)).where(
        table.undone_at.is_(None), is_listed(dialect, table.left_id, "listed"),
        is_listed(dialect, table.right_id, "listed"))


def _state(text: str) -> State:
    match text:
        case "granted" | "withdrawn" | "pending":
            return text
        case _:
            return "unknown"
