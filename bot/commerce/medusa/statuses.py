"""Medusa's words on our three axes. One that is not here is `unknown`, never a guess; `fulfilled` is packed."""

from collections.abc import Mapping

from bot.commerce.types import FulfilmentStatus, OrderStatus, PaymentStatus, ShipmentState

ORDERS: Mapping[str, OrderStatus] = {
    "draft": "draft",
    "pending": "confirmed",
    "requires_action": "pending",
    "completed": "completed",
    "archived": "completed",
    "canceled": "cancelled",
}
PAYMENTS: Mapping[str, PaymentStatus] = {
    "not_paid": "unpaid",
    "awaiting": "unpaid",
    "requires_action": "unpaid",
    "authorized": "authorised",
    "partially_authorized": "authorised",
    "captured": "paid",
    "partially_captured": "partly_paid",
    "partially_refunded": "partly_refunded",
    "refunded": "refunded",
    "canceled": "voided",
}
FULFILMENTS: Mapping[str, FulfilmentStatus] = {
    "not_fulfilled": "none",
    "partially_fulfilled": "none",
    "fulfilled": "none",
    "partially_shipped": "partly_shipped",
    "shipped": "shipped",
    "partially_delivered": "partly_delivered",
    "delivered": "delivered",
    "canceled": "none",
}
PENDING = frozenset({"not_fulfilled", "canceled"})  # nothing of it is packed
DEAD_RETURNS = frozenset({"canceled"})


def order_status(status: str, fulfilment: str) -> OrderStatus:
    """How far an order is as a whole: Medusa leaves one `pending` until somebody archives it."""
    native = ORDERS.get(status, "unknown")
    if native == "confirmed" and fulfilment == "delivered":
        return "completed"
    if native == "confirmed" and fulfilment not in PENDING and fulfilment in FULFILMENTS:
        return "processing"
    return native


def shipment_state(parcel: Mapping[str, object]) -> ShipmentState:
    """How far a parcel is: Medusa keeps moments, and knows nothing of its way."""
    if parcel.get("canceled_at"):
        return "cancelled"
    if parcel.get("delivered_at"):
        return "delivered"
    return "in_transit" if parcel.get("shipped_at") else "label_created"
