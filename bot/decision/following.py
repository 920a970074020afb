"""Stage 3: messages that left -> what follows them: the next step of their journey, another look, or its end.

The state of a journey is its row in `waits`: the step, the version it began with, when it is looked at next. A look
changes the row in the transaction that reads it; what the next step says is decided as every message is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.decision.beginnings import ENDS_AT
from bot.decision.follow_ups import FollowUp, Next, what_follows
from bot.decision.outcomes import read_answers, read_deeds
from bot.decision.rewards import Happening
from bot.decision.triggers import Trigger
from bot.decision.versions import find_version
from bot.decision.waits import is_over
from bot.profile.identities import roots_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, customers, outbox, waits

log = structlog.get_logger()
AT_ONCE = 100
_ARRIVED = ("sent", "delivered", "seen")
_ON_ITS_WAY = ("pending", "sending")
_LEAST_WAIT = timedelta(seconds=1)  # between two looks at a message that has not left


@dataclass(frozen=True)
class _Receiver:
    """The person of a wait, as they are merged now."""

    members: tuple[str, ...]
    senders: tuple[str, ...]


def first_look_at(follow_ups: Sequence[FollowUp], leaves_at: datetime) -> datetime:
    """When a message is looked at first: nothing can follow it sooner."""
    return leaves_at + max(timedelta(seconds=min(each.wait_seconds for each in follow_ups)), _LEAST_WAIT)


def follow_messages(store: Store, triggers: Sequence[Trigger], now: datetime, limit: int = AT_ONCE) -> int:
    """One pass over the messages that are to be looked at; how many. Writes."""
    due = (waits.c.state == "following", waits.c.due_at <= now)
    with store.read() as connection:  # a pass that finds nothing takes no writer's lock
        if not connection.scalar(sa.select(sa.exists().where(*due))):
            return 0
    with store.write() as connection:
        query = sa.select(waits).where(*due).order_by(waits.c.due_at).limit(limit).with_for_update(skip_locked=True)
        rows = connection.execute(query).all()
        messages = _read_messages(connection, rows)
        receivers = _read_receivers(connection, rows)
        happened = _read_happenings(connection, messages, receivers, now)
        for row in rows:
            journey = find_version(connection, triggers, row.trigger, row.version)
            if journey is None or is_over(connection, triggers, journey, row, receivers[row.wait_id].members):
                _change(connection, row, now, state="cancelled")
                continue
            message = messages.get(row.outbox_id)
            came = _first_times(message, happened[row.wait_id], now)
            _follow(connection, row, journey, message, came, now)
    return len(rows)


def _follow(
    connection: sa.Connection, row: Any, journey: Trigger, message: Any, came: Mapping[str, datetime], now: datetime
) -> None:
    follow_ups = journey.follow_ups_of(row.step)
    if message is not None and message.state in _ON_ITS_WAY and follow_ups:
        _change(connection, row, now, due_at=first_look_at(follow_ups, max(now, message.not_before)))
        return
    if message is None or message.state not in _ARRIVED or message.sent_at is None:
        _end(connection, row, "not_sent", now)  # one whose fate nobody knows too: in doubt nothing follows
        return
    following = what_follows(follow_ups, journey.ends_on, message.sent_at, came, now)
    _go_on(connection, row, following, now)


def _go_on(connection: sa.Connection, row: Any, following: Next, now: datetime) -> None:
    if following.follow_up:
        facts = {**row.facts, "first_due_at": now.isoformat(), ENDS_AT: ""}  # of a day speaks the first alone
        step = following.follow_up.name
        _change(connection, row, now, state="waiting", step=step, facts=facts, outbox_id=None, due_at=now)
        log.info("journey_goes_on", wait_id=row.wait_id, step=step)
    elif following.look_at:
        _change(connection, row, now, due_at=following.look_at)
    else:
        _end(connection, row, following.end, now)


def _end(connection: sa.Connection, row: Any, why: str, now: datetime) -> None:
    _change(connection, row, now, state="decided", facts={**row.facts, "end": why})
    log.info("journey_ended", wait_id=row.wait_id, why=why)


def _change(connection: sa.Connection, row: Any, now: datetime, **values: Any) -> None:
    connection.execute(sa.update(waits).where(waits.c.wait_id == row.wait_id).values(updated_at=now, **values))


def _first_times(message: Any, happened: Sequence[Happening], now: datetime) -> Mapping[str, datetime]:
    """What came of a message until now: when it came first."""
    if message is None or message.sent_at is None:
        return {}
    came = {"seen": message.sent_at} if message.state == "seen" else {}
    for each in happened:
        if message.sent_at <= each.at <= now:
            came[each.outcome] = min(each.at, came.get(each.outcome, each.at))
    return came


def _read_happenings(
    connection: sa.Connection, messages: Mapping[int, Any], receivers: Mapping[int, _Receiver], now: datetime
) -> dict[int, list[Happening]]:
    """What the receivers did since the first of these messages, over every part and conversation of each, by wait."""
    since = min((each.sent_at for each in messages.values() if each.sent_at), default=now)
    until = now + timedelta(microseconds=1)
    everybody = sorted({member for each in receivers.values() for member in each.members})
    did = read_deeds(connection, everybody, since, until)
    senders = sorted({sender for each in receivers.values() for sender in each.senders})
    wrote = read_answers(connection, senders, since, until)
    return {
        wait_id: [happening for some in (*(did.get(each, ()) for each in receiver.members),
                                         *(wrote.get(each, ()) for each in receiver.senders)) for happening in some]
        for wait_id, receiver in receivers.items()
    }


def _read_messages(connection: sa.Connection, rows: Sequence[Any]) -> dict[int, Any]:
    columns = (outbox.c.outbox_id, outbox.c.state, outbox.c.sent_at, outbox.c.not_before)
    found = connection.execute(sa.select(*columns).where(outbox.c.outbox_id.in_([each.outbox_id for each in rows])))
    return {each.outbox_id: each for each in found}


def _read_receivers(connection: sa.Connection, rows: Sequence[Any]) -> dict[int, _Receiver]:
    roots = roots_of(connection, sorted({each.customer_id for each in rows}))
    members: dict[str, list[str]] = {}
    parts = sa.select(customers.c.customer_id, customers.c.root_id)
    for part in connection.execute(parts.where(customers.c.root_id.in_(sorted(set(roots.values()))))):
        members.setdefault(part.root_id, []).append(part.customer_id)
    senders: dict[str, list[str]] = {}
    everybody = [each for some in members.values() for each in some]
    talks = sa.select(conversations.c.customer_id, conversations.c.sender_id)
    for talk in connection.execute(talks.where(conversations.c.customer_id.in_(everybody))):
        senders.setdefault(talk.customer_id, []).append(talk.sender_id)
    found = {}
    for row in rows:
        mine = tuple(members.get(roots.get(row.customer_id, row.customer_id), ()))
        found[row.wait_id] = _Receiver(mine, tuple(sender for each in mine for sender in senders.get(each, ())))
    return found
