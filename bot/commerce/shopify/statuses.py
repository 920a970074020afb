"""Shopify's statuses on our three axes. A value that is not here is `unknown`, never a guess.

`FULFILLED` means handed over, not arrived: what is known of the way is a fulfilment's own `displayStatus`.
"""

from collections.abc import Mapping, Sequence

from bot.commerce.types import FulfilmentStatus, OrderLine, OrderStatus, PaymentStatus, ShipmentState

PAYMENTS: Mapping[str, PaymentStatus] = {
    "AUTHORIZED": "authorised",
    "EXPIRED": "failed",  # the authorisation ran out before it was captured
    "PAID": "paid",
    "PARTIALLY_PAID": "partly_paid",
    "PARTIALLY_REFUNDED": "partly_refunded",
    "PENDING": "unpaid",
    "REFUNDED": "refunded",
    "VOIDED": "voided",
}
ORDERS: Mapping[str, OrderStatus] = {
    "FULFILLED": "processing",  # completed once all of it has arrived
    "FULFILLMENT_NOT_REQUIRED": "completed",
    "IN_PROGRESS": "processing",
    "ON_HOLD": "on_hold",
    "OPEN": "confirmed",
    "PARTIALLY_FULFILLED": "processing",
    "PENDING_FULFILLMENT": "confirmed",
    "REQUEST_DECLINED": "processing",
    "RESTOCKED": "confirmed",  # Shopify's former word for unfulfilled
    "SCHEDULED": "confirmed",
    "UNFULFILLED": "confirmed",
}
SHIPMENTS: Mapping[str, ShipmentState] = {
    "ATTEMPTED_DELIVERY": "attempted",
    "CANCELED": "cancelled",
    "CARRIER_PICKED_UP": "in_transit",
    "CONFIRMED": "pre_transit",
    "DELAYED": "delayed",
    "DELIVERED": "delivered",
    "FAILURE": "exception",
    "FULFILLED": "in_transit",
    "IN_TRANSIT": "in_transit",
    "LABEL_PRINTED": "label_created",
    "LABEL_PURCHASED": "label_created",
    "LABEL_VOIDED": "cancelled",
    "MARKED_AS_FULFILLED": "in_transit",
    "NOT_DELIVERED": "exception",
    "OUT_FOR_DELIVERY": "out_for_delivery",
    "PICKED_UP": "delivered",
    "READY_FOR_PICKUP": "ready_for_pickup",
    "SUBMITTED": "pre_transit",
}
LEFT = frozenset({"in_transit", "out_for_delivery", "attempted", "delivered", "delayed", "exception", "returned"})
DEAD_RETURNS = frozenset({"CANCELED", "DECLINED"})
OPEN_RETURNS = frozenset({"REQUESTED", "OPEN"})
PENDING = frozenset({"pending", "confirmed"})  # still in the house


def order_status(native: str, payment: PaymentStatus, *, is_cancelled: bool, has_arrived: bool) -> OrderStatus:
    """The first axis. What nobody has paid for is pending until it leaves."""
    if is_cancelled:
        return "cancelled"
    status = ORDERS.get(native, "unknown")
    if status == "confirmed" and payment == "unpaid":
        return "pending"
    return "completed" if status == "processing" and has_arrived else status


def fulfilment_status(native: str, lines: Sequence[OrderLine], displayed: set[str]) -> FulfilmentStatus:
    """The third axis, counted by pieces; `displayed` is what the fulfilments say of themselves."""
    if native not in ORDERS or displayed - set(SHIPMENTS):
        return "unknown"
    if native == "FULFILLMENT_NOT_REQUIRED":
        return "not_needed"
    if displayed == {"PICKED_UP"} and has_all(lines, "delivered"):
        return "picked_up"
    if "READY_FOR_PICKUP" in displayed:
        return "ready_for_pickup"
    if any(line.delivered for line in lines):
        return "delivered" if has_all(lines, "delivered") else "partly_delivered"
    if any(line.shipped for line in lines):
        return "shipped" if has_all(lines, "shipped") else "partly_shipped"
    return "none"


def has_all(lines: Sequence[OrderLine], what: str) -> bool:
    """Whether every piece that is still wanted was `shipped` or `delivered`; nothing wanted is not all."""
    wanted = sum(line.ordered - line.cancelled for line in lines)
    return wanted > 0 and sum(getattr(line, what) for line in lines) >= wanted
