"""What was asked to go back has arrived at the warehouse: pieces and money are given back, and exchanges are done."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from bot.commerce.demo import placing, schema, stock
from bot.commerce.demo.orders import change_order
from bot.commerce.types import Order, OrderLine, OrderRequest
from bot.errors import NotAllowed


def receive_back(connection: sa.Connection, order: Order, now: datetime) -> None:
    """Take back all of an order that is on its way. NotAllowed("nothing_awaited"). Writes.

    A return is paid back the way that was asked for; the difference of an exchange is paid, or paid back, by itself.
    """
    returns, exchanges = list(_find_returning(order)), [each for each in order.requests if each.is_open]
    if not returns and not exchanges:
        raise NotAllowed("nothing_awaited")
    back = 0
    for request, line, pieces in returns:
        left = order.totals.grand_minor - order.totals.refunded_minor - back
        amount = min(pieces * line.unit_price_minor, left)
        stock.give_back(connection, line.variant_ref, schema.WEB, pieces, now)
        _set_line(connection, line, returned=schema.order_lines.c.returned + pieces)
        placing.record_payment(connection, order.ref, "refund", request.method_id, amount, now)
        back += amount
    for request in exchanges:
        _exchange(connection, order, request, now)
    more = sum(each.difference_minor for each in exchanges)
    totals = replace(
        order.totals, items_minor=order.totals.items_minor + more, grand_minor=order.totals.grand_minor + more,
        refunded_minor=order.totals.refunded_minor + back,
    )
    is_all = totals.refunded_minor >= totals.grand_minor
    paid = {"payment_status": "refunded" if is_all else "partly_refunded"} if back else {}
    native = "returned" if returns else "exchanged"
    change_order(connection, order.ref, now, native_status=native, totals=asdict(totals), **paid)


def _find_returning(order: Order) -> Iterator[tuple[OrderRequest, OrderLine, int]]:
    """How many pieces of which line are on their way back, each with its request: the oldest came first."""
    came = Counter({line.id: line.returned for line in order.lines})
    lines = {line.id: line for line in order.lines}
    for request in order.requests:
        for line_id, pieces in request.pieces.items():
            there = min(came[line_id], pieces)
            came[line_id] -= there
            if pieces > there:
                yield request, lines[line_id], pieces - there


def _exchange(connection: sa.Connection, order: Order, request: OrderRequest, now: datetime) -> None:
    """The new pieces were kept aside when they were asked for; the old ones go back on the shelf."""
    for line in (each for each in order.lines if each.id in request.variants):
        stock.give_back(connection, line.variant_ref, schema.WEB, line.ordered - line.cancelled, now)
        table = schema.variants
        new = connection.execute(sa.select(table).where(table.c.variant_ref == request.variants[line.id])).one()
        _set_line(connection, line, variant_ref=new.variant_ref, sku=new.sku, options=new.options,
                  unit_price_minor=new.price_minor)
    if request.difference_minor:
        kind = "payment" if request.difference_minor > 0 else "refund"
        placing.record_payment(connection, order.ref, kind, request.method_id, abs(request.difference_minor), now)


def _set_line(connection: sa.Connection, line: OrderLine, **values: object) -> None:
    table = schema.order_lines
    connection.execute(sa.update(table).where(table.c.line_id == line.id).values(**values))
