"""A person is erased: asked -> opted out -> handler after handler -> swept -> files emptied. Resumable anywhere.

    waiting -> running -> erased -> done
       |          |          `- rows and files are gone; what SQLite's files may still hold is overwritten next
       |          `- `subject` says what to look for, `steps` which handlers are through
       `- until the chat has had its last answer: Rasa writes its whole tracker back at the end of a turn

What is killed goes on where it stopped, at the worker's next look: every handler may run again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.channels.inbox import UNANSWERED
from bot.errors import RetryLater
from bot.nudges.withdraw import withdraw_all
from bot.privacy.handlers.outside import open_trackers
from bot.privacy.handlers.registry import OUTSIDE_HANDLERS, STORE_HANDLERS
from bot.privacy.services import PrivacyServices
from bot.privacy.subject import Subject, read_stored, read_subject
from bot.profile import consent
from bot.profile.audit import write_audit
from bot.profile.identities import members_of, root_of
from bot.profile.merging import lock_persons
from bot.profile.store.compact import compact
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, customers, erasures, identities, inbox, outbox
from bot.profile.tombstones import bury

log = structlog.get_logger()
SOURCES = ("chat", "command")
LEASE = timedelta(minutes=5)  # longer than any one step
LONGEST_WAIT = timedelta(minutes=10)  # for the last answer of the chat to leave
_WORDING = "The person asked to be erased."


@dataclass(frozen=True)
class Erasure:
    """One erasure as it is kept."""

    erasure_id: int
    root_id: str
    source: str
    keeps_account: bool
    state: str
    subject: Subject
    steps: dict[str, int]
    asked_at: datetime


def request_erasure(
    services: PrivacyServices, customer_id: str, *, source: str, keeps_account: bool = False
) -> int:
    """Note that a person is to be erased and let nothing more leave that we start; the erasure's number. Writes.

    Asking again while one is open gives the same number. NotFound for somebody who is not there any more.
    """
    withdraw_all(services, customer_id, reason="erasure")
    now = services.clock()
    with services.store.write() as connection:
        lock_persons(connection, [customer_id])
        root = root_of(connection, customer_id)
        is_open = sa.and_(erasures.c.root_id == root, erasures.c.state.in_(("waiting", "running")))
        if found := connection.scalar(sa.select(erasures.c.erasure_id).where(is_open)):
            return int(found)
        consent.withdraw_all(connection, root, source="erasure", wording=_WORDING, now=now)
        made = connection.execute(sa.insert(erasures).values(
            root_id=root, source=source, keeps_account=keeps_account, state="waiting", subject={}, steps={},
            asked_at=now,
        )).inserted_primary_key
        assert made  # noqa: S101  # one row was inserted
        write_audit(
            connection, customer_id=root, action="erasure_asked", object_ref=f"erasure:{made[0]}",
            idempotency_key=f"erasure_asked:{made[0]}", now=now,
        )
    return int(made[0])


def run_due(services: PrivacyServices) -> int:
    """Do every erasure that waits and may begin, and go on with what was interrupted; how many were done. Writes.

    One that cannot go on (the shop is down, a reader keeps the log) is left for the next look.
    """
    done = 0
    for erasure_id in _list_due(services):
        try:
            done += run_erasure(services, erasure_id)
        except RetryLater as error:
            log.warning("erasure_postponed", erasure_id=erasure_id, error=type(error).__name__)
            _put_down(services.store, erasure_id)
    return done


def run_erasure(services: PrivacyServices, erasure_id: int) -> bool:
    """Do one erasure to its end; False when another process has it or it is done. RetryLater. Writes."""
    erasure = _take(services.store, erasure_id, services.clock())
    if erasure is None:
        return False
    marks: tuple[str, ...] | None = None
    if erasure.state != "erased":
        if erasure.state == "waiting":
            erasure = _begin(services, erasure)
        marks = erasure.subject.marks
        erasure = _run_handlers(services, erasure)
        _finish(services.store, _sweep(services, erasure), services.clock())
    _empty_files(services, marks)
    _set(services.store, erasure_id, state="done", lease_until=None, finished_at=services.clock())
    log.info("erasure_done", erasure_id=erasure_id)
    return True


def find_erasure(store: Store, erasure_id: int) -> Erasure | None:
    """The erasure with that number, or None."""
    with store.read() as connection:
        row = connection.execute(sa.select(erasures).where(erasures.c.erasure_id == erasure_id)).first()
    return _from_row(row) if row else None


def _begin(services: PrivacyServices, erasure: Erasure) -> Erasure:
    """Who it is, kept while it runs; the opt-out of every address first, so that nothing can come between."""
    subject = replace(read_subject(services, erasure.root_id), erasure_id=erasure.erasure_id)
    addresses = [*(("email", each) for each in subject.emails), *(("phone", each) for each in subject.phones)]
    with services.store.write() as connection:
        bury(connection, addresses, consent.PURPOSES, services.clock())
        mine = sa.and_(outbox.c.customer_id.in_(subject.members), outbox.c.state == "pending")
        connection.execute(sa.update(outbox).where(mine).values(state="withdrawn", reason="erasure"))
        connection.execute(
            sa.update(erasures).where(erasures.c.erasure_id == erasure.erasure_id)
            .values(state="running", subject=subject.to_json())
        )
    return replace(erasure, state="running", subject=subject)


def _run_handlers(services: PrivacyServices, erasure: Erasure) -> Erasure:
    """Each handler that is not through; its count is kept with what it did."""
    for outside in OUTSIDE_HANDLERS:
        if outside.name not in erasure.steps:
            count = outside.erase(services, erasure.subject, keeps_account=erasure.keeps_account)
            with services.store.write() as connection:
                erasure = _note(connection, erasure, outside.name, count, services.clock())
    for handler in STORE_HANDLERS[:-1]:  # the last one is the sweep's: everything points at customers
        if handler.name not in erasure.steps:
            with services.store.write() as connection:
                count = handler.erase(connection, erasure.subject)
                erasure = _note(connection, erasure, handler.name, count, services.clock())
    return erasure


def _sweep(services: PrivacyServices, erasure: Erasure) -> Erasure:
    """Everything once more with the customers themselves, in one transaction: what arrived while it ran goes too."""
    with services.store.write() as connection:
        members = _list_members(connection, erasure)
        subject = _join(erasure.subject, read_stored(connection, members))
        counts = {each.name: each.erase(connection, subject) for each in STORE_HANDLERS}
        steps = {name: erasure.steps.get(name, 0) + count for name, count in counts.items()}
        connection.execute(
            sa.update(erasures).where(erasures.c.erasure_id == erasure.erasure_id)
            .values(subject=subject.to_json(), steps={**erasure.steps, **steps})
        )
    # Trackers and logs of what arrived meanwhile: their rows are known only now.
    for outside in OUTSIDE_HANDLERS[1:]:
        outside.erase(services, subject, keeps_account=True)
    return replace(erasure, subject=subject, steps={**erasure.steps, **steps})


def _list_members(connection: sa.Connection, erasure: Erasure) -> list[str]:
    """The person's customers, those merged in meanwhile, and whoever began meanwhile under one of the addresses.

    Nobody else who goes by such an address: it may be a family's, and another's by now.
    """
    subject = erasure.subject
    keys = (("email", subject.emails), ("phone", subject.phones), ("customer_id", subject.customer_refs))
    named = sa.or_(*(sa.and_(identities.c.kind == kind, identities.c.value.in_(values)) for kind, values in keys))
    newcomers = connection.scalars(
        sa.select(identities.c.customer_id)
        .join(customers, customers.c.customer_id == identities.c.customer_id)
        .where(named, customers.c.created_at >= erasure.asked_at, customers.c.customer_id == customers.c.root_id)
    )
    wanted = {*subject.members, *newcomers}
    return sorted({*wanted, *(each for one in wanted for each in members_of(connection, one))})


def _finish(store: Store, erasure: Erasure, now: datetime) -> None:
    """From here on nothing says whom it was about."""
    with store.write() as connection:
        connection.execute(
            sa.update(erasures).where(erasures.c.erasure_id == erasure.erasure_id)
            .values(state="erased", root_id="", subject={})
        )
        write_audit(
            connection, customer_id=f"erased:{erasure.erasure_id}", action="erased", now=now,
            object_ref=f"erasure:{erasure.erasure_id}", idempotency_key=f"erased:{erasure.erasure_id}",
        )


def _empty_files(services: PrivacyServices, marks: tuple[str, ...] | None) -> None:
    """What SQLite's files still hold of deleted rows is overwritten: the store's, the shop's, Rasa's."""
    compact(services.store, marks)
    with open_trackers(services.settings) as trackers:
        if trackers:
            compact(trackers, marks)
    if services.settings.engine == "demo":
        shop = Store(services.settings.shop_database_url)
        try:
            compact(shop, marks)
        finally:
            shop.close()


def _list_due(services: PrivacyServices) -> list[int]:
    now = services.clock()
    is_free = sa.or_(erasures.c.lease_until.is_(None), erasures.c.lease_until <= now)
    with services.store.read() as connection:
        rows = connection.execute(
            sa.select(erasures.c.erasure_id, erasures.c.root_id, erasures.c.state, erasures.c.asked_at)
            .where(erasures.c.state.in_(("waiting", "running", "erased")), is_free)
            .order_by(erasures.c.erasure_id)
        ).all()
        return [
            row.erasure_id for row in rows
            if row.state != "waiting" or row.asked_at + LONGEST_WAIT <= now or _is_quiet(connection, row.root_id)
        ]


def _is_quiet(connection: sa.Connection, root: str) -> bool:
    """Whether the person's last message is answered, and the answer has left."""
    members = members_of(connection, root)
    senders = sa.select(conversations.c.sender_id).where(conversations.c.customer_id.in_(members))
    waits = sa.select(inbox.c.inbox_id).where(inbox.c.sender_id.in_(senders), inbox.c.state.in_(UNANSWERED))
    leaves = sa.select(outbox.c.outbox_id).where(
        sa.or_(outbox.c.customer_id.in_(members), outbox.c.sender_id.in_(senders)),
        outbox.c.kind != "nudge", outbox.c.state.in_(("pending", "sending")),
    )
    return not any(connection.execute(each.limit(1)).first() for each in (waits, leaves))


