"""Purchases -> habits: what this customer buys again and again, and when the next time is near."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Purchase

DEFAULT_LASTS_DAYS = 60.0
ALMOST = 0.8  # of the usual interval: time to think of it


@dataclass(frozen=True)
class Habit:
    """Something bought again: the variant of the last time, how many each time, and how long it lasts."""

    row: int  # in the catalogue
    last: Purchase
    times: int
    quantity: int
    lasts_days: float

    @property
    def last_bought_at(self) -> datetime:
        """When it was bought last."""
        return self.last.bought_at


def habits_of(kept: Iterable[Purchase], catalogue: Catalogue) -> list[Habit]:
    """What the customer buys again, most often first: replenishable things, and whatever was bought on two days."""
    by_row: dict[int, list[Purchase]] = {}
    for purchase in sorted(kept, key=lambda each: each.bought_at, reverse=True):
        if (row := catalogue.row_of.get(purchase.product_ref)) is not None:
            by_row.setdefault(row, []).append(purchase)
    habits = [_habit(row, bought, catalogue) for row, bought in by_row.items()]
    usual = [habit for habit in habits if habit.times > 1 or catalogue.is_replenishable[habit.row]]
    return sorted(usual, key=lambda habit: (-habit.times, -habit.last_bought_at.timestamp()))


def due_again(kept: Iterable[Purchase], catalogue: Catalogue, now: datetime) -> list[Habit]:
    """Replenishable things that are about to run out, by the customer's own rhythm."""
    return [
        habit for habit in habits_of(kept, catalogue)
        if catalogue.is_replenishable[habit.row]
        and (now - habit.last_bought_at).total_seconds() / 86_400 >= ALMOST * habit.lasts_days
    ]


def _habit(row: int, bought: list[Purchase], catalogue: Catalogue) -> Habit:
    days = sorted({purchase.bought_at.date() for purchase in bought})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    lasts = catalogue.products[row].attributes.get("lasts_days", DEFAULT_LASTS_DAYS)
    return Habit(
        row=row,
        last=bought[0],
        times=len(days),
        quantity=bought[0].kept,
        lasts_days=float(median(gaps)) if gaps else float(lasts),
    )
