"""Stage 4: what must not leave any more is taken back, on all channels, before anybody is answered."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
import structlog

from bot.commerce.types import Offer
from bot.decision.kinds import name_offer
from bot.decision.persons import lock_persons
from bot.decision.waits import cancel_waits
from bot.errors import RetryLater
from bot.nudges.services import NudgeServices
from bot.profile.events import OFFER_ACCEPTED, Event, append_events
from bot.profile.identities import CustomerId, members_of, root_of
from bot.profile.store.tables import outbox

log = structlog.get_logger()
WAIT_SECONDS = 6.0  # a vendor call is over by then, or its fate is unknown
_LOOK_AGAIN_SECONDS = 0.05
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Withdrawal:
    """How many messages were taken back, and how many were leaving that moment and could not be."""

    withdrawn: int
    still_sending: int


def accept_offer(services: NudgeServices, customer_id: str, about: str) -> int:
    """An offer is taken: every other pending message about it is withdrawn before this returns; how many. Writes.

    `about` is an offer's code, what the shop's offers share as `about`, or a message's own `about`.
    """
    return take_offer(services, customer_id, about).withdrawn


def take_offer(services: NudgeServices, customer_id: str, about: str, sleep: Sleep = time.sleep) -> Withdrawal:
    """As `accept_offer`, and tells how many messages were already on their way when the wait ended. Writes."""
    subjects = related_subjects(services, about)
    now = services.clock()
    with services.store.write() as connection:  # kept first: whoever decides or sends from here on sees it
        append_events(connection, [
            _accepted(root_of(connection, customer_id), each, now, f"accept:{uuid4().hex}") for each in subjects
        ])
    return _withdraw_and_wait(services, customer_id, "offer_accepted", sleep, subjects=subjects)


def keep_acceptance(
    connection: sa.Connection, customer_id: str, subjects: Sequence[str], now: datetime, key: str
) -> None:
    """An offer that was taken elsewhere is kept, once a `key`. Writes."""
    root = root_of(connection, customer_id)
    append_events(connection, [_accepted(root, each, now, f"{key}:{each}") for each in subjects])


def withdraw_taken(connection: sa.Connection, customer_id: str, subjects: Sequence[str], now: datetime) -> int:
    """What is pending about an offer that was taken elsewhere, withdrawn; how many. Writes.

    Nobody is being answered: what is leaving that moment is not waited for.
    """
    withdrawn, _ = _withdraw(connection, customer_id, "offer_accepted", now, tuple(subjects), ())
    return withdrawn


def withdraw_all(
    services: NudgeServices, customer_id: str, reason: str = "stop_messages", sleep: Sleep = time.sleep
) -> Withdrawal:
    """Every nudge that waits for the person, whatever it is about; consent is withdrawn beside it. Writes."""
    return _withdraw_and_wait(services, customer_id, reason, sleep)


def withdraw_for_order(services: NudgeServices, customer_id: str, sleep: Sleep = time.sleep) -> Withdrawal:
    """An order is placed: no reminder of the basket leaves any more. Writes."""
    names = [each.name for each in services.triggers if each.kind == "cart"]
    return _withdraw_and_wait(services, customer_id, "order_placed", sleep, nudges=names)


def related_subjects(services: NudgeServices, about: str) -> tuple[str, ...]:
    """What an acceptance is about, as the outbox says it: an offer's code stands for its whole campaign.

    A shop that does not answer is asked no further: then only what `about` says literally is meant.
    """
    name = about.removeprefix("offer:")
    try:
        offers = services.commerce.list_offers()
    except RetryLater:
        offers = []
        log.warning("offers_unavailable")
    meant = [each for each in offers if name_offer(name) == name_offer(each.code) or name == each.about]
    return tuple(dict.fromkeys((about, name_offer(name), *subjects_of(meant))))


def subjects_of(offers: Iterable[Offer]) -> tuple[str, ...]:
    """What messages about the offers are about, as the outbox says it."""
    # With the code as the engine writes it: so rows were named that were planned before 2026-12.
    every = ((name_offer(each.code), f"offer:{each.code}", each.about) for each in offers)
    return tuple(dict.fromkeys(subject for some in every for subject in some))


def _withdraw_and_wait(
    services: NudgeServices, customer_id: str, reason: str, sleep: Sleep, *, subjects: Iterable[str] = (),
    nudges: Iterable[str] = (),
) -> Withdrawal:
    ends_at = services.clock() + timedelta(seconds=WAIT_SECONDS)
    withdrawn, tries = 0, 0
    while True:
        with services.store.write() as connection:
            now = services.clock()
            count, sending = _withdraw(connection, customer_id, reason, now, tuple(subjects), tuple(nudges))
        withdrawn, tries = withdrawn + count, tries + 1
        if not sending or services.clock() >= ends_at or tries * _LOOK_AGAIN_SECONDS > WAIT_SECONDS:
            break
        sleep(_LOOK_AGAIN_SECONDS)
    log.info("nudges_withdrawn", reason=reason, withdrawn=withdrawn, still_sending=sending)
    return Withdrawal(withdrawn, sending)


def _withdraw(
    connection: sa.Connection, customer_id: str, reason: str, now: datetime, subjects: tuple[str, ...],
    nudges: tuple[str, ...],
) -> tuple[int, int]:
    lock_persons(connection, [customer_id])
    members = members_of(connection, customer_id)
    mine = sa.and_(outbox.c.customer_id.in_(members), outbox.c.kind == "nudge")
    if subjects:
        mine = sa.and_(mine, outbox.c.about.in_(subjects))
    if nudges:
        steps = (outbox.c.nudge.startswith(f"{each}:", autoescape=True) for each in nudges)
        mine = sa.and_(mine, sa.or_(outbox.c.nudge.in_(nudges), *steps))
    taken = connection.execute(
        sa.update(outbox).where(mine, outbox.c.state == "pending").values(state="withdrawn", reason=reason)
    ).rowcount
    for subject in subjects or ("",):
        for nudge in nudges or ("",):
            cancel_waits(connection, members, now, trigger=nudge, subject=subject)
    sending = connection.scalar(sa.select(sa.func.count()).select_from(outbox).where(mine, outbox.c.state == "sending"))
    return taken, int(sending or 0)


def _accepted(customer_id: CustomerId, about: str, now: datetime, message_id: str) -> Event:
    return Event(
        message_id=message_id,
        customer_id=customer_id,
        silo="prevenant",
        type="track",
        name=OFFER_ACCEPTED,
        properties={"about": about},
        occurred_at=now,
        received_at=now,
    )
