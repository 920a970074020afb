"""Stage B2: what customers bought and rated -> traits and purchase lines, kept current by a cursor over events.

Each trait is counted per customer and per silo (`computed:shop`, `computed:uci`), never per merged
person: reading unites the parts (rules `add_counts`, `days_between`, `latest`, `earliest`), so a merge
brings its part in and an undone merge takes it away again, with nothing to recompute.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from babel.numbers import get_currency_precision

from bot.profile.events import Event
from bot.profile.purchases import (
    ORDER_EVENTS,
    UNTRUSTED_SILOS,
    Bought,
    OrderEvent,
    PurchaseLine,
    read_bought,
    replace_purchases,
    to_row,
)
from bot.profile.satisfaction import OPINION_EVENTS, count_opinions
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, events
from bot.profile.store.upsert import insert_or_ignore, insert_or_update, is_one_of
from bot.profile.traits import set_traits

CURSOR = "computed_traits"
_CUSTOMERS_AT_ONCE = 400
_BACKLOG = "computed_traits_backlog"  # from where to where one is worked off, and the last customer that is done
_BACKLOG_PAGES = 10  # so many are one
MAX_PRODUCTS = 100  # of `usual_products`
MAX_DAYS = 100  # of a product type, the newest
PRICE_BANDS = (10, 25, 50, 100, 250, 500, 1_000)  # upper ends, in major units of whatever currency
ANY_TYPE = "any"  # key of days_between_purchases for orders of whatever type
_COUNTED = (
    ("favourite_sizes", "size"),
    ("favourite_colours", "colour"),
    ("favourite_types", "product_type"),
    ("favourite_brands", "brand"),
    ("usual_products", "product_id"),
    ("usual_variants", "variant_id"),
)
_History = Mapping[tuple[str, str], Sequence[OrderEvent]]  # (customer, silo) -> its events, oldest first


def refresh_computed_traits(store: Store, *, now: datetime, limit: int = 2_000) -> int:
    """Recompute the customers of the next events behind the cursor; how many, 0 when all is current. Writes.

    The work is done outside the writing transaction; of two processes that do the same, one is left out. Where many
    pages wait (a first import), each customer is recomputed once for all of them.
    """
    with store.read() as connection:
        position = _read_cursor(connection)
        newest = connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0
        page = _changed_customers(connection, position, limit * _BACKLOG_PAGES) if newest > position else ()
        if len(page) < limit * _BACKLOG_PAGES:
            changed = sorted({row.customer_id for row in page[:limit]})
            traits, lines = compute(connection, changed, now)
    if len(page) == limit * _BACKLOG_PAGES:
        return _work_off(store, position, newest, now)
    if not page and newest - position < limit:  # a few that do not count: they are passed over again, not written about
        return 0
    with store.write() as connection:
        if not _move_cursor(connection, position, page[limit - 1].event_id if len(page) > limit else newest):
            return 0
        _keep(connection, changed, traits, lines)
    return len(changed)


def _work_off(store: Store, position: int, newest: int, now: datetime) -> int:
    """Every customer of the events from `position` to `newest`, some hundreds a transaction. Writes.

    A killed run goes on where it was.
    What others write meanwhile of newer events stands behind `newest`: the cursor comes by again.
    """
    with store.read() as connection:
        noted = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _BACKLOG)) or ""
        begun, until, done = noted.split(":") if noted else ("", "", "")
        if begun == str(position):
            newest = int(until)
        waiting = _counted_customers(connection, position, newest, after=done if begun == str(position) else "")
    for start in range(0, len(waiting), _CUSTOMERS_AT_ONCE):
        some = waiting[start : start + _CUSTOMERS_AT_ONCE]
        with store.read() as connection:
            traits, lines = compute(connection, some, now)
        with store.write() as connection:
            if _read_cursor(connection) != position:  # another process is through already
                return 0
            _keep(connection, some, traits, lines)
            note = {"name": _BACKLOG, "value": f"{position}:{newest}:{some[-1]}"}
            insert_or_update(connection, cursors, [note], ("name",), ("value",))
    with store.write() as connection:
        moved = _move_cursor(connection, position, newest)
        connection.execute(sa.delete(cursors).where(cursors.c.name == _BACKLOG))
    return max(len(waiting), 1) if moved else 0


def newest_settled(connection: sa.Connection) -> int:
    """The id of the newest event before which no order waits to be read; 0 without any."""
    position = _read_cursor(connection)
    if _changed_customers(connection, position, 1):
        return position
    return int(connection.scalar(sa.select(sa.func.max(events.c.event_id))) or 0)


def refresh_buyers(connection: sa.Connection, new: Sequence[Event], now: datetime) -> None:
    """Recompute at once whom new events make buyers, in the transaction that stores them. Writes.

    The cursor comes by later and finds the same: who reads next must not wait for it.
    """
    buyers = {each.customer_id for each in new if each.name in ORDER_EVENTS and each.silo not in UNTRUSTED_SILOS}
    if buyers:
        _keep(connection, sorted(buyers), *compute(connection, sorted(buyers), now))


def compute(
    connection: sa.Connection, customer_ids: Sequence[str], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """The trait rows of these customers, and their purchase lines by customer, from all they did."""
    traits: list[dict[str, Any]] = []
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(customer_ids), _CUSTOMERS_AT_ONCE):
        history = _read_history(connection, customer_ids[start : start + _CUSTOMERS_AT_ONCE])
        for (customer_id, silo), told in history.items():
            bought = read_bought(each for each in told if each.name in ORDER_EVENTS)
            lines[customer_id] += [to_row(customer_id, silo, line) for line in bought.lines]
            traits += [
                {"customer_id": customer_id, "name": name, "silo": f"computed:{silo}", "value": value,
                 "set_at": _moment_of(value, now)}
                for name, value in summarise(told, bought).items()
            ]
    return traits, lines


def _keep(
    connection: sa.Connection,
    customer_ids: Sequence[str],
    traits: list[dict[str, Any]],
    lines: Mapping[str, list[dict[str, Any]]],
) -> None:
    set_traits(connection, traits)
    for start in range(0, len(customer_ids), _CUSTOMERS_AT_ONCE):
        some = customer_ids[start : start + _CUSTOMERS_AT_ONCE]
        replace_purchases(connection, some, [row for each in some for row in lines.get(each, ())])


def summarise(told: Sequence[OrderEvent], bought: Bought) -> dict[str, Any]:
    """Every trait that one customer's events of one silo speak of."""
    traits: dict[str, Any] = {}
    if any(each.name in ORDER_EVENTS for each in told):
        traits |= summarise_purchases(bought)
    if any(each.name in OPINION_EVENTS for each in told):
        traits["satisfaction"] = count_opinions(told)
    return traits


