"""What changed in the shop, found by polling: Adobe Commerce itself calls nobody. `webhooks.py` names changes alike.

Two streams, customers and orders by when they were touched. That an order was made, and that it was cancelled, is told
again, under the same id, when it is touched soon after.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search
from bot.commerce.adobe.shapes import Native, gmt, moment
from bot.commerce.polling import ChangePoller, Pages, Place, Stream, cancelled, changed, customer_changed, placed
from bot.commerce.types import ShopEvent

_NEW = timedelta(days=2)  # ids are known for seven
_OVER = ("canceled", "closed")


def make_poller(
    client: AdobeClient, clock: Callable[[], datetime], rest_seconds: float,
    seconds: Callable[[], float] = time.monotonic,
) -> ChangePoller:
    """What polls an Adobe Commerce shop: see `ChangePoller`."""
    streams = (
        _stream(client, "customers/search", "id", "id,created_at,updated_at", _tell_customer),
        _stream(client, "orders", "entity_id", "entity_id,created_at,updated_at,state", _tell_order),
    )
    return ChangePoller(streams, clock, rest_seconds, seconds)


def _stream(
    client: AdobeClient, path: str, key: str, fields: str, tell: Callable[[Native], list[ShopEvent]]
) -> Stream:
    def read(since: datetime, until: datetime) -> Pages:
        return _list_touched(client, path, fields, since, until)

    return Stream(read, lambda said: Place(_moment_of(said), int(said[key])), tell)


def _list_touched(client: AdobeClient, path: str, fields: str, since: datetime, until: datetime) -> Iterator[
    tuple[list[Native], bool]
]:
    page, has_more = 1, True
    while has_more:
        asked = Search(
            [Filter("updated_at", gmt(since), "gteq"), Filter("updated_at", gmt(until), "lteq")],
            sort=["updated_at", "entity_id"], page=page, fields=fields)
        said, count = client.search(path, asked)
        has_more, page = page * asked.size < count, page + 1
        yield list(said), has_more


def _tell_customer(said: Native) -> list[ShopEvent]:
    return [customer_changed(str(int(said["id"])), _moment_of(said))]


def _tell_order(said: Native) -> list[ShopEvent]:
    return tell_order(str(int(said["entity_id"])), moment(said["created_at"]), _moment_of(said), str(said["state"]))


def tell_order(ref: str, made: datetime, at: datetime, state: str) -> list[ShopEvent]:
    """What there is to tell of an order that was touched."""
    events = [placed(ref, made)] if at - made <= _NEW else []
    events += [changed(ref, at)] if at != made else []
    return events + ([cancelled(ref, at)] if state in _OVER else [])


def _moment_of(said: Native) -> datetime:
    return moment(said.get("updated_at") or said["created_at"])
