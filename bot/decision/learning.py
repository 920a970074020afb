"""Stage 3: decisions whose window has closed -> rewards -> the value model, each decision once.

What marks a decision as learned is in the transaction that adds its reward: any number of workers may run this.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa
import structlog

from bot.decision.features import SIZE
from bot.decision.guardrails import Guardrails
from bot.decision.learning_rules import Learning
from bot.decision.model_store import add_evidence, begins_drift, is_refit_due, lock_model, model_of, refit
from bot.decision.outcomes import read_answers, read_deeds
from bot.decision.rewards import Happening, reward_of
from bot.decision.value_model import count_errors, gather
from bot.profile.identities import roots_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, decisions, outbox

log = structlog.get_logger()
AT_ONCE = 200
_ARRIVED = ("sent", "delivered", "seen")
_ON_ITS_WAY = ("pending", "sending")


class LearningServices(Protocol):
    """What learning works with."""

    @property
    def store(self) -> Store:
        """Decisions, outbox, events, models."""

    @property
    def guardrails(self) -> Guardrails:
        """With the shop's `[learning]`."""


@dataclass(frozen=True)
class _Sent:
    """A decision's message that arrived, and the persons who count as its receiver."""

    decision: Any
    message: Any
    members: tuple[str, ...]


def learn_from_outcomes(services: LearningServices, now: datetime) -> int:
    """One pass: learn what came of the decisions whose window has closed; how many. Writes, and refits when due.

    A decision whose message never arrived teaches nothing; one whose message still waits is put off.
    """
    learning = services.guardrails.learning
    if not learning.is_on:
        return 0
    with services.store.read() as connection:  # a pass that finds nothing takes no writer's lock
        has_closed = connection.scalar(sa.select(sa.exists().where(decisions.c.learn_at <= now)))
        if not has_closed and not is_refit_due(connection, learning, now):
            return 0
    with services.store.write() as connection:
        closed = _claim_closed(connection, now)
        if closed:
            _learn(connection, closed, learning, now)
    with services.store.write() as connection:
        model = refit(connection, learning, now)
    if model:
        log.info("value_model_fitted", version=model.version, outcomes=model.outcomes)
    return len(closed)


def _claim_closed(connection: sa.Connection, now: datetime) -> Sequence[sa.Row[Any]]:
    return connection.execute(
        sa.select(decisions)
        .where(decisions.c.learn_at <= now)
        .order_by(decisions.c.learn_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()


def _learn(connection: sa.Connection, closed: Sequence[sa.Row[Any]], learning: Learning, now: datetime) -> None:
    messages = {each.decision_id: _message_of(connection, each) for each in closed}
    later = {number: at for number, row in messages.items() if (at := _learn_at(row, learning, now)) is not None}
    _mark_learned(connection, messages, later)
    taught = [each for each in closed if each.decision_id not in later and _teaches(each, messages[each.decision_id])]
    if not taught:
        return
    sent = _with_members(connection, taught, messages)
    happened = _read_happenings(connection, sent, learning)
    rewards = [
        reward_of(happened[each.decision.decision_id], each.message.sent_at, learning.window_seconds, learning.rewards)
        for each in sent
    ]
    row = lock_model(connection, now)
    features = np.array([each.decision.features for each in sent], dtype=np.float64)
    total = add_evidence(connection, row, gather(features, np.array(rewards), model_of(row)), now)
    off_by = round(count_errors(total), 1)
    log.info("outcomes_learned", decisions=len(sent), version=row.version, off_by=off_by)
    if begins_drift(row, total):
        log.warning("value_model_drifted", version=row.version, off_by=off_by)


def _message_of(connection: sa.Connection, decision: sa.Row[Any]) -> Any:
    """Its outbox row, None when nothing was sent. Both were written in one transaction, with one moment."""
    return connection.execute(
        sa.select(outbox.c.state, outbox.c.sent_at, outbox.c.not_before, outbox.c.sender_id, outbox.c.channel).where(
            outbox.c.customer_id == decision.customer_id, outbox.c.kind == "nudge",
            outbox.c.created_at == decision.decided_at, outbox.c.nudge == decision.trigger,
            outbox.c.about == decision.subject,
        ).limit(1)
    ).one_or_none()


def _learn_at(message: Any, learning: Learning, now: datetime) -> datetime | None:
    """When the window of a message closes that is still open, or has not begun."""
    if message is None:
        return None
    window = timedelta(seconds=learning.window_seconds)
    if message.state in _ON_ITS_WAY:
        begins_at: datetime = max(now, message.not_before)
        return begins_at + window
    closes_at: datetime | None = message.sent_at + window if message.sent_at else None
    return closes_at if closes_at and closes_at > now else None


def _teaches(decision: sa.Row[Any], message: Any) -> bool:
    has_arrived = message is not None and message.state in _ARRIVED and message.sent_at is not None
    return has_arrived and len(decision.features or ()) == SIZE


def _mark_learned(
    connection: sa.Connection, closed: Iterable[int], later: Mapping[int, datetime]
) -> None:
    done = [number for number in closed if number not in later]
    connection.execute(sa.update(decisions).where(decisions.c.decision_id.in_(done)).values(learn_at=None))
    for number, at in later.items():
        connection.execute(sa.update(decisions).where(decisions.c.decision_id == number).values(learn_at=at))


def _with_members(
    connection: sa.Connection, taught: Sequence[sa.Row[Any]], messages: Mapping[int, Any]
) -> list[_Sent]:
    """With everybody the receiver is one person with by now."""
    roots = roots_of(connection, sorted({each.customer_id for each in taught}))
    members: dict[str, list[str]] = defaultdict(list)
    query = sa.select(customers.c.customer_id, customers.c.root_id)
    for row in connection.execute(query.where(customers.c.root_id.in_(sorted(set(roots.values()))))):
        members[row.root_id].append(row.customer_id)
    return [
        _Sent(each, messages[each.decision_id], tuple(members[roots.get(each.customer_id, each.customer_id)]))
        for each in taught
    ]


def _read_happenings(
    connection: sa.Connection, sent: Sequence[_Sent], learning: Learning
) -> dict[int, list[Happening]]:
    """What each receiver did from the first of these messages to the last one's window; `reward_of` looks closer."""
    since = min(each.message.sent_at for each in sent)
    until = max(each.message.sent_at for each in sent) + timedelta(seconds=learning.window_seconds)
    everybody = sorted({member for each in sent for member in each.members})
    did = read_deeds(connection, everybody, since, until)
    wrote = read_answers(connection, sorted({each.message.sender_id for each in sent}), since, until)
    return {
        each.decision.decision_id: [
            *(happening for member in each.members for happening in did.get(member, ())),
            *(wrote.get(each.message.sender_id, ()) if each.message.sender_id else ()),
            *([Happening("seen", each.message.sent_at)] if each.message.state == "seen" else ()),
        ]
        for each in sent
    }
