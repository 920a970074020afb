"""A basket becomes an order: stock taken, numbers given, paid, all in one transaction and once per key."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.commerce.catalogue_search import Catalogue
from bot.commerce.demo import carts, schema, stock
from bot.commerce.demo.customers import address_fields, get_customer
from bot.commerce.demo.database import emit, read_meta, remember, remembered, write_meta
from bot.commerce.demo.orders import insert_order
from bot.commerce.types import Address, Cart, CartLine, Totals
from bot.errors import FixInput, NotAllowed, NotFound

_PAID_AT_ONCE = ("card", "paypal", "apple_pay")
_PAID_LATER = ("transfer", "in_store")
_PICKUP_READY = timedelta(hours=2)


def place_order(
    connection: sa.Connection, cart: Cart, catalogue: Catalogue, *, payment: str, shipping_address: Address | None,
    key: str, pickup_location_ref: str | None, email: str, now: datetime,
) -> str:
    """The order that the basket became, once per key. FixInput, NotAllowed, InsufficientStock. Writes."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    if done := remembered(connection, key, "place_order"):
        return done
    row = carts.require_open(connection, cart.ref)
    if not cart.lines:
        raise NotAllowed("cart_empty")
    place = _place(connection, pickup_location_ref, shipping_address)
    buyer = _buyer(connection, row.customer_ref, email, shipping_address)
    for line in cart.lines:
        stock.take(connection, line.variant_ref, place, line.quantity, now)
    ref = f"ord_{uuid4().hex[:16]}"
    totals = cart.totals
    if place != schema.WEB:
        totals = carts.totals_of(cart.lines, totals.discount_minor, catalogue.shop, has_free_delivery=True)
    values = {
        **buyer, **_states(connection, payment, row.customer_ref, is_pickup=place != schema.WEB), "order_ref": ref,
        "number": next_number(connection), "currency": cart.currency, "totals": asdict(totals),
        "shipping_address": address_fields(shipping_address) if shipping_address else None,
        "delivery_kind": "ship" if place == schema.WEB else "pickup",
        "pickup_location_ref": None if place == schema.WEB else place, "offers": list(cart.offers),
    }
    insert_order(connection, values, [_line(line, catalogue) for line in cart.lines], now)
    if values["payment_status"] == "paid":
        record_payment(connection, ref, "payment", payment, totals, now)
    if place != schema.WEB:
        reserve_at(connection, ref, place, now)
    carts.touch(connection, cart.ref, now, state="ordered", became=ref)
    remember(connection, key, "place_order", ref, now)
    emit(connection, "order.placed", now, order_ref=ref, customer_ref=row.customer_ref)
    return ref


def _place(connection: sa.Connection, pickup_location_ref: str | None, address: Address | None) -> str:
    """Where the pieces come from: a store for a pick-up, else the warehouse."""
    if pickup_location_ref:
        if pickup_location_ref not in {each.ref for each in stock.list_locations(connection)}:
            raise NotFound(f"location {pickup_location_ref}")
        return pickup_location_ref
    if address is None:
        raise FixInput("shipping_address", "is needed when nothing is picked up")
    for name in ("line1", "city", "postcode", "country"):
        if not getattr(address, name).strip():
            raise FixInput(name, "must not be empty")
    return schema.WEB


def _buyer(connection: sa.Connection, customer_ref: str | None, email: str, address: Address | None) -> dict[str, Any]:
    if customer_ref:
        customer = get_customer(connection, customer_ref)
        phone = customer.phone or (address.phone if address else "")
        return {"customer_ref": customer_ref, "email": email.strip() or customer.email, "phone": phone,
                "locale": customer.locale}
    if not email.strip():
        raise FixInput("email", "a guest gives one")
    return {"customer_ref": None, "email": email.strip(), "phone": address.phone if address else "", "locale": ""}


def _states(connection: sa.Connection, payment: str, customer_ref: str | None, *, is_pickup: bool) -> dict[str, str]:
    kept = sa.select(schema.payment_methods.c.method_id).where(
        schema.payment_methods.c.method_id == payment, schema.payment_methods.c.customer_ref == customer_ref
    )
    is_paid = payment in _PAID_AT_ONCE or connection.execute(kept).first() is not None
    if not is_paid and payment not in _PAID_LATER:
        raise FixInput("payment", f"must be one of {', '.join(_PAID_AT_ONCE + _PAID_LATER)} or a kept method")
    status = "confirmed" if is_paid or is_pickup else "pending"
    return {"status": status, "native_status": "reserved" if is_pickup else status,
            "payment_status": "paid" if is_paid else "unpaid",
            "fulfilment_status": "ready_for_pickup" if is_pickup else "none"}


def _line(line: CartLine, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "variant_ref": line.variant_ref, "product_ref": line.product_ref,
        "sku": catalogue.variant(line.variant_ref).sku, "title": line.title, "options": line.options,
        "unit_price_minor": line.unit_price_minor, "ordered": line.quantity,
    }


def next_number(connection: sa.Connection) -> str:
    """The next order number, as people see it. Writes."""
    meta = read_meta(connection)
    number = int(meta["next_order_number"])
    write_meta(connection, "next_order_number", number + 1)
    return f"{meta['shop']['order_prefix']}{number}"


def record_payment(
    connection: sa.Connection, ref: str, kind: str, method: str, totals: Totals | int, now: datetime
) -> None:
    """Keep a payment or a refund of an order, in minor units; a gift card's balance follows. Writes."""
    amount = totals if isinstance(totals, int) else totals.grand_minor
    connection.execute(sa.insert(schema.payments).values(
        order_ref=ref, kind=kind, method=method, amount_minor=amount, at=now
    ))
    card = schema.payment_methods
    sign = -1 if kind == "payment" else 1
    connection.execute(
        sa.update(card).where(card.c.method_id == method, card.c.balance_minor.is_not(None))
        .values(balance_minor=card.c.balance_minor + sign * amount)
    )


def reserve_at(connection: sa.Connection, ref: str, location_ref: str, now: datetime) -> None:
    """Keep the order's pieces aside in a store, with its own place in the timeline. Writes."""
    store = next(each for each in stock.list_locations(connection) if each.ref == location_ref)
    shipment_id = f"shp_{uuid4().hex[:12]}"
    before = sa.select(sa.func.count()).select_from(schema.shipments).where(schema.shipments.c.order_ref == ref)
    connection.execute(sa.insert(schema.shipments).values(
        shipment_id=shipment_id, order_ref=ref, position=connection.execute(before).scalar_one() + 1,
        carrier_code="store", carrier_name=store.name,
        tracking_number="", tracking_url="", state="ready_for_pickup", eta=now + _PICKUP_READY,
        original_eta=now + _PICKUP_READY, pickup_location_ref=location_ref,
    ))
    connection.execute(sa.insert(schema.shipment_events).values(
        shipment_id=shipment_id, at=now, state="ready_for_pickup", text=store.name, place=store.address.city
    ))


def lines_of(connection: sa.Connection, ref: str) -> Sequence[Any]:
    """The order's line rows as they are kept."""
    table = schema.order_lines
    return connection.execute(sa.select(table).where(table.c.order_ref == ref).order_by(table.c.position)).all()
