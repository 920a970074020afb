"""Stage B2: what a person allowed, for which purpose, on which channel, in which words, and when.

Rows are appended, never changed. In doubt the answer is "unknown", and what needs consent stays home.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from bot.profile.identities import members_of, root_of
from bot.profile.store.tables import consents, merges

Purpose = Literal["service", "marketing", "personalisation"]
Recorded = Literal["granted", "withdrawn"]
State = Literal["granted", "withdrawn", "unknown"]

PURPOSES: tuple[Purpose, ...] = ("service", "marketing", "personalisation")
EVERY_CHANNEL = "*"
_STRICTEST_FIRST: tuple[State, ...] = ("withdrawn", "unknown", "granted")


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
) -> None:
    """Keep what the person said, in the words they were asked with; `channel` "*" is every channel. Writes."""
    root = root_of(connection, customer_id)
    _append(connection, [root], purpose=purpose, channel=channel, state=state, source=source, wording=wording, now=now)


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
    merged person said since counts for all of it.
    """
    members = members_of(connection, customer_id)
    merged_at = _last_merge(connection, members)
    rows = _rows_of(connection, members, purpose, channel)
    if not rows:
        return "unknown"
    if merged_at and rows[-1].changed_at >= merged_at:
        return _state(rows[-1].state)
    latest = {row.customer_id: _state(row.state) for row in rows}
    return min(latest.values(), key=_STRICTEST_FIRST.index)


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


def _rows_of(
    connection: sa.Connection, members: Sequence[str], purpose: str, channel: str
) -> Sequence[sa.Row[Any, Any, Any]]:
    return connection.execute(
        sa.select(consents.c.customer_id, consents.c.state, consents.c.changed_at)
        .where(
            consents.c.customer_id.in_(members),
            consents.c.purpose == purpose,
            consents.c.channel.in_((channel, EVERY_CHANNEL)),
        )
        .order_by(consents.c.changed_at, consents.c.consent_id)
    ).all()


def _last_merge(connection: sa.Connection, members: Sequence[str]) -> datetime | None:
    if len(members) < 2:
        return None
    moment: datetime | None = connection.scalar(
        sa.select(sa.func.max(merges.c.merged_at)).where(
            merges.c.undone_at.is_(None), merges.c.left_id.in_(members), merges.c.right_id.in_(members)
        )
    )
    return moment


def _state(text: str) -> State:
    match text:
        case "granted" | "withdrawn":
            return text
        case _:
            return "unknown"
