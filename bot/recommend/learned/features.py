"""Candidates -> columns for the ranker: the own past, the type's, each source's word, how the item sells."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.crowd import POWER, Crowd
from bot.recommend.learned.history import Past
from bot.recommend.learned.sources import Pairs, Served
from bot.recommend.types import Floats, Rows

_OF_KIND = (
    "times", "decayed_45", "decayed_104", "last_days", "last_baskets", "overdue", "share_of_baskets", "times_28_days",
)
_RANKED = ("taste", "fit", "alike", "alike_recent", "beside", "mixed", "mixed_fit", "local")


@dataclass(frozen=True)
class Lookup:
    """Columns of (customer, thing) pairs, found by the pair."""

    keys: Rows
    size: int
    names: tuple[str, ...]
    table: Floats  # columns x pairs, and a last pair of which nothing is known

    @classmethod
    def of(cls, past: Past, names: tuple[str, ...] = ()) -> "Lookup":
        """The columns of a past, all or some."""
        columns = past.columns(names)
        table = np.full((len(columns), len(past.item) + 1), np.nan)
        table[:, :-1] = list(columns.values())
        return cls(past.customer * past.baskets.items + past.item, past.baskets.items, tuple(columns), table)

    def find(self, customer: Rows, thing: Rows) -> dict[str, Floats]:
        """The columns of pairs; NaN where the customer never bought it."""
        wanted = customer * self.size + thing
        place = np.searchsorted(self.keys, wanted)
        known = np.append(self.keys, -1)[place] == wanted
        found = self.table[:, np.where(known, place, len(self.keys))]
        return dict(zip(self.names, found, strict=True))


@dataclass(frozen=True)
class Describer:
    """What is needed to describe candidates of some customers; made once for all of them."""

    served: Served
    crowd: Crowd
    own: Lookup
    kind: Lookup
    group: Lookup
    customers: dict[str, Floats]

    @classmethod
    def of(cls, served: Served, crowd: Crowd) -> "Describer":
        """Of customers, as they stand to a crowd."""
        past = served.past
        return cls(
            served, crowd, Lookup.of(past), _by(past, crowd.kind), _by(past, crowd.group), past.customer_columns()
        )

    def describe(self, pairs: Pairs) -> dict[str, Floats]:
        """Every column of candidates, by name."""
        customer, item = pairs.customer, pairs.item
        own = self.own.find(customer, item)
        kind = self.kind.find(customer, self.crowd.kind[item])
        group = self.group.find(customer, self.crowd.group[item])
        sold = dict(zip(self.crowd.sold_names, self.crowd.sold[item].T.astype(np.float64), strict=True))
        scores = {**pairs.scores, **_mix(pairs, own["times"])}
        return {
            "is_own": pairs.is_own.astype(np.float64),
            **own,
            **{f"kind_{name}": values for name, values in kind.items()},
            **{f"group_{name}": values for name, values in group.items()},
            "share_of_kind": own["decayed_45"] / kind["decayed_45"],
            "kind_of_group": kind["decayed_45"] / group["decayed_45"],
            **sold,
            "overdue_item": own["last_days"] / np.maximum(sold["item_gap_days"], 0.5),
            "local_share": pairs.scores["local"] / (28 * sold["sold_28_days"] + 1),
            **scores,
            **{f"rank_{name}": rank_within(pairs, scores[name]) for name in _RANKED},
            **{name: values[customer] for name, values in self.customers.items()},
        }


def _mix(pairs: Pairs, times: Floats) -> dict[str, Floats]:
    """The own past with what is alike, as TIFU-KNN adds them, and with what the ridge regression expects."""
    alike = pairs.scores["alike"]
    most = np.maximum(largest_within(pairs, alike), 1e-9)
    return {
        "mixed": pairs.scores["taste"] + 0.3 * alike / most,
        "mixed_fit": pairs.scores["fit"] + np.nan_to_num(times) ** POWER,
    }


def _by(past: Past, code: Rows) -> Lookup:
    lines: Baskets = past.baskets
    nothing = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
    return Lookup.of(Past(replace(lines, item=code[lines.item], kind=nothing, group=nothing), past.day), _OF_KIND)


def rank_within(pairs: Pairs, score: Floats) -> Floats:
    """0 for each customer's highest score, and so on down."""
    order = np.lexsort((-score, pairs.customer))
    rank = np.empty(len(score))
    rank[order] = np.arange(len(score))
    return rank - np.repeat(pairs.starts, pairs.sizes)


def largest_within(pairs: Pairs, score: Floats) -> Floats:
    """Each customer's highest score, in every row of theirs."""
    return np.repeat(np.maximum.reduceat(score, pairs.starts), pairs.sizes) if len(score) else score


def to_table(columns: dict[str, Floats]) -> NDArray[np.float32]:
    """Rows x columns, in the order of the names."""
    return np.array(list(columns.values()), dtype=np.float32).T.copy()
