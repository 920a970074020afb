"""What changed in the shop, found by polling: nothing is missed when a call was. `webhooks.py` names changes alike.

Three streams, each behind a place of its own in the cursor: orders by when they were made, orders by when they were
touched, customers by when they were touched. What was touched in the last seconds is left for the next time, as
Shopify's moments are whole seconds. A cancelled order that is touched again tells its cancellation again, under the
same id. Shopify has nothing to poll stock and prices by: these are told by webhooks alone.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import Native, moment, ref_of
from bot.commerce.types import CustomerRef, OrderRef, ShopEvent
from bot.errors import FixInput

_SETTLED = timedelta(seconds=5)
_FIRST_LOOK = timedelta(days=60)  # of older orders an app sees nothing without read_all_orders
_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,20})"
_CURSOR = re.compile(f"{_MOMENT}/{_MOMENT}/{_MOMENT}")
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


@dataclass(frozen=True, order=True)
class _Place:
    """Up to where a stream was told: a moment, and the thing of that moment."""

    at: datetime
    number: int = 0

    def __str__(self) -> str:
        return f"{stamp_of(self.at)}.{self.number}"


@dataclass(frozen=True)
class _Cursor:
    made: _Place
    touched: _Place
    customers: _Place

    def __str__(self) -> str:
        return f"{self.made}/{self.touched}/{self.customers}"


class ChangePoller:
    """Polls; after nothing was found it rests, however often it is asked."""

    def __init__(
        self, client: ShopifyClient, clock: Callable[[], datetime], rest_seconds: float,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells the moment, `seconds` how long it rested."""
        self._client, self._clock, self._rest_seconds, self._seconds = client, clock, rest_seconds, seconds
        self._quiet_cursor, self._quiet_until = "", 0.0
        self._quiet_place: _Cursor | None = None  # up to where nothing is to be told, behind that cursor

    def poll(self, cursor: str, limit: int) -> tuple[list[ShopEvent], str]:
        """Changes of about `limit` things after the cursor, oldest first, and where to go on. FixInput."""
        now, place = self._clock(), self._quiet_place if cursor == self._quiet_cursor else None
        if place and self._seconds() < self._quiet_until:
            return [], cursor
        place = place or (_parse(cursor) if cursor else _Cursor(*[_Place(now - _FIRST_LOOK)] * 3))
        for name, document, field, to_events in _STREAMS:
            while fresh := self._read(document, field, getattr(place, name), now - _SETTLED, limit):
                place = replace(place, **{name: _place_of(fresh[-1])})
                if events := [event for said in fresh for event in to_events(said)]:
                    return events, str(place)
        self._quiet_cursor, self._quiet_place = cursor, place
        self._quiet_until = self._seconds() + self._rest_seconds
        return [], cursor

    def _read(self, document: str, field: str, place: _Place, until: datetime, limit: int) -> list[Native]:
        """What lies behind a place, by moment and number; many things may have been touched in one second."""
        query = f"{field}:>='{stamp_of(place.at)}' AND {field}:<='{stamp_of(until)}'"
        fresh: list[Native] = []
        after, has_more = None, True
        while has_more and (len(fresh) < limit or fresh[0]["at"] == fresh[-1]["at"]):
            said = self._client.read(document, query=query, first=_PAGE, after=after)["found"]
            fresh += [each for each in said["nodes"] if place < _place_of(each) and moment(each["at"]) <= until]
            after, has_more = said["pageInfo"]["endCursor"], said["pageInfo"]["hasNextPage"]
        # Within a second Shopify's order is not ours: one that a page cuts off is left for the next time.
        whole = [each for each in fresh if each["at"] != fresh[-1]["at"]] if has_more else fresh
        return sorted(whole, key=_place_of)[:limit]


def _parse(cursor: str) -> _Cursor:
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise FixInput("cursor", "is not one of ours")
    parts = found.groups()
    try:
        return _Cursor(*(_Place(moment(parts[i]), int(parts[i + 1])) for i in (0, 2, 4)))
    except ValueError as error:  # a month 13
        raise FixInput("cursor", "is not one of ours") from error


def _place_of(said: Native) -> _Place:
    return _Place(moment(said["at"]), int(ref_of(said["id"])))


def stamp_of(at: datetime) -> str:
    """A moment in whole seconds, as it stands in ids and cursors."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def placed(ref: str, at: datetime) -> ShopEvent:
    """That an order was made."""
    return ShopEvent(id=f"order.placed:{ref}", type="order.placed", at=at, order_ref=OrderRef(ref))


def cancelled(ref: str, at: datetime) -> ShopEvent:
    """That an order was cancelled."""
    return ShopEvent(id=f"order.cancelled:{ref}", type="order.cancelled", at=at, order_ref=OrderRef(ref))


def changed(ref: str, at: datetime) -> ShopEvent:
    """That something of an order was touched."""
    return ShopEvent(
        id=f"order.changed:{ref}:{stamp_of(at)}", type="order.changed", at=at, order_ref=OrderRef(ref))


def shipment_changed(ref: str, shipment: str, at: datetime) -> ShopEvent:
    """That something of an order's parcel was touched."""
    return ShopEvent(
        id=f"shipment.changed:{shipment}:{stamp_of(at)}", type="shipment.changed", at=at, order_ref=OrderRef(ref))


def customer_changed(ref: str, at: datetime) -> ShopEvent:
    """That an account was made or touched."""
    return ShopEvent(
        id=f"customer.changed:{ref}:{stamp_of(at)}", type="customer.changed", at=at, customer_ref=CustomerRef(ref))


def _tell_touched(said: Native) -> list[ShopEvent]:
    ref, at = ref_of(said["id"]), moment(said["at"])
    events = [changed(ref, at)] if at != moment(said["createdAt"]) else []
    events += [cancelled(ref, moment(said["cancelledAt"]))] if said["cancelledAt"] else []
    parcels = [(ref_of(each["id"]), moment(each["updatedAt"])) for each in said["fulfillments"]]
    return events + [shipment_changed(ref, number, touched) for number, touched in parcels]


_STREAMS: tuple[tuple[str, str, str, Callable[[Native], list[ShopEvent]]], ...] = (
    ("made", _MADE, "created_at", lambda said: [placed(ref_of(said["id"]), moment(said["at"]))]),
    ("touched", _TOUCHED, "updated_at", _tell_touched),
    ("customers", _CUSTOMERS, "updated_at", lambda said: [customer_changed(ref_of(said["id"]), moment(said["at"]))]),
)
