"""Invoices: numbered without a gap when an order has left, and kept as they were then.

Prices hold the tax. There is one rate, the shop's.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.customers import get_customer
from bot.commerce.demo.database import read_meta, write_meta
from bot.commerce.demo.orders import get_order, list_every_order
from bot.commerce.types import Address, Invoice, InvoiceLine, Order, OrderRef, Party, Tax, Totals
from bot.errors import NotAllowed

_LEFT = ("partly_shipped", "shipped", "partly_delivered", "delivered", "picked_up", "not_needed")


def read_invoice(connection: sa.Connection, ref: str) -> Invoice | None:
    """The order's invoice as it was issued; None while there is none."""
    row = connection.execute(sa.select(schema.invoices).where(schema.invoices.c.order_ref == ref)).first()
    return _read(row.number, row.issued_at, ref, row.content) if row else None


def _read(number: str, issued_at: datetime, ref: str, content: dict[str, Any]) -> Invoice:
    return Invoice(
        number=number, order_ref=OrderRef(ref), order_number=content["order_number"], issued_at=issued_at,
        ordered_at=datetime.fromisoformat(content["ordered_at"]), currency=content["currency"],
        seller=_party(content["seller"]), buyer=_party(content["buyer"]), totals=Totals(**content["totals"]),
        lines=tuple(InvoiceLine(**each) for each in content["lines"]),
        taxes=tuple(Tax(**each) for each in content["taxes"]),
    )


def require_invoice(connection: sa.Connection, ref: str, now: datetime) -> Invoice:
    """The order's invoice, issued if it is due. NotFound, NotAllowed: `not_yet`, `cancelled`. Writes."""
    found = read_invoice(connection, ref)
    if found:
        return found
    order = get_order(connection, ref, "")
    if not has_left(order):
        raise NotAllowed("cancelled" if order.status == "cancelled" else "not_yet")
    meta = read_meta(connection)
    count = int(meta.get("next_invoice_number", 1))
    write_meta(connection, "next_invoice_number", count + 1)
    number, content = f"F{now:%Y}-{count:06d}", _write(connection, order, meta["shop"])
    table = schema.invoices
    connection.execute(sa.insert(table).values(order_ref=ref, number=number, issued_at=now, content=content))
    return _read(number, now, ref, content)


def issue_past_invoices(connection: sa.Connection) -> None:
    """Invoices of every order that has left, numbered in the order in which they left. Writes."""
    for order in sorted(filter(has_left, list_every_order(connection, "")), key=left_at):
        require_invoice(connection, order.ref, left_at(order))


def has_left(order: Order) -> bool:
    """Whether anything of the order was sent, or handed out in a store."""
    return order.status != "cancelled" and order.fulfilment_status in _LEFT


def left_at(order: Order) -> datetime:
    """When the first of it left; when it was placed, where nobody knows."""
    return min((each.shipped_at for each in order.shipments if each.shipped_at), default=order.placed_at)


def split_tax(amount_minor: int, percent: int) -> Tax:
    """How much of a sum that holds the tax is tax, rounded half up."""
    tax = (2 * amount_minor * percent + 100 + percent) // (2 * (100 + percent))
    return Tax(percent, amount_minor - tax, tax)


def _write(connection: sa.Connection, order: Order, shop: dict[str, Any]) -> dict[str, Any]:
    tax = split_tax(order.totals.grand_minor, shop["tax_percent"])
    return {
        "order_number": order.number, "ordered_at": order.placed_at.isoformat(), "currency": order.currency,
        "seller": _seller(shop), "buyer": asdict(_buyer(connection, order)), "taxes": [asdict(tax)],
        "totals": {**asdict(order.totals), "tax_minor": tax.tax_minor, "refunded_minor": 0},
        "lines": [asdict(InvoiceLine(
            title=line.title, sku=line.sku, options=line.options, quantity=line.ordered - line.cancelled,
            unit_price_minor=line.unit_price_minor, total_minor=line.unit_price_minor * (line.ordered - line.cancelled),
        )) for line in order.lines if line.ordered > line.cancelled],
    }


def _seller(shop: dict[str, Any]) -> dict[str, Any]:
    told = {"country": shop["country"], **shop.get("seller", {})}
    names = {name: told.pop(name, "") for name in ("vat_number", "registration", "email")}
    address = asdict(Address(**told)) if "line1" in told else None
    return {"name": shop["name"], "address": address, **names}


def _buyer(connection: sa.Connection, order: Order) -> Party:
    customer = get_customer(connection, order.customer_ref) if order.customer_ref else None
    address = order.shipping_address or next(iter(customer.addresses if customer else ()), None)
    name = f"{address.first_name} {address.last_name}".strip() if address else ""
    if not name and customer:
        name = f"{customer.first_name} {customer.last_name}"
    return Party(name=name, address=address, email=order.email)


def _party(content: dict[str, Any]) -> Party:
    address = content.get("address")
    return Party(**{**content, "address": Address(**address) if address else None})
