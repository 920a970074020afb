"""A basket becomes an order, and what may be changed before it leaves: each once per key, by our plugin."""

from collections.abc import Mapping
from typing import Any

from bot.commerce.forms import require_address
from bot.commerce.types import Address, Order, Product
from bot.commerce.vendure import returns
from bot.commerce.vendure.carts import find_native
from bot.commerce.vendure.client import VendureClient, unwrap
from bot.commerce.vendure.orders import get_order
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.shapes import from_address, is_id
from bot.errors import FixInput, NotAllowed, NotFound

_OUTCOME = "{ orderId problem field available message }"
_PLACE = f"mutation($input: PrevenantPlaceInput!) {{ prevenantPlaceOrder(input: $input) {_OUTCOME} }}"
_CANCEL = f"mutation($input: PrevenantCancelInput!) {{ prevenantCancelOrder(input: $input) {_OUTCOME} }}"
_ADDRESS = f"mutation($input: PrevenantAddressInput!) {{ prevenantChangeAddress(input: $input) {_OUTCOME} }}"
_LINES = f"mutation($input: PrevenantLinesInput!) {{ prevenantChangeLines(input: $input) {_OUTCOME} }}"
_NO_ORDER = "0"  # the plugin looks for the key first: a customer's basket that was ordered is theirs no more


def place_order(
    client: VendureClient, ref: str, pages: Pages, *, payment: str, shipping_address: Address | None, key: str,
    email: str, location_ref: str | None = None,
) -> Order:
    """The order that the basket became, once per key; with a location, to be picked up there. FixInput, NotFound,
    NotAllowed("no_pickup", ...), InsufficientStock. Writes.
    """
    require_key(key)
    if location_ref and not is_id(location_ref):
        raise NotFound("location")
    if shipping_address is None and not location_ref:
        raise FixInput("shipping_address", "is needed")
    address = require_address(shipping_address) if shipping_address else Address("", "", "", "")
    _, customer_id, basket = find_native(client, ref)
    if not customer_id and not email.strip():
        raise FixInput("email", "a guest gives one")
    return _write(client, pages, _PLACE, {
        "orderId": basket["id"] if basket else _NO_ORDER, "key": f"{ref}:{key}", "payment": payment,
        "address": from_address(address) if shipping_address else None, "pickupLocationId": location_ref or None,
        "email": email.strip(), "firstName": address.first_name, "lastName": address.last_name, "phone": address.phone,
    })


def cancel_order(
    client: VendureClient, ref: str, pages: Pages, *, reason: str, key: str, if_version: int
) -> Order:
    """Cancel it whole; what was paid goes back. NotAllowed("not_pending"), Conflict. Writes."""
    return _write(client, pages, _CANCEL, _guard(ref, key, if_version) | {"reason": reason})


def update_order_address(
    client: VendureClient, ref: str, pages: Pages, address: Address, *, key: str, if_version: int
) -> Order:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
    values = from_address(require_address(address))
    return _write(client, pages, _ADDRESS, _guard(ref, key, if_version) | {"address": values})


def update_order_lines(
    client: VendureClient, ref: str, pages: Pages, changes: Mapping[str, str], products: Mapping[str, Product], *,
    method_id: str, key: str, if_version: int,
) -> Order:
    """Other options of the same products; `products` by variant. The difference goes the way the order was paid.

    NotAllowed("not_pending" | "other_product" | "not_own_method"), InsufficientStock, Conflict. Writes.
    """
    guard = _guard(ref, key, if_version)
    order = get_order(client, ref, pages)
    lines = {line.id: line for line in order.lines}
    if not changes:
        raise FixInput("changes", "must name a line")
    if method_id not in {each.method_id for each in order.payments}:
        raise NotAllowed("not_own_method")
    for line_id, variant_ref in changes.items():
        if line_id not in lines:
            raise FixInput("changes", f"the order has no line {line_id}")
        if products[variant_ref].ref != lines[line_id].product_ref:
            raise NotAllowed("other_product")
    wanted = [{"lineId": line_id, "variantId": variant_ref} for line_id, variant_ref in changes.items()]
    return _write(client, pages, _LINES, guard | {"lines": wanted})


def request_return(
    client: VendureClient, ref: str, pages: Pages, pieces: Mapping[str, int], *, refund_to: str, reason: str, key: str,
    if_version: int,
) -> Order:
    """The order with a return announced. See `returns.announce` for errors. Writes."""
    returns.announce(client, _guard(ref, key, if_version), pieces, refund_to=refund_to, reason=reason)
    return get_order(client, ref, pages)


def require_key(key: str) -> None:
    """FixInput for a write that could not be known again."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")


def _guard(ref: str, key: str, if_version: int) -> dict[str, Any]:
    require_key(key)
    return {"orderId": ref, "key": key, "ifVersion": if_version}


def _write(client: VendureClient, pages: Pages, document: str, values: Mapping[str, Any]) -> Order:
    (outcome,) = client.write(document, input=dict(values), is_keyed=True).values()
    return get_order(client, unwrap(outcome)["orderId"], pages)
