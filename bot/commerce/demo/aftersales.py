"""After the sale: an order cancelled, changed, sent back or exchanged, each once per key and over the version read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.commerce.catalogue_search import Catalogue
from bot.commerce.demo import placing, schema, stock
from bot.commerce.demo.customers import address_fields, list_payment_methods
from bot.commerce.demo.database import remember, remembered
from bot.commerce.demo.orders import change_order, get_order
from bot.commerce.folding import fold_code
from bot.commerce.types import Address, CustomerRef, Order, OrderLine, PaymentMethod, Variant
from bot.errors import Conflict, FixInput, InsufficientStock, NotAllowed, NotFound

CHANGED = " (item modified)"  # behind the native status of an order whose lines changed


@dataclass(frozen=True)
class Call:
    """What every write on an order carries: its key, the version it was decided on, and when."""

    key: str
    if_version: int
    now: datetime


def cancel_order(connection: sa.Connection, ref: str, *, reason: str, call: Call) -> None:
    """Cancel it whole; every payment goes back where it came from. NotAllowed("not_pending"), Conflict. Writes."""

    def write(order: Order) -> None:
        _require(order.editable.cancel, "not_pending")
        for method, amount in _held(order).items():
            placing.record_payment(connection, ref, "refund", method, amount, call.now)
        for line in order.lines:
            stock.give_back(connection, line.variant_ref, schema.WEB, line.ordered - line.cancelled, call.now)
        lines = schema.order_lines
        connection.execute(sa.update(lines).where(lines.c.order_ref == ref).values(cancelled=lines.c.ordered))
        _note(connection, ref, "cancel", [], reason=reason, now=call.now)
        is_paid = bool(order.payments)
        change_order(
            connection, ref, call.now, kind="order.cancelled", status="cancelled", native_status="cancelled",
            fulfilment_status="none", payment_status="refunded" if is_paid else "voided",
            totals={**asdict(order.totals), "refunded_minor": order.totals.grand_minor if is_paid else 0},
        )

    once(connection, ref, f"cancel_order:{ref}", call, write)


def update_order_address(connection: sa.Connection, ref: str, address: Address, call: Call) -> None:
    """Send it elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
    for name in ("line1", "city", "postcode", "country"):
        if not getattr(address, name).strip():
            raise FixInput(name, "must not be empty")

    def write(order: Order) -> None:
        _require(order.editable.address, "not_pending")
        change_order(connection, ref, call.now, shipping_address=address_fields(address),
                     postcode_key=fold_code(address.postcode))

    once(connection, ref, f"update_order_address:{ref}", call, write)


def update_order_payment(connection: sa.Connection, ref: str, method_id: str, call: Call) -> None:
    """Pay it another way, the first way paid back.

    NotAllowed("not_pending" | "several_payments" | "same_method" | "not_own_method" | "gift_card_short"). Writes.
    """

    def write(order: Order) -> None:
        _require(order.editable.payment, "not_pending")
        _require(len(order.payments) == 1 and order.payments[0].kind == "payment", "several_payments")
        first = order.payments[0]
        _require(first.method_id != method_id, "same_method")
        _require_covered(_own_method(connection, order, method_id), first.amount_minor)
        placing.record_payment(connection, ref, "payment", method_id, first.amount_minor, call.now)
        placing.record_payment(connection, ref, "refund", first.method_id, first.amount_minor, call.now)
        change_order(connection, ref, call.now)

    once(connection, ref, f"update_order_payment:{ref}", call, write)


