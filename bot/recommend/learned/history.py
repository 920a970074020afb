"""Baskets -> each customer's past with each item: how often, how lately, in which rhythm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.sparse import csr_array

from bot.recommend.learned.baskets import Baskets
from bot.recommend.types import Floats, Mask, Rows

WINDOWS_DAYS = (7, 14, 28, 84)
WINDOWS_BASKETS = (1, 3, 10)
HALF_LIVES_DAYS = (15.0, 45.0, 104.0)
BASKET_DECAYS = (0.8, 0.93)
_MOST_GAP_DAYS = 999.0


@dataclass(frozen=True)
class Past:
    """The past of some customers as of a day each: one row for each item that a customer ever bought."""

    baskets: Baskets
    day: Floats  # of each customer, the day that the past is looked at from

    @cached_property
    def _order(self) -> Rows:
        """Lines by customer and item; by time within."""
        return np.argsort(self.baskets.customer * self.baskets.items + self.baskets.item, kind="stable")

    @cached_property
    def _starts(self) -> Rows:
        keys = (self.baskets.customer * self.baskets.items + self.baskets.item)[self._order]
        return np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else self._order

    @cached_property
    def customer(self) -> Rows:
        """Of each pair."""
        return self.baskets.customer[self._order[self._starts]]

    @cached_property
    def item(self) -> Rows:
        """Of each pair."""
        return self.baskets.item[self._order[self._starts]]

    @cached_property
    def age_days(self) -> Floats:
        """Of each line."""
        return np.maximum(self.day[self.baskets.customer] - self.baskets.day, 0.0)

    @cached_property
    def baskets_ago(self) -> Floats:
        """Of each line: 0 in the newest basket."""
        newest = self.baskets.last_baskets()
        return (newest[self.baskets.customer] - self.baskets.basket).astype(np.float64)

    @cached_property
    def basket_starts(self) -> Rows:
        """The first line of each basket."""
        numbers = self.baskets.basket
        return np.flatnonzero(np.concatenate([[True], numbers[1:] != numbers[:-1]])) if len(numbers) else numbers

    @cached_property
    def baskets_count(self) -> Floats:
        """Of each customer."""
        return self._count(self.baskets.customer[self.basket_starts])

    def _count(self, customers: Rows) -> Floats:
        return np.bincount(customers, minlength=self.baskets.customers).astype(np.float64)

    def summed(self, weight: Floats) -> Floats:
        """A weight of lines, or rows of several, summed for each pair."""
        return np.add.reduceat(weight[..., self._order], self._starts, axis=-1) if weight.shape[-1] else weight

    def times_where(self, mask: Mask) -> Floats:
        """Of each pair: in how many lines something holds."""
        return self.summed(mask.astype(np.float64))

    def matrix(self, weight: Floats | Mask) -> csr_array:
        """Customers x items, of one weight for each pair; zeros are left out."""
        shape, kept = (self.baskets.customers, self.baskets.items), weight != 0
        ends = np.searchsorted(self.customer[kept], np.arange(shape[0] + 1))
        return csr_array((weight[kept].astype(np.float32), self.item[kept], ends), shape=shape)

    @cached_property
    def times(self) -> Floats:
        """Of each pair: in how many baskets."""
        return np.diff(np.append(self._starts, len(self._order))).astype(np.float64)

    @cached_property
    def decayed(self) -> Floats:
        """Of each pair: its times, a time counting half after fifteen weeks."""
        return self.summed(0.5 ** (self.age_days / HALF_LIVES_DAYS[-1]))

    @cached_property
    def _ends(self) -> Rows:
        return np.append(self._starts[1:], len(self._order)) - 1

    @cached_property
    def rhythm(self) -> dict[str, Floats]:
        """Of each pair: how long ago, how far apart, in which share of baskets, by name."""
        age, ago = self.age_days[self._order], self.baskets_ago[self._order]
        first, last = age[self._starts], age[self._ends]
        gaps = np.where(self.times > 1, (first - last) / np.maximum(self.times - 1, 1), np.nan)
        previous = age[np.maximum(self._ends - 1, self._starts)] - last
        return {
            "last_days": last,
            "last_baskets": ago[self._ends],
            "first_days": first,
            "gap_days": gaps,
            "newest_gap_days": np.where(self.times > 1, previous, np.nan),
            "overdue": np.minimum(last / np.maximum(gaps, 0.5), _MOST_GAP_DAYS),
            "share_since_first": self.times / (ago[self._starts] + 1),
            "share_of_baskets": self.times / self.baskets_count[self.customer],
            "overdue_baskets": (ago[self._ends] + 1) * self.times / (ago[self._starts] + 1),
        }

    def columns(self, names: Sequence[str] = ()) -> dict[str, Floats]:
        """What is known of each pair, by name; all of it, or what is named, in that order."""
        weights: dict[str, Callable[[], Floats | Mask]] = {
            **{f"times_{days}_days": partial(self._younger_than, days) for days in WINDOWS_DAYS},
            **{f"times_{some}_baskets": partial(self._among_newest, some) for some in WINDOWS_BASKETS},
            **{f"decayed_{life:.0f}": partial(self._decay, life) for life in HALF_LIVES_DAYS},
            **{f"faded_{decay}": partial(self._fade, decay) for decay in BASKET_DECAYS},
        }
        chosen = [name for name in weights if not names or name in names]
        summed = self.summed(np.array([weights[name]() for name in chosen], dtype=np.float64))
        told = {"times": self.times, **self.rhythm, **dict(zip(chosen, summed, strict=True))}
        return {name: told[name] for name in names or told}

    def _younger_than(self, days: float) -> Mask:
        return self.age_days <= days

    def _among_newest(self, some: int) -> Mask:
        return self.baskets_ago < some

    def _decay(self, half_life_days: float) -> Floats:
        return np.asarray(0.5 ** (self.age_days / half_life_days))

    def _fade(self, decay: float) -> Floats:
        return np.asarray(decay**self.baskets_ago)

    def customer_columns(self) -> dict[str, Floats]:
        """What is known of each customer, by name; NaN of those without a past."""
        lines, count = self._count(self.baskets.customer), np.maximum(self.baskets_count, 1)
        kinds = self._count(self.customer)
        first = self.basket_starts
        age, who = self.age_days[first], self.baskets.customer[first]
        newest, oldest = np.full(len(count), np.nan), np.full(len(count), np.nan)
        newest[who], oldest[who[::-1]] = age, age[::-1]
        recent = np.bincount(who, weights=age <= WINDOWS_DAYS[2], minlength=len(count))
        last_size = np.bincount(self.baskets.customer, weights=self.baskets_ago < 5, minlength=len(count))
        return {
            "customer_baskets": count,
            "customer_basket_size": lines / count,
            "customer_basket_size_5": last_size / np.minimum(count, 5),
            "customer_repeats": 1 - kinds / np.maximum(lines, 1),
            "customer_last_days": newest,
            "customer_gap_days": (oldest - newest) / np.maximum(count - 1, 1),
            "customer_baskets_28_days": recent,
        }
