"""Orders read back: V2's, with their lines and addresses in one call, and what V2 does not tell beside them."""

from collections.abc import Sequence

from bot.commerce.bigcommerce import notes
from bot.commerce.bigcommerce.client import PER_PAGE, BigCommerceClient
from bot.commerce.bigcommerce.order_shapes import ReadOrder, to_order
from bot.commerce.bigcommerce.shapes import Native, is_id, order_address
from bot.commerce.bigcommerce.statuses import COMPLETED, INCOMPLETE, OVER, PARTLY_SHIPPED, SHIPPED
from bot.commerce.folding import fold, fold_code
from bot.commerce.forms import chunks, joined, minor, require_page
from bot.commerce.types import CustomerRef, Order, Page
from bot.errors import NotFound

WHOLE = {"include": "consignments,consignments.line_items", "consignment_structure": "object"}
_LEFT = frozenset({SHIPPED, PARTLY_SHIPPED, COMPLETED})


def get_order(client: BigCommerceClient, ref: str) -> Order:
    """The order. NotFound, also for a checkout that was not finished, which BigCommerce keeps as an order too."""
    return to_order(read_order(client, ref))


def read_order(client: BigCommerceClient, ref: str) -> ReadOrder:
    """The order with all that is told beside it. NotFound."""
    (read,) = _complete(client, [_get_native(client, ref)])
    return read


def _get_native(client: BigCommerceClient, ref: str) -> Native:
    if not is_id(ref):
        raise NotFound(f"order {ref}")
    said: Native = client.read(f"v2/orders/{ref}", WHOLE)
    if is_hidden(said):
        raise NotFound(f"order {ref}")
    return said


def is_hidden(said: Native) -> bool:
    """Whether it is no order yet, or was put away."""
    return int(said["status_id"]) == INCOMPLETE or bool(said.get("is_deleted"))


def _complete(client: BigCommerceClient, told: Sequence[Native]) -> list[ReadOrder]:
    """Parcels, notes and codes of those that may have any, one by one; refunds of all in one call."""
    refunds = _refunds_of(client, [str(each["id"]) for each in told if _may_be_refunded(each)])
    return [
        ReadOrder(
            each, _parcels_of(client, each), refunds.get(str(each["id"]), ()), _cancelled(client, each),
            _codes_of(client, each))
        for each in told
    ]


def _may_be_refunded(said: Native) -> bool:
    return int(said["status_id"]) in (*OVER, 14) or "refund" in (said["payment_status"] or "")


def _refunds_of(client: BigCommerceClient, refs: Sequence[str]) -> dict[str, list[Native]]:
    found: dict[str, list[Native]] = {}
    for some in chunks(refs, PER_PAGE):
        for each in client.read_every("v3/orders/payment_actions/refunds", {"order_id:in": joined(some)}):
            found.setdefault(str(each["order_id"]), []).append(each)
    return found


def _parcels_of(client: BigCommerceClient, said: Native) -> list[Native]:
    """V2 has a page of 50 for each order, and no body at all where there is none."""
    may_have_left = int(said["items_shipped"] or 0) or int(said["status_id"]) in _LEFT
    return list(client.read_every(f"v2/orders/{said['id']}/shipments", limit=50)) if may_have_left else []


def _codes_of(client: BigCommerceClient, said: Native) -> list[str]:
    """Of its coupons; those that took nothing off (free delivery alone) are not worth a call for each order."""
    if not minor(said["coupon_discount"], said["currency_code"]):
        return []
    return [str(each["code"]) for each in client.read_every(f"v2/orders/{said['id']}/coupons", limit=50)]


def _cancelled(client: BigCommerceClient, said: Native) -> str:
    if int(said["status_id"]) not in OVER:
        return ""
    known = notes.read_notes(client, f"orders/{said['id']}").get(notes.CANCELLED)
    return known.value if known else ""


def find_order(
    client: BigCommerceClient, number: str, *, customer_ref: CustomerRef | None, email: str, postcode: str
) -> Order:
    """The order whose number and every proof match, else NotFound; without a proof none. The number is the id."""
    code = fold_code(number)
    if not is_id(code) or not (customer_ref or email.strip() or fold_code(postcode)):
        raise NotFound("order")
    try:
        read = read_order(client, code)
    except NotFound:
        raise NotFound("order") from None
    order, homes = to_order(read), {fold_code(each) for each in _postcodes_of(read.said)}
    if (
        (not customer_ref or order.customer_ref == customer_ref)
        and (not email.strip() or fold(order.email) == fold(email))
        and (not fold_code(postcode) or fold_code(postcode) in homes)
    ):
        return order
    raise NotFound("order")


def _postcodes_of(said: Native) -> list[str]:
    places = [order_address(each) for each in (said["billing_address"], *(said["consignments"].get("shipping") or ()))]
    return [each.postcode for each in places if each]


def list_orders(client: BigCommerceClient, customer_ref: str, *, limit: int, cursor: str) -> Page[Order]:
    """A page of the customer's orders, newest first. FixInput for a cursor that is not ours."""
    page = require_page(cursor)
    if not is_id(customer_ref):  # customer 0 is every guest
        return Page(())
    asked = {**WHOLE, "customer_id": customer_ref, "sort": "date_created:desc"}
    told, has_more = client.read_page("v2/orders", page, min(max(limit, 1), PER_PAGE), asked)
    told = [each for each in told if not is_hidden(each) and str(each["customer_id"]) == customer_ref]
    return Page(tuple(to_order(each) for each in _complete(client, told)), str(page + 1) if has_more else "")
