"""Stage B1: the worker's round: ask the carrier about each parcel that is new, or that long nothing came of."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.carriers.parcels import ask_later, claim_due, keep_tracking
from bot.carriers.protocol import CarrierTracking
from bot.errors import ForeignPayload, NotFound
from bot.profile.store.engine import Store

log = structlog.get_logger()


def watch_due(store: Store, carrier: CarrierTracking, clock: Callable[[], datetime]) -> int:
    """Ask about one parcel; how many there were. RetryLater when the carrier's service does not answer: the parcel
    comes up again in two minutes. Writes.
    """
    with store.write() as connection:
        number = claim_due(connection, clock())
    if not number:
        return 0
    try:
        tracking = carrier.watch(number)
    except (NotFound, ForeignPayload) as error:
        log.info("parcel_unknown", carrier=carrier.name, error=type(error).__name__)
        with store.write() as connection:
            ask_later(connection, number, clock())
        return 1
    with store.write() as connection:
        keep_tracking(connection, tracking, clock())
    return 1
