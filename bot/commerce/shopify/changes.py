"""What changed in the shop, found by polling: nothing is missed when a call was. `webhooks.py` names changes alike.

Three streams: orders by when they were made, orders by when they were touched, customers by when they were touched. A
cancelled order that is touched again tells its cancellation again, under the same id. Shopify has nothing to poll stock
and prices by: these are told by webhooks alone.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from bot.commerce.polling import ChangePoller, Place, Stream, cancelled, changed, customer_changed, placed, stamp_of
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import Native, moment, ref_of
from bot.commerce.types import OrderRef, ShopEvent

_PAGE = 50
_MADE = """query($query: String!, $first: Int!, $after: String) {
  found: orders(first: $first, after: $after, query: $query, sortKey: CREATED_AT) {
    nodes { id at: createdAt } pageInfo { hasNextPage endCursor }
  }
}"""
_TOUCHED = """query($query: String!, $first: Int!, $after: String) {
  found: orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id at: updatedAt createdAt cancelledAt fulfillments(first: 5) { id updatedAt } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_CUSTOMERS = """query($query: String!, $first: Int!, $after: String) {
  found: customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id at: updatedAt } pageInfo { hasNextPage endCursor }
  }
}"""


def make_poller(
    client: ShopifyClient, clock: Callable[[], datetime], rest_seconds: float,
    seconds: Callable[[], float] = time.monotonic,
) -> ChangePoller:
    """What polls a Shopify shop: see `ChangePoller`. Of orders older than 60 days an app sees nothing without
    read_all_orders.
    """
    streams = (
        _stream(client, _MADE, "created_at", _tell_made), _stream(client, _TOUCHED, "updated_at", _tell_touched),
        _stream(client, _CUSTOMERS, "updated_at", _tell_customer),
    )
    return ChangePoller(streams, clock, rest_seconds, seconds)


def _stream(
    client: ShopifyClient, document: str, field: str, tell: Callable[[Native], list[ShopEvent]]
) -> Stream:
    return Stream(lambda since, until: _list(client, document, field, since, until), _place_of, tell)


def _list(
    client: ShopifyClient, document: str, field: str, since: datetime, until: datetime
) -> Iterator[tuple[list[Any], bool]]:
    query = f"{field}:>='{stamp_of(since)}' AND {field}:<='{stamp_of(until)}'"
    after, has_more = None, True
    while has_more:
        said = client.read(document, query=query, first=_PAGE, after=after)["found"]
        after, has_more = said["pageInfo"]["endCursor"], said["pageInfo"]["hasNextPage"]
        yield said["nodes"], has_more


def _place_of(said: Native) -> Place:
    return Place(moment(said["at"]), int(ref_of(said["id"])))


def shipment_changed(ref: str, shipment: str, at: datetime) -> ShopEvent:
    """That something of an order's parcel was touched."""
    return ShopEvent(
        id=f"shipment.changed:{shipment}:{stamp_of(at)}", type="shipment.changed", at=at, order_ref=OrderRef(ref))


def _tell_made(said: Native) -> list[ShopEvent]:
    return [placed(ref_of(said["id"]), moment(said["at"]))]


def _tell_touched(said: Native) -> list[ShopEvent]:
    ref, at = ref_of(said["id"]), moment(said["at"])
    events = [changed(ref, at)] if at != moment(said["createdAt"]) else []
    events += [cancelled(ref, moment(said["cancelledAt"]))] if said["cancelledAt"] else []
    parcels = [(ref_of(each["id"]), moment(each["updatedAt"])) for each in said["fulfillments"]]
    return events + [shipment_changed(ref, number, touched) for number, touched in parcels]


def _tell_customer(said: Native) -> list[ShopEvent]:
    return [customer_changed(ref_of(said["id"]), moment(said["at"]))]
