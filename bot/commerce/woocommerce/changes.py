"""What changed in the shop, found by polling: nothing is missed when a call was. `webhooks.py` names changes alike.

One stream, orders by when they were touched, as REST v3 can list nothing else so. What was touched in the last seconds
is left for the next time, as WordPress's moments are whole seconds. That an order was made, and that it was cancelled,
is told again, under the same id, when it is touched soon after: a basket at the checkout becomes an order that way.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.commerce.types import CustomerRef, OrderRef, ShopEvent, VariantRef
from bot.commerce.woocommerce.client import PER_PAGE, WooCommerceClient
from bot.commerce.woocommerce.shapes import Native, moment
from bot.commerce.woocommerce.statuses import DRAFTS
from bot.errors import FixInput

_SETTLED = timedelta(seconds=5)
_FIRST_LOOK = timedelta(days=60)
_NEW = timedelta(days=2)  # as long as a basket at the checkout lives; ids are known for seven
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,20})")
_CANCELLED = ("cancelled", "refunded", "failed")


@dataclass(frozen=True, order=True)
class _Place:
    """Up to where was told: a moment, and the order of that moment."""

    at: datetime
    number: int = 0

    def __str__(self) -> str:
        return f"{stamp_of(self.at)}.{self.number}"


class ChangePoller:
    """Polls; after nothing was found it rests, however often it is asked."""

    def __init__(
        self, client: WooCommerceClient, clock: Callable[[], datetime], rest_seconds: float,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells the moment, `seconds` how long it rested."""
        self._client, self._clock, self._rest_seconds, self._seconds = client, clock, rest_seconds, seconds
        self._quiet_cursor, self._quiet_until = "", 0.0
        self._quiet_place: _Place | None = None  # up to where nothing is to be told, behind that cursor

    def poll(self, cursor: str, limit: int) -> tuple[list[ShopEvent], str]:
        """Changes of about `limit` orders after the cursor, oldest first, and where to go on. FixInput."""
        now, place = self._clock(), self._quiet_place if cursor == self._quiet_cursor else None
        if place and self._seconds() < self._quiet_until:
            return [], cursor
        place = place or (_parse(cursor) if cursor else _Place(now - _FIRST_LOOK))
        while fresh := self._read(place, now - _SETTLED, limit):
            place = _place_of(fresh[-1])
            if events := [event for said in fresh for event in tell(said)]:
                return events, str(place)
        self._quiet_cursor, self._quiet_place = cursor, place
        self._quiet_until = self._seconds() + self._rest_seconds
        return [], cursor

    def _read(self, place: _Place, until: datetime, limit: int) -> list[Native]:
        """What lies behind a place, by moment and number; many orders may have been touched in one second."""
        about = {
            "modified_after": _gmt(place.at - timedelta(seconds=1)), "dates_are_gmt": "true", "orderby": "modified",
            "order": "asc", "per_page": PER_PAGE,
        }
        fresh: list[Native] = []
        page, pages = 1, 1
        while page <= pages and (len(fresh) < limit or _moment_of(fresh[0]) == _moment_of(fresh[-1])):
            said, pages = self._client.read_page("orders", page=page, **about)
            fresh += [each for each in said if place < _place_of(each) and _moment_of(each) <= until]
            page += 1
        # Within a second WordPress's order is not ours: one that a page cuts off is left for the next time.
        last = _moment_of(fresh[-1]) if fresh and page <= pages else None
        return sorted((each for each in fresh if _moment_of(each) != last), key=_place_of)[:limit]


def tell(said: Native) -> list[ShopEvent]:
    """What there is to tell of an order as it stands."""
    if said["status"] in DRAFTS:
        return []
    ref, made, at = str(int(said["id"])), moment(said["date_created_gmt"]), _moment_of(said)
    events = [placed(ref, made)] if at - made <= _NEW else []
    events += [changed(ref, at)] if at != made else []
    return events + ([cancelled(ref, at)] if said["status"] in _CANCELLED else [])


def _parse(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    try:
        return _Place(datetime.fromisoformat(found[1]), int(found[2])) if found else _refuse_cursor()
    except ValueError as error:  # a month 13
        raise FixInput("cursor", "is not one of ours") from error


def _refuse_cursor() -> _Place:
    raise FixInput("cursor", "is not one of ours")


def _moment_of(said: Native) -> datetime:
    return moment(said["date_modified_gmt"] or said["date_created_gmt"])


def _place_of(said: Native) -> _Place:
    return _Place(_moment_of(said), int(said["id"]))


def _gmt(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stamp_of(at: datetime) -> str:
    """A moment in whole seconds, as it stands in ids and cursors."""
    return f"{_gmt(at)}Z"


def placed(ref: str, at: datetime) -> ShopEvent:
    """That an order was made."""
    return ShopEvent(id=f"order.placed:{ref}", type="order.placed", at=at, order_ref=OrderRef(ref))


def cancelled(ref: str, at: datetime) -> ShopEvent:
    """That an order was cancelled."""
    return ShopEvent(id=f"order.cancelled:{ref}", type="order.cancelled", at=at, order_ref=OrderRef(ref))


def changed(ref: str, at: datetime) -> ShopEvent:
    """That something of an order was touched: a parcel too, as plugins note them in it."""
    return ShopEvent(id=f"order.changed:{ref}:{stamp_of(at)}", type="order.changed", at=at, order_ref=OrderRef(ref))


def customer_changed(ref: str, at: datetime) -> ShopEvent:
    """That an account was made or touched."""
    return ShopEvent(
        id=f"customer.changed:{ref}:{stamp_of(at)}", type="customer.changed", at=at, customer_ref=CustomerRef(ref))


def variant_changed(kind: str, ref: str, at: datetime) -> ShopEvent:
    """That stock or price of what can be bought may be another."""
    return ShopEvent(id=f"{kind}:{ref}:{stamp_of(at)}", type=kind, at=at, variant_ref=VariantRef(ref))