def update_order_lines(
    connection: sa.Connection, ref: str, catalogue: Catalogue, changes: Mapping[str, str], method_id: str, call: Call
) -> None:
    """Other options of the same products in a pending order; the difference is paid or paid back at once.

    NotAllowed("not_pending" | "other_product" | "not_own_method" | "gift_card_short"), InsufficientStock. Writes.
    """

    def write(order: Order) -> None:
        _require(order.editable.lines, "not_pending")
        pairs = _pairs(connection, order, catalogue, changes)
        method = _own_method(connection, order, method_id)
        difference = price_difference(pairs)
        _require_covered(method, difference)
        kind = "payment" if difference > 0 else "refund"
        placing.record_payment(connection, ref, kind, method_id, abs(difference), call.now)
        for line, variant in pairs:
            _replace(connection, line, variant, call.now)
        totals = replace(
            order.totals, items_minor=order.totals.items_minor + difference,
            grand_minor=order.totals.grand_minor + difference,
        )
        native = order.native_status.removesuffix(CHANGED) + CHANGED
        change_order(connection, ref, call.now, native_status=native, totals=asdict(totals))

    once(connection, ref, f"update_order_lines:{ref}", call, write)


def request_return(
    connection: sa.Connection, ref: str, pieces: Mapping[str, int], *, refund_to: str, reason: str, call: Call
) -> None:
    """Announce that pieces come back; the money goes to the first means of payment or a gift card of the customer's.

    NotAllowed("not_delivered" | "requested_already" | "refund_elsewhere"), FixInput, Conflict. Writes.
    """

    def write(order: Order) -> None:
        _require(order.editable.returns, "not_delivered" if not order.requests else "requested_already")
        _check_pieces(order, pieces)
        _require(refund_to in refund_methods(order, _methods(connection, order)), "refund_elsewhere")
        lines = [{"line_id": line_id, "pieces": count} for line_id, count in pieces.items()]
        _note(connection, ref, "return", lines, method=refund_to, reason=reason, now=call.now)
        change_order(connection, ref, call.now, kind="order.return_requested", native_status="return requested")

    once(connection, ref, f"request_return:{ref}", call, write)


def request_exchange(
    connection: sa.Connection, ref: str, catalogue: Catalogue, changes: Mapping[str, str], method_id: str, call: Call
) -> None:
    """Announce that delivered lines are exchanged for other options of the same products.

    NotAllowed("not_delivered" | "requested_already" | "other_product" | "not_own_method" | "gift_card_short"),
    InsufficientStock, Conflict. Writes.
    """

    def write(order: Order) -> None:
        _require(order.editable.exchanges, "not_delivered" if not order.requests else "requested_already")
        pairs = _pairs(connection, order, catalogue, changes)
        difference = price_difference(pairs)
        _require_covered(_own_method(connection, order, method_id), difference)
        for line, variant in pairs:
            stock.take(connection, variant.ref, schema.WEB, line.ordered - line.cancelled, call.now)
        lines = [{"line_id": line.id, "variant_ref": str(variant.ref)} for line, variant in pairs]
        _note(connection, ref, "exchange", lines, method=method_id, difference=difference, now=call.now)
        change_order(connection, ref, call.now, kind="order.exchange_requested", native_status="exchange requested")

    once(connection, ref, f"request_exchange:{ref}", call, write)


def price_difference(pairs: Sequence[tuple[OrderLine, Variant]]) -> int:
    """What the new variants cost more than the lines did, in minor units; below zero when they cost less."""
    return sum((variant.price_minor - line.unit_price_minor) * (line.ordered - line.cancelled)
               for line, variant in pairs)


def refund_methods(order: Order, methods: Sequence[PaymentMethod]) -> list[str]:
    """Where the money of a return may go: the first means of payment, and gift cards."""
    first = next((payment.method_id for payment in order.payments if payment.kind == "payment"), "")
    cards = [each.id for each in methods if each.kind == "gift_card" and each.id != first]
    return [first, *cards] if first else cards


def once(
    connection: sa.Connection, ref: str, operation: str, call: Call, write: Callable[[Order], None]
) -> None:
    """Write once per key, over the version that was read. FixInput, NotFound, NotAllowed, Conflict. Writes."""
    if not call.key:
        raise FixInput("idempotency_key", "must not be empty")
    if remembered(connection, call.key, operation[:64]):
        return
    order = get_order(connection, ref, "")
    if order.version != call.if_version:
        raise Conflict("the order was changed meanwhile")
    write(order)
    remember(connection, call.key, operation[:64], ref, call.now)


