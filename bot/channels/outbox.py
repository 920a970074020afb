"""Stage B5: the one list of everything that leaves, and the states a row goes through.

    pending -> sending -> sent -> delivered -> seen
       |          |-> failed            the vendor refused
       |          `-> unknown           a crash or a silence: kept, reported, never sent again blindly;
       |                                a late receipt makes it delivered or seen
       |-> withdrawn                    no longer wanted
       `-> held                         a nudge that stays home, with its reasons
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from bot.contracts.messages import OutboundMessage
from bot.profile.store.engine import UtcDateTime
from bot.profile.store.tables import outbox
from bot.profile.store.upsert import insert_or_ignore, is_listed, is_one_of, to_list, update_rows

SENDING_SECONDS = 60.0  # longer than any sender's deadline: after it nobody is still sending
SECRET_KINDS = ("code", "data_link", "consent_link")  # for their receiver alone: what left is forgotten here
DEAD = ("failed", "unknown")
_UNSAID = OutboundMessage("")
ANSWERS = ("reply", *SECRET_KINDS, "notice")  # said in the order they were written; a waiting nudge lets them pass
_earlier = outbox.alias("earlier")
_is_blocked = sa.exists().where(
    _earlier.c.sender_id == outbox.c.sender_id,
    _earlier.c.outbox_id < outbox.c.outbox_id,
    sa.or_(
        _earlier.c.state == "sending",
        sa.and_(_earlier.c.state == "pending", _earlier.c.kind.in_(ANSWERS)),
    ),
)
# Statements of every turn and every look are built once: building costs SQLAlchemy more than running does.
_now = sa.bindparam("now", type_=UtcDateTime)
_is_due = sa.and_(
    outbox.c.state == "pending", outbox.c.not_before <= _now, outbox.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < _now),
)
_has_lapsed = sa.and_(outbox.c.state == "sending", outbox.c.lease_until < _now)
_ANYTHING = sa.select(outbox.c.outbox_id).where(sa.or_(_is_due, _has_lapsed)).limit(1)
# As `OutboxRow` has them. A nudge comes without its draft: its words are written when it leaves.
_CLAIMED = (
    outbox.c.outbox_id, outbox.c.idempotency_key, outbox.c.kind, outbox.c.customer_id, outbox.c.sender_id,
    outbox.c.channel, outbox.c.address, outbox.c.purpose, outbox.c.nudge, outbox.c.about, outbox.c.facts,
    sa.case((outbox.c.kind != "nudge", outbox.c.payload)).label("payload"), outbox.c.state, outbox.c.reason,
    outbox.c.vendor_message_id, outbox.c.attempts, outbox.c.not_before, outbox.c.expires_at, outbox.c.lease_until,
    outbox.c.created_at, outbox.c.sent_at,
)
_CLAIM = (
    sa.select(*_CLAIMED)
    .where(_is_due, sa.or_(outbox.c.sender_id == "", sa.not_(_is_blocked)))
    .order_by(outbox.c.not_before, outbox.c.outbox_id)  # as the index has them: a million may be due
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_WAIT_BEHIND = (
    sa.select(*_CLAIMED)
    .where(
        outbox.c.sender_id.in_(sa.bindparam("senders", expanding=True)), outbox.c.state == "pending",
        outbox.c.kind.in_(ANSWERS),
    )
    .order_by(outbox.c.outbox_id)
    .with_for_update()
)
_LEAVE_SENT = (
    sa.update(outbox)
    .where(outbox.c.outbox_id == sa.bindparam("row_id"), outbox.c.state.in_(("sending", "unknown")))
    .values(state="sent", vendor_message_id=sa.bindparam("vendor_id"), sent_at=_now, reason="", lease_until=None)
    .returning(outbox.c.kind)
)
_KEEP_FACTS = sa.update(outbox).where(outbox.c.outbox_id == sa.bindparam("row_id")).values(facts=sa.bindparam("now"))
_FIND_ID = sa.select(outbox.c.outbox_id).where(outbox.c.idempotency_key == sa.bindparam("key"))
_SECRETS_OVER = sa.and_(outbox.c.kind.in_(SECRET_KINDS), outbox.c.state.not_in(("pending", "sending")))
_FORGET = sa.update(outbox).where(_SECRETS_OVER).values(payload=OutboundMessage("••••••").to_json())
_SETTLE = sa.update(outbox).where(_has_lapsed).values(state="unknown", reason="crashed")
_BEFORE = {"delivered": ("sending", "sent", "unknown"), "seen": ("sending", "sent", "unknown", "delivered")}
_ARRIVED = {
    state: sa.update(outbox)
    .where(outbox.c.outbox_id == sa.bindparam("row_id"), sa.or_(*(outbox.c.state == each for each in before)))
    .values(
        state=state, reason="", lease_until=None, vendor_message_id=sa.bindparam("vendor_id"),
        sent_at=sa.func.coalesce(outbox.c.sent_at, sa.bindparam("at", type_=UtcDateTime)),
    )
    for state, before in _BEFORE.items()
}


@dataclass(frozen=True)
class _ForMany:
    """Statements about rows of which the ids travel as one parameter, `ids`."""

    lease: sa.Update
    begin_sending: sa.Update
    forget: sa.Update


@cache
def _for_many(dialect: str) -> _ForMany:
    mine = is_listed(dialect, outbox.c.outbox_id, "ids")
    lease = sa.bindparam("lease", type_=UtcDateTime)
    begin = sa.update(outbox).where(mine, outbox.c.state == "pending").values(
        state="sending", attempts=outbox.c.attempts + 1, reason="", not_before=_now, lease_until=lease)
    return _ForMany(
        sa.update(outbox).where(mine).values(lease_until=lease), begin.returning(outbox.c.outbox_id),
        _FORGET.where(mine))


@dataclass(frozen=True)
class OutboxRow:
    """One message on its way, as it was claimed."""

    outbox_id: int
    idempotency_key: str
    kind: str
    customer_id: str
    sender_id: str
    channel: str
    address: str
    purpose: str
    nudge: str
    about: str
    facts: Mapping[str, Any]
    payload: OutboundMessage
    state: str
    reason: str
    vendor_message_id: str
    attempts: int
    not_before: datetime
    expires_at: datetime | None
    lease_until: datetime | None
    created_at: datetime
    sent_at: datetime | None

    def saying(self, words: OutboundMessage) -> "OutboxRow":
        """The same row with other words. `dataclasses.replace` sets its twenty fields anew, one by one."""
        row = object.__new__(OutboxRow)
        row.__dict__.update(self.__dict__, payload=words)
        return row


_PAYLOAD = [each.name for each in fields(OutboxRow)].index("payload")


def enqueue(
    connection: sa.Connection,
    *,
    idempotency_key: str,
    kind: str,
    customer_id: str,
    sender_id: str,
    channel: str,
    address: str,
    purpose: str,
    payload: OutboundMessage,
    nudge: str = "",
    about: str = "",
    facts: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Put a message on the list; its id, None when the key is there already. Writes."""
    row = {
        "idempotency_key": idempotency_key, "kind": kind, "customer_id": customer_id, "sender_id": sender_id,
        "channel": channel, "address": address, "purpose": purpose, "nudge": nudge, "about": about,
        "facts": dict(facts or {}), "payload": payload.to_json(), "state": "pending", "reason": "",
        "vendor_message_id": "", "attempts": 0, "not_before": not_before or now, "expires_at": expires_at,
        "created_at": now,
    }
    if not insert_or_ignore(connection, outbox, [row], ("idempotency_key",)):
        return None
    found = connection.scalar(_FIND_ID, {"key": idempotency_key})
    return int(found) if found is not None else None


