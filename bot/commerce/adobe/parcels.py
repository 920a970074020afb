"""The parcels of an order: Adobe's shipments. It knows when one left and its number, and nothing of its way."""

from collections.abc import Iterable, Iterator

from bot.commerce.adobe.shapes import Native, moment
from bot.commerce.types import Shipment

_NO_CARRIER = "custom"  # what Adobe calls one that it has no module for


def parcels_of(shipments: Iterable[Native]) -> tuple[Shipment, ...]:
    """What was handed to carriers, oldest first: one for each number, or one where there is none."""
    told = sorted(shipments, key=lambda each: int(each["entity_id"]))
    return tuple(parcel for each in told for parcel in _parcels_in(each))


def _parcels_in(said: Native) -> Iterator[Shipment]:
    left_at = moment(said["created_at"])
    tracks = sorted(said.get("tracks") or (), key=lambda each: int(each["entity_id"]))
    if not tracks:
        yield Shipment(id=str(said["entity_id"]), carrier_name="", state="in_transit", shipped_at=left_at)
    for each in tracks:
        code = each.get("carrier_code") or ""
        yield Shipment(
            id=f"{said['entity_id']}.{each['entity_id']}", carrier_name=each.get("title") or "", state="in_transit",
            carrier_code="" if code == _NO_CARRIER else code, tracking_number=each.get("track_number") or "",
            shipped_at=left_at)
