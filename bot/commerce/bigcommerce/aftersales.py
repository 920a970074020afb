"""What is done to an order that was placed: cancelled and paid back, or sent elsewhere. Each once per key.

BigCommerce keeps no keys and no versions of orders. Who cancels one claims it first by a note of our own, of which it
takes one: of two at once, one is refused. The money goes back before the order is cancelled, as quoted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.commerce.bigcommerce import notes
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.order_shapes import Cancellation, ReadOrder, products_of, read_cancellation, to_order
from bot.commerce.bigcommerce.orders import get_order, read_order
from bot.commerce.bigcommerce.shapes import Native, from_order_address, is_same_place
from bot.commerce.bigcommerce.statuses import CANCELLED, OVER
from bot.commerce.forms import mark_of, minor, require_address
from bot.commerce.types import Address, Order
from bot.errors import Conflict, NotAllowed

_DONE = "Cancelled by the customer in the chat"
_LEFT_BEHIND = timedelta(minutes=2)  # a claim that nobody goes on with
_VOIDABLE, _UNSETTLED = ("authorized",), ("capture pending", "held for review")
_STORE_MONEY = ("storecredit", "giftcertificate")


def cancel_order(
    client: BigCommerceClient, ref: str, *, reason: str, key: str, if_version: int, now: datetime
) -> Order:
    """Cancel it whole; what was paid goes back. NotAllowed("not_pending" | "refund_by_hand"), Conflict, UnknownFate.

    Writes. Repeated after it broke off, it goes on where it was.
    """
    ours = Cancellation(mark_of(key), reason[:200])
    read = read_order(client, ref)
    note = notes.read_notes(client, f"orders/{ref}").get(notes.CANCELLED)
    told = read_cancellation(note.value) if note else None
    if told and told.mark == ours.mark:
        if told.is_done:
            return to_order(read)
    else:
        _require_cancellable(read, if_version)
        if told and told.is_done:  # the shop's people opened it again
            raise NotAllowed("not_pending")
        if note and now - note.at < _LEFT_BEHIND:
            raise Conflict("the order is being cancelled")
        _require_money_back(client, read)
        _claim(client, ref, ours, is_left_behind=note is not None)
    _pay_back(client, read, ours.reason)
    _close(client, ref, ours)
    return get_order(client, ref)


def _require_cancellable(read: ReadOrder, if_version: int) -> None:
    order = to_order(read)
    _require_version(order, if_version)
    if not order.editable.cancel:
        raise NotAllowed("not_pending")


def _claim(client: BigCommerceClient, ref: str, ours: Cancellation, *, is_left_behind: bool) -> None:
    if is_left_behind:
        notes.keep(client, f"orders/{ref}", notes.CANCELLED, ours.write())
        return
    try:
        notes.claim(client, f"orders/{ref}", notes.CANCELLED, ours.write())
    except Conflict as error:
        raise Conflict("the order was cancelled meanwhile") from error


def _owed_minor(read: ReadOrder) -> int:
    """What was paid and is not back, in minor units."""
    order = to_order(read)
    return sum(each.amount_minor if each.kind == "payment" else -each.amount_minor for each in order.payments)


def _require_money_back(client: BigCommerceClient, read: ReadOrder) -> None:
    """NotAllowed("refund_by_hand") also where nobody can say whether there is money: it is being taken just now."""
    if read.said["payment_status"] in _UNSETTLED or to_order(read).payment_status == "unknown":
        raise NotAllowed("refund_by_hand", "the payment is not settled yet")
    if _owed_minor(read) > 0:
        _quote(client, read)


def _pay_back(client: BigCommerceClient, read: ReadOrder, reason: str) -> None:
    """Void what was only authorised; of what was paid, all that is left, as quoted. A gateway that declines after all
    leaves the order as it was. Writes.
    """
    try:
        if read.said["payment_status"] in _VOIDABLE:
            client.write("POST", f"v3/orders/{read.said['id']}/payment_actions/void", {}, is_repeatable=False)
        elif _owed_minor(read) > 0:
            _refund(client, read, reason)
    except NotAllowed:
        notes.drop(client, f"orders/{read.said['id']}", notes.CANCELLED)
        raise NotAllowed("refund_by_hand", "the payment gateway takes no refund by itself") from None


def _refund(client: BigCommerceClient, read: ReadOrder, reason: str) -> None:
    items, payments = _quote(client, read)
    told = [{**each, "reason": reason or _DONE} for each in items]
    done = client.write("POST", f"v3/orders/{read.said['id']}/payment_actions/refunds",
                        {"items": told, "payments": payments}, is_repeatable=False)
    if any(each.get("is_declined") for each in done["payments"]):
        raise NotAllowed("refund_by_hand")


def _quote(client: BigCommerceClient, read: ReadOrder) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is to be refunded, and by which payments: BigCommerce takes no other amounts. NotAllowed("refund_by_hand")
    where none of its ways gives the money back by itself.
    """
    items = _items_of(read)
    said = client.write("POST", f"v3/orders/{read.said['id']}/payment_actions/refund_quotes",
                        {"items": items}, is_repeatable=True)
    way = next((each for each in said["refund_methods"] if _gives_back(each, read.said)), None)
    if way is None:
        raise NotAllowed("refund_by_hand", "the payment gateway takes no refund by itself")
    payments = [{"provider_id": each["provider_id"], "amount": each["amount"], "offline": False} for each in way]
    return items, payments


