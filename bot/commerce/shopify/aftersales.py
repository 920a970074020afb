"""What is done to an order that was placed: cancelled, sent elsewhere, sent back. Each once per key.

Shopify keeps no keys for these: a mark in the shop's own notes says which key did it, and what would change nothing
is not done again. Between reading the version and writing, somebody else's change may slip in: Shopify has no guard.
"""

import time
from collections.abc import Mapping

from bot.commerce.forms import require_address
from bot.commerce.shopify.answers import require_done
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.order_shapes import returnable_of, to_order
from bot.commerce.shopify.orders import get_native, get_order
from bot.commerce.shopify.shapes import Native, from_address, gid, is_same_place, mark_of
from bot.commerce.types import Address, Order
from bot.errors import Conflict, FixInput, NotAllowed, PrevenantError, UnknownFate

_CANCEL_SECONDS, _LOOK_EVERY_SECONDS = 5.0, 0.3
_CANCEL = """mutation($id: ID!, $note: String!) {
  orderCancel(orderId: $id, reason: CUSTOMER, refundMethod: { originalPaymentMethodsRefund: true }, restock: true,
              notifyCustomer: true, staffNote: $note) {
    job { id done } orderCancelUserErrors { field message code }
  }
}"""
_IS_CANCELLED = "query($id: ID!) { order(id: $id) { cancelledAt cancellation { staffNote } } }"
_SEND_ELSEWHERE = """mutation($input: OrderInput!) {
  orderUpdate(input: $input) { order { id } userErrors { field message } }
}"""
_RETURN = """mutation($input: ReturnRequestInput!) {
  returnRequest(input: $input) { return { id status } userErrors { field message code } }
}"""


def cancel_order(client: ShopifyClient, ref: str, *, reason: str, key: str, if_version: int) -> Order:
    """Cancel it whole; what was paid goes back. NotAllowed("not_pending"), Conflict, UnknownFate. Writes."""
    mark = mark_of(key)
    native = get_native(client, ref)
    if _is_cancelled_by(native, mark):
        return to_order(native)
    order = to_order(native)
    _require_version(order, if_version)
    if not order.editable.cancel:
        raise NotAllowed("not_pending")
    told = client.write(_CANCEL, is_repeatable=True, id=gid("Order", ref), note=f"{reason[:200]} {mark}".strip())
    try:
        require_done(told["orderCancel"], "orderCancelUserErrors")
    except PrevenantError:
        if not client.read(_IS_CANCELLED, id=gid("Order", ref))["order"]["cancelledAt"]:
            raise  # else a try before this one was heard, or somebody else's: whose is seen now
    _wait_until_cancelled(client, ref, mark)
    return get_order(client, ref)


def _is_cancelled_by(native: Native, mark: str) -> bool:
    note = (native["cancellation"] or {}).get("staffNote") or ""
    return bool(native["cancelledAt"]) and mark in note


def _wait_until_cancelled(client: ShopifyClient, ref: str, mark: str) -> None:
    """Shopify cancels behind its answer. UnknownFate when that takes long, Conflict when another was first."""
    until = time.monotonic() + _CANCEL_SECONDS
    while True:
        native = client.read(_IS_CANCELLED, id=gid("Order", ref))["order"]
        if native["cancelledAt"]:
            if not _is_cancelled_by(native, mark):
                raise Conflict("the order was cancelled meanwhile")
            return
        if time.monotonic() > until:
            raise UnknownFate("Shopify took the cancellation, and has not done it yet")
        time.sleep(_LOOK_EVERY_SECONDS)


def update_order_address(client: ShopifyClient, ref: str, address: Address, *, key: str, if_version: int) -> Order:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
    mark_of(key)
    address = require_address(address)
    order = get_order(client, ref)
    if is_same_place(order.shipping_address, address):
        return order  # a repeat, which holds the version from before its first time
    _require_version(order, if_version)
    if not order.editable.address:
        raise NotAllowed("not_pending")
    values = {"id": gid("Order", ref), "shippingAddress": from_address(address)}
    require_done(client.write(_SEND_ELSEWHERE, is_repeatable=True, input=values)["orderUpdate"])
    return get_order(client, ref)


def request_return(
    client: ShopifyClient, ref: str, pieces: Mapping[str, int], *, refund_to: str, reason: str, key: str,
    if_version: int,
) -> Order:
    """Ask the shop to take pieces back; it approves or declines.

    NotAllowed("not_delivered" | "requested_already" | "refund_elsewhere"), FixInput, Conflict, UnknownFate. Writes.
    """
    mark = mark_of(key)
    native = get_native(client, ref)
    order = to_order(native)
    if mark in _notes_of(native):
        return order
    _require_version(order, if_version)
    if not any(line.delivered for line in order.lines):
        raise NotAllowed("not_delivered")
    if any(each["status"] in ("REQUESTED", "OPEN") for each in native["returns"]["nodes"]):
        raise NotAllowed("requested_already")
    if refund_to not in {each.method_id for each in order.payments if each.kind == "payment"}:
        raise NotAllowed("refund_elsewhere")
    note = f"{reason[:200]} {mark}".strip()
    wanted = [{**each, "customerNote": note} for each in _take(returnable_of(native), pieces)]
    told = client.write(_RETURN, input={"orderId": gid("Order", ref), "returnLineItems": wanted})
    require_done(told["returnRequest"])
    return get_order(client, ref)


def _notes_of(native: Native) -> str:
    return " ".join(
        piece["customerNote"] or ""
        for each in native["returns"]["nodes"] for piece in each["returnLineItems"]["nodes"]
    )


def _take(returnable: Mapping[str, list[tuple[str, int]]], pieces: Mapping[str, int]) -> list[dict[str, object]]:
    """The wanted pieces, of whichever parcels they came in. FixInput for more than there are."""
    taken: list[dict[str, object]] = []
    for line_id, wanted in pieces.items():
        left = wanted
        for native_id, there in returnable.get(line_id, ()):
            count = min(left, there)
            left -= count
            if count:
                taken.append({"fulfillmentLineItemId": native_id, "quantity": count})
        if left or wanted < 1:
            raise FixInput("pieces", "more than can be sent back")
    if not taken:
        raise FixInput("pieces", "must name a line")
    return taken


def _require_version(order: Order, if_version: int) -> None:
    if order.version != if_version:
        raise Conflict("the order was changed meanwhile")