def mark_shown(connection: sa.Connection, idempotency_key: str, now: datetime) -> bool:
    """What needs no sender, because a page showed it, is seen; False for a key that is not on the list. Writes."""
    mine = outbox.c.idempotency_key == idempotency_key
    since = sa.func.coalesce(outbox.c.sent_at, sa.literal(now, UtcDateTime))
    changed = connection.execute(sa.update(outbox).where(mine).values(state="seen", sent_at=since))
    return bool(changed.rowcount)


def is_queued(connection: sa.Connection, idempotency_key: str) -> bool:
    """Whether a message with that key was ever put on the list."""
    found = sa.select(outbox.c.outbox_id).where(outbox.c.idempotency_key == idempotency_key)
    return connection.scalar(found) is not None


def find_last_reply(connection: sa.Connection, sender_id: str, since: datetime) -> OutboundMessage | None:
    """What was last answered in a conversation since a moment, sent or on its way; None for nothing."""
    newest = (
        sa.select(outbox.c.payload)
        .where(outbox.c.sender_id == sender_id, outbox.c.kind == "reply", outbox.c.created_at > since)
        .order_by(outbox.c.outbox_id.desc()).limit(1)
    )
    found = connection.scalar(newest)
    return OutboundMessage.from_json(found) if found else None


