"""The item that is not there: a reserved piece went missing in its store, and the customer's choice settles it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.commerce.catalogue_search import Catalogue
from bot.commerce.demo import placing, schema, stock
from bot.commerce.demo.database import remember, remembered
from bot.commerce.demo.orders import change_order, get_order
from bot.commerce.types import Order, Totals
from bot.errors import FixInput, NotAllowed, NotFound

CHOICES = ("substitute", "other_store", "refund")


def settle_missing_pickup(
    connection: sa.Connection, ref: str, catalogue: Catalogue, *, choice: str, variant_ref: str | None,
    location_ref: str | None, key: str, now: datetime,
) -> None:
    """Settle it once: the same key again changes nothing.

    FixInput, NotFound, NotAllowed("nothing_missing" | "substitute_too_dear"), InsufficientStock. Writes.
    """
    if choice not in CHOICES:
        raise FixInput("choice", f"must be one of {', '.join(CHOICES)}")
    operation = f"settle_missing_pickup:{ref}"
    if remembered(connection, key, operation):
        return
    order = get_order(connection, ref, "")
    missing = [line for line in placing.lines_of(connection, ref) if line.is_missing]
    if not missing:
        raise NotAllowed("nothing_missing")
    if choice == "substitute":
        _substitute(connection, order, missing, catalogue, variant_ref, now)
    elif choice == "other_store":
        _move(connection, order, missing, location_ref, now)
    else:
        _refund(connection, order, missing, now)
    remember(connection, key, operation, ref, now)


def _substitute(
    connection: sa.Connection, order: Order, missing: list[Any], catalogue: Catalogue, variant_ref: str | None,
    now: datetime,
) -> None:
    """Another variant from the same store, at no more than the price paid; a lower price is refunded."""
    if not variant_ref:
        raise FixInput("variant_ref", "a substitute needs one")
    if len(missing) != 1:
        raise NotAllowed("several_missing")
    line, variant = missing[0], catalogue.variant(variant_ref)
    if variant.price_minor > line.unit_price_minor:
        raise NotAllowed("substitute_too_dear")
    pieces = line.ordered - line.cancelled
    stock.take(connection, variant_ref, str(order.pickup_location_ref), pieces, now)
    connection.execute(
        sa.update(schema.order_lines).where(schema.order_lines.c.line_id == line.line_id).values(
            variant_ref=variant.ref, product_ref=variant.product_ref, sku=variant.sku, options=variant.options,
            title=catalogue.title(variant.product_ref, _locale(connection, order)),
            unit_price_minor=variant.price_minor, is_missing=False,
        )
    )
    _give_money_back(connection, order, (line.unit_price_minor - variant.price_minor) * pieces, now,
                     status="confirmed", fulfilment_status="ready_for_pickup", native_status="reserved")
    _set_pickup_state(connection, order, "ready_for_pickup", now)


def _move(
    connection: sa.Connection, order: Order, missing: list[Any], location_ref: str | None, now: datetime
) -> None:
    """The whole reservation moves to another store; pieces that were there go back on its shelf."""
    if not location_ref:
        raise FixInput("location_ref", "another store needs one")
    if location_ref == order.pickup_location_ref:
        raise NotAllowed("same_store")
    if location_ref not in {each.ref for each in stock.list_locations(connection)}:
        raise NotFound(f"location {location_ref}")
    gone = {line.line_id for line in missing}
    for line in placing.lines_of(connection, order.ref):
        pieces = line.ordered - line.cancelled
        if not pieces:
            continue
        stock.take(connection, line.variant_ref, location_ref, pieces, now)
        if line.line_id not in gone:
            stock.give_back(connection, line.variant_ref, str(order.pickup_location_ref), pieces, now)
    _clear_missing(connection, order.ref)
    _set_pickup_state(connection, order, "cancelled", now)
    placing.reserve_at(connection, order.ref, location_ref, now)
    change_order(connection, order.ref, now, pickup_location_ref=location_ref, status="confirmed",
                 fulfilment_status="ready_for_pickup", native_status="reserved")


def _refund(connection: sa.Connection, order: Order, missing: list[Any], now: datetime) -> None:
    """The missing pieces are cancelled and paid back; an order with nothing left is cancelled."""
    table = schema.order_lines
    amount = 0
    for line in missing:
        amount += line.unit_price_minor * (line.ordered - line.cancelled)
        connection.execute(sa.update(table).where(table.c.line_id == line.line_id).values(cancelled=line.ordered))
    _clear_missing(connection, order.ref)
    is_empty = all(line.cancelled >= line.ordered for line in placing.lines_of(connection, order.ref))
    if is_empty:
        amount = order.totals.grand_minor - order.totals.refunded_minor
        _set_pickup_state(connection, order, "cancelled", now)
        _give_money_back(connection, order, amount, now, kind="order.cancelled", status="cancelled",
                         fulfilment_status="none", native_status="cancelled")
    else:
        _set_pickup_state(connection, order, "ready_for_pickup", now)
        _give_money_back(connection, order, amount, now, status="confirmed", fulfilment_status="ready_for_pickup",
                         native_status="reserved")


def _give_money_back(
    connection: sa.Connection, order: Order, amount: int, now: datetime, *, kind: str = "order.changed", **values: str
) -> None:
    """Refund what was paid of it, never more than is left, and write the order's new states."""
    if order.payment_status not in ("paid", "partly_refunded"):
        change_order(connection, order.ref, now, kind=kind, totals=_totals(order, less=amount), **values)
        return
    amount = min(amount, order.totals.grand_minor - order.totals.refunded_minor)
    if amount:
        placing.record_payment(connection, order.ref, "refund", _paid_by(connection, order.ref), amount, now)
    refunded = order.totals.refunded_minor + amount
    if refunded:
        values["payment_status"] = "refunded" if refunded >= order.totals.grand_minor else "partly_refunded"
    change_order(connection, order.ref, now, kind=kind, totals=_totals(order, refunded=refunded), **values)


def _totals(order: Order, *, less: int = 0, refunded: int = 0) -> dict[str, int]:
    before: Totals = order.totals
    return {**asdict(before), "refunded_minor": refunded, "grand_minor": max(0, before.grand_minor - less)}


def _paid_by(connection: sa.Connection, ref: str) -> str:
    table = schema.payments
    method = connection.execute(
        sa.select(table.c.method).where(table.c.order_ref == ref, table.c.kind == "payment").limit(1)
    ).scalar()
    return method or "card"


def _locale(connection: sa.Connection, order: Order) -> str:
    row = connection.execute(sa.select(schema.orders.c.locale).where(schema.orders.c.order_ref == order.ref)).one()
    return str(row.locale)


def _clear_missing(connection: sa.Connection, ref: str) -> None:
    table = schema.order_lines
    connection.execute(sa.update(table).where(table.c.order_ref == ref).values(is_missing=False))


def _set_pickup_state(connection: sa.Connection, order: Order, state: str, now: datetime) -> None:
    """The reservation's state, with a line in its timeline."""
    for shipment in order.shipments:
        if shipment.pickup_location_ref and shipment.state not in ("cancelled", state):
            connection.execute(
                sa.update(schema.shipments).where(schema.shipments.c.shipment_id == shipment.id).values(state=state)
            )
            connection.execute(sa.insert(schema.shipment_events).values(
                shipment_id=shipment.id, at=now, state=state, text=shipment.carrier_name, place=""
            ))
