"""A person is erased: asked -> opted out -> handler after handler -> swept -> files emptied. Resumable anywhere.

    waiting -> running -> erased -> done
       |          |          `- rows and files are gone; what SQLite's files may still hold is overwritten next
       |          `- `subject` says what to look for, `steps` which handlers are through
       `- until the chat has had its last answer: Rasa writes its whole tracker back at the end of a turn

What is killed goes on where it stopped, a minute later at most: every handler may run again.
`erasures.py` keeps how far each is.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
import structlog

from bot.errors import RetryLater
from bot.nudges.withdraw import withdraw_all
from bot.privacy.erasures import REST, Erasure, close, keep_going, list_due, note_step, put_down, take_up
from bot.privacy.handlers.outside import open_trackers
from bot.privacy.handlers.registry import OUTSIDE_HANDLERS, STORE_HANDLERS
from bot.privacy.services import PrivacyServices
from bot.privacy.subject import Subject, read_stored, read_subject
from bot.profile import consent
from bot.profile.audit import write_audit
from bot.profile.identities import members_of, root_of
from bot.profile.merging import lock_persons
from bot.profile.said_words import settle_words
from bot.profile.store.compact import compact
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, erasures, identities, outbox
from bot.profile.tombstones import bury

log = structlog.get_logger()
Marks = tuple[str, ...] | None  # by which files are searched for a person; None: nobody knows them any more
SOURCES = ("chat", "command")
_WORDING = "The person asked to be erased."


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

    One that cannot go on (the shop is down, a reader keeps the log) is left for the next look. Where a step fails in
    a way nobody foresaw, the error goes on to the worker's loop, and that erasure rests for some seconds. What costs as
    much as the store is long (the index of words, the files) is done once for all that are due, however many they are.
    """
    erased: dict[int, Marks] = {}
    try:
        for erasure_id in list_due(services.store, services.clock()):
            with _postponing(services, erasure_id):
                erased |= _erase_rows(services, erasure_id)
    finally:  # one that fails holds no other up
        if erased:
            with _postponing(services, *erased):
                _close_all(services, erased)
    with services.store.read() as connection:
        done = sa.and_(erasures.c.erasure_id.in_(erased), erasures.c.state == "done")
        return int(connection.scalar(sa.select(sa.func.count()).select_from(erasures).where(done)) or 0)


def run_erasure(services: PrivacyServices, erasure_id: int) -> bool:
    """Do one erasure to its end; False when another process has it or it is done. RetryLater. Writes."""
    erased = _erase_rows(services, erasure_id)
    if erased:
        _close_all(services, erased)
    return bool(erased)


@contextmanager
def _postponing(services: PrivacyServices, *erasure_ids: int) -> Iterator[None]:
    try:
        yield
    except RetryLater as error:
        for each in erasure_ids:
            log.warning("erasure_postponed", erasure_id=each, error=type(error).__name__)
            put_down(services.store, each, None)
    except BaseException:
        for each in erasure_ids:
            put_down(services.store, each, services.clock() + REST)
        raise


def _erase_rows(services: PrivacyServices, erasure_id: int) -> dict[int, Marks]:
    """Take the person out of every table and place; nothing where another process has it, or it is done."""
    erasure = take_up(services.store, erasure_id, services.clock())
    if erasure is None:
        return {}
    marks: Marks = None
    if erasure.state != "erased":
        if erasure.state == "waiting":
            erasure = _begin(services, erasure)
        marks = erasure.subject.marks
        erasure = _run_handlers(services, erasure)
        _finish(services.store, _sweep(services, erasure), services.clock())
    return {erasure_id: marks}


def _close_all(services: PrivacyServices, erased: Mapping[int, Marks]) -> None:
    """What files still hold of them is emptied; from here on they are done."""
    marks = None if None in erased.values() else tuple(mark for each in erased.values() for mark in each or ())
    _empty_files(services, marks)
    for erasure_id in erased:
        close(services.store, erasure_id, services.clock())
        log.info("erasure_done", erasure_id=erasure_id)


def _begin(services: PrivacyServices, erasure: Erasure) -> Erasure:
    """Who it is, kept while it runs; the opt-out of every address first, so that nothing can come between."""
    subject = replace(read_subject(services, erasure.root_id), erasure_id=erasure.erasure_id)
    addresses = [*(("email", each) for each in subject.emails), *(("phone", each) for each in subject.phones)]
    with services.store.write() as connection:
        bury(connection, addresses, consent.PURPOSES, services.clock())
        mine = sa.and_(outbox.c.customer_id.in_(subject.members), outbox.c.state == "pending")
        connection.execute(sa.update(outbox).where(mine).values(state="withdrawn", reason="erasure"))
        keep_going(connection, erasure, services.clock(), state="running", subject=subject.to_json())
    return replace(erasure, state="running", subject=subject)


def _run_handlers(services: PrivacyServices, erasure: Erasure) -> Erasure:
    """Each handler that is not through; its count is kept with what it did."""
    for outside in OUTSIDE_HANDLERS:
        if outside.name not in erasure.steps:
            count = outside.erase(services, erasure.subject, keeps_account=erasure.keeps_account)
            with services.store.write() as connection:
                erasure = note_step(connection, erasure, {outside.name: count}, services.clock())
    for handler in STORE_HANDLERS[:-1]:  # the last one is the sweep's: everything points at customers
        if handler.name not in erasure.steps:
            with services.store.write() as connection:
                count = handler.erase(connection, erasure.subject)
                erasure = note_step(connection, erasure, {handler.name: count}, services.clock())
    return erasure


def _sweep(services: PrivacyServices, erasure: Erasure) -> Erasure:
    """Everything once more with the customers themselves, in one transaction: what arrived while it ran goes too."""
    with services.store.write() as connection:
        members = _list_members(connection, erasure)
        subject = _join(erasure.subject, read_stored(connection, members))
        counts = {each.name: each.erase(connection, subject) for each in STORE_HANDLERS}
        steps = {name: erasure.steps.get(name, 0) + count for name, count in counts.items()}
        erasure = note_step(connection, replace(erasure, subject=subject), steps, services.clock())
        keep_going(connection, erasure, services.clock(), subject=subject.to_json())
    # Trackers and logs of what arrived meanwhile: their rows are known only now.
    for outside in OUTSIDE_HANDLERS[1:]:
        outside.erase(services, subject, keeps_account=True)
    return erasure


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


def _empty_files(services: PrivacyServices, marks: Marks) -> None:
    """What SQLite's files still hold of deleted rows is overwritten: the store's, the shop's, Rasa's."""
    settle_words(services.store)
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


def _join(one: Subject, other: Subject) -> Subject:
    lists = {
        name: tuple(dict.fromkeys((*getattr(one, name), *getattr(other, name))))
        for name in Subject.__dataclass_fields__ if name != "erasure_id"
    }
    return Subject(**lists, erasure_id=one.erasure_id)