def _take(store: Store, erasure_id: int, now: datetime) -> Erasure | None:
    with store.write() as connection:
        mine = sa.and_(
            erasures.c.erasure_id == erasure_id, erasures.c.state != "done",
            sa.or_(erasures.c.lease_until.is_(None), erasures.c.lease_until <= now),
        )
        if not connection.execute(sa.update(erasures).where(mine).values(lease_until=now + LEASE)).rowcount:
            return None
        return _from_row(connection.execute(
            sa.select(erasures).where(erasures.c.erasure_id == erasure_id)
        ).one())


def _put_down(store: Store, erasure_id: int) -> None:
    _set(store, erasure_id, lease_until=None)


def _note(connection: sa.Connection, erasure: Erasure, name: str, count: int, now: datetime) -> Erasure:
    steps = {**erasure.steps, name: count}
    connection.execute(
        sa.update(erasures).where(erasures.c.erasure_id == erasure.erasure_id)
        .values(steps=steps, lease_until=now + LEASE)
    )
    return replace(erasure, steps=steps)


def _set(store: Store, erasure_id: int, **values: Any) -> None:
    with store.write() as connection:
        connection.execute(sa.update(erasures).where(erasures.c.erasure_id == erasure_id).values(**values))


def _join(one: Subject, other: Subject) -> Subject:
    lists = {
        name: tuple(dict.fromkeys((*getattr(one, name), *getattr(other, name))))
        for name in Subject.__dataclass_fields__ if name != "erasure_id"
    }
    return Subject(**lists, erasure_id=one.erasure_id)


def _from_row(row: sa.Row[Any]) -> Erasure:
    return Erasure(
        erasure_id=row.erasure_id, root_id=row.root_id, source=row.source, keeps_account=row.keeps_account,
        state=row.state, subject=Subject.from_json(row.subject), steps=dict(row.steps), asked_at=row.asked_at,
    )
