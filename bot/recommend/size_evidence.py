"""Orders and everybody's purchases -> evidence of sizes: one person's, and how each brand and cut runs."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import Lock

import numpy as np
import sqlalchemy as sa

from bot.commerce.folding import fold
from bot.commerce.types import Order, OrderLine, Product, ProductRef
from bot.profile.store.engine import Store
from bot.profile.store.tables import purchases
from bot.profile.told_sizes import LETTERS
from bot.recommend.catalogue import Catalogue
from bot.recommend.size_model import Run, Runs, Worn
from bot.recommend.size_runs import Lines, learn_runs
from bot.recommend.size_tables import own_sizes, told_elsewhere
from bot.recommend.traits import size_of, size_system, sizes_of
from bot.recommend.types import Purchase

_WINDOW = timedelta(days=3 * 365)
_AT_MOST = 100_000  # the newest lines of orders: enough for how a brand runs
_LIFETIME = timedelta(hours=1)
_FULFILLED = frozenset({"delivered", "picked_up"})
_TOO_SMALL = re.compile(
    r"\b(?:too (?:small|tight|short|narrow)|trop (?:petit|serre|court|etroit|juste)\w*|taille petit|small)\b"
)
_TOO_LARGE = re.compile(
    r"\b(?:too (?:big|large|loose|long|wide)|trop (?:grand|large|long|ample)\w*|taille grand|large|big)\b"
)
Known = Mapping[Run, Runs]


def run_of(product: Product) -> Run:
    """What is cut alike: the size system, the brand, and the cut where the shop tells it (`fit` or `cut`)."""
    attributes = product.attributes
    return size_system(product), product.brand, str(attributes.get("fit") or attributes.get("cut") or "")


def ladder_of(catalogue: Catalogue, system: str) -> tuple[str, ...]:
    """Every size of a system in order, from the smallest."""
    sizes = {size for product in catalogue.products if size_system(product) == system for size in sizes_of(product)}
    return tuple(sorted(sizes, key=_rank))


def worn_by(orders: Iterable[Order], catalogue: Catalogue, target: Product | None = None) -> list[Worn]:
    """What a customer's orders tell of their size: pieces that arrived, those sent back or exchanged with why.

    What is labelled in another country's numbers than `target` is read in the target's, where a table tells them.
    """
    find_place = _place_finder(catalogue, target)
    return [
        _worn(order, line, place) for order in orders for line in order.lines
        if _has_arrived(order, line) and (place := find_place(line.product_ref, line.options))
    ]


def worn_elsewhere(
    bought: Iterable[Purchase], catalogue: Catalogue, target: Product | None, settled_before: datetime
) -> list[Worn]:
    """The same of what was bought at tills and as a guest, which nobody says has arrived, nor why it came back.

    What came back counts; what did not, only if it was bought before a moment after which it may still be on its way
    or come back.
    """
    find_place = _place_finder(catalogue, target)
    return [
        Worn(place.run, place.number, is_kept=not each.returned) for each in bought
        if (each.returned or (each.kept and each.bought_at < settled_before))
        and (place := find_place(each.product_ref, each.options))
    ]


def read_runs(connection: sa.Connection, catalogue: Catalogue, now: datetime) -> Known:
    """How each brand and cut runs, from the newest lines of everybody's orders, one query."""
    table = purchases
    rows = connection.execute(
        sa.select(table.c.customer_id, table.c.product_id, table.c.size, table.c.quantity)
        .where(table.c.size != "", table.c.quantity != 0, table.c.sold_at > now - _WINDOW, table.c.sold_at <= now)
        .order_by(table.c.sold_at.desc()).limit(_AT_MOST)
    )
    return find_runs(catalogue, [tuple(row) for row in rows])


def find_runs(catalogue: Catalogue, lines: Sequence[tuple[str, str, str, int]]) -> Known:
    """(customer, product, size, pieces; below zero: sent back) of everybody -> how each brand and cut runs."""
    by_system: dict[str, list[tuple[str, Run, str, bool]]] = {}
    runs = {product.ref.lower(): run_of(product) for product in catalogue.products if sizes_of(product)}
    for person, product_id, size, pieces in lines:
        if run := runs.get(product_id.lower()):
            by_system.setdefault(run[0], []).append((person, run, size.lower(), pieces > 0))
    known: dict[Run, Runs] = {}
    for system, found in by_system.items():
        known |= _learn(found, [size.lower() for size in ladder_of(catalogue, system)])
    return known


