"""Stage 4: what a nudge may say of orders and their parcels."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commerce.types import Order, OrderLine, Product, Shipment, Variant
from bot.decision.kinds import TOLD
from bot.errors import NotFound
from bot.nudges.facts import FactReader, Facts, Piece, Reader, false, true
from bot.service.orders import (
    find_delayed,
    find_late_arrival,
    find_stuck,
    find_stuck_at,
    find_unshipped_at,
    is_later_day,
    is_missing_at_pickup,
)

_SUBSTITUTES_LOOKED_AT = 12
_THERE = ("delivered", "picked_up")
Refs = Mapping[str, str]


def of_order(case: str, tell: Callable[[FactReader, Refs, Order], Facts]) -> Reader:
    """A reader that asks for the order first; one that is gone or cancelled gives nothing to tell."""

    def read(reader: FactReader, refs: dict[str, str]) -> Facts:
        try:
            order = reader.order(refs.get("order_ref", ""))
        except NotFound:
            return false("order_gone", refs, case)
        is_cancelled = order.status == "cancelled"
        facts = false("order_cancelled", refs, case) if is_cancelled else tell(reader, refs, order)
        return replace(facts, order=order, owner_ref=order.customer_ref or "", addresses={"email": order.email})

    return read


def tell_delayed(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """A parcel that is late, and the new day where the carrier names one that is not over."""
    now = reader.now()
    shipment = find_delayed(order, now, *reader.zones)
    if shipment is None:
        return false("not_delayed", refs, "delayed")
    eta = shipment.eta
    has_day = eta is not None and not is_later_day(now, eta, reader.zones)
    told = {TOLD: _name_day(eta, reader.zones[0], has_day=has_day)}
    return true("delayed_until" if has_day else "delayed", {**refs, **told}, shipment=shipment)


def _name_day(eta: datetime | None, zone: str, *, has_day: bool) -> str:
    """What tells one word of a late parcel from the next: the day that it names, or that this day is over. That no
    day is named, where none ever was, is no news after any of them.
    """
    if eta is None:
        return ""
    day = eta.astimezone(ZoneInfo(zone)).date().isoformat()
    return day if has_day else f"after {day}"


def tell_stuck(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """A parcel of which nobody has said anything for the policy's hours, once the day that was named for it is over."""
    hours = reader.policy.delivery.stuck_after_hours
    if shipment := find_stuck(order, reader.now(), hours):
        return true("stuck", refs, shipment=shipment)
    return false("not_stuck", refs, "stuck", holds_from=find_stuck_at(order, hours))


