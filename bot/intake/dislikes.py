"""Stage B1: what somebody said no to ("not for me") -> that nothing of it is told to them.

What was said last counts: who takes it back, asks to be told, wishes for it or puts it into the basket wants it again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.commerce.named_variants import PRODUCT_KEYS, VARIANT_KEYS
from bot.intake import names
from bot.intake.sightings import said_under
from bot.profile.identities import roots_of
from bot.profile.store.tables import customers, events
from bot.profile.store.upsert import is_one_of

WANTED_AGAIN = (
    names.PRODUCT_DISLIKE_TAKEN_BACK, names.BACK_IN_STOCK_REQUESTED, names.PRODUCT_WISHED, names.PRODUCT_ADDED,
)


class Told(NamedTuple):
    """A product, with the variant that is meant, that somebody would be told of at a moment."""

    customer_id: str
    product_ref: str
    variant_ref: str
    at: datetime


def find_disliked(connection: sa.Connection, told: Collection[Told]) -> set[Told]:
    """Those whose person, over everybody they were merged from, does not want to see the product at that moment."""
    if not told:
        return set()
    roots = roots_of(connection, sorted({each.customer_id for each in told}))
    said = _read_said(connection, sorted(set(roots.values())), told)
    return {each for each in told if _is_no(said.get(roots.get(each.customer_id, ""), ()), each)}


def _is_no(oldest_first: Iterable[sa.Row[Any]], told: Told) -> bool:
    about = [
        each.name for each in oldest_first if each.occurred_at <= told.at
        and (each.product_ref == told.product_ref or (each.variant_ref and each.variant_ref == told.variant_ref))
    ]
    return about[-1:] == [names.PRODUCT_DISLIKED]


def _read_said(
    connection: sa.Connection, roots: list[str], told: Collection[Told]
) -> dict[str, list[sa.Row[Any]]]:
    """What each person said of these products, oldest first."""
    product, variant = (said_under(keys) for keys in (PRODUCT_KEYS, VARIANT_KEYS))
    rows = connection.execute(
        sa.select(customers.c.root_id, events.c.name, events.c.occurred_at, product.label("product_ref"),
                  variant.label("variant_ref"))
        .join(customers, customers.c.customer_id == events.c.customer_id)
        .where(is_one_of(connection, customers.c.root_id, roots),
               events.c.name.in_((names.PRODUCT_DISLIKED, *WANTED_AGAIN)),
               sa.or_(product.in_(sorted({each.product_ref for each in told})),
                      variant.in_(sorted({each.variant_ref for each in told if each.variant_ref}))))
        .order_by(events.c.occurred_at, events.c.event_id)
    )
    said = defaultdict(list)
    for row in rows:
        said[row.root_id].append(row)
    return said