def _learn(found: Sequence[tuple[str, Run, str, bool]], ladder: Sequence[str]) -> dict[Run, Runs]:
    places = {size: place for place, size in enumerate(ladder)}
    sized = [(who, run, places[size], kept) for who, run, size, kept in found if size in places]
    if not sized:
        return {}
    people = {who: number for number, who in enumerate(dict.fromkeys(each[0] for each in sized))}
    runs = {run: number for number, run in enumerate(dict.fromkeys(each[1] for each in sized))}
    person, run, place = (
        np.array(column, dtype=np.int64)
        for column in zip(*((people[who], runs[what], where) for who, what, where, _ in sized), strict=True)
    )
    is_kept = np.array([each[3] for each in sized], dtype=np.bool_)
    learnt = learn_runs(Lines(person, run, place, is_kept, len(ladder)), len(runs))
    return dict(zip(runs, learnt, strict=True))


class RunsCache:
    """Hands out one count to every thread and renews it when it is older than an hour, or other products are sold."""

    def __init__(self, store: Store, lifetime: timedelta = _LIFETIME) -> None:
        """Reads nothing before the first `get`."""
        self._store = store
        self._lifetime = lifetime
        self._lock = Lock()
        self._held: tuple[datetime, tuple[ProductRef, ...], Known] | None = None

    def get(self, catalogue: Catalogue, now: datetime) -> Known:
        """How each brand and cut runs."""
        sold = tuple(catalogue.row_of)
        with self._lock:
            held = self._held
            if held is None or held[1] != sold or not timedelta() <= now - held[0] < self._lifetime:
                with self._store.read() as connection:
                    held = self._held = (now, sold, read_runs(connection, catalogue, now))
            return held[2]


@dataclass(frozen=True)
class _Place:
    """Where the size of a piece stands on the ladder of its system."""

    product: Product
    run: Run
    ladder: Sequence[str]
    size: str

    @property
    def number(self) -> int:
        return self.ladder.index(self.size)


def _place_finder(
    catalogue: Catalogue, target: Product | None
) -> Callable[[ProductRef, Mapping[str, str]], _Place | None]:
    """Finds the place of a product's size, in the target's numbers; None where it has none."""
    ladders = cache(lambda system: ladder_of(catalogue, system))

    def find(ref: ProductRef, options: Mapping[str, str]) -> _Place | None:
        row, size = catalogue.row_of.get(ref), size_of(options)
        if row is None or not size:
            return None
        product = catalogue.products[row]
        run = run_of(product)
        if target and (said := told_elsewhere(run[0], size, size_system(target))):
            run, size = (size_system(target), *run[1:]), _only(own_sizes(target, said))
        ladder = ladders(run[0])
        return _Place(product, run, ladder, size) if size in ladder else None

    return find


def _worn(order: Order, line: OrderLine, place: _Place) -> Worn:
    requests = [each for each in order.requests if line.id in each.pieces or line.id in each.variants]
    wanted = next((each.variants[line.id] for each in requests if line.id in each.variants), "")
    variant = next((v for v in place.product.variants if v.ref == wanted), None)
    other = size_of(variant.options) if variant else ""
    reason = requests[0].reason if requests else ""
    is_told = other in place.ladder
    too = int(np.sign(place.ladder.index(other) - place.number)) if is_told else _read_reason(reason)
    exchanged = bool(other and other != place.size)
    is_back = bool(line.returned) or any(line.id in each.pieces for each in requests) or exchanged
    return Worn(place.run, place.number, is_kept=not is_back, too=too if is_back else 0)


def _only(sizes: Sequence[str]) -> str:
    return sizes[0] if len(sizes) == 1 else ""


def _has_arrived(order: Order, line: OrderLine) -> bool:
    """Whether the customer has had it on: what is on its way, or was cancelled, proves nothing."""
    return order.status != "cancelled" and line.ordered > line.cancelled and (
        line.delivered > 0 or line.returned > 0 or order.fulfilment_status in _FULFILLED
    )


def _read_reason(text: str) -> int:
    """+1 for "too small", -1 for "too large", in French, English or a word of the engine's; 0 for anything else."""
    said = re.sub(r"[_-]+", " ", fold(text))
    small, large = bool(_TOO_SMALL.search(said)), bool(_TOO_LARGE.search(said))
    return 0 if small == large else 1 if small else -1


def _rank(size: str) -> tuple[int, float, str]:
    lowered = size.lower()
    if lowered in LETTERS:
        return 0, LETTERS.index(lowered), lowered
    number = re.search(r"\d+(?:[.,]\d+)?", lowered)
    return 1, float(number.group().replace(",", ".")) if number else 0.0, lowered