def tell_unshipped(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """An order that no carrier has after the policy's hours, and the day it was placed; none that was ordered ahead."""
    late_at = find_unshipped_at(order, reader.policy.delivery.unshipped_after_hours)
    if late_at is None or late_at > reader.now():
        return false("not_waiting", refs, "waiting", holds_from=late_at)
    if any(_is_preordered(reader, line.variant_ref) for line in order.lines if line.ordered > line.cancelled):
        return false("awaits_stock", refs, "waiting")
    return true("waiting", refs, day=order.placed_at)


def _is_preordered(reader: FactReader, variant_ref: str) -> bool:
    """As the stock is now: what is on backorder may have been there when it was ordered."""
    stock = reader.availability(variant_ref)
    return stock is not None and stock.state == "preorder"


def tell_delivered(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """An order that is there, and of which nothing goes back."""
    piece = _first_kept(reader, order)
    if order.fulfilment_status not in _THERE:
        return false("not_delivered", refs, "delivered")
    if piece is None or any(each.kind in ("return", "exchange") for each in order.requests):
        return false("goes_back", refs, "delivered")
    return true("delivered", refs, piece=piece, shipment=_last_parcel(order))


def tell_late_arrival(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """An order of which a parcel came later than was promised, and the promised day where it is known."""
    if order.fulfilment_status not in _THERE:
        return false("not_delivered", refs, "late")
    shipment = find_late_arrival(order, *reader.zones)
    if shipment is None:
        return false("was_on_time", refs, "late")
    return true("late_for" if shipment.original_eta else "late", refs, shipment=shipment, day=shipment.original_eta)


def tell_return_closing(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """The last day on which something may go back, while it is still to come."""
    facts = tell_delivered(reader, refs, order)
    if facts.reason or facts.shipment is None or facts.shipment.delivered_at is None:
        return replace(facts, case="closing", reason=facts.reason or "not_delivered")
    last = facts.shipment.delivered_at + timedelta(days=reader.policy.returns.days)
    is_over = last <= reader.now() or not order.editable.returns
    return replace(facts, case="closing", day=last, reason="return_over" if is_over else "")


def tell_pickup_ready(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """A reserved order that waits in its store, complete."""
    is_early = any(each.eta is not None and each.eta > reader.now() for each in order.shipments)
    if order.fulfilment_status != "ready_for_pickup" or is_missing_at_pickup(order) or is_early:
        return false("not_ready", refs, "ready")
    location = order.pickup_location_ref or ""
    return true("ready", refs, store_name=reader.pickup_locations().get(location, location))


def tell_missing(reader: FactReader, refs: Refs, order: Order) -> Facts:
    """A reserved item that is no longer in its store, and what could be done instead."""
    line = next((each for each in order.lines if each.variant_ref == refs.get("variant_ref")), None)
    reason = _why_not_missing(order, line)
    if reason or line is None:
        return false(reason, refs, "missing")
    location = refs.get("location_ref") or order.pickup_location_ref or ""
    product = reader.product_of(line.variant_ref)
    variant = next(each for each in product.variants if each.ref == line.variant_ref)
    return true(
        "missing", {**refs, "location_ref": location}, piece=Piece(product, variant, 0),
        offered=_substitute(reader, product, variant, line, location),
        other_store=_other_store(reader, order, location),
        store_name=reader.pickup_locations().get(location, location),
    )


def _first_kept(reader: FactReader, order: Order) -> Piece | None:
    """What the words name: the dearest line that stays with the customer, still sold or not."""
    kept = [each for each in order.lines if each.ordered - each.cancelled - each.returned > 0]
    for line in sorted(kept, key=lambda each: -each.unit_price_minor):
        try:
            product = reader.product_of(line.variant_ref)
        except NotFound:
            continue
        variant = next((each for each in product.variants if each.ref == line.variant_ref), None)
        if variant:
            return Piece(product, variant, None)
    return None


def _last_parcel(order: Order) -> Shipment | None:
    there = [each for each in order.shipments if each.delivered_at]
    return max(there, key=lambda each: each.delivered_at or order.placed_at, default=None)


def _why_not_missing(order: Order, line: OrderLine | None) -> str:
    if order.fulfilment_status == "picked_up":
        return "picked_up"
    if line is None or line.ordered - line.cancelled <= 0 or not is_missing_at_pickup(order):
        return "already_settled"
    return ""


def _other_store(reader: FactReader, order: Order, location: str) -> tuple[str, str]:
    """A store that has the whole order: the customer travels once."""
    wanted = {line.variant_ref: line.ordered - line.cancelled for line in order.lines if line.ordered > line.cancelled}
    for ref, name in reader.pickup_locations().items():
        if ref != location and all(_stock_at(reader, each, ref) >= pieces for each, pieces in wanted.items()):
            return ref, name
    return "", ""


def _substitute(
    reader: FactReader, product: Product, variant: Variant, line: OrderLine, location: str
) -> Piece | None:
    """A piece of the same kind and size that this store has, no dearer than what was paid, nearest in price."""
    size = variant.options.get("size", "")
    others = [(each, one) for each in (product, *reader.similar(product, size)) for one in each.variants
              if one.ref != variant.ref and one.options.get("size", "") == size
              and one.price_minor <= line.unit_price_minor]
    others.sort(key=lambda pair: (pair[0].ref != product.ref, line.unit_price_minor - pair[1].price_minor))
    for each, one in others[:_SUBSTITUTES_LOOKED_AT]:
        here = _stock_at(reader, one.ref, location)
        if here >= line.ordered - line.cancelled:
            return Piece(each, one, here)
    return None


def _stock_at(reader: FactReader, variant_ref: str, location: str) -> int:
    stock = reader.availability(variant_ref)
    places = stock.locations if stock else ()
    return next((each.quantity or 0 for each in places if each.location_ref == location and each.has_pickup), 0)