def claim_due(
    connection: sa.Connection, *, kinds: Sequence[str], limit: int, lease_seconds: float, now: datetime,
    without: Collection[str] = (), in_order: Collection[str] = (),
) -> list[OutboxRow]:
    """Lease what is due, longest first, at most one row a sender so that their order holds. Writes.

    `without`: channels that take nothing now; `in_order`: those that keep the order themselves, where all answers of a
    sender come at once. What is nobody's any more in `sending` becomes `unknown` first.
    """
    settle_lapsed(connection, now)
    due = connection.execute(
        _CLAIM.where(outbox.c.channel.not_in(tuple(without))) if without else _CLAIM,
        {"kinds": list(kinds), "now": now, "most": limit},
    )
    rows = _first_of_each_sender(due.all())
    rows += _next_of_each(connection, [row for row in rows if row.channel in in_order], now)
    if rows:
        ids = [row.outbox_id for row in rows]
        lease = now + timedelta(seconds=lease_seconds)
        dialect = connection.dialect.name
        connection.execute(_for_many(dialect).lease, {"ids": to_list(dialect, ids), "lease": lease})
    return [_claimed(row) for row in rows]


def is_anything_due(connection: sa.Connection, kinds: Sequence[str], now: datetime) -> bool:
    """Whether a claim of what is due, or has lapsed, is worth a writing transaction."""
    return connection.scalar(_ANYTHING, {"kinds": list(kinds), "now": now}) is not None


def settle_lapsed(connection: sa.Connection, now: datetime) -> int:
    """Rows whose sender is gone: their fate is unknown. How many. Writes."""
    changed = connection.execute(_SETTLE, {"now": now})
    if changed.rowcount:
        _forget_codes(connection, outbox.c.state == "unknown")
    return changed.rowcount


def mark_all_sending(connection: sa.Connection, outbox_ids: Sequence[int], now: datetime) -> set[int]:
    """Those that are ours to send: from here on a crash leaves them unknown. Without what was withdrawn, or what
    somebody else has. Writes.

    `not_before` becomes the moment they leave: of one whose fate stays unknown, caps know no other.
    """
    if not outbox_ids:
        return set()
    lease = now + timedelta(seconds=SENDING_SECONDS)
    dialect = connection.dialect.name
    asked = {"ids": to_list(dialect, outbox_ids), "lease": lease, "now": now}
    return set(connection.scalars(_for_many(dialect).begin_sending, asked).all())


def keep_words(connection: sa.Connection, messages: Mapping[int, OutboundMessage]) -> None:
    """What each row says, written anew. Writes."""
    different = {id(each): each for each in messages.values()}  # those of a campaign share one
    texts = {key: each.to_json() for key, each in different.items()}
    rows = [{"outbox_id": outbox_id, "payload": texts[id(each)]} for outbox_id, each in messages.items()]
    update_rows(connection, outbox, "outbox_id", rows, where="state = 'sending'")


def keep_facts(connection: sa.Connection, facts: Mapping[int, Mapping[str, Any]]) -> None:
    """What each row rests on, where that changed. Writes."""
    rows = [{"row_id": outbox_id, "now": dict(each)} for outbox_id, each in facts.items()]
    if rows:
        connection.execute(_KEEP_FACTS, rows)


def has_vendor_id(vendor_message_id: str) -> sa.ColumnElement[bool]:
    """The condition that a row is the one a vendor gave this id; nobody's for "". As its index is told to say it."""
    given = outbox.c.vendor_message_id
    return sa.and_(given == vendor_message_id, given != sa.literal_column("''"))


def release(connection: sa.Connection, outbox_ids: Sequence[int], not_before: datetime, reason: str) -> None:
    """Nothing left: they wait again. Writes."""
    _change(connection, outbox_ids, ("pending", "sending"), state="pending", not_before=not_before, reason=reason)


def give_back(connection: sa.Connection, outbox_ids: Sequence[int]) -> None:
    """Somebody else may claim what was not begun. Writes."""
    _change(connection, outbox_ids, ("pending",))


def mark_all_sent(connection: sa.Connection, vendor_ids: Mapping[int, str], now: datetime) -> None:
    """`mark_sent` for many: the vendor's id by row. Writes."""
    rows = [
        {"outbox_id": outbox_id, "vendor_message_id": vendor_id, "state": "sent", "sent_at": now, "reason": "",
         "lease_until": None}
        for outbox_id, vendor_id in vendor_ids.items()
    ]
    update_rows(connection, outbox, "outbox_id", rows, where="state IN ('sending', 'unknown')")
    if vendor_ids:
        _forget_these(connection, list(vendor_ids))


