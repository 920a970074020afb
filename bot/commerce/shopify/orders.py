"""Orders read back. One is read in a single query; of lists the ids first, as Shopify counts what could come back."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commerce.folding import fold, fold_code
from bot.commerce.forms import chunks
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.order_shapes import LINE, order_fragment, to_order
from bot.commerce.shopify.shapes import Native, gid, is_id, quoted, ref_of, require_cursor
from bot.commerce.types import CustomerRef, Order, Page
from bot.errors import NotFound

_TOGETHER = 3  # orders in one query, which may ask for 1,000 points (2026-11): each could be long
_WHOLE = order_fragment(lines=30, parcels=5, events=10)
_SHORT = order_fragment(lines=10, parcels=2, events=3)
_BY_ID = "query($id: ID!) { order(id: $id) { ...Order } }" + _WHOLE
_MANY = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ...Order } } }" + _SHORT
_LINES = """query($id: ID!, $after: String!) {
  order(id: $id) { lineItems(first: 100, after: $after) { nodes { ...Line } pageInfo { hasNextPage endCursor } } }
}""" + LINE
_BY_NUMBER = """query($query: String!) {
  orders(first: 10, query: $query) { nodes { id name confirmationNumber } }
}"""
_OF_CUSTOMER = """query($query: String!, $first: Int!, $after: String) {
  orders(first: $first, after: $after, query: $query, sortKey: PROCESSED_AT, reverse: true) {
    nodes { id } pageInfo { hasNextPage endCursor }
  }
}"""


def get_order(client: ShopifyClient, ref: str) -> Order:
    """The order. NotFound, also for one older than 60 days where the app lacks read_all_orders."""
    return to_order(get_native(client, ref))


def get_native(client: ShopifyClient, ref: str) -> Native:
    """The order as Shopify tells it, with every line. NotFound."""
    said = client.read(_BY_ID, id=gid("Order", ref))["order"] if is_id(ref) else None
    if not said:
        raise NotFound(f"order {ref}")
    return _with_every_line(client, said)


def find_order(
    client: ShopifyClient, number: str, *, customer_ref: CustomerRef | None, email: str, postcode: str
) -> Order:
    """The order whose number (or confirmation number) and every proof match, else NotFound; without a proof none."""
    code = fold_code(number)
    if not code or not (customer_ref or email.strip() or fold_code(postcode)):
        raise NotFound("order")
    for said in client.read(_BY_NUMBER, query=_search_for(number))["orders"]["nodes"]:
        if code not in (fold_code(said["name"]), fold_code(said["confirmationNumber"] or "")):
            continue
        order = get_order(client, ref_of(said["id"]))
        home = order.shipping_address.postcode if order.shipping_address else ""
        if (
            (not customer_ref or order.customer_ref == customer_ref)
            and (not email.strip() or fold(order.email) == fold(email))
            and (not fold_code(postcode) or fold_code(home) == fold_code(postcode))
        ):
            return order
    raise NotFound("order")


def _search_for(number: str) -> str:
    """However it was typed: Shopify's index holds `#1001`, and shops add letters before and after."""
    typed = number.strip()
    bare = typed.lstrip("#").strip()
    words = dict.fromkeys([typed, bare, f"#{bare}", bare.upper(), f"#{bare.upper()}", "".join(bare.split())])
    names = [f"name:{quoted(each)}" for each in words]
    return " OR ".join([*names, f"confirmation_number:{quoted(bare.upper())}"])


def list_orders(client: ShopifyClient, customer_ref: str, *, limit: int, cursor: str) -> Page[Order]:
    """A page of the customer's orders, newest first. FixInput for a cursor that is not Shopify's."""
    after = require_cursor(cursor)
    if not is_id(customer_ref):
        return Page(())
    asked = min(limit, 250)
    said = client.read(_OF_CUSTOMER, query=f"customer_id:{customer_ref}", first=asked, after=after)["orders"]
    found = read_orders(client, [ref_of(each["id"]) for each in said["nodes"]])
    return Page(tuple(found), said["pageInfo"]["endCursor"] if said["pageInfo"]["hasNextPage"] else "")


def read_orders(client: ShopifyClient, refs: Sequence[str]) -> list[Order]:
    """Orders in the order asked for, unknown ones left out; long ones are read again, whole."""
    found: list[Order] = []
    for some in chunks([ref for ref in refs if is_id(ref)], _TOGETHER):
        told = client.read(_MANY, ids=[gid("Order", ref) for ref in some])["nodes"]
        found += [get_order(client, ref_of(said["id"])) if _is_long(said) else to_order(said) for said in told if said]
    return found


def _is_long(said: Native) -> bool:
    return bool(said["lineItems"]["pageInfo"]["hasNextPage"]) or len(said["fulfillments"]) >= 2


def _with_every_line(client: ShopifyClient, said: Native) -> Native:
    lines, page = list(said["lineItems"]["nodes"]), said["lineItems"]["pageInfo"]
    while page["hasNextPage"]:
        more = client.read(_LINES, id=said["id"], after=page["endCursor"])["order"]["lineItems"]
        lines, page = [*lines, *more["nodes"]], more["pageInfo"]
    whole: Mapping[str, Any] = {**said, "lineItems": {"nodes": lines, "pageInfo": page}}
    return whole
