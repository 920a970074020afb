"""What is in the basket already -> columns beside the others, for a ranking that goes on from there.

Learned from baskets of the past, of which a half, drawn by chance, stands for what is in the basket so far.
"""

from collections.abc import Mapping

import numpy as np

from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.crowd import Crowd
from bot.recommend.learned.sources import Pairs, sum_short_rows
from bot.recommend.types import Floats, Mask, Rows

MIN_LINES = 2  # of a basket that is cut in two
Sessions = Mapping[int, Rows]  # customer -> the items in their basket


def halve_baskets(baskets: Baskets, seed: int) -> tuple[Sessions, Baskets]:
    """A half of each customer's lines, which all are of one basket, and the lines that are left to be foretold."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(baskets)), baskets.customer))
    customer = baskets.customer[order]
    size = np.bincount(customer, minlength=baskets.customers)
    place = np.arange(len(order)) - (np.cumsum(size) - size)[customer]
    is_told = np.zeros(len(baskets), dtype=np.bool_)
    is_told[order] = place < size[customer] // 2
    is_long = size[baskets.customer] >= MIN_LINES
    told = baskets.take(is_told & is_long)
    ends = np.searchsorted(told.customer, np.arange(baskets.customers + 1))
    sessions = {int(each): told.item[ends[each] : ends[each + 1]] for each in np.unique(told.customer)}
    return sessions, baskets.take(~is_told & is_long)


def describe_session(pairs: Pairs, crowd: Crowd, sessions: Sessions) -> dict[str, Floats]:
    """Of each candidate how it stands to the basket of its customer, by name; NaN-free, 0 where nothing is in it."""
    found = [_describe_one(crowd, pairs.item[rows], sessions.get(int(pairs.customer[rows.start]), _NOTHING))
             for rows in _rows_of(pairs)]
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]} if found else {}


_NOTHING: Rows = np.zeros(0, dtype=np.int64)


def _rows_of(pairs: Pairs) -> list[slice]:
    return [slice(start, start + size) for start, size in zip(pairs.starts.tolist(), pairs.sizes.tolist(), strict=True)]


def _describe_one(crowd: Crowd, item: Rows, session: Rows) -> dict[str, Floats]:
    ones = np.ones(len(session), dtype=np.float32)
    beside = sum_short_rows(crowd.together, session, ones)[item]
    near = crowd.factors[item] @ crowd.factors[session].sum(axis=0)
    return {
        "session_size": np.full(len(item), float(len(session))),
        "session_beside": beside.astype(np.float64),
        "session_beside_each": beside / max(len(session), 1),
        "session_near": near.astype(np.float64),
        "session_kind": _count(crowd.kind, item, session),
        "session_group": _count(crowd.group, item, session),
    }


def _count(code: Rows, item: Rows, session: Rows) -> Floats:
    """How many things of the basket are of each candidate's kind."""
    counts = np.bincount(code[session], minlength=int(code.max(initial=0)) + 1)
    return counts[code[item]].astype(np.float64)


def in_basket(pairs: Pairs, sessions: Sessions) -> Mask:
    """The candidates that are in the basket already."""
    keys = [customer * pairs.items + items for customer, items in sessions.items()]
    return np.isin(pairs.customer * pairs.items + pairs.item, np.concatenate(keys)) if keys else pairs.item < 0
