"""Stage 4: codes used elsewhere, in the shop's own checkout or at a till: what is pending about them is taken back.

A shop's engine tells the codes of each order; its server may tell `Coupon Applied`, `Order Completed` with a `coupon`,
or `Offer Accepted`. What a page says is not asked: the chat and the storefront take an offer themselves.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
import structlog

from bot.commerce.types import Offer
from bot.decision.persons import lock_persons
from bot.intake.names import COUPON_APPLIED, ORDER_COMPLETED
from bot.nudges.services import NudgeServices
from bot.nudges.withdraw import keep_acceptance, subjects_of, withdraw_taken
from bot.profile.events import OFFER_ACCEPTED
from bot.profile.store.tables import cursors, events
from bot.profile.store.upsert import insert_or_update

log = structlog.get_logger()
TOLD_IN = (COUPON_APPLIED, ORDER_COMPLETED, OFFER_ACCEPTED)
SILOS = ("shop", "server")
CODE_KEYS = ("coupon", "coupons", "coupon_id", "coupon_name", "code", "offer", "about")
_CURSOR = "heard_offers"
_PAGE = 1_000


def hear_offers(services: NudgeServices) -> int:
    """One pass over the events since the last: the acceptances kept, each with its messages withdrawn. Writes.

    RetryLater when the shop does not say which offers run: the same comes up again, as it does after a pass that
    stopped with acceptances kept and nothing withdrawn yet.
    """
    with services.store.read() as connection:
        position = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _CURSOR))
        newest = connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0
        # What was used before this program ran settles nothing that it sends.
        told = [] if position is None else _read_told(connection, int(position), newest)
    if position is not None and int(position) >= newest:
        return 0
    named = {row.event_id: codes for row in told if (codes := _codes_in(row.properties))}
    offers = services.commerce.list_offers() if named else []
    accepted = [(row, subjects) for row in told if (subjects := _subjects(offers, named.get(row.event_id, ())))]
    until = told[-1].event_id if len(told) == _PAGE else newest
    now = services.clock()
    # Kept by itself: who appends events asks for customers after that, so nobody appends while holding some.
    with services.store.write() as connection:
        for row, subjects in accepted:
            keep_acceptance(connection, row.customer_id, subjects, now, key=f"accept:{row.event_id}")
    with services.store.write() as connection:
        lock_persons(connection, [row.customer_id for row, _ in accepted])
        for row, subjects in accepted:
            withdraw_taken(connection, row.customer_id, subjects, now)
        insert_or_update(connection, cursors, [{"name": _CURSOR, "value": str(until)}], ("name",), ("value",))
    if accepted:
        log.info("offers_heard", count=len(accepted))
    return len(accepted)


def _read_told(connection: sa.Connection, after: int, until: int) -> list[Any]:
    # The name as an expression, so that SQLite goes by the id: it would read every order there ever was.
    query = sa.select(events.c.event_id, events.c.customer_id, events.c.properties).where(
        events.c.event_id > after, events.c.event_id <= until, events.c.name.concat("").in_(TOLD_IN),
        events.c.silo.in_(SILOS),
    )
    return list(connection.execute(query.order_by(events.c.event_id).limit(_PAGE)))


def _codes_in(properties: Mapping[str, Any]) -> frozenset[str]:
    """What the event may call an offer by, in capitals."""
    values = (properties.get(key) for key in CODE_KEYS)
    said = (each for value in values for each in (value if isinstance(value, list) else [value]))
    return frozenset(name for each in said if isinstance(each, str) and (name := _plain(each)))


def _subjects(offers: Iterable[Offer], codes: Iterable[str]) -> tuple[str, ...]:
    """What messages about the offers that these codes name are about, as the outbox says it."""
    return subjects_of(each for each in offers if {_plain(each.code), _plain(each.about)} & {*codes})


def _plain(code: str) -> str:
    return code.removeprefix("offer:").strip().upper()