def summarise_purchases(bought: Bought) -> dict[str, Any]:
    """Recency, frequency, spend, and what they favour: net of what was cancelled or given back."""
    counted = {name: _count(bought.lines, field) for name, field in _COUNTED}
    counted["usual_products"] = dict(list(counted["usual_products"].items())[:MAX_PRODUCTS])
    dated = sorted(bought.orders.items(), key=lambda item: item[1])
    return {
        **counted,
        "price_bands": _keep_positive(_price_bands(bought.lines)),
        "spend": _spend(bought.lines),
        "order_count": {"orders": len(bought.orders)},
        "days_between_purchases": _purchase_days(bought),
        "first_purchase": _describe(dated[0], bought) if dated else None,
        "last_purchase": _describe(dated[-1], bought) if dated else None,
    }


def price_band(price_minor: float, currency: str) -> str:
    """The band that a piece's price falls into: "EUR 25-50", "EUR 1000+" above them all."""
    major = price_minor / 10 ** int(get_currency_precision(currency))
    low = 0
    for high in PRICE_BANDS:
        if major < high:
            return f"{currency} {low}-{high}".strip()
        low = high
    return f"{currency} {low}+".strip()


def _count(lines: Iterable[PurchaseLine], field: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for line in lines:
        if value := getattr(line, field):
            counts[value] += line.quantity
    return _keep_positive(counts)


def _price_bands(lines: Iterable[PurchaseLine]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in lines:
        if line.quantity and line.amount_minor:
            counts[price_band(line.amount_minor / line.quantity, line.currency)] += line.quantity
    return counts


def _spend(lines: Iterable[PurchaseLine]) -> dict[str, int]:
    """By currency, in minor units; below zero where more came back than this silo saw leave."""
    amounts: Counter[str] = Counter()
    for line in lines:
        amounts[line.currency] += line.amount_minor
    return {currency: amount for currency, amount in sorted(amounts.items()) if amount}


def _purchase_days(bought: Bought) -> dict[str, list[str]]:
    days: dict[str, set[str]] = defaultdict(set)
    for moment in bought.orders.values():
        days[ANY_TYPE].add(moment.date().isoformat())
    for line in bought.lines:
        if line.product_type and line.quantity > 0:
            days[line.product_type].add(line.sold_at.date().isoformat())
    return {name: sorted(some)[-MAX_DAYS:] for name, some in sorted(days.items())}


def _describe(order: tuple[str, datetime], bought: Bought) -> dict[str, Any]:
    order_id, moment = order
    products = [line.product_id for line in bought.lines
                if line.order_id == order_id and line.product_id and line.is_sale]
    return {"at": moment.isoformat(), "order_id": order_id, "products": products[:MAX_PRODUCTS]}


def _moment_of(value: Any, now: datetime) -> datetime:
    """A purchase is as new as itself, so that the latest (or earliest) of several silos wins; counts are of now."""
    is_purchase = isinstance(value, dict) and "order_id" in value and "at" in value
    return datetime.fromisoformat(value["at"]) if is_purchase else now


def _keep_positive(counts: Counter[str]) -> dict[str, int]:
    return {value: count for value, count in counts.most_common() if count > 0}


def _is_counted(name: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """What a page says about orders is not; what it says its visitor thinks, is."""
    return sa.or_(
        sa.and_(name.in_(ORDER_EVENTS), events.c.silo.not_in(UNTRUSTED_SILOS)),
        name.in_(OPINION_EVENTS),
    )


def _read_history(connection: sa.Connection, customer_ids: Sequence[str]) -> _History:
    """In one read for all of them."""
    # The name as an expression on SQLite, which would else read every order there ever was, for a few customers.
    name = events.c.name.concat("") if connection.dialect.name == "sqlite" else events.c.name
    found = connection.execute(
        sa.select(events.c.message_id, events.c.customer_id, events.c.silo, events.c.name, events.c.properties,
                  events.c.occurred_at)
        .where(is_one_of(connection, events.c.customer_id, customer_ids), _is_counted(name))
        .order_by(events.c.occurred_at, events.c.event_id)
    )
    history: dict[tuple[str, str], list[OrderEvent]] = defaultdict(list)
    for row in found:
        history[(row.customer_id, row.silo)].append(row)
    return history


def _changed_customers(connection: sa.Connection, position: int, limit: int) -> Sequence[sa.Row[Any, Any]]:
    # The name as an expression, so that SQLite goes on from the position: by its index of names it would read
    # every order there ever was, at each page.
    return connection.execute(
        sa.select(events.c.event_id, events.c.customer_id)
        .where(events.c.event_id > position, _is_counted(events.c.name.concat("")))
        .order_by(events.c.event_id)
        .limit(limit)
    ).all()


def _counted_customers(connection: sa.Connection, position: int, newest: int, *, after: str) -> list[str]:
    """Whom counted events between two positions concern, in the order of their ids; by the index of names."""
    found = connection.scalars(
        sa.select(events.c.customer_id)
        .where(events.c.event_id > position, events.c.event_id <= newest, _is_counted(events.c.name))
        .distinct()
    )
    return sorted(each for each in found if each > after)


def _read_cursor(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR)) or 0)


def _move_cursor(connection: sa.Connection, position: int, to: int) -> bool:
    insert_or_ignore(connection, cursors, [{"name": CURSOR, "value": "0"}], ("name",))
    moved = connection.execute(
        sa.update(cursors).where(cursors.c.name == CURSOR, cursors.c.value == str(position)).values(value=str(to))
    )
    return bool(moved.rowcount)
