"""Orders picked up in a store: from when on, and what is not there any more. Vendure has none; our plugin has."""

from collections.abc import Mapping
from typing import Any

from bot.commerce.types import FulfilmentStatus, LocationRef, OrderRef, Shipment, ShipmentState
from bot.commerce.vendure.client import VendureClient, unwrap
from bot.commerce.vendure.shapes import is_id, moment
from bot.commerce.vendure.statuses import ORDERS
from bot.errors import FixInput, NotFound

_CHOICES = ("substitute", "other_store", "refund")
_SETTLE = """mutation($input: PrevenantSettleInput!) {
  prevenantSettlePickUp(input: $input) { orderId problem field available message } }"""

Native = Mapping[str, Any]


def settle_missing(
    client: VendureClient, ref: str, *, choice: str, variant_ref: str | None, location_ref: str | None, key: str
) -> OrderRef:
    """Settle it once. FixInput, NotFound, InsufficientStock. Writes.

    NotAllowed("nothing_missing" | "several_missing" | "same_store" | "no_pickup" | "substitute_too_dear").
    """
    if choice not in _CHOICES:
        raise FixInput("choice", f"must be one of {', '.join(_CHOICES)}")
    for what in (ref, variant_ref, location_ref):
        if what and not is_id(what):
            raise NotFound("Vendure has no such thing")
    wanted = {
        "orderId": ref, "key": key, "choice": choice, "variantId": variant_ref or None,
        "locationId": location_ref or None,
    }
    return OrderRef(unwrap(client.write(_SETTLE, input=wanted, is_keyed=True)["prevenantSettlePickUp"])["orderId"])


def fulfilment_of(native: str, picked_up: Native) -> FulfilmentStatus:
    """How far a pick-up has come: it waits until it is handed over, unless something of it is missing."""
    if native not in ORDERS:
        return "unknown"
    if native == "Delivered":
        return "picked_up"
    return "none" if _is_over(native) or picked_up["missing"] else "ready_for_pickup"


def to_shipment(said: Native, picked_up: Native) -> Shipment:
    """The pick-up in the order's timeline: `eta` is from when on it is ready."""
    ready_at = moment(picked_up["readyAt"]) if picked_up["readyAt"] else None
    handed = [each for each in said["fulfillments"] or () if each["state"] == "Delivered"]
    return Shipment(
        id=f"pick-up-{said['id']}", carrier_name=picked_up["name"], carrier_code="store",
        state=_state_of(said["state"], picked_up), eta=ready_at, original_eta=ready_at,
        delivered_at=moment(handed[-1]["updatedAt"]) if said["state"] == "Delivered" and handed else None,
        pickup_location_ref=LocationRef(picked_up["locationId"]),
    )


def _state_of(native: str, picked_up: Native) -> ShipmentState:
    if native == "Delivered":
        return "delivered"
    if native not in ORDERS:
        return "unknown"
    if _is_over(native):
        return "cancelled"
    return "exception" if picked_up["missing"] else "ready_for_pickup"


def _is_over(native: str) -> bool:
    return ORDERS[native][0] in ("cancelled", "draft")
