"""What changed in the shop, found by polling: Adobe Commerce itself calls nobody. `webhooks.py` names changes alike.

One stream, orders and customers by when they were touched. What was touched in the last seconds is left for the next
time, as Adobe's moments are whole seconds. That an order was made, and that it was cancelled, is told again, under the
same id, when it is touched soon after.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search
from bot.commerce.adobe.shapes import Native, gmt, moment
from bot.commerce.types import CustomerRef, OrderRef, ShopEvent
from bot.errors import FixInput

_SETTLED = timedelta(seconds=5)
_FIRST_LOOK = timedelta(days=60)
_NEW = timedelta(days=2)  # ids are known for seven
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.([co])(\d{1,20})")
_OVER = ("canceled", "closed")
_FIRST = ""  # before every kind


@dataclass(frozen=True, order=True)
class _Place:
    """Up to where was told: a moment, and what of that moment; an account before an order."""

    at: datetime
    kind: str = _FIRST
    number: int = 0

    def __str__(self) -> str:
        return f"{stamp_of(self.at)}.{self.kind}{self.number}"


@dataclass(frozen=True)
class _Stream:
    """A listing of things that are touched."""

    kind: str
    path: str
    key: str
    fields: str


_STREAMS = (
    _Stream("c", "customers/search", "id", "id,created_at,updated_at"),
    _Stream("o", "orders", "entity_id", "entity_id,created_at,updated_at,state"),
)


@dataclass(frozen=True, order=True)
class _Touched:
    place: _Place
    said: Native = field(compare=False)


class ChangePoller:
    """Polls; after nothing was found it rests, however often it is asked."""

    def __init__(
        self, client: AdobeClient, clock: Callable[[], datetime], rest_seconds: float,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells the moment, `seconds` how long it rested."""
        self._client, self._clock, self._rest_seconds, self._seconds = client, clock, rest_seconds, seconds
        self._quiet_cursor, self._quiet_until = "", 0.0
        self._quiet_place: _Place | None = None  # up to where nothing is to be told, behind that cursor

    def poll(self, cursor: str, limit: int) -> tuple[list[ShopEvent], str]:
        """Changes of about `limit` things after the cursor, oldest first, and where to go on. FixInput."""
        now, place = self._clock(), self._quiet_place if cursor == self._quiet_cursor else None
        if place and self._seconds() < self._quiet_until:
            return [], cursor
        place = place or (_parse(cursor) if cursor else _Place(now - _FIRST_LOOK))
        while fresh := self._read(place, now - _SETTLED, limit):
            place = fresh[-1].place
            if events := [event for each in fresh for event in _tell(each)]:
                return events, str(place)
        self._quiet_cursor, self._quiet_place = cursor, place
        self._quiet_until = self._seconds() + self._rest_seconds
        return [], cursor

    def _read(self, place: _Place, until: datetime, limit: int) -> list[_Touched]:
        """What lies behind a place, of all streams in one order; none goes further than the shortest was read."""
        found: list[_Touched] = []
        for stream in _STREAMS:
            told, is_whole = self._read_one(stream, place, until)
            found += told
            if not is_whole:
                until = min(until, told[-1].place.at)
        return sorted(each for each in found if each.place.at <= until)[:limit]

    def _read_one(self, stream: _Stream, place: _Place, until: datetime) -> tuple[list[_Touched], bool]:
        """Of one stream a page of whole seconds, and whether that is all. Within a second Adobe's order need not be
        ours, so more pages of it are read; else none is: what is touched meanwhile would move the rest by one.
        """
        fresh: list[_Touched] = []
        page, is_whole = 1, False
        while not is_whole and (not fresh or fresh[0].place.at == fresh[-1].place.at):
            asked = Search(
                [Filter("updated_at", gmt(place.at), "gteq"), Filter("updated_at", gmt(until), "lteq")],
                sort=["updated_at", "entity_id"], page=page, fields=stream.fields)
            said, count = self._client.search(stream.path, asked)
            touched = (_Touched(_Place(_moment_of(each), stream.kind, int(each[stream.key])), each) for each in said)
            fresh += [each for each in touched if place < each.place and each.place.at <= until]
            is_whole, page = page * asked.size >= count, page + 1
        last = None if is_whole else fresh[-1].place.at
        return sorted(each for each in fresh if each.place.at != last), is_whole


def _tell(touched: _Touched) -> Iterator[ShopEvent]:
    """What there is to tell of a thing as it stands."""
    ref, at, said = str(touched.place.number), touched.place.at, touched.said
    if touched.place.kind == "c":
        yield customer_changed(ref, at)
    else:
        yield from tell_order(ref, moment(said["created_at"]), at, str(said["state"]))


def tell_order(ref: str, made: datetime, at: datetime, state: str) -> Iterator[ShopEvent]:
    """What there is to tell of an order that was touched."""
    if at - made <= _NEW:
        yield ShopEvent(id=f"order.placed:{ref}", type="order.placed", at=made, order_ref=OrderRef(ref))
    if at != made:
        stamp = stamp_of(at)
        yield ShopEvent(id=f"order.changed:{ref}:{stamp}", type="order.changed", at=at, order_ref=OrderRef(ref))
    if state in _OVER:
        yield ShopEvent(id=f"order.cancelled:{ref}", type="order.cancelled", at=at, order_ref=OrderRef(ref))


def customer_changed(ref: str, at: datetime) -> ShopEvent:
    """That an account was made or touched."""
    return ShopEvent(
        id=f"customer.changed:{ref}:{stamp_of(at)}", type="customer.changed", at=at, customer_ref=CustomerRef(ref))


def _parse(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    try:
        return _Place(datetime.fromisoformat(found[1]), found[2], int(found[3])) if found else _refuse_cursor()
    except ValueError as error:  # a month 13
        raise FixInput("cursor", "is not one of ours") from error


def _refuse_cursor() -> _Place:
    raise FixInput("cursor", "is not one of ours")


def _moment_of(said: Native) -> datetime:
    return moment(said.get("updated_at") or said["created_at"])


def stamp_of(at: datetime) -> str:
    """A moment in whole seconds, as it stands in ids and cursors."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
