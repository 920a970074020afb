"""What changed in the shop, found by polling: nothing is missed when a call was. The plugin names changes alike.

Three streams, each behind a place of its own in the cursor: orders by when they were made, orders by when they were
touched, customers by when they were touched. What was touched in the last seconds is left for the next time, as what is
written becomes visible later than it says. A cancelled order that is touched again tells its cancellation again, under
the same id.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.shapes import Native, moment
from bot.commerce.types import CustomerRef, OrderRef, ShopEvent
from bot.errors import FixInput

_SETTLED = timedelta(seconds=5)
_FIRST_LOOK = timedelta(days=60)
_PLACE = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~([A-Za-z0-9_]{0,80})"
_CURSOR = re.compile(f"{_PLACE}/{_PLACE}/{_PLACE}")
_PAGE = 50


@dataclass(frozen=True, order=True)
class _Place:
    """Up to where a stream was told: a moment, and the thing of that moment."""

    at: datetime
    ref: str = ""

    def __str__(self) -> str:
        return f"{stamp_of(self.at)}~{self.ref}"


@dataclass(frozen=True)
class _Cursor:
    made: _Place
    touched: _Place
    customers: _Place

    def __str__(self) -> str:
        return f"{self.made}/{self.touched}/{self.customers}"


@dataclass(frozen=True)
class _Stream:
    """Things of one kind by one of their moments, and what one of them tells."""

    name: str
    path: str
    field: str
    fields: str
    to_events: Callable[[Native], list[ShopEvent]]

    def place_of(self, said: Native) -> _Place:
        """Where a thing stands in it."""
        return _Place(moment(said[self.field]), said["id"])


class ChangePoller:
    """Polls; after nothing was found it rests, however often it is asked."""

    def __init__(
        self, client: MedusaClient, clock: Callable[[], datetime], rest_seconds: float,
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
        for stream in _STREAMS:
            while fresh := self._read(stream, getattr(place, stream.name), now - _SETTLED, limit):
                place = replace(place, **{stream.name: stream.place_of(fresh[-1])})
                if events := [event for said in fresh for event in stream.to_events(said)]:
                    return events, str(place)
        self._quiet_cursor, self._quiet_place = cursor, place
        self._quiet_until = self._seconds() + self._rest_seconds
        return [], cursor

    def _read(self, stream: _Stream, place: _Place, until: datetime, limit: int) -> list[Native]:
        """What lies behind a place, by moment and id; many things may have been touched at one moment."""
        fresh: list[Native] = []
        start, has_more, field = 0, True, stream.field
        while has_more and (len(fresh) < limit or fresh[0][field] == fresh[-1][field]):
            asked: dict[str, Any] = {
                f"{field}[$gte]": stamp_of(place.at), f"{field}[$lte]": stamp_of(until), "order": field,
                "fields": stream.fields, "limit": _PAGE, "offset": start,
            }
            said = self._client.read(f"admin/{stream.path}", **asked)[stream.path]
            fresh += [each for each in said if place < stream.place_of(each)]
            start, has_more = start + _PAGE, len(said) == _PAGE
        # Within a moment Medusa's order is not ours: one that a page cuts off is left for the next time.
        whole = [each for each in fresh if each[field] != fresh[-1][field]] if has_more else fresh
        return sorted(whole, key=stream.place_of)[:limit]


def _parse(cursor: str) -> _Cursor:
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise FixInput("cursor", "is not one of ours")
    parts = found.groups()
    try:
        return _Cursor(*(_Place(moment(parts[i]), parts[i + 1]) for i in (0, 2, 4)))
    except ValueError as error:  # a month 13
        raise FixInput("cursor", "is not one of ours") from error


def stamp_of(at: datetime) -> str:
    """A moment in milliseconds, as Medusa writes it, and as it stands in ids and cursors."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _version_of(at: datetime) -> int:
    """When something was touched, in milliseconds: ids have 64 characters at most, Medusa's own half of them."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def _tell_made(said: Native) -> list[ShopEvent]:
    """`plugin/prevenant-changes.js` names changes in the same way."""
    ref, at = OrderRef(said["id"]), moment(said["created_at"])
    return [] if said["status"] == "draft" else [ShopEvent(f"order.placed:{ref}", "order.placed", at, order_ref=ref)]


def _tell_touched(said: Native) -> list[ShopEvent]:
    ref, at = OrderRef(said["id"]), moment(said["updated_at"])
    if said["status"] == "draft":
        return []
    changed = ShopEvent(f"order.changed:{ref}:{_version_of(at)}", "order.changed", at, order_ref=ref)
    events = [changed] if at != moment(said["created_at"]) else []
    if said.get("canceled_at"):
        ended = moment(said["canceled_at"])
        events.append(ShopEvent(f"order.cancelled:{ref}", "order.cancelled", ended, order_ref=ref))
    return events


def _tell_customer(said: Native) -> list[ShopEvent]:
    at, ref = moment(said["updated_at"]), CustomerRef(said["id"])
    if not said["has_account"]:
        return []
    return [ShopEvent(f"customer.changed:{ref}:{_version_of(at)}", "customer.changed", at, customer_ref=ref)]


_ORDER, _CUSTOMER = "id,status,created_at,updated_at,canceled_at", "id,has_account,created_at,updated_at"
_STREAMS = (
    _Stream("made", "orders", "created_at", _ORDER, _tell_made),
    _Stream("touched", "orders", "updated_at", _ORDER, _tell_touched),
    _Stream("customers", "customers", "updated_at", _CUSTOMER, _tell_customer),
)
