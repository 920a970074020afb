"""An order with what its carriers said: the shop's own word, and the carrier's where it is newer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.carriers.protocol import Tracking
from bot.commerce.types import FulfilmentStatus, Order, OrderLine, Shipment, ShipmentEvent

_ON_THE_WAY: tuple[FulfilmentStatus, ...] = ("shipped", "partly_delivered")
_SETTLED = ("delivered", "returned", "cancelled")


@dataclass(frozen=True)
class Known:
    """What is kept of a parcel: the newest tracking, and the first day that was ever promised."""

    tracking: Tracking
    first_eta: datetime | None = None


def canonical(tracking_number: str) -> str:
    """A tracking number as it is kept: people, shops and carriers write the same one with spaces, or small."""
    return "".join(tracking_number.split()).upper()


def complete_order(order: Order, known: Mapping[str, Known]) -> Order:
    """The order with its parcels as the carriers know them; `known` is by canonical number. Delivered when all are."""
    shipments = tuple(
        complete_shipment(each, known[number]) if (number := canonical(each.tracking_number)) in known else each
        for each in order.shipments
    )
    if shipments == order.shipments:
        return order
    completed = replace(order, shipments=shipments)
    if order.fulfilment_status in _ON_THE_WAY and all(each.state == "delivered" for each in shipments):
        return replace(completed, fulfilment_status="delivered", lines=tuple(map(_deliver, order.lines)))
    return completed


def complete_shipment(shipment: Shipment, known: Known) -> Shipment:
    """The parcel with the carrier's events, state and day, unless the shop settled it, or heard of it later."""
    tracking = known.tracking
    if shipment.state in _SETTLED or tracking.state == "unknown":
        return shipment
    events = _join(shipment.events, tracking.events)
    is_older = bool(shipment.events) and max(each.at for each in shipment.events) > tracking.updated_at
    if is_older:
        return replace(shipment, events=events)
    return replace(
        shipment,
        state=tracking.state,
        carrier_name=shipment.carrier_name or tracking.carrier_name,
        tracking_url=shipment.tracking_url or tracking.url,
        eta=tracking.eta or shipment.eta,
        original_eta=shipment.original_eta or known.first_eta,
        delivered_at=tracking.delivered_at or shipment.delivered_at,
        shipped_at=shipment.shipped_at or _left_at(tracking),
        events=events,
    )


def _join(own: tuple[ShipmentEvent, ...], told: tuple[ShipmentEvent, ...]) -> tuple[ShipmentEvent, ...]:
    """The shop's until the carrier speaks, then the carrier's: both tell of the same steps in other words."""
    if not told:
        return own
    return (*(each for each in own if each.at < told[0].at), *told)


def _left_at(tracking: Tracking) -> datetime | None:
    waiting = ("label_created", "pre_transit", "unknown")
    return next((each.at for each in tracking.events if each.state not in waiting), None)


def _deliver(line: OrderLine) -> OrderLine:
    return replace(line, delivered=max(line.delivered, line.shipped))
