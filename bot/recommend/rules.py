"""What must not be suggested, whatever its score: masks over the catalogue, then live stock, then variety."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.commerce.types import Availability, Product, ProductRef, Variant, VariantRef
from bot.recommend.catalogue import Catalogue
from bot.recommend.colours import go_together
from bot.recommend.shopper import Shopper
from bot.recommend.sizes import customer_size, is_out_of_range
from bot.recommend.style import Style
from bot.recommend.traits import size_of, sizes_of, variant_colour
from bot.recommend.types import Mask, Rows

WornBeside = Callable[[Product], Sequence[str]]


@dataclass(frozen=True)
class Fit:
    """A product with the variant to show: in stock, and in the customer's size if that is known."""

    row: int
    variant: Variant
    is_size_known: bool


def allowed_products(catalogue: Catalogue, shopper: Shopper, context: Product | None) -> Mask:
    """Leaves out what the shop bans, what was bought (unless one buys it again), returned, disliked, cut for others.

    And what lies in the basket, unless its type is asked for.
    """
    mask = ~catalogue.is_banned
    bought = catalogue.rows([p.product_ref for p in shopper.purchases])
    mask[bought] &= catalogue.is_replenishable[bought]
    mask[catalogue.rows([p.product_ref for p in shopper.purchases if p.returned])] = False
    mask[catalogue.rows(ProductRef(each) for each in shopper.disliked)] = False
    if context is not None and context.ref in catalogue.row_of:
        mask[catalogue.row_of[context.ref]] = False
    if not shopper.style.types:  # who asks for socks with socks in the basket wants socks
        mask[catalogue.rows(list(shopper.basket))] = False
    if shopper.departments:
        mask &= catalogue.departments.among({"", *shopper.departments})
    mask &= _within_style(catalogue, shopper.style)
    wanted = frozenset(shopper.style.only_for)
    made_for = mask & catalogue.occasions.where(lambda each: bool(wanted & each))
    return made_for if made_for.any() else mask


def _within_style(catalogue: Catalogue, style: Style) -> Mask:
    mask = np.ones(len(catalogue), dtype=np.bool_)
    if style.types:
        mask &= catalogue.is_of_types(style.types)
    if style.department:
        mask &= catalogue.departments.among({"", style.department})
    if style.price_max_minor:
        mask &= catalogue.price_minor <= style.price_max_minor
    if style.avoid_materials:
        unwanted = frozenset(style.avoid_materials)
        mask &= ~catalogue.materials.where(lambda each: bool(unwanted & each))
    if style.avoid_types:
        mask &= ~catalogue.is_of_types(frozenset(style.avoid_types) - frozenset(style.types))
    if style.avoid_colours:
        wanted = [number for number, colour in enumerate(catalogue.colours) if colour not in style.avoid_colours]
        mask &= catalogue.has_colour[:, wanted].any(axis=1) | catalogue.is_colourless
    return mask


def wearable_variants(product: Product, shopper: Shopper) -> tuple[Variant, ...]:
    """The variants that suit the customer: their size where we know it, no avoided colour, within the price.

    None of a product that is not made in a size as small or large as theirs.
    """
    if is_out_of_range(product, shopper.sizes, shopper.style):
        return ()
    size = customer_size(product, shopper.sizes, shopper.style)
    limit = shopper.style.price_max_minor
    return tuple(
        variant for variant in product.variants
        if (not size or size_of(variant.options) == size)
        and variant_colour(product, variant) not in shopper.style.avoid_colours
        and (not limit or variant.price_minor <= limit)
    )


def is_buyable(stock: Availability | None, store: str = "") -> bool:
    """Whether it can be sent home now; with a `store`, whether that one says besides that it has some to collect."""
    is_there = not store or any(
        each.location_ref == store and each.has_pickup and each.quantity for each in (stock.locations if stock else ())
    )
    return bool(
        stock and is_there and stock.is_sellable_online and stock.state in {"in_stock", "low"} and stock.quantity != 0
    )


def fit_products(
    rows: Iterable[int], catalogue: Catalogue, shopper: Shopper, stock: Mapping[VariantRef, Availability],
    worn_beside: WornBeside = lambda _: (),
) -> Iterator[Fit]:
    """Rows -> fits, those out of stock left out; colours that go with what it is worn beside first, the liked of them.

    `worn_beside` tells the colours that a product has to go with; () for none.
    """
    for row in rows:
        product = catalogue.products[row]
        found = [v for v in wearable_variants(product, shopper) if is_buyable(stock.get(v.ref), shopper.style.store)]
        if found:
            liked, beside = shopper.style.colours, worn_beside(product)
            best = min(found, key=lambda v: _colour_rank(variant_colour(product, v), liked, beside))
            size = customer_size(product, shopper.sizes, shopper.style)
            yield Fit(row, best, is_size_known=bool(size) or not sizes_of(product))


def diversify(
    fits: Sequence[Fit], catalogue: Catalogue, limit: int, *, at_most: int, liked: Collection[str] = ()
) -> list[Fit]:
    """The best, at most so many of one type and half in one colour; where that leaves places, the next best fill them.

    Of a `liked` colour there may be any number.
    """
    first, rest = _vary(fits, catalogue, limit, at_most, liked)
    return (first + rest)[:limit]


def is_varied(
    fits: Sequence[Fit], catalogue: Catalogue, limit: int, *, at_most: int, liked: Collection[str] = ()
) -> bool:
    """Whether `diversify` would choose the same whatever else came after: the stock of the rest need not be read."""
    return len(_vary(fits, catalogue, limit, at_most, liked)[0]) >= limit


def _vary(
    fits: Sequence[Fit], catalogue: Catalogue, limit: int, at_most: int, liked: Collection[str]
) -> tuple[list[Fit], list[Fit]]:
    """The best, no more than allowed of a type or in a colour, then all others: those of one colour too many first.

    One that is one too many takes no place of its type or colour.
    """
    kinds: Counter[int] = Counter()
    colours: Counter[str] = Counter()
    first: list[Fit] = []
    of_colour: list[Fit] = []
    of_type: list[Fit] = []
    for fit in fits:
        kind, colour = int(catalogue.type_code[fit.row]), variant_colour(catalogue.products[fit.row], fit.variant)
        if kinds[kind] >= at_most:
            of_type.append(fit)
        elif colour and colour not in liked and colours[colour] >= max(1, (limit + 1) // 2):
            of_colour.append(fit)
        else:
            kinds[kind] += 1
            colours[colour] += 1
            first.append(fit)
    return first, of_colour + of_type


def spread(rows: Rows, catalogue: Catalogue, *, at_most: int) -> list[int]:
    """Rows in their order, but those that are one too many of a type come after all others."""
    kind = catalogue.type_code[rows]
    by_kind = np.argsort(kind, kind="stable")
    sorted_kind = kind[by_kind]
    place = np.empty(len(rows), dtype=np.int64)  # of each row among those of its type
    place[by_kind] = np.arange(len(rows)) - np.searchsorted(sorted_kind, sorted_kind)
    return [*rows[place < at_most].tolist(), *rows[place >= at_most].tolist()]


def _colour_rank(colour: str, liked: Sequence[str], harmonious_with: Sequence[str]) -> tuple[bool, bool]:
    fits = all(go_together(colour, other) for other in harmonious_with)
    return not fits, colour not in liked
