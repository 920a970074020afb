"""What changed in the shop, found by polling: nothing is missed when a call was. `webhooks.py` names changes alike.

Two streams, orders and customers by when they were touched. That an order was made, and that it was cancelled, is told
again, under the same id, when it is touched soon after: a checkout that was not finished becomes an order that way.
BigCommerce has nothing to poll stock and prices by that says which variant: these are told by webhooks alone.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.commerce.bigcommerce.client import PER_PAGE, BigCommerceClient
from bot.commerce.bigcommerce.orders import is_hidden
from bot.commerce.bigcommerce.shapes import Native, mail_moment, moment
from bot.commerce.bigcommerce.statuses import OVER
from bot.commerce.polling import ChangePoller, Place, Stream, cancelled, changed, customer_changed, placed
from bot.commerce.types import ShopEvent

_NEW = timedelta(days=7)  # as long as ids are known
_Listing = Iterator[tuple[list[Any], bool]]


def make_poller(
    client: BigCommerceClient, clock: Callable[[], datetime], rest_seconds: float,
    seconds: Callable[[], float] = time.monotonic,
) -> ChangePoller:
    """What polls a BigCommerce shop: see `ChangePoller`."""
    orders = Stream(lambda since, _: _list_orders(client, since), _place_of_order, tell_order)
    customers = Stream(lambda since, _: _list_customers(client, since), _place_of_customer, tell_customer)
    return ChangePoller((orders, customers), clock, rest_seconds, seconds)


def _list_orders(client: BigCommerceClient, since: datetime) -> _Listing:
    yield from _pages(client, "v2/orders", {
        "min_date_modified": since.astimezone(UTC).isoformat(timespec="seconds"), "sort": "date_modified:asc"})


def _list_customers(client: BigCommerceClient, since: datetime) -> _Listing:
    """V3 tells those that were touched after a moment, which is exclusive and bears no zone."""
    from_there = (since.astimezone(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    yield from _pages(client, "v3/customers", {"date_modified:min": from_there, "sort": "date_modified:asc"})


def _pages(client: BigCommerceClient, path: str, asked: dict[str, str]) -> _Listing:
    page, has_more = 1, True
    while has_more:
        items, has_more = client.read_page(path, page, PER_PAGE, asked)
        yield items, has_more
        page += 1


def touched_at(said: Native) -> datetime:
    """When an order of V2 was touched last."""
    return mail_moment(said["date_modified"] or said["date_created"])


def _place_of_order(said: Native) -> Place:
    return Place(touched_at(said), int(said["id"]))


def _place_of_customer(said: Native) -> Place:
    return Place(moment(said["date_modified"]), int(said["id"]))


def tell_order(said: Native) -> list[ShopEvent]:
    """What there is to tell of an order as it stands."""
    if is_hidden(said):
        return []
    ref, made, at = str(int(said["id"])), mail_moment(said["date_created"]), touched_at(said)
    events = [placed(ref, made)] if at - made <= _NEW else []
    events += [changed(ref, at)] if at != made else []
    return events + ([cancelled(ref, at)] if int(said["status_id"]) in OVER else [])


def tell_customer(said: Native) -> list[ShopEvent]:
    """That an account was made or touched."""
    return [customer_changed(str(int(said["id"])), moment(said["date_modified"]))]
