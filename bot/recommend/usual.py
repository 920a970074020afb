"""Purchases -> the customer's usual basket: what is due again by their own rhythm, in the size and colour of last time.

Pure but for the stock that is handed in.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.commerce.types import Availability, Product, ProductRef, Variant, VariantRef
from bot.recommend.catalogue import Catalogue
from bot.recommend.habits import ALMOST, Habit, habits_of
from bot.recommend.rules import is_buyable
from bot.recommend.sizes import NO_STYLE
from bot.recommend.style import Style
from bot.recommend.traits import colour_of, department_of, size_of, size_system, sizes_of, variant_colour
from bot.recommend.types import Purchase

ReadStock = Callable[[list[VariantRef]], Mapping[VariantRef, Availability]]
_NEAR_PRICE = (0.7, 1.3)  # of what it costs: what stands in for a thing costs about as much
_CANDIDATES = 24
_MOST_HABITS = 100  # whoever has more has the hundred that are due, or most often bought


@dataclass(frozen=True)
class Substitute:
    """What comes closest to a thing that is out of stock: another colour of it, else another thing of its type."""

    product: Product
    variant: Variant


@dataclass(frozen=True)
class Usual:
    """One of the customer's habits, ready to be bought again. `is_due`: about to run out by their own rhythm."""

    product: Product
    variant: Variant
    quantity: int
    times: int
    is_available: bool
    last_bought_at: datetime
    lasts_days: float
    is_due: bool = True
    substitute: Substitute | None = None  # in stock, for what is not
    is_elsewhere: bool = False  # it can be sent home, but is not in the store that is collected from

    @property
    def is_sold(self) -> bool:
        """Whether the shop still has this variant at all, in stock or not."""
        return any(each.ref == self.variant.ref for each in self.product.variants)


def read_usual(
    kept: Sequence[Purchase], catalogue: Catalogue, read_stock: ReadStock, now: datetime, *,
    leave_out: frozenset[str] = frozenset(), style: Style = NO_STYLE,
) -> list[Usual]:
    """The habits, those that are due first, each with live stock and what could stand in for what is out of it.

    `leave_out` are products that never stand in: sent back or disliked; nor does what the `style` refuses. With a
    store in the style, in stock is what that one has.
    """
    habits = sorted(habits_of(kept, catalogue), key=lambda habit: not is_due(habit, now))[:_MOST_HABITS]
    found = [(habit, variant) for habit in habits for variant in _last_variants(habit, kept, catalogue)]
    stock = read_stock([v.ref for habit, v in found if v in catalogue.products[habit.row].variants])
    others = {
        variant.ref: _stand_ins(catalogue.products[habit.row], variant, catalogue, leave_out, style)
        for habit, variant in found if not is_buyable(stock.get(variant.ref), style.store)
    }
    more = read_stock([each.variant.ref for some in others.values() for each in some]) if others else {}
    return [
        _usual(habit, variant, kept, catalogue, stock, others.get(variant.ref, ()), more, now, style.store)
        for habit, variant in found
    ]


def is_due(habit: Habit, now: datetime) -> bool:
    """Whether a habit's next time is near, by the customer's own rhythm, else by how long the thing lasts."""
    return (now - habit.last_bought_at).total_seconds() / 86_400 >= ALMOST * habit.lasts_days


def sent_back_last(purchases: Iterable[Purchase]) -> frozenset[ProductRef]:
    """Products of which nothing was kept the last time that they were bought."""
    last: dict[ProductRef, tuple[date, int]] = {}
    for each in purchases:
        day, kept = last.get(each.product_ref, (date.min, 0))
        on = each.bought_at.date()
        if on >= day:
            last[each.product_ref] = (on, each.kept + (kept if on == day else 0))
    return frozenset(ref for ref, (_, kept) in last.items() if not kept)


def _last_variants(habit: Habit, kept: Sequence[Purchase], catalogue: Catalogue) -> list[Variant]:
    """Every variant of the last time; for one that is sold no more, what is of the same size and colour."""
    product = catalogue.products[habit.row]
    if not product.variants:
        return []
    sold = [_as_sold(each, product) for each in _last_time(habit, kept)]
    return list({variant.ref: variant for variant in sold}.values())


def _as_sold(purchase: Purchase, product: Product) -> Variant:
    """What was bought as it is sold now; else as it was, which is then in no stock."""
    same = (v for v in product.variants if v.ref == purchase.variant_ref)
    alike = (
        v for v in product.variants if size_of(v.options) == size_of(purchase.options)
        and colour_of(purchase.options) in ("", variant_colour(product, v))
        and all(v.options.get(key, value) == value for key, value in purchase.options.items())  # a tin's 50 ml, too
    )
    found = next(same, None) or next(alike, None)
    return found or replace(product.variants[0], ref=purchase.variant_ref, options=dict(purchase.options))


def _last_time(habit: Habit, kept: Sequence[Purchase]) -> list[Purchase]:
    day = habit.last_bought_at.date()
    return [p for p in kept if p.product_ref == habit.last.product_ref and p.bought_at.date() == day]


def _usual(
    habit: Habit, variant: Variant, kept: Sequence[Purchase], catalogue: Catalogue,
    stock: Mapping[VariantRef, Availability], others: Sequence[Substitute],
    more: Mapping[VariantRef, Availability], now: datetime, store: str,
) -> Usual:
    product = catalogue.products[habit.row]
    pieces = sum(each.kept for each in _last_time(habit, kept) if _as_sold(each, product).ref == variant.ref)
    pieces = max(pieces or habit.quantity, 1)
    is_available = is_buyable(stock.get(variant.ref), store)
    wanted = min(pieces, _pieces_in(stock[variant.ref], store)) if is_available and store else pieces
    closest = None if is_available else next((o for o in others if is_buyable(more.get(o.variant.ref), store)), None)
    return Usual(
        product, variant, wanted, habit.times, is_available, habit.last_bought_at, habit.lasts_days, is_due(habit, now),
        substitute=closest, is_elsewhere=not is_available and is_buyable(stock.get(variant.ref)),
    )


def _pieces_in(stock: Availability, store: str) -> int:
    return sum(each.quantity or 0 for each in stock.locations if each.location_ref == store)


def _stand_ins(
    product: Product, variant: Variant, catalogue: Catalogue, leave_out: frozenset[str], style: Style
) -> list[Substitute]:
    """The same in other colours and the same size, then other things of the type, size and price, nearest first."""
    return [
        each for each in _nearest(product, variant, catalogue)
        if each.variant.ref != variant.ref and each.product.ref not in leave_out
        and variant_colour(each.product, each.variant) not in style.avoid_colours and not style.refuses(each.product)
    ][:_CANDIDATES]


def _nearest(product: Product, variant: Variant, catalogue: Catalogue) -> Iterator[Substitute]:
    size, colour, price = size_of(variant.options), variant_colour(product, variant), variant.price_minor
    yield from (Substitute(product, v) for v in product.variants if size_of(v.options) == size)
    alike = [
        other for other in catalogue.products
        if other.product_type == product.product_type and other.ref != product.ref
        and department_of(other) == department_of(product) and size_system(other) == size_system(product)
        and (not size or size in sizes_of(other))
    ]
    variants = [Substitute(o, v) for o in alike for v in o.variants if size_of(v.options) == size]
    low, high = _NEAR_PRICE
    near = [each for each in variants if low * price <= each.variant.price_minor <= high * price]
    yield from sorted(near, key=lambda each: (
        variant_colour(each.product, each.variant) != colour, each.product.brand != product.brand,
        abs(each.variant.price_minor - price),
    ))
