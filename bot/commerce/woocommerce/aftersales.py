"""What is done to an order that was placed: cancelled and paid back, or sent elsewhere. Each once per key.

WooCommerce keeps no keys and no versions. A cancellation leaves a note under a key of its own in the order: notes are
numbered as they come, so of two who cancel at once the first to be written is known to both.
"""

from bot.commerce.forms import major, mark_of, require_address
from bot.commerce.types import Address, Order
from bot.commerce.woocommerce.client import WooCommerceClient
from bot.commerce.woocommerce.order_shapes import CANCELLED_BY, cancellers_of, to_order
from bot.commerce.woocommerce.orders import get_native, get_order
from bot.commerce.woocommerce.shapes import Native, from_address, is_same_place
from bot.errors import Conflict, NotAllowed, NotFound

_OVER = ("cancelled", "refunded")
_DONE = "Cancelled by the customer in the chat"
_BY_HAND = "The payment gateway took no refund: please pay it back by hand."


def cancel_order(client: WooCommerceClient, ref: str, *, reason: str, key: str, if_version: int) -> Order:
    """Cancel it whole; what was paid goes back. NotAllowed("not_pending" | "refund_by_hand"), Conflict, UnknownFate.

    Writes. Repeated after it broke off, it goes on with the refund.
    """
    mark = mark_of(key)
    native = get_native(client, ref)
    is_new = native["status"] not in _OVER or cancellers_of(native)[:1] != [mark]
    if is_new:
        _require_cancellable(client, native, if_version)
        note = {"key": f"{CANCELLED_BY}{mark}", "value": reason[:200] or "-"}
        native = client.write(
            "PUT", f"orders/{ref}", {"status": "cancelled", "meta_data": [note]}, is_repeatable=True)
        if cancellers_of(native)[:1] != [mark]:
            raise Conflict("the order was cancelled meanwhile")
    if to_order(native).totals.refunded_minor < _owed_minor(native):
        _pay_back(client, native, reason)
    if is_new:
        _tell_merchant(client, ref, f"{_DONE}: {reason[:200]}" if reason else _DONE)
    return get_order(client, ref)


def _require_cancellable(client: WooCommerceClient, native: Native, if_version: int) -> None:
    order = to_order(native)
    _require_version(order, if_version)
    if not order.editable.cancel or cancellers_of(native):  # cancelled before, and opened again by the shop's people
        raise NotAllowed("not_pending")
    if _owed_minor(native) and not _pays_back(client, native["payment_method"]):
        raise NotAllowed("refund_by_hand", "the payment gateway takes no refunds by itself")


def _owed_minor(native: Native) -> int:
    """What was paid, in minor units."""
    order = to_order(native)
    return sum(each.amount_minor for each in order.payments if each.kind == "payment")


def _pays_back(client: WooCommerceClient, gateway: str) -> bool:
    """Whether the gateway pays back when it is asked; one that is gone does not."""
    try:
        said = client.read(f"payment_gateways/{gateway}") if gateway.replace("_", "").replace("-", "").isalnum() else {}
    except NotFound:
        said = {}
    return "refunds" in (said.get("method_supports") or ())


def _pay_back(client: WooCommerceClient, native: Native, reason: str) -> None:
    """All that is left, once: WooCommerce refuses more than there is. Its pieces are back on the shelf already."""
    order = to_order(native)
    left = _owed_minor(native) - order.totals.refunded_minor
    wanted = {
        "amount": major(left, order.currency), "reason": reason[:200], "api_refund": True, "api_restock": False,
    }
    try:
        client.write("POST", f"orders/{native['id']}/refunds", wanted, is_repeatable=False)
    except NotAllowed:
        if to_order(get_native(client, str(native["id"]))).totals.refunded_minor < _owed_minor(native):
            _tell_merchant(client, str(native["id"]), _BY_HAND)


def _tell_merchant(client: WooCommerceClient, ref: str, text: str) -> None:
    """A private note of the order, beside those of the shop's people. Writes."""
    client.write("POST", f"orders/{ref}/notes", {"note": text, "customer_note": False}, is_repeatable=False)


def update_order_address(client: WooCommerceClient, ref: str, address: Address, *, key: str, if_version: int) -> Order:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
    mark_of(key)
    address = require_address(address)
    order = get_order(client, ref)
    if is_same_place(order.shipping_address, address):
        return order  # a repeat, which holds the version from before its first time
    _require_version(order, if_version)
    if not order.editable.address:
        raise NotAllowed("not_pending")
    client.write("PUT", f"orders/{ref}", {"shipping": from_address(address)}, is_repeatable=True)
    return get_order(client, ref)


def _require_version(order: Order, if_version: int) -> None:
    if order.version != if_version:
        raise Conflict("the order was changed meanwhile")
