"""Stage B2: what was bought -> traits that recommendations rest on, kept current by a cursor over events.

Each trait is counted per customer and per silo of the orders (`computed:shop`, `computed:uci`), never
per merged person: reading adds the counts up (rule `add_counts`), so an undone merge takes its own
part away again. What a page says about orders is not counted: anybody can say it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.profile.events import Event
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, events
from bot.profile.store.upsert import insert_or_ignore, is_one_of
from bot.profile.traits import set_traits

CURSOR = "computed_traits"
_CUSTOMERS_AT_ONCE = 400
MAX_PRODUCTS = 100  # of `usual_products`
_BOUGHT, _CHANGED, _CANCELLED, _REFUNDED = "Order Completed", "Order Updated", "Order Cancelled", "Order Refunded"
_NAMES = (_BOUGHT, _CHANGED, _CANCELLED, _REFUNDED)
_UNTRUSTED_SILOS = ("web",)
_COUNTED = (
    ("favourite_sizes", ("size",)),
    ("favourite_colours", ("colour", "color")),
    ("favourite_types", ("product_type", "category")),
    ("favourite_brands", ("brand",)),
    ("usual_products", ("product_id",)),
    ("usual_variants", ("variant_id",)),
)


def refresh_computed_traits(store: Store, *, now: datetime, limit: int = 2_000) -> int:
    """Recompute the customers of the next events behind the cursor; how many, 0 when all is current. Writes.

    The work is done outside the writing transaction; of two processes that do the same, one is left out.
    """
    with store.read() as connection:
        position = _read_cursor(connection)
        page = _changed_customers(connection, position, limit)
        if not page:
            return 0
        rows = compute_traits(connection, sorted({row.customer_id for row in page}), now)
    with store.write() as connection:
        if not _move_cursor(connection, position, page[-1].event_id):
            return 0
        set_traits(connection, rows)
    return len({row.customer_id for row in page})


def refresh_buyers(connection: sa.Connection, new: Sequence[Event], now: datetime) -> None:
    """Recompute at once whom new events make buyers, in the transaction that stores them. Writes.

    The cursor comes by later and finds the same: who reads next must not wait for it.
    """
    buyers = {each.customer_id for each in new if each.name in _NAMES and each.silo not in _UNTRUSTED_SILOS}
    if buyers:
        set_traits(connection, compute_traits(connection, sorted(buyers), now))


def compute_traits(connection: sa.Connection, customer_ids: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """The trait rows of these customers, from all their orders, in one read for many customers."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(customer_ids), _CUSTOMERS_AT_ONCE):
        found = connection.execute(
            sa.select(events.c.customer_id, events.c.silo, events.c.name, events.c.properties, events.c.occurred_at)
            .where(
                is_one_of(connection, events.c.customer_id, customer_ids[start : start + _CUSTOMERS_AT_ONCE]),
                *_is_purchase(),
            )
            .order_by(events.c.occurred_at, events.c.event_id)
        )
        by_source: dict[tuple[str, str], list[sa.Row[Any, Any, Any, Any, Any]]] = defaultdict(list)
        for row in found:
            by_source[(row.customer_id, row.silo)].append(row)
        for (customer_id, silo), history in by_source.items():
            for name, value in summarise(history).items():
                rows.append({"customer_id": customer_id, "name": name, "silo": f"computed:{silo}", "value": value,
                             "set_at": _moment_of(name, value, now)})
    return rows


def summarise(history: Iterable[Any]) -> dict[str, Any]:
    """Traits from one customer's order events, oldest first: net of what was cancelled or given back."""
    orders: dict[str, tuple[datetime, list[dict[str, Any]]]] = {}
    returned: list[dict[str, Any]] = []
    for row in history:
        order_id, lines = str(row.properties.get("order_id", "")), _lines(row.properties)
        if row.name == _REFUNDED:
            returned += lines
        elif row.name == _CANCELLED:
            orders.pop(order_id, None)
        elif row.name == _BOUGHT or order_id in orders:
            orders[order_id] = (orders[order_id][0] if order_id in orders else row.occurred_at, lines)
    bought = [line for _, lines in orders.values() for line in lines]
    counted = {name: _count(bought, returned, keys) for name, keys in _COUNTED}
    counted["usual_products"] = dict(list(counted["usual_products"].items())[:MAX_PRODUCTS])
    last = max(orders.items(), key=lambda item: item[1][0], default=None)
    return {**counted, "order_count": {"orders": len(orders)}, "last_purchase": _describe_last(last)}


def _moment_of(name: str, value: Any, now: datetime) -> datetime:
    """The last purchase is as new as itself, so that the latest of several silos wins; counts are of now."""
    return datetime.fromisoformat(value["at"]) if name == "last_purchase" and value else now


def _describe_last(last: tuple[str, tuple[datetime, list[dict[str, Any]]]] | None) -> dict[str, Any] | None:
    if last is None:
        return None
    order_id, (moment, lines) = last
    products = [str(line["product_id"]) for line in lines if line.get("product_id")]
    return {"at": moment.isoformat(), "order_id": order_id, "products": products[:MAX_PRODUCTS]}


def _count(
    bought: Iterable[dict[str, Any]], returned: Iterable[dict[str, Any]], keys: Sequence[str]
) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for sign, lines in ((1, bought), (-1, returned)):
        for line in lines:
            for key in keys:
                if value := line.get(key):
                    counts[str(value)] += sign * _quantity(line)
                    break
    return {value: count for value, count in counts.most_common() if count > 0}


def _quantity(line: dict[str, Any]) -> int:
    quantity = line.get("quantity", 1)
    return int(quantity) if isinstance(quantity, int | float) else 1


def _lines(properties: dict[str, Any]) -> list[dict[str, Any]]:
    products = properties.get("products")
    return [line for line in products if isinstance(line, dict)] if isinstance(products, list) else []


def _is_purchase() -> tuple[sa.ColumnElement[bool], ...]:
    return (events.c.name.in_(_NAMES), events.c.silo.not_in(_UNTRUSTED_SILOS))


def _changed_customers(connection: sa.Connection, position: int, limit: int) -> Sequence[sa.Row[Any, Any]]:
    return connection.execute(
        sa.select(events.c.event_id, events.c.customer_id)
        .where(events.c.event_id > position, *_is_purchase())
        .order_by(events.c.event_id)
        .limit(limit)
    ).all()


def _read_cursor(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR)) or 0)


def _move_cursor(connection: sa.Connection, position: int, to: int) -> bool:
    insert_or_ignore(connection, cursors, [{"name": CURSOR, "value": "0"}], ("name",))
    moved = connection.execute(
        sa.update(cursors).where(cursors.c.name == CURSOR, cursors.c.value == str(position)).values(value=str(to))
    )
    return bool(moved.rowcount)