def _items_of(read: ReadOrder) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for each in products_of(read.said):
        left = int(each["quantity"]) - int(each["quantity_refunded"] or 0)
        if left > 0:
            items.append({"item_type": "PRODUCT", "item_id": each["id"], "quantity": left})
    for each in read.said["consignments"].get("shipping") or ():
        for kind, name in (("SHIPPING", "cost_inc_tax"), ("HANDLING", "handling_cost_inc_tax")):
            if float(each[name] or 0) > 0 and not _is_refunded(read, kind):
                items.append({"item_type": kind, "item_id": each["id"], "amount": float(each[name])})
    return items


def _is_refunded(read: ReadOrder, kind: str) -> bool:
    return any(item["item_type"] == kind for refund in read.refunds for item in refund["items"])


def _gives_back(way: Sequence[Native], said: Native) -> bool:
    """Whether one of BigCommerce's ways needs no person, and is no credit in the shop for money from elsewhere."""
    was_credit = minor(said["store_credit_amount"], said["currency_code"]) > 0 or minor(
        said["gift_certificate_amount"], said["currency_code"]) > 0
    is_credit_alone = all(each["provider_id"] in _STORE_MONEY for each in way)
    return not any(each["offline"] for each in way) and (was_credit or not is_credit_alone)


def _close(client: BigCommerceClient, ref: str, ours: Cancellation) -> None:
    """Cancelled, where a whole refund has not ended it already; with a note for the shop's people. Writes."""
    said = read_order(client, ref).said
    about = f"{_DONE}: {ours.reason}" if ours.reason else _DONE
    body: dict[str, Any] = {} if int(said["status_id"]) in OVER else {"status_id": CANCELLED}
    if about not in (said["staff_notes"] or ""):
        body["staff_notes"] = "\n".join(filter(None, [said["staff_notes"], about]))
    if body:
        client.write("PUT", f"v2/orders/{ref}", body, is_repeatable=True)
    done = Cancellation(ours.mark, ours.reason, is_done=True)
    notes.keep(client, f"orders/{ref}", notes.CANCELLED, done.write())


def update_order_address(
    client: BigCommerceClient, ref: str, address: Address, *, key: str, if_version: int
) -> Order:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes. What sending costs stays as it was."""
    mark_of(key)
    address = require_address(address)
    order = get_order(client, ref)
    if is_same_place(order.shipping_address, address):
        return order  # a repeat, which holds the version from before its first time
    _require_version(order, if_version)
    if not order.editable.address:
        raise NotAllowed("not_pending")
    places: list[Mapping[str, Any]] = client.read(f"v2/orders/{ref}/shipping_addresses")
    client.write("PUT", f"v2/orders/{ref}/shipping_addresses/{places[0]['id']}", from_order_address(address),
                 is_repeatable=True)
    return get_order(client, ref)


def _require_version(order: Order, if_version: int) -> None:
    if order.version != if_version:
        raise Conflict("the order was changed meanwhile")
