"""Adobe Commerce's states on our three axes. The state counts, not the status, which each shop names for itself; one
that is not here is `unknown`, never a guess.

`complete` says that an order was invoiced and has left, not that it has arrived: carriers say that.
"""

from collections.abc import Mapping

from bot.commerce.types import FulfilmentStatus, OrderStatus, PaymentStatus

ORDERS: Mapping[str, OrderStatus] = {
    "new": "pending",
    "pending_payment": "pending",
    "payment_review": "pending",
    "holded": "on_hold",
    "processing": "confirmed",  # `processing` from its first parcel on
    "complete": "processing",  # handed over; completed once nothing has to travel
    "closed": "cancelled",  # all of it was paid back; as `complete` where it had left before
    "canceled": "cancelled",
}
PENDING = frozenset({"new", "pending_payment", "processing"})  # Adobe cancels no order that is on hold or in review
ON_DELIVERY = frozenset({"cashondelivery"})  # paid when it is handed over, whatever was invoiced before
BY_HAND = frozenset({"checkmo", "banktransfer", "purchaseorder", "cashondelivery"})  # pay nothing back by themselves


def order_status(state: str, *, has_left: bool, has_to_travel: bool) -> OrderStatus:
    """The first axis."""
    if state == "complete" or (state == "closed" and has_left):
        return "processing" if has_to_travel else "completed"
    if state == "processing" and has_left:
        return "processing"
    return ORDERS.get(state, "unknown")


def payment_status(
    state: str, *, grand_minor: int, paid_minor: int, refunded_minor: int, authorised_minor: int
) -> PaymentStatus:
    """The second axis: what came in, and what went back."""
    if state not in ORDERS:
        return "unknown"
    if refunded_minor:
        return "refunded" if refunded_minor >= grand_minor else "partly_refunded"
    if paid_minor or not grand_minor:
        return "paid" if paid_minor >= grand_minor else "partly_paid"
    if state == "canceled":
        return "voided"
    return "authorised" if authorised_minor else "unpaid"


def fulfilment_status(state: str, *, to_send: int, sent: int, is_pickup: bool) -> FulfilmentStatus:
    """The third axis, by pieces. What is picked up says no more than that it was made ready: handed out or not."""
    if state not in ORDERS:
        return "unknown"
    if not to_send and not sent:
        return "not_needed" if state not in ("closed", "canceled") else "none"
    if is_pickup:
        return "unknown" if sent else "none"
    if not sent:
        return "none"
    return "shipped" if sent >= to_send else "partly_shipped"
