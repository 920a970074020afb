"""Orders read back. REST v3 reads them wherever the shop keeps them, in posts or in tables of their own (HPOS)."""

from collections.abc import Iterator
from contextlib import suppress

from bot.commerce.folding import fold, fold_code
from bot.commerce.forms import require_page
from bot.commerce.types import CustomerRef, Order, Page
from bot.commerce.woocommerce.client import PER_PAGE, WooCommerceClient
from bot.commerce.woocommerce.order_shapes import to_order
from bot.commerce.woocommerce.shapes import Native, is_id
from bot.commerce.woocommerce.statuses import DRAFTS
from bot.errors import NotFound


def get_order(client: WooCommerceClient, ref: str) -> Order:
    """The order. NotFound, also for a basket at the checkout, which WooCommerce keeps as an order too."""
    return to_order(get_native(client, ref))


def get_native(client: WooCommerceClient, ref: str) -> Native:
    """The order as WooCommerce tells it. NotFound."""
    if not is_id(ref):
        raise NotFound(f"order {ref}")
    said: Native = client.read(f"orders/{ref}")
    if said["status"] in DRAFTS:
        raise NotFound(f"order {ref}")
    return said


def find_order(
    client: WooCommerceClient, number: str, *, customer_ref: CustomerRef | None, email: str, postcode: str
) -> Order:
    """The order whose number and every proof match, else NotFound; without a proof none."""
    code = fold_code(number)
    if not code or not (customer_ref or email.strip() or fold_code(postcode)):
        raise NotFound("order")
    for said in _candidates(client, number, code):
        if fold_code(str(said["number"])) != code or said["status"] in DRAFTS:
            continue
        order = to_order(said)
        homes = {fold_code(said[each]["postcode"] or "") for each in ("shipping", "billing")}
        if (
            (not customer_ref or order.customer_ref == customer_ref)
            and (not email.strip() or fold(order.email) == fold(email))
            and (not fold_code(postcode) or fold_code(postcode) in homes)
        ):
            return order
    raise NotFound("order")


def _candidates(client: WooCommerceClient, number: str, code: str) -> Iterator[Native]:
    """The number is the id, but where a plugin counts otherwise: then it is searched for."""
    if is_id(code):
        with suppress(NotFound):
            yield client.read(f"orders/{code}")
    typed = number.strip().lstrip("#").strip()
    for words in dict.fromkeys([typed, "".join(typed.split()), code]):
        yield from client.read("orders", search=words, per_page=20)


def list_orders(client: WooCommerceClient, customer_ref: str, *, limit: int, cursor: str) -> Page[Order]:
    """A page of the customer's orders, newest first. FixInput for a cursor that is not ours."""
    page = require_page(cursor)
    if not is_id(customer_ref):
        return Page(())
    said, pages = client.read_page(
        "orders", customer=customer_ref, per_page=min(max(limit, 1), PER_PAGE), page=page, orderby="date", order="desc")
    orders = tuple(to_order(each) for each in said if each["status"] not in DRAFTS)
    return Page(orders, str(page + 1) if page < pages else "")
