"""What is done to an order that was placed: cancelled and paid back, or sent elsewhere. Each once per key.

Adobe keeps no keys and no versions. A cancellation leaves a comment with its key's mark in the order: comments are
numbered as they come, so of two who cancel at once the first to be written is known to both. An order that was invoiced
cannot be cancelled: paying back its invoices does it, in one step, or changes nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search
from bot.commerce.adobe.order_shapes import items_of, native_address_of, note, notes_of, paid_minor
from bot.commerce.adobe.orders import OrderReader
from bot.commerce.adobe.regions import RegionReader
from bot.commerce.adobe.shapes import Native, from_address, is_same_place, moment
from bot.commerce.adobe.statuses import BY_HAND
from bot.commerce.forms import mark_of, minor, require_address
from bot.commerce.types import Address, Order
from bot.errors import Conflict, FixInput, NotAllowed

_OVER = ("canceled", "closed")
_HOLDS = timedelta(minutes=10)  # who said that they cancel, and broke off, keeps others out for as long


def cancel_order(
    client: AdobeClient, orders: OrderReader, ref: str, *, reason: str, key: str, if_version: int,
    clock: Callable[[], datetime],
) -> Order:
    """Cancel it whole; what was paid goes back. NotAllowed("not_pending" | "refund_by_hand"), Conflict, UnknownFate.

    Writes. Repeated after it broke off, it goes on.
    """
    mark = mark_of(key)
    native = orders.get_native(ref)
    if _holder_of(native, mark, clock()) != mark:
        _require_cancellable(orders, native, mark, if_version, clock())
        _comment(client, native, note("cancels", mark, reason[:200]))
        native = orders.get_native(ref)
        if _holder_of(native, mark, clock()) != mark:
            raise Conflict("the order was cancelled meanwhile")
    if native["state"] not in _OVER:
        _undo(client, orders, native, mark)
    return orders.get_order(ref)


def _holder_of(native: Native, mark: str, now: datetime) -> str:
    """The mark of who cancels it, or did; "" for nobody."""
    notes = notes_of(native)
    gone = {each.mark for each in notes if each.kind == "keeps"}
    standing = (
        each.mark for each in notes if each.kind == "cancels" and each.mark not in gone
        and (native["state"] in _OVER or each.mark == mark or now - moment(each.said["created_at"]) < _HOLDS)
    )
    return next(standing, "")


def _require_cancellable(orders: OrderReader, native: Native, mark: str, if_version: int, now: datetime) -> None:
    (order,) = orders.to_orders([native])
    _require_version(order, if_version)
    if _holder_of(native, mark, now) and native["state"] not in _OVER:
        raise Conflict("the order is being cancelled")
    if not order.editable.cancel:
        raise NotAllowed("not_pending")
    if paid_minor(native) and (native.get("payment") or {}).get("method") in BY_HAND:
        raise NotAllowed("refund_by_hand", "the way it was paid pays nothing back by itself")


def _undo(client: AdobeClient, orders: OrderReader, native: Native, mark: str) -> None:
    """Pay back what was invoiced, and cancel the rest. Where nothing was done, the order is kept as it is."""
    try:
        for invoice in _open_invoices(client, native):
            path, wanted = f"invoice/{invoice['entity_id']}/refund", _refund(invoice, native)
            client.write("POST", path, wanted, is_repeatable=False)
    except (NotAllowed, FixInput) as error:
        _comment(client, native, note("keeps", mark))
        raise NotAllowed("refund_by_hand", "Adobe Commerce paid nothing back by itself") from error
    if orders.get_native(str(native["entity_id"]))["state"] in _OVER:
        return
    # Adobe answers a refusal with 200 and `false`, and some versions answer `true` though nothing was done.
    client.write("POST", f"orders/{native['entity_id']}/cancel", is_repeatable=True)
    if orders.get_native(str(native["entity_id"]))["state"] not in _OVER:
        _comment(client, native, note("keeps", mark))
        raise NotAllowed("not_pending", "Adobe Commerce did not cancel it")


def _open_invoices(client: AdobeClient, native: Native) -> list[Native]:
    """Those that something is left of to pay back."""
    if not native.get("total_paid"):
        return []
    said = client.search_every("invoices", Search([Filter("order_id", str(native["entity_id"]))], sort=["entity_id"]))
    currency = native["base_currency_code"]
    return [each for each in said if minor(each["base_grand_total"], currency) > minor(
        each.get("base_total_refunded"), currency)]


def _refund(invoice: Native, native: Native) -> dict[str, Any]:
    """All of an invoice, by the way it was paid, its pieces back on the shelf."""
    chosen = {int(each["item_id"]) for each in items_of(native)}
    return {
        "items": [{"order_item_id": each["order_item_id"], "qty": each["qty"]}
                  for each in invoice["items"] if int(each["order_item_id"]) in chosen],
        "is_online": True, "notify": True, "append_comment": False,
        "arguments": {"extension_attributes": {
            "return_to_stock_items": [int(each["item_id"]) for each in native["items"]]}},
    }


def _comment(client: AdobeClient, native: Native, text: str) -> None:
    """A comment of the order that its buyer does not see. Writes."""
    told = {"comment": text, "parent_id": native["entity_id"], "is_customer_notified": 0, "is_visible_on_front": 0}
    client.write("POST", f"orders/{native['entity_id']}/comments", {"statusHistory": told}, is_repeatable=False)


def update_order_address(
    client: AdobeClient, orders: OrderReader, regions: RegionReader, ref: str, address: Address, *, key: str,
    if_version: int,
) -> Order:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
    mark_of(key)
    address = require_address(address)
    native = orders.get_native(ref)
    (order,) = orders.to_orders([native])
    if is_same_place(order.shipping_address, address):
        return order  # a repeat, which holds the version from before its first time
    _require_version(order, if_version)
    if not order.editable.address:
        raise NotAllowed("not_pending")
    former = {name: value for name, value in native_address_of(native).items()
              if name not in ("region", "region_code", "region_id", "customer_address_id")}
    entity = {**former, **from_address(address), **regions.fields_of(address)}
    client.write("PUT", f"orders/{ref}", {"entity": entity}, is_repeatable=True)
    return orders.get_order(ref)


def _require_version(order: Order, if_version: int) -> None:
    if order.version != if_version:
        raise Conflict("the order was changed meanwhile")
