"""Baskets: absolute quantities over a version, live prices, offers, and a guest's basket given to a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.commerce.baskets import require_quantity, require_version
from bot.commerce.catalogue_search import Catalogue
from bot.commerce.demo import offers, schema, stock
from bot.commerce.demo.customers import get_customer
from bot.commerce.demo.database import remember, remembered
from bot.commerce.types import Cart, CartLine, CartRef, CustomerRef, Totals, VariantRef
from bot.errors import FixInput, InsufficientStock, NotAllowed, NotFound


def open_cart(connection: sa.Connection, customer_ref: str | None, key: str, now: datetime) -> str:
    """The customer's open basket, or a new one; a guest's is one per key. Writes."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    if customer_ref:
        get_customer(connection, customer_ref)
        if found := _open_cart_of(connection, customer_ref):
            return found
    elif found := remembered(connection, key, "open_cart"):
        return found
    ref = f"cart_{uuid4().hex}"
    connection.execute(sa.insert(schema.carts).values(
        cart_ref=ref, customer_ref=customer_ref, state="open", offers=[], version=1, updated_at=now
    ))
    if not customer_ref:
        remember(connection, key, "open_cart", ref, now)
    return ref


def _open_cart_of(connection: sa.Connection, customer_ref: str) -> str | None:
    return connection.execute(
        sa.select(schema.carts.c.cart_ref)
        .where(schema.carts.c.customer_ref == customer_ref, schema.carts.c.state == "open")
        .order_by(schema.carts.c.updated_at.desc()).limit(1)
    ).scalar()


def read_row(connection: sa.Connection, ref: str) -> Any:
    """The basket's row, following a guest's basket into the one that it was merged into. NotFound."""
    row = connection.execute(sa.select(schema.carts).where(schema.carts.c.cart_ref == ref)).first()
    if row is None:
        raise NotFound(f"cart {ref}")
    return read_row(connection, row.became) if row.state == "merged" else row


def require_open(connection: sa.Connection, ref: str) -> Any:
    """The basket's row, still open. NotFound, NotAllowed("cart_ordered")."""
    row = read_row(connection, ref)
    if row.state != "open":
        raise NotAllowed("cart_ordered")
    return row


def read_cart(connection: sa.Connection, ref: str, catalogue: Catalogue, public_url: str, now: datetime) -> Cart:
    """The basket with prices, stock problems and totals of now. An ordered one is empty."""
    row = read_row(connection, ref)
    lines = _lines_of(connection, row, catalogue) if row.state == "open" else ()
    running = offers.running_offers(connection, row.offers, now) if row.state == "open" else []
    return Cart(
        ref=CartRef(row.cart_ref),
        customer_ref=CustomerRef(row.customer_ref) if row.customer_ref else None,
        lines=lines,
        totals=totals_of(
            lines, offers.discount_minor(running, lines, catalogue), catalogue.shop,
            has_free_delivery=any(offer.has_free_shipping for offer in running),
        ),
        currency=catalogue.currency,
        version=row.version,
        checkout_url=f"{public_url}/checkout",
        problems=_problems(connection, lines),
        offers=tuple(offer.code for offer in running),
        updated_at=row.updated_at,
    )


def _lines_of(connection: sa.Connection, row: Any, catalogue: Catalogue) -> tuple[CartLine, ...]:
    locale = get_customer(connection, row.customer_ref).locale if row.customer_ref else ""
    table = schema.cart_lines
    rows = connection.execute(sa.select(table).where(table.c.cart_ref == row.cart_ref).order_by(table.c.line_id))
    return tuple(_line(each, locale, catalogue) for each in rows)


def _line(row: Any, locale: str, catalogue: Catalogue) -> CartLine:
    variant = catalogue.variant(row.variant_ref)
    return CartLine(
        id=str(row.line_id),
        variant_ref=variant.ref,
        product_ref=variant.product_ref,
        title=catalogue.title(variant.product_ref, locale),
        options=variant.options,
        quantity=row.quantity,
        unit_price_minor=variant.price_minor,
        total_minor=variant.price_minor * row.quantity,
        image_url=variant.image_url,
        url=variant.url,
    )


def _problems(connection: sa.Connection, lines: Sequence[CartLine]) -> tuple[str, ...]:
    """`word:variant` for each line that cannot be delivered as it is; `pickup_only` when some store has it."""
    found = []
    for line in lines:
        online = stock.quantity_at(connection, line.variant_ref, schema.WEB)
        if online is None or online >= line.quantity:
            continue
        anywhere = stock.most_in_one_place(connection, line.variant_ref)
        is_somewhere = anywhere is None or anywhere >= line.quantity
        found.append(f"{'pickup_only' if is_somewhere else 'out_of_stock'}:{line.variant_ref}")
    return tuple(found)


