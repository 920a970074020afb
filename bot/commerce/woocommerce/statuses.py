"""WooCommerce's statuses on our three axes. A status that is not here, a plugin's own say, is `unknown`, never a guess.

`completed` says that the merchant is done with an order, not that it has arrived: carriers say that.
"""

from collections.abc import Mapping

from bot.commerce.types import FulfilmentStatus, OrderStatus, PaymentStatus

ORDERS: Mapping[str, OrderStatus] = {
    "auto-draft": "draft",
    "checkout-draft": "draft",
    "pending": "pending",
    "on-hold": "on_hold",
    "processing": "confirmed",
    "completed": "processing",  # handed over; completed once nothing has to travel
    "cancelled": "cancelled",
    "refunded": "cancelled",  # all of it was paid back; `processing` where it had left before
    "failed": "cancelled",
    "trash": "cancelled",
}
PENDING = frozenset({"pending", "on-hold", "processing"})  # the merchant is not done with it
DRAFTS = frozenset({"auto-draft", "checkout-draft", "trash"})  # no order yet, or none any more
ON_DELIVERY = frozenset({"cod"})  # paid when it is handed over, whatever `date_paid` says before


def order_status(native: str, *, was_completed: bool, has_to_travel: bool) -> OrderStatus:
    """The first axis. An order that was paid back after the merchant was done with it is not called cancelled."""
    status = ORDERS.get(native, "unknown")
    if native == "completed" or (native == "refunded" and was_completed):
        return "processing" if has_to_travel else "completed"
    return status


def payment_status(
    native: str, *, is_paid: bool, is_on_delivery: bool, grand_minor: int, refunded_minor: int
) -> PaymentStatus:
    """The second axis: what came in, and what went back."""
    if native not in ORDERS:
        return "unknown"
    if native == "failed":
        return "failed"
    if refunded_minor and refunded_minor >= grand_minor:
        return "refunded"
    if refunded_minor:
        return "partly_refunded"
    if is_paid and (native == "completed" or not is_on_delivery):
        return "paid"
    return "voided" if native in ("cancelled", "trash") else "unpaid"


def fulfilment_status(
    native: str, *, was_completed: bool, has_parcels: bool, has_to_travel: bool, is_pickup: bool
) -> FulfilmentStatus:
    """The third axis. What is picked up says no more than `completed`: handed out, or only ready, is not known."""
    if native not in ORDERS:
        return "unknown"
    if not has_to_travel and not is_pickup:
        return "not_needed"
    is_done = native == "completed" or (native == "refunded" and was_completed)
    if is_pickup:
        return "unknown" if is_done else "none"
    if is_done:
        return "shipped"
    return "partly_shipped" if has_parcels else "none"
