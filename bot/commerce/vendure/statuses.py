"""Vendure's states on our three axes. A state that is not here, a shop's own say, is `unknown`, never a guess."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commerce.types import FulfilmentStatus, OrderStatus, PaymentStatus, ShipmentState

ORDERS: Mapping[str, tuple[OrderStatus, FulfilmentStatus]] = {
    "Created": ("draft", "none"),
    "Draft": ("draft", "none"),
    "AddingItems": ("draft", "none"),
    "ArrangingPayment": ("draft", "none"),
    "PaymentAuthorized": ("confirmed", "none"),
    "PaymentSettled": ("confirmed", "none"),
    "PartiallyShipped": ("processing", "partly_shipped"),
    "Shipped": ("processing", "shipped"),
    "PartiallyDelivered": ("processing", "partly_delivered"),
    "Delivered": ("completed", "delivered"),
    "Modifying": ("processing", "none"),
    "ArrangingAdditionalPayment": ("processing", "none"),
    "Cancelled": ("cancelled", "none"),
}
SHIPMENTS: Mapping[str, ShipmentState] = {
    "Created": "label_created",
    "Pending": "pre_transit",
    "Shipped": "in_transit",
    "Delivered": "delivered",
    "Cancelled": "cancelled",
}
_PAYMENTS = {"Created", "Authorized", "Settled", "Declined", "Error", "Cancelled"}
PENDING = frozenset({"PaymentAuthorized", "PaymentSettled"})  # paid for, and still in the house
OPEN = frozenset({"AddingItems", "Draft"})  # a basket


def payment_status(native: str, payments: Sequence[Mapping[str, Any]], grand_minor: int) -> PaymentStatus:
    """What was paid and paid back, for an order whose state is in `ORDERS`."""
    states = {each["state"] for each in payments}
    if native not in ORDERS or states - _PAYMENTS:
        return "unknown"
    paid = sum(each["amount"] for each in payments if each["state"] == "Settled")
    refunded = sum(refunded_of(each) for each in payments)
    if not paid:
        return _unpaid(native, states)
    if refunded >= paid:
        return "refunded"
    if refunded and paid - refunded != grand_minor:
        return "partly_refunded"
    return "partly_paid" if paid - refunded < grand_minor else "paid"


def _unpaid(native: str, states: set[str]) -> PaymentStatus:
    if native == "Cancelled":
        return "voided"
    if "Authorized" in states:
        return "authorised"
    return "failed" if states & {"Declined", "Error"} else "unpaid"


def refunded_of(payment: Mapping[str, Any]) -> int:
    """What of a payment went back, or is on its way back, in minor units."""
    return sum(each["total"] for each in payment["refunds"] if each["state"] != "Failed")