def totals_of(lines: Sequence[CartLine], discount: int, shop: Any, *, has_free_delivery: bool = False) -> Totals:
    """What a basket costs. Prices hold the tax; `tax_minor` says how much of the sum it is."""
    items = sum(line.total_minor for line in lines)
    is_free = has_free_delivery or not items or items - discount >= shop["free_shipping_from_minor"]
    shipping = 0 if is_free else shop["shipping_minor"]
    grand = items - discount + shipping
    rate = shop["tax_percent"]
    return Totals(
        items_minor=items, shipping_minor=shipping, discount_minor=discount, grand_minor=grand,
        tax_minor=(2 * grand * rate + 100 + rate) // (2 * (100 + rate)),
    )


def set_line(
    connection: sa.Connection, ref: str, variant_ref: VariantRef, quantity: int, expected_version: int | None,
    now: datetime,
) -> None:
    """Set one line's quantity; 0 removes. A repeat changes nothing. Conflict, InsufficientStock. Writes."""
    require_quantity(quantity)
    cart = require_open(connection, ref)
    if quantity == _quantity_of(connection, cart.cart_ref, variant_ref):
        return  # a repeat, which holds the version from before its first time
    require_version(cart.version, expected_version)
    most = stock.most_in_one_place(connection, variant_ref)
    if most is not None and quantity > most:
        raise InsufficientStock(most)
    _write_line(connection, cart.cart_ref, variant_ref, quantity)
    touch(connection, cart.cart_ref, now)


def _quantity_of(connection: sa.Connection, cart_ref: str, variant_ref: str) -> int:
    table = schema.cart_lines
    here = sa.and_(table.c.cart_ref == cart_ref, table.c.variant_ref == variant_ref)
    return connection.execute(sa.select(table.c.quantity).where(here)).scalar() or 0


def _write_line(connection: sa.Connection, cart_ref: str, variant_ref: str, quantity: int) -> None:
    table = schema.cart_lines
    here = sa.and_(table.c.cart_ref == cart_ref, table.c.variant_ref == variant_ref)
    if quantity == 0:
        connection.execute(sa.delete(table).where(here))
    elif not connection.execute(sa.update(table).where(here).values(quantity=quantity)).rowcount:
        connection.execute(sa.insert(table).values(cart_ref=cart_ref, variant_ref=variant_ref, quantity=quantity))


def touch(connection: sa.Connection, cart_ref: str, now: datetime, **values: Any) -> None:
    """Count the basket's version up, with what else changed on it. Writes."""
    table = schema.carts
    connection.execute(
        sa.update(table).where(table.c.cart_ref == cart_ref)
        .values(version=table.c.version + 1, updated_at=now, **values)
    )


def apply_offer(connection: sa.Connection, ref: str, code: str, catalogue: Catalogue, now: datetime) -> None:
    """Put an offer on the basket in place of another of its campaign. NotFound, NotAllowed. Writes."""
    cart = require_open(connection, ref)
    offer = offers.get_offer(connection, code, now)
    if offer.code in cart.offers:
        return
    lines = _lines_of(connection, cart, catalogue)
    if lines and not offers.is_useful(offer, lines, catalogue):
        raise NotAllowed("offer_does_not_fit")
    running = offers.list_offers(connection, "", now)
    touch(connection, cart.cart_ref, now, offers=offers.applied_with(cart.offers, offer, running))


def attach_customer(connection: sa.Connection, ref: str, customer_ref: str, now: datetime) -> str:
    """Give a guest's basket to a customer; lines join the open one, the larger quantity stays. Writes."""
    get_customer(connection, customer_ref)
    cart = require_open(connection, ref)
    if cart.customer_ref == customer_ref:
        return str(cart.cart_ref)
    if cart.customer_ref:
        raise NotAllowed("cart_of_another_customer")
    target = _open_cart_of(connection, customer_ref)
    if target is None:
        touch(connection, cart.cart_ref, now, customer_ref=customer_ref)
        return str(cart.cart_ref)
    _merge(connection, cart, target, now)
    return target


def _merge(connection: sa.Connection, cart: Any, target: str, now: datetime) -> None:
    table = schema.cart_lines
    there = connection.execute(sa.select(table).where(table.c.cart_ref == target))
    quantities = {row.variant_ref: row.quantity for row in there}
    for row in connection.execute(sa.select(table).where(table.c.cart_ref == cart.cart_ref)).all():
        _write_line(connection, target, row.variant_ref, max(row.quantity, quantities.get(row.variant_ref, 0)))
    kept = require_open(connection, target).offers
    touch(connection, target, now, offers=kept or cart.offers)
    touch(connection, cart.cart_ref, now, state="merged", became=target)
