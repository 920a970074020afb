"""Rows of `purchases` that several silos tell of -> those of one silo an order, the shop's before all others'."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import sqlalchemy as sa

Row = sa.Row[Any]
_SHOP = "shop"  # the silo that tells of the engine's own changes


def tell_once(lines: Iterable[Row], order_of: Callable[[Row], Hashable]) -> list[Row]:
    """Each order by who tells it best, in the order given; what others say came back of it counts, too."""
    lines, best = list(lines), dict[Hashable, tuple[bool, str, str]]()
    sold = {(_teller(line), order_of(line)) for line in lines if line.quantity >= 0}
    for teller, order in sold:
        best[order] = min(best.get(order, teller), teller)
    return [line for line in lines if (order := order_of(line)) not in best
            or best[order] == _teller(line) or (_teller(line), order) not in sold]


def order_of(line: Row) -> tuple[str, str]:
    """Which order of which merged customer a row is of; the row has `root_id`."""
    return line.root_id, line.order_id.lower()


def _teller(line: Row) -> tuple[bool, str, str]:
    return line.silo != _SHOP, line.silo, line.customer_id
