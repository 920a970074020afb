"""Order lines -> baskets as arrays, sorted by customer and time: what everything learned is computed from."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from bot.errors import FixConfiguration
from bot.recommend.types import Mask, Rows

Days = np.ndarray[tuple[int], np.dtype[np.float64]]
NEEDED = ("customer_id", "basket_id", "time", "item_id")
_PER_DAY = 86_400_000_000.0


@dataclass(frozen=True)
class Baskets:
    """One row for each item of a basket. Baskets are numbered by customer, then time; days count from 1970 (UTC)."""

    customer: Rows
    basket: Rows
    item: Rows
    day: Days
    place: Rows  # the shop it was bought in; 0 where that is not told
    kind: Rows  # of each item: its type, 0 where that is not told
    group: Rows  # of each item: the wider group its type belongs to
    customers: int
    places: int

    def __len__(self) -> int:
        """How many lines."""
        return len(self.item)

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.kind)

    def take(self, mask: Mask) -> "Baskets":
        """Only these lines; numbers of customers, baskets and items stay as they were."""
        lines = {name: getattr(self, name)[mask] for name in ("customer", "basket", "item", "day", "place")}
        return replace(self, **lines)

    def only_items(self, chosen: Rows) -> "Baskets":
        """Only lines of these items, which are numbered anew in their order."""
        number = np.full(self.items, -1, dtype=np.int64)
        number[chosen] = np.arange(len(chosen))
        kept = self.take(number[self.item] >= 0)
        return replace(kept, item=number[kept.item], kind=self.kind[chosen], group=self.group[chosen])

    def only_customer(self, customer: int) -> "Baskets":
        """One customer's lines; theirs is the number 0 then."""
        lines = self.take(self.customer == customer)
        return replace(lines, customer=np.zeros(len(lines), dtype=np.int64), customers=1)

    def before(self, day: float) -> "Baskets":
        """What was known when a day began."""
        return self.take(self.day < day)

    def last_baskets(self) -> Rows:
        """Of each customer the number of the newest basket; -1 without any."""
        newest = np.full(self.customers, -1, dtype=np.int64)
        newest[self.customer] = self.basket  # lines are sorted by time: the last one written stays
        return newest

    def first_baskets(self) -> Rows:
        """Of each customer the number of the oldest basket; -1 without any."""
        oldest = np.full(self.customers, -1, dtype=np.int64)
        oldest[self.customer[::-1]] = self.basket[::-1]
        return oldest


@dataclass(frozen=True)
class Names:
    """What the numbers of baskets stand for."""

    customers: tuple[str, ...]
    items: tuple[str, ...]
    places: tuple[str, ...] = ("",)  # the first is where none was told


def read_baskets(lines: pl.DataFrame) -> tuple[Baskets, Names]:
    """Baskets of a table with customer_id, basket_id, time, item_id, and place_id, item_type, item_group if told.

    An item counts once a basket. Raises FixConfiguration when a column is missing, or `time` holds no times.
    """
    if missing := [name for name in NEEDED if name not in lines.columns]:
        raise FixConfiguration(f"the baskets need the columns {', '.join(missing)}")
    if not lines["time"].dtype.is_temporal():
        raise FixConfiguration(f"the column time of the baskets holds {lines['time'].dtype}, not dates or times")
    table = lines.with_columns(pl.col("customer_id", "basket_id", "item_id").cast(pl.String)).drop_nulls(list(NEEDED))
    table = table.unique(["customer_id", "basket_id", "item_id"], keep="first", maintain_order=True)
    table = table.with_columns(time=pl.col("time").min().over("customer_id", "basket_id"))
    table = table.sort("customer_id", "time", "basket_id", "item_id")
    customers, customer = _code(table["customer_id"])
    items, item = _code(table["item_id"])
    day = table["time"].dt.epoch("us").to_numpy() / _PER_DAY
    places, place = _places(table)
    baskets = Baskets(
        customer, _number_baskets(table), item, day, place,
        _of_item(table, "item_type", item, len(items)), _of_item(table, "item_group", item, len(items)),
        len(customers), len(places),
    )
    return baskets, Names(customers, items, places)


def _places(table: pl.DataFrame) -> tuple[tuple[str, ...], Rows]:
    told = pl.col("place_id").cast(pl.String).fill_null("") if "place_id" in table.columns else pl.lit("")
    column = table.with_columns(place=told)["place"]
    places = ("", *column.filter(column != "").unique().sort())
    return places, pl.Series(places).search_sorted(column).to_numpy().astype(np.int64)


def _code(column: pl.Series) -> tuple[tuple[str, ...], Rows]:
    names = column.unique().sort()
    return tuple(names), names.search_sorted(column).to_numpy().astype(np.int64)


def _number_baskets(table: pl.DataFrame) -> Rows:
    return table.select(pl.struct("customer_id", "basket_id").rle_id())["customer_id"].to_numpy().astype(np.int64)


def _optional(table: pl.DataFrame, column: str) -> Rows:
    """1 and up for what is told; 0 for what is not."""
    if column not in table.columns:
        return np.zeros(len(table), dtype=np.int64)
    return _code(table[column].cast(pl.String).fill_null(""))[1] + 1


def _of_item(table: pl.DataFrame, column: str, item: Rows, items: int) -> Rows:
    told = np.zeros(items, dtype=np.int64)
    told[item] = _optional(table, column)
    return told
