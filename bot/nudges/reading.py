"""Stage 4: which function reads the facts of which kind, and a reader for one pass."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.content.offers import word_offer
from bot.intake.sightings import read_price_then
from bot.nudges.facts import FactReader, Facts, Reader, false, true
from bot.nudges.order_facts import (
    of_order,
    tell_delayed,
    tell_delivered,
    tell_late_arrival,
    tell_missing,
    tell_pickup_ready,
    tell_return_closing,
    tell_stuck,
    tell_unshipped,
)
from bot.nudges.product_facts import (
    read_cart,
    read_offer,
    read_price_drop,
    read_product,
    read_replenish,
    read_size,
)
from bot.nudges.services import NudgeServices


def read_nothing(_reader: FactReader, refs: dict[str, str]) -> Facts:
    """A word that rests on nothing of the shop's."""
    return true("any", refs)


def unless_banned(read: Reader) -> Reader:
    """The same facts, which do not hold for a product that the shop's people keep out of sight."""

    def read_unless_banned(reader: FactReader, refs: dict[str, str]) -> Facts:
        facts = read(reader, refs)
        if facts.reason or facts.piece is None or not reader.is_banned(facts.piece.product.ref):
            return facts
        return false("banned", refs, facts.case, cart=facts.cart, owner_ref=facts.owner_ref)

    return read_unless_banned


READERS: Mapping[str, Reader] = {
    "cart": unless_banned(read_cart),
    "product": unless_banned(read_product),
    "news": unless_banned(read_product),
    "size": unless_banned(read_size),
    "price_drop": unless_banned(read_price_drop),
    "replenish": unless_banned(read_replenish),
    "parcel": of_order("delayed", tell_delayed),
    "stuck_parcel": of_order("stuck", tell_stuck),
    "unshipped": of_order("waiting", tell_unshipped),
    "delivered": of_order("delivered", tell_delivered),
    "late_arrival": of_order("late", tell_late_arrival),
    "review": of_order("delivered", tell_delivered),
    "return_window": of_order("closing", tell_return_closing),
    "pickup_ready": of_order("ready", tell_pickup_ready),
    "pickup": of_order("missing", tell_missing),
    "offer": read_offer,
    "greeting": read_nothing,
}


def open_facts(
    services: NudgeServices, *, clock: Callable[[], datetime] | None = None, max_age_seconds: float = 0
) -> FactReader:
    """A reader for one pass, by the services' clock and for as long as facts may be old, unless told otherwise."""
    return FactReader(
        READERS, services.commerce, clock or services.clock,
        max_age_seconds or services.settings.facts_max_age_seconds, policy=services.policy,
        find_price=lambda ref: read_price_then(services.store, ref, services.clock()),
        is_banned=lambda ref: ref in services.recommender.catalogue(services.clock()).banned,
        word_offer=lambda offer, now: word_offer(services.offers, offer, now, ZoneInfo(services.settings.timezone)),
        zones=(services.settings.timezone, *services.settings.other_timezone_list),
    )
