"""What is done to an order that was placed: cancelled, sent elsewhere, sent back. Each once per key.

Medusa keeps no keys for these: a mark in the order's metadata, or in a return's, says which key did it, and what would
change nothing is not done again. Between reading the version and writing, another process's change may slip in: Medusa
has no guard; it cancels an order once, whoever asks.
"""

from collections.abc import Mapping

from bot.commerce.forms import mark_of, require_address
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.order_shapes import CANCELLED_BY, REASON, has_open_return, returns_in, to_order
from bot.commerce.medusa.orders import get_native, get_order
from bot.commerce.medusa.pages import Pages
from bot.commerce.medusa.shapes import Native, from_address, is_same_place
from bot.commerce.types import Address, Order
from bot.errors import Conflict, FixInput, NotAllowed, PrevenantError

_MARK = "prevenant_key"


def cancel_order(client: MedusaClient, ref: str, pages: Pages, *, reason: str, key: str, if_version: int) -> Order:
    """Cancel it whole; what was paid goes back. NotAllowed("not_pending"), Conflict, UnknownFate. Writes."""
    mark = mark_of(key)
    native = get_native(client, ref)
    if _is_cancelled_by(native, mark):
        return to_order(native, pages)
    order = to_order(native, pages)
    _require_version(order, if_version)
    if not order.editable.cancel:
        raise NotAllowed("not_pending")
    noted = {"metadata": {CANCELLED_BY: mark, REASON: reason[:200]}}
    client.write(f"admin/orders/{ref}", noted, is_repeatable=True)
    try:
        client.write(f"admin/orders/{ref}/cancel", {}, is_repeatable=True)
    except PrevenantError:
        if not _is_cancelled_by(get_native(client, ref), mark):
            raise  # else a try before this one was heard
    return get_order(client, ref, pages)


def _is_cancelled_by(native: Native, mark: str) -> bool:
    return native["status"] == "canceled" and (native["metadata"] or {}).get(CANCELLED_BY) == mark


def update_order_address(
    client: MedusaClient, ref: str, pages: Pages, address: Address, *, key: str, if_version: int
) -> Order:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
    mark_of(key)
    address = require_address(address)
    order = get_order(client, ref, pages)
    if is_same_place(order.shipping_address, address):
        return order  # a repeat, which holds the version from before its first time
    _require_version(order, if_version)
    if not order.editable.address:
        raise NotAllowed("not_pending")
    client.write(f"admin/orders/{ref}", {"shipping_address": from_address(address)}, is_repeatable=True)
    return get_order(client, ref, pages)


def request_return(
    client: MedusaClient, ref: str, pages: Pages, pieces: Mapping[str, int], *, refund_to: str, reason: str, key: str,
    if_version: int,
) -> Order:
    """Announce pieces that come back; the shop pays for them once it has them.

    NotAllowed("not_delivered" | "requested_already" | "refund_elsewhere"), FixInput, Conflict, UnknownFate. Writes.
    """
    mark = mark_of(key)
    native = get_native(client, ref)
    order = to_order(native, pages)
    if any((each.get("metadata") or {}).get(_MARK) == mark for each in returns_in(native)):
        return order
    _require_version(order, if_version)
    _require_returnable(native, order, pieces, refund_to)
    _announce(client, ref, pieces, reason, mark)
    return get_order(client, ref, pages)


def _require_returnable(native: Native, order: Order, pieces: Mapping[str, int], refund_to: str) -> None:
    if not any(line.delivered for line in order.lines):
        raise NotAllowed("not_delivered")
    if has_open_return(native):
        raise NotAllowed("requested_already")
    if refund_to not in {each.method_id for each in order.payments if each.kind == "payment"}:
        raise NotAllowed("refund_elsewhere")
    left = {line.id: line.delivered - line.returned for line in order.lines}
    if not pieces or any(not 1 <= count <= left.get(line, 0) for line, count in pieces.items()):
        raise FixInput("pieces", "more than can be sent back")


def _announce(client: MedusaClient, ref: str, pieces: Mapping[str, int], reason: str, mark: str) -> None:
    """Begin a return, fill it, ask for it. One that broke off before the last step is taken back."""
    begun = client.write("admin/returns", {"order_id": ref, "metadata": {_MARK: mark}})["return"]
    items = [
        {"id": line, "quantity": count, **({"internal_note": reason[:200]} if reason else {})}
        for line, count in pieces.items()
    ]
    try:
        client.write(f"admin/returns/{begun['id']}/request-items", {"items": items})
        client.write(f"admin/returns/{begun['id']}/request", {})
    except PrevenantError:
        client.remove(f"admin/returns/{begun['id']}/request")
        raise


def _require_version(order: Order, if_version: int) -> None:
    if order.version != if_version:
        raise Conflict("the order was changed meanwhile")