def mark_sent(connection: sa.Connection, outbox_id: int, vendor_message_id: str, now: datetime) -> None:
    """The vendor took it; an answer that comes late settles an unknown one too. Writes."""
    left = connection.execute(_LEAVE_SENT, {"row_id": outbox_id, "vendor_id": vendor_message_id, "now": now}).scalar()
    if left in SECRET_KINDS:
        _forget_codes(connection, outbox.c.outbox_id == outbox_id)


def mark_delivered(connection: sa.Connection, outbox_id: int, vendor_message_id: str, now: datetime) -> bool:
    """A receipt says that it arrived, however late: an unknown row is settled by it. Whether it was news. Writes."""
    return _note_receipt(connection, outbox_id, _BEFORE["delivered"], "delivered", vendor_message_id, now)


def mark_seen(connection: sa.Connection, outbox_id: int, vendor_message_id: str, now: datetime) -> bool:
    """A receipt says that the customer saw it. Whether it was news. Writes."""
    return _note_receipt(connection, outbox_id, _BEFORE["seen"], "seen", vendor_message_id, now)


def mark_arrived(
    connection: sa.Connection, vendor_ids: Mapping[int, str], state: Literal["delivered", "seen"], now: datetime
) -> None:
    """The same of many rows at once, by outbox id, with the vendor's ids. Writes."""
    rows = [{"row_id": outbox_id, "vendor_id": vendor_ids[outbox_id], "at": now} for outbox_id in sorted(vendor_ids)]
    if rows:
        connection.execute(_ARRIVED[state], rows)
        _forget_these(connection, list(vendor_ids))


def mark_failed(connection: sa.Connection, outbox_id: int, reason: str, now: datetime) -> None:
    """The vendor refused it for good. Writes."""
    _leave(connection, outbox_id, ("pending", "sending", "unknown"), state="failed", reason=reason)


def mark_bounced(connection: sa.Connection, outbox_id: int, reason: str) -> bool:
    """A receipt says that it never arrived, after the vendor took it. Whether it was news. Writes."""
    on_its_way = sa.and_(outbox.c.outbox_id == outbox_id, outbox.c.state.in_(("sending", "sent", "unknown")))
    changed = connection.execute(
        sa.update(outbox).where(on_its_way).values(state="failed", reason=reason[:200], lease_until=None)
    )
    _forget_codes(connection, outbox.c.outbox_id == outbox_id)
    return bool(changed.rowcount)


def mark_unknown(connection: sa.Connection, outbox_id: int, now: datetime, reason: str = "no_answer") -> None:
    """It may have left: kept and reported, never sent again. Writes."""
    _leave(connection, outbox_id, ("sending",), state="unknown", reason=reason)


def hold(connection: sa.Connection, outbox_ids: Sequence[int], reason: str) -> None:
    """Nudges that stay home for one reason. Writes."""
    _change(connection, outbox_ids, ("pending",), state="held", reason=reason[:200])
    _forget_codes(connection, outbox.c.outbox_id.in_(outbox_ids))


def withdraw(
    connection: sa.Connection, *, outbox_ids: Sequence[int] = (), about: str = "", customer_id: str = "",
    reason: str, now: datetime,
) -> int:
    """Take back what is pending, by ids, or all about something to somebody; how many. Writes."""
    mine = outbox.c.outbox_id.in_(outbox_ids) if outbox_ids else sa.and_(
        outbox.c.about == about, outbox.c.customer_id == customer_id
    )
    changed = connection.execute(
        sa.update(outbox).where(mine, outbox.c.state == "pending").values(state="withdrawn", reason=reason)
    )
    _forget_codes(connection, mine)
    return changed.rowcount


def list_rows(connection: sa.Connection, *, state: str = "", limit: int = 200) -> list[OutboxRow]:
    """The newest rows, of one state or all."""
    query = sa.select(outbox).order_by(outbox.c.outbox_id.desc()).limit(limit)
    if state:
        query = query.where(outbox.c.state == state)
    return [_row(each) for each in connection.execute(query).mappings()]


def list_dead(connection: sa.Connection, *, reason: str = "", limit: int = 200) -> list[OutboxRow]:
    """What was given up or may have left, newest first; only of one reason where it is named."""
    query = sa.select(outbox).where(outbox.c.state.in_(DEAD)).order_by(outbox.c.outbox_id.desc()).limit(limit)
    found = query.where(outbox.c.reason == reason) if reason else query
    return [_row(each) for each in connection.execute(found).mappings()]


