"""BigCommerce's order statuses on our three axes, by their number: a shop may call each as it likes.

2 Shipped and 10 Completed say that the merchant is done with an order, not that it has arrived: carriers say that. What
left is counted by piece. A number that is not here is `unknown`, never a guess.
"""

from collections.abc import Mapping

from bot.commerce.types import FulfilmentStatus, OrderStatus, PaymentStatus

INCOMPLETE, SHIPPED, PARTLY_SHIPPED, REFUNDED, CANCELLED, AWAITING_PICKUP, COMPLETED = 0, 2, 3, 4, 5, 8, 10
ORDERS: Mapping[int, OrderStatus] = {
    0: "draft",  # a checkout that was not finished
    1: "pending",
    2: "processing",
    3: "processing",
    4: "cancelled",  # all of it was paid back; `processing` where something had left before
    5: "cancelled",
    6: "cancelled",  # Declined
    7: "pending",  # Awaiting Payment
    8: "processing",  # Awaiting Pickup
    9: "processing",  # Awaiting Shipment: packed
    10: "processing",  # handed over; completed where nothing has to travel
    11: "confirmed",  # Awaiting Fulfillment
    12: "on_hold",  # Manual Verification Required
    13: "on_hold",  # Disputed
    14: "confirmed",  # Partially Refunded, which hides how far it came; `processing` where something has left
}
PENDING = frozenset({1, 7, 11, 12})  # the merchant has not packed it
OVER = frozenset({REFUNDED, CANCELLED, 6})
_PAYMENTS: Mapping[str, PaymentStatus] = {
    "authorized": "authorised", "capture pending": "authorised", "held for review": "authorised", "captured": "paid",
    "paid": "paid", "declined": "failed", "partially refunded": "partly_refunded", "pending": "unpaid",
    "refunded": "refunded", "void": "voided", "void pending": "voided",
}
_UNTOLD: Mapping[int, PaymentStatus] = {  # where no gateway took part: as the vendor describes each status
    1: "unpaid", 4: "refunded", 5: "voided", 6: "failed", 7: "unpaid", 10: "paid", 11: "paid", 14: "partly_refunded",
}


def order_status(native: int, *, shipped: int, has_to_travel: bool) -> OrderStatus:
    """The first axis. An order that was paid back after something had left is not called cancelled."""
    if native == COMPLETED and not has_to_travel:
        return "completed"
    if shipped and native in (REFUNDED, 14):
        return "processing"
    return ORDERS.get(native, "unknown")


def payment_status(native: int, told: str, *, grand_minor: int, refunded_minor: int) -> PaymentStatus:
    """The second axis: what came in, and what went back."""
    if native not in ORDERS:
        return "unknown"
    if refunded_minor:
        return "refunded" if refunded_minor >= grand_minor else "partly_refunded"
    return _PAYMENTS.get(told, "unknown") if told else _UNTOLD.get(native, "unknown")


def fulfilment_status(
    native: int, *, ordered: int, shipped: int, has_to_travel: bool, is_pickup: bool
) -> FulfilmentStatus:
    """The third axis. Of what is picked up, `Completed` may say that it was handed out, or only that it is ready."""
    if native not in ORDERS:
        return "unknown"
    if is_pickup:
        return "ready_for_pickup" if native == AWAITING_PICKUP else (
            "unknown" if native in (SHIPPED, COMPLETED) or shipped else "none")
    if not has_to_travel:
        return "not_needed"
    if native in (SHIPPED, COMPLETED) or (ordered and shipped >= ordered):
        return "shipped"
    return "partly_shipped" if shipped or native == PARTLY_SHIPPED else "none"
