"""Stage B4: something the business has to say (a launch, a piece of news) -> an event for each person it may interest.

From there on it is a journey like any other: waits, facts, guardrails, outbox. Whom it interests is a segment.
"""

from datetime import datetime

import sqlalchemy as sa
import structlog

from bot.decision.triggers import find_open_trigger
from bot.errors import FixConfiguration, NotFound
from bot.intake.names import ANNOUNCED
from bot.nudges.services import NudgeServices
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId, roots_of
from bot.profile.store.tables import segment_members

log = structlog.get_logger()
SILO = "prevenant"
BATCH = 500


def announce(services: NudgeServices, journey: str, *, product_ref: str = "", key: str = "", now: datetime) -> int:
    """Tell a journey's audience, each person once a key (left out: the product); how many were new. Writes.

    FixConfiguration for a journey that does not begin on an announcement, or has no audience: everybody is nobody's
    interest. NotFound for a product that the shop does not have.
    """
    trigger = find_open_trigger(services.triggers, journey)
    if ANNOUNCED not in trigger.on or not trigger.audience:
        raise FixConfiguration(
            f'triggers.toml: [triggers.{journey}] must have on = ["{ANNOUNCED}"] and an audience, a segment'
        )
    if product_ref and not services.commerce.get_products([product_ref]):  # type: ignore[list-item]
        raise NotFound(f"the shop has no product {product_ref!r}")
    new, last = 0, ""
    while roots := _read_audience(services, trigger.audience, last):
        last = roots[-1]
        with services.store.write() as connection:
            people = sorted(set(roots_of(connection, roots).values()))
            new += append_events(connection, [
                _event(each, journey, product_ref, key or product_ref or now.date().isoformat(), now) for each in people
            ])
    log.info("announced", journey=journey, people=new)
    return new


def _read_audience(services: NudgeServices, segment: str, after: str) -> list[str]:
    members = segment_members
    query = sa.select(members.c.customer_id).where(
        members.c.segment == segment, members.c.left_at.is_(None), members.c.customer_id > after
    )
    with services.store.read() as connection:
        return list(connection.scalars(query.order_by(members.c.customer_id).limit(BATCH)))


def _event(root: str, journey: str, product_ref: str, key: str, now: datetime) -> Event:
    properties = {"journey": journey, **({"product_id": product_ref} if product_ref else {})}
    return Event(
        message_id=f"announced:{journey}:{key[:40]}:{root}", customer_id=CustomerId(root), silo=SILO, type="track",
        name=ANNOUNCED, properties=properties, occurred_at=now, received_at=now,
    )