_MAY_LEAVE_AGAIN = sa.and_(outbox.c.state == "failed", outbox.c.kind.not_in(SECRET_KINDS))


def find_replayable(connection: sa.Connection, outbox_ids: Sequence[int]) -> set[int]:
    """Those of these rows that `replay` would let leave again."""
    mine = is_one_of(connection, outbox.c.outbox_id, outbox_ids)
    return set(connection.scalars(sa.select(outbox.c.outbox_id).where(mine, _MAY_LEAVE_AGAIN)))


def replay(connection: sa.Connection, *, outbox_ids: Sequence[int] = (), reason: str = "", now: datetime) -> int:
    """Failed rows wait again as if they had never been tried; how many. Codes stay: their words are gone. Writes."""
    mine = _MAY_LEAVE_AGAIN
    if outbox_ids:
        mine = sa.and_(mine, is_one_of(connection, outbox.c.outbox_id, outbox_ids))
    if reason:
        mine = sa.and_(mine, outbox.c.reason == reason)
    changes = {"state": "pending", "reason": "", "attempts": 0, "not_before": now, "lease_until": None}
    return connection.execute(sa.update(outbox).where(mine).values(changes)).rowcount


def _leave(connection: sa.Connection, outbox_id: int, states: tuple[str, ...], **values: Any) -> None:
    _change(connection, [outbox_id], states, **values)
    _forget_codes(connection, outbox.c.outbox_id == outbox_id)


def _change(connection: sa.Connection, outbox_ids: Sequence[int], states: tuple[str, ...], **values: Any) -> None:
    """Rows of ours that are in one of these states; their lease ends."""
    if outbox_ids:
        mine = sa.and_(is_one_of(connection, outbox.c.outbox_id, outbox_ids), outbox.c.state.in_(states))
        connection.execute(sa.update(outbox).where(mine).values(lease_until=None, **values))


def _forget_codes(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """A code or link that left, or never will, is nobody's to read here any more."""
    connection.execute(_FORGET.where(which))


def _forget_these(connection: sa.Connection, outbox_ids: Sequence[int]) -> None:
    dialect = connection.dialect.name
    connection.execute(_for_many(dialect).forget, {"ids": to_list(dialect, outbox_ids)})


def _note_receipt(
    connection: sa.Connection, outbox_id: int, states: tuple[str, ...], state: str, vendor_message_id: str,
    now: datetime,
) -> bool:
    """A receipt may be quicker than the vendor's own answer: it says everything that the answer would."""
    changed = connection.execute(
        sa.update(outbox)
        .where(outbox.c.outbox_id == outbox_id, outbox.c.state.in_(states))
        .values(
            state=state, reason="", lease_until=None, vendor_message_id=vendor_message_id,
            sent_at=sa.func.coalesce(outbox.c.sent_at, sa.literal(now, UtcDateTime)),
        )
    )
    _forget_codes(connection, outbox.c.outbox_id == outbox_id)
    return bool(changed.rowcount)


def _first_of_each_sender(rows: Sequence[Any]) -> list[Any]:
    seen: set[str] = set()
    kept = []
    for row in rows:
        sender_id = row.sender_id
        if not sender_id or sender_id not in seen:
            kept.append(row)
        seen.add(sender_id)
    return kept


def _next_of_each(connection: sa.Connection, firsts: Sequence[Any], now: datetime) -> list[Any]:
    """The answers right behind the first ones, as far as they are due on the same channel."""
    channels = {row.sender_id: row.channel for row in firsts if row.sender_id and row.kind in ANSWERS}
    if not channels:
        return []
    claimed = {row.outbox_id for row in firsts}
    found = []
    for row in connection.execute(_WAIT_BEHIND, {"senders": list(channels)}).all():
        is_due = row.not_before <= now and (row.lease_until is None or row.lease_until < now)
        if row.outbox_id in claimed:
            continue
        if is_due and channels.get(row.sender_id) == row.channel:
            found.append(row)
        else:
            channels.pop(row.sender_id, None)  # and what waits behind it
    return found


def _claimed(row: Iterable[Any]) -> OutboxRow:
    values = [*row]
    payload = values[_PAYLOAD]
    values[_PAYLOAD] = OutboundMessage.from_json(payload) if payload else _UNSAID
    return OutboxRow(*values)


def _row(values: Mapping[Any, Any]) -> OutboxRow:
    return OutboxRow(**{**values, "payload": OutboundMessage.from_json(values["payload"])})