def _require(is_allowed: bool, reason: str) -> None:
    if not is_allowed:
        raise NotAllowed(reason)


def _held(order: Order) -> dict[str, int]:
    """What each means of payment has paid and not got back."""
    held: dict[str, int] = {}
    for payment in order.payments:
        sign = 1 if payment.kind == "payment" else -1
        held[payment.method_id] = held.get(payment.method_id, 0) + sign * payment.amount_minor
    return {method: amount for method, amount in held.items() if amount > 0}


def _methods(connection: sa.Connection, order: Order) -> list[PaymentMethod]:
    return list_payment_methods(connection, CustomerRef(order.customer_ref)) if order.customer_ref else []


def _own_method(connection: sa.Connection, order: Order, method_id: str) -> PaymentMethod:
    known = next((each for each in _methods(connection, order) if each.id == method_id), None)
    if known:
        return known
    _require(method_id in {payment.method_id for payment in order.payments}, "not_own_method")
    return PaymentMethod(method_id, method_id)


def _require_covered(method: PaymentMethod, amount: int) -> None:
    if method.balance_minor is not None and method.balance_minor < amount:
        raise NotAllowed("gift_card_short")


def _pairs(
    connection: sa.Connection, order: Order, catalogue: Catalogue, changes: Mapping[str, str]
) -> list[tuple[OrderLine, Variant]]:
    """Each line with its new variant: the same product, and to be had. FixInput, NotAllowed, InsufficientStock."""
    if not changes:
        raise FixInput("changes", "must name a line")
    lines = {line.id: line for line in order.lines}
    pairs = []
    for line_id, variant_ref in changes.items():
        if line_id not in lines:
            raise FixInput("changes", f"the order has no line {line_id}")
        line, variant = lines[line_id], catalogue.variant(variant_ref)
        _require(variant.product_ref == line.product_ref, "other_product")
        left = stock.quantity_at(connection, variant.ref, schema.WEB)
        if variant.ref != line.variant_ref and left is not None and left < line.ordered - line.cancelled:
            raise InsufficientStock(left)
        pairs.append((line, variant))
    return pairs


def _replace(connection: sa.Connection, line: OrderLine, variant: Variant, now: datetime) -> None:
    pieces = line.ordered - line.cancelled
    if variant.ref != line.variant_ref:
        stock.take(connection, variant.ref, schema.WEB, pieces, now)
        stock.give_back(connection, line.variant_ref, schema.WEB, pieces, now)
    table = schema.order_lines
    connection.execute(sa.update(table).where(table.c.line_id == line.id).values(
        variant_ref=variant.ref, sku=variant.sku, options=variant.options, unit_price_minor=variant.price_minor
    ))


def _check_pieces(order: Order, pieces: Mapping[str, int]) -> None:
    left = {line.id: line.delivered - line.returned for line in order.lines}
    for request in order.requests:
        for line_id, count in request.pieces.items():
            left[line_id] = left.get(line_id, 0) - count
    if not pieces:
        raise FixInput("pieces", "must name a line")
    for line_id, count in pieces.items():
        if line_id not in left:
            raise NotFound(f"line {line_id}")
        if not 0 < count <= left[line_id]:
            raise FixInput("pieces", f"line {line_id} has {left[line_id]} to send back")


def _note(
    connection: sa.Connection, ref: str, kind: str, lines: list[dict[str, Any]], *, now: datetime, method: str = "",
    reason: str = "", difference: int = 0,
) -> None:
    connection.execute(sa.insert(schema.order_requests).values(
        request_id=f"req_{uuid4().hex[:16]}", order_ref=ref, kind=kind, lines=lines, method=method, reason=reason,
        difference_minor=difference, at=now,
    ))

