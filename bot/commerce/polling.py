"""What changed in a shop whose back end has no log: its things, by when they were made or touched, behind a cursor.

Each stream has a place of its own in the cursor: a moment, and the thing of that moment. What was touched in the last
seconds is left for the next time, as what is written becomes visible later than it says, or its moments are whole
seconds. After nothing was found the poller rests, however often it is asked. Nothing is missed when a call was.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.commerce.types import CustomerRef, OrderRef, ShopEvent, VariantRef
from bot.errors import FixInput

SETTLED = timedelta(seconds=5)
FIRST_LOOK = timedelta(days=60)
Native = Mapping[str, Any]
Pages = Iterable[tuple[Sequence[Native], bool]]  # things in the order of their moments, and whether more may follow


@dataclass(frozen=True, order=True)
class Place:
    """Up to where a stream was told: a moment, and the thing of that moment, by number or word."""

    at: datetime
    ref: Any = 0


@dataclass(frozen=True)
class Stream:
    """Things of one kind by one of their moments. `read` takes the moments to look from and to, the first of which it
    may have told before; `tell` says what there is to tell of one of them, which may be nothing.
    """

    read: Callable[[datetime, datetime], Pages]
    place_of: Callable[[Native], Place]
    tell: Callable[[Native], list[ShopEvent]]


def stamp_of(at: datetime) -> str:
    """A moment in whole seconds, as it stands in ids and cursors."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class CursorForm:
    """How a place is written in a cursor: its moment by `stamp`, and its thing by number or word; `pattern` matches."""

    stamp: Callable[[datetime], str] = stamp_of
    pattern: str = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,20})"
    between: str = "."
    first_ref: Any = 0

    def write(self, places: Sequence[Place]) -> str:
        """The places as a cursor."""
        return "/".join(f"{self.stamp(each.at)}{self.between}{each.ref}" for each in places)

    def read(self, cursor: str, count: int) -> tuple[Place, ...]:
        """The places of a cursor that we gave. FixInput for any other."""
        found = re.fullmatch("/".join([self.pattern] * count), cursor)
        if not found:
            raise FixInput("cursor", "is not one of ours")
        parts, kind = found.groups(), type(self.first_ref)
        try:
            return tuple(
                Place(datetime.fromisoformat(parts[i]), kind(parts[i + 1])) for i in range(0, 2 * count, 2))
        except ValueError as error:  # a month 13
            raise FixInput("cursor", "is not one of ours") from error


class ChangePoller:
    """Polls the streams in their order."""

    def __init__(
        self, streams: Sequence[Stream], clock: Callable[[], datetime], rest_seconds: float,
        seconds: Callable[[], float] = time.monotonic, form: CursorForm = CursorForm(),
    ) -> None:
        """`clock` tells the moment, `seconds` how long it rested."""
        self._streams, self._clock, self._form = streams, clock, form
        self._rest_seconds, self._seconds = rest_seconds, seconds
        self._quiet_cursor, self._quiet_until = "", 0.0
        self._quiet_places: tuple[Place, ...] = ()  # up to where nothing is to be told, behind that cursor

    def poll(self, cursor: str, limit: int) -> tuple[list[ShopEvent], str]:
        """Changes of about `limit` things after the cursor, oldest first, and where to go on. FixInput."""
        now, places = self._clock(), self._quiet_places if cursor == self._quiet_cursor else ()
        if places and self._seconds() < self._quiet_until:
            return [], cursor
        places = places or self._places_of(cursor, now)
        for position, stream in enumerate(self._streams):
            while fresh := _read(stream, places[position], now - SETTLED, limit):
                places = (*places[:position], stream.place_of(fresh[-1]), *places[position + 1 :])
                if events := [event for said in fresh for event in stream.tell(said)]:
                    return events, self._form.write(places)
        self._quiet_cursor, self._quiet_places = cursor, places
        self._quiet_until = self._seconds() + self._rest_seconds
        return [], cursor

    def _places_of(self, cursor: str, now: datetime) -> tuple[Place, ...]:
        if cursor:
            return self._form.read(cursor, len(self._streams))
        return (Place(now - FIRST_LOOK, self._form.first_ref),) * len(self._streams)


def _read(stream: Stream, place: Place, until: datetime, limit: int) -> list[Native]:
    """What lies behind a place, by moment and thing: one page of the vendor's, and more only within a moment, where its
    order need not be ours. The rest waits for the next look: what is touched between two pages moves what follows.
    """
    fresh: list[tuple[Place, Native]] = []
    has_more = False
    for said, may_follow in stream.read(place.at, until):
        has_more = may_follow
        told = [(stream.place_of(each), each) for each in said]
        fresh += [each for each in told if place < each[0] and each[0].at <= until]
        if fresh and fresh[0][0].at != fresh[-1][0].at:
            break
    # A moment that a page cuts off is left whole for the next time.
    last = fresh[-1][0].at if fresh and has_more else None
    whole = sorted((each for each in fresh if each[0].at != last), key=lambda each: each[0])
    return [said for _, said in whole][:limit]


def placed(ref: str, at: datetime) -> ShopEvent:
    """That an order was made."""
    return ShopEvent(id=f"order.placed:{ref}", type="order.placed", at=at, order_ref=OrderRef(ref))


def cancelled(ref: str, at: datetime) -> ShopEvent:
    """That an order was cancelled."""
    return ShopEvent(id=f"order.cancelled:{ref}", type="order.cancelled", at=at, order_ref=OrderRef(ref))


def changed(ref: str, at: datetime, stamp: Callable[[datetime], str] = stamp_of) -> ShopEvent:
    """That something of an order was touched."""
    return ShopEvent(id=f"order.changed:{ref}:{stamp(at)}", type="order.changed", at=at, order_ref=OrderRef(ref))


def customer_changed(ref: str, at: datetime, stamp: Callable[[datetime], str] = stamp_of) -> ShopEvent:
    """That an account was made or touched."""
    return ShopEvent(
        id=f"customer.changed:{ref}:{stamp(at)}", type="customer.changed", at=at, customer_ref=CustomerRef(ref))


def variant_changed(kind: str, ref: str, at: datetime) -> ShopEvent:
    """That stock or price of what can be bought may be another."""
    return ShopEvent(id=f"{kind}:{ref}:{stamp_of(at)}", type=kind, at=at, variant_ref=VariantRef(ref))
