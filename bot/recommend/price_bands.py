"""Purchases -> which products cost about what the customer pays for things of their type, and which do not. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.shopper import Shopper
from bot.recommend.types import Floats, Mask, Purchase, Rows

CERTAIN = 3  # things of a type: so many prove a band
ROOM, THIN_ROOM, LEVEL_ROOM = 1.5, 2.0, 2.5  # times above the dearest, or below the cheapest
OUTSIDE = 0.5  # what a score is worth outside a band that little proves


@dataclass(frozen=True)
class PriceBands:
    """Of each product: whether it lies outside a band that is proven, and what its score is worth."""

    is_outside: Mask
    worth: Floats


def read_price_bands(catalogue: Catalogue, shopper: Shopper, context: Product | None = None) -> PriceBands:
    """The bands of what was kept; none for whom nothing may be used, or who names a price: theirs holds then.

    What is looked at widens the band of its type; of a type that is asked for by name nothing lies outside for good.
    What is reduced is too cheap for nobody who pays its full price; and no price keeps their own of what runs out away.
    """
    count = len(catalogue)
    rows, paid = _paid(catalogue, shopper.kept)
    if shopper.style.price_max_minor or not len(rows):
        return PriceBands(np.zeros(count, dtype=np.bool_), np.ones(count))
    low, high, bought = _by_type(catalogue, rows, paid, context)
    of = catalogue.type_code
    is_beyond = (catalogue.full_price_minor < low[of]) | (catalogue.price_minor > high[of])
    is_beyond[rows[catalogue.is_replenishable[rows]]] = False
    is_proven = (bought[of] >= CERTAIN) & ~catalogue.is_of_types(shopper.style.types)
    return PriceBands(is_beyond & is_proven, np.where(is_beyond, OUTSIDE, 1.0))


def _paid(catalogue: Catalogue, kept: Iterable[Purchase]) -> tuple[Rows, Floats]:
    """The row and the price of each purchase of what is still sold; today's price where the order told none in it."""
    found = [(catalogue.row_of[each.product_ref], each) for each in kept if each.product_ref in catalogue.row_of]
    prices = [
        each.price_minor if each.price_minor and each.currency == catalogue.currency
        else catalogue.price_minor[row] for row, each in found
    ]
    return np.array([row for row, _ in found], dtype=np.int64), np.array(prices, dtype=np.float64)


def _by_type(
    catalogue: Catalogue, rows: Rows, paid: Floats, context: Product | None
) -> tuple[Floats, Floats, Rows]:
    """From what price to what price each type's band goes, and how many things of it were bought.

    Where none was, by how dear the customer's things are among theirs: of three things on, else no band.
    A last place stands for products without a type.
    """
    of, kinds = catalogue.type_code, len(catalogue.types) + 1
    bought = np.bincount(of[rows] % kinds, minlength=kinds)
    low, high = np.full(kinds, np.inf), np.zeros(kinds)
    np.minimum.at(low, of[rows], paid)
    np.maximum.at(high, of[rows], paid)
    if context is not None and context.ref in catalogue.row_of:
        row = catalogue.row_of[context.ref]
        low[of[row]] = min(low[of[row]], catalogue.price_minor[row])
        high[of[row]] = max(high[of[row]], catalogue.price_minor[row])
    room = np.where(bought >= CERTAIN, ROOM, THIN_ROOM)
    low, high = low / room, high * room
    if len(rows) >= CERTAIN:
        usual = catalogue.usual_price
        level = float(np.median(paid / np.maximum(usual[of[rows]], 1)))
        low = np.where(bought > 0, low, usual * level / LEVEL_ROOM)
        high = np.where(bought > 0, high, usual * level * LEVEL_ROOM)
    is_free = (bought == 0) & (len(rows) < CERTAIN)
    is_free[-1] = True
    return np.where(is_free, 0, low), np.where(is_free, np.inf, high), bought
