"""What changed in the shop, found by polling: nothing is missed when a call was. `webhooks.py` names changes alike.

One stream, orders by when they were touched, as REST v3 can list nothing else so. That an order was made, and that it
was cancelled, is told again, under the same id, when it is touched soon after: a basket at the checkout becomes an
order that way.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.commerce.polling import ChangePoller, Place, Stream, cancelled, changed, placed
from bot.commerce.types import ShopEvent
from bot.commerce.woocommerce.client import PER_PAGE, WooCommerceClient
from bot.commerce.woocommerce.shapes import Native, moment
from bot.commerce.woocommerce.statuses import DRAFTS

_NEW = timedelta(days=2)  # as long as a basket at the checkout lives; ids are known for seven
_CANCELLED = ("cancelled", "refunded", "failed")


def make_poller(
    client: WooCommerceClient, clock: Callable[[], datetime], rest_seconds: float,
    seconds: Callable[[], float] = time.monotonic,
) -> ChangePoller:
    """What polls a WooCommerce shop: see `ChangePoller`."""
    orders = Stream(lambda since, _: _list_orders(client, since), _place_of, tell)
    return ChangePoller((orders,), clock, rest_seconds, seconds)


def _list_orders(client: WooCommerceClient, since: datetime) -> Iterator[tuple[list[Any], bool]]:
    """WordPress's moments are whole seconds, and `modified_after` is exclusive."""
    about = {
        "modified_after": (since.astimezone(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S"),
        "dates_are_gmt": "true", "orderby": "modified", "order": "asc", "per_page": PER_PAGE,
    }
    page, pages = 1, 1
    while page <= pages:
        said, pages = client.read_page("orders", page=page, **about)
        page += 1
        yield said, page <= pages


def tell(said: Native) -> list[ShopEvent]:
    """What there is to tell of an order as it stands: a parcel too, as plugins note them in it."""
    if said["status"] in DRAFTS:
        return []
    ref, made, at = str(int(said["id"])), moment(said["date_created_gmt"]), _moment_of(said)
    events = [placed(ref, made)] if at - made <= _NEW else []
    events += [changed(ref, at)] if at != made else []
    return events + ([cancelled(ref, at)] if said["status"] in _CANCELLED else [])


def _moment_of(said: Native) -> datetime:
    return moment(said["date_modified_gmt"] or said["date_created_gmt"])


def _place_of(said: Native) -> Place:
    return Place(_moment_of(said), int(said["id"]))
