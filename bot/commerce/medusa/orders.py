"""Orders read back. Medusa shows any order to anybody who has its id, so what proves a claim is compared here."""

from collections.abc import Iterator

from bot.commerce.folding import fold, fold_code
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.order_shapes import FIELDS, number_of, to_order
from bot.commerce.medusa.pages import Pages
from bot.commerce.medusa.shapes import Native, is_id, start_of
from bot.commerce.types import CustomerRef, Order, Page
from bot.errors import NotFound

_PAGE, _MOST_PAGES = 100, 5


def get_order(client: MedusaClient, ref: str, pages: Pages) -> Order:
    """The order. NotFound."""
    return to_order(get_native(client, ref), pages)


def get_native(client: MedusaClient, ref: str) -> Native:
    """The order as Medusa tells it. NotFound."""
    if not is_id(ref, "order"):
        raise NotFound(f"order {ref}")
    said: Native = client.read(f"admin/orders/{ref}", fields=FIELDS)["order"]
    if said["status"] == "draft":
        raise NotFound(f"order {ref}")
    return said


def find_order(
    client: MedusaClient, number: str, *, customer_ref: CustomerRef | None, email: str, postcode: str, pages: Pages
) -> Order:
    """The order whose number and every proof match, else NotFound; without a proof none."""
    code = fold_code(number)
    if not code or not (customer_ref or email.strip() or fold_code(postcode)):
        raise NotFound("order")
    for ref in _named(client, code, email.strip()):
        order = get_order(client, ref, pages)
        home = order.shipping_address.postcode if order.shipping_address else ""
        if (
            (not customer_ref or order.customer_ref == customer_ref)
            and (not email.strip() or fold(order.email) == fold(email))
            and (not fold_code(postcode) or fold_code(home) == fold_code(postcode))
        ):
            return order
    raise NotFound("order")


def _named(client: MedusaClient, code: str, email: str) -> Iterator[str]:
    """Orders with that number. `display_id` is no filter: Medusa ignores it and tells every order (2026-11)."""
    for page in range(_MOST_PAGES):
        said = client.read(
            "admin/orders", q=email or code, fields="id,display_id,custom_display_id,status", order="-created_at",
            limit=_PAGE, offset=page * _PAGE,
        )
        for each in said["orders"]:
            if fold_code(number_of(each)) == code and each["status"] != "draft":
                yield each["id"]
        if len(said["orders"]) < _PAGE:
            return


def list_orders(client: MedusaClient, customer_ref: str, *, limit: int, cursor: str, pages: Pages) -> Page[Order]:
    """A page of the customer's orders, newest first. FixInput for a cursor that is not ours."""
    start = start_of(cursor)
    if not is_id(customer_ref, "cus"):
        return Page(())
    said = client.read(
        "admin/orders", customer_id=customer_ref, fields=FIELDS, order="-created_at", limit=limit, offset=start)
    found = tuple(to_order(each, pages) for each in said["orders"] if each["status"] != "draft")
    return Page(found, str(start + limit) if int(said["count"]) > start + limit else "")
