"""An account is closed: the person goes, the orders stay in the books with their amounts, lines and dates."""

from datetime import datetime

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.database import remember, remembered
from bot.commerce.folding import fold
from bot.errors import NotFound

_OVER = ("completed", "cancelled")


def close_account(connection: sa.Connection, ref: str, key: str, now: datetime) -> None:
    """Remove the customer, once per key. NotFound. Writes.

    What was ordered as a guest with the account's address is the same person's. An order under way keeps where it
    goes until it is there; `forget_when_over` takes that too. Nothing is told in the change log: nobody is to read
    the customer again.
    """
    if remembered(connection, key, "close_account"):
        return
    customer = connection.execute(sa.select(schema.customers).where(schema.customers.c.customer_ref == ref)).first()
    if customer is None:
        raise NotFound(f"customer {ref}")
    refs = _orders_of(connection, ref, customer.email)
    _forget_buyer(connection, refs)
    _remove_baskets(connection, ref, refs)
    for table in (schema.addresses, schema.payment_methods, schema.customers):
        connection.execute(sa.delete(table).where(table.c.customer_ref == ref))
    changes = schema.changes
    connection.execute(sa.update(changes).where(changes.c.customer_ref == ref).values(customer_ref=None))
    remember(connection, key, "close_account", "closed", now)


def forget_guest(connection: sa.Connection, email: str, key: str, now: datetime) -> int:
    """What was ordered without an account under an address goes on without the person; how many, once a key. Writes."""
    if not email or remembered(connection, key, "forget_guest"):
        return 0
    refs = list(connection.scalars(sa.select(schema.orders.c.order_ref).where(_is_guests(email))))
    _forget_buyer(connection, refs)
    keys = schema.idempotency_keys
    connection.execute(sa.delete(keys).where(keys.c.result_ref.in_(refs)))
    remember(connection, key, "forget_guest", "forgotten", now)
    return len(refs)


def forget_when_over(connection: sa.Connection, order_ref: str) -> None:
    """An order of a closed account that has arrived, or never will, needs its address no more. Writes."""
    orders = schema.orders
    closed = sa.select(orders.c.order_ref).where(  # a guest's order has an address to write to
        orders.c.order_ref == order_ref, orders.c.customer_ref.is_(None), orders.c.email == "",
        orders.c.status.in_(_OVER),
    )
    _forget_delivery(connection, list(connection.scalars(closed)))


def _orders_of(connection: sa.Connection, ref: str, email: str) -> list[str]:
    orders = schema.orders
    return list(connection.scalars(sa.select(orders.c.order_ref).where(
        sa.or_(orders.c.customer_ref == ref, _is_guests(email))
    )))


def _is_guests(email: str) -> sa.ColumnElement[bool]:
    return sa.and_(schema.orders.c.customer_ref.is_(None), sa.func.lower(schema.orders.c.email) == fold(email))


def _forget_buyer(connection: sa.Connection, refs: list[str]) -> None:
    """Orders that are nobody's any more; one that is over goes without where it went, too."""
    orders = schema.orders
    connection.execute(
        sa.update(orders).where(orders.c.order_ref.in_(refs))
        .values(customer_ref=None, email="", version=orders.c.version + 1)
    )
    _forget_buyers(connection, refs)  # a parcel under way needs its address, and nobody's name on a bill
    over = sa.select(orders.c.order_ref).where(orders.c.order_ref.in_(refs), orders.c.status.in_(_OVER))
    _forget_delivery(connection, list(connection.scalars(over)))


def _forget_delivery(connection: sa.Connection, refs: list[str]) -> None:
    """Orders without where they went; a request keeps what and for how much, not the customer's words; an invoice
    keeps its number, its lines and its taxes.
    """
    if not refs:
        return
    orders, requests, shipments = schema.orders, schema.order_requests, schema.shipments
    connection.execute(sa.update(orders).where(orders.c.order_ref.in_(refs)).values(
        phone="", shipping_address=sa.null(), postcode_key="",
    ))
    connection.execute(sa.update(requests).where(requests.c.order_ref.in_(refs)).values(reason="", method="closed"))
    connection.execute(sa.update(schema.payments).where(schema.payments.c.order_ref.in_(refs)).values(method="closed"))
    mine = sa.select(shipments.c.shipment_id).where(shipments.c.order_ref.in_(refs))
    connection.execute(  # where the parcel was seen says where they live
        sa.delete(schema.shipment_events).where(schema.shipment_events.c.shipment_id.in_(mine))
    )
    choices = schema.delivery_choices
    connection.execute(sa.delete(choices).where(choices.c.shipment_id.in_(mine)))
    _forget_buyers(connection, refs)
    connection.execute(sa.update(shipments).where(shipments.c.order_ref.in_(refs)).values(
        tracking_number="", tracking_url="", pickup_location_ref=None,
    ))


def _forget_buyers(connection: sa.Connection, refs: list[str]) -> None:
    invoices = schema.invoices
    issued = connection.execute(
        sa.select(invoices.c.order_ref, invoices.c.content).where(invoices.c.order_ref.in_(refs))
    ).all()
    nobody = {"name": "", "address": None, "email": ""}
    if issued:
        connection.execute(
            sa.update(invoices).where(invoices.c.order_ref == sa.bindparam("of")),
            [{"of": each.order_ref, "content": {**each.content, "buyer": nobody}} for each in issued],
        )


def _remove_baskets(connection: sa.Connection, ref: str, orders: list[str]) -> None:
    """Baskets, and the keys under which things were done: they may say by whom, and nobody repeats them any more."""
    carts, keys = schema.carts, schema.idempotency_keys
    mine = list(connection.scalars(sa.select(carts.c.cart_ref).where(carts.c.customer_ref == ref)))
    connection.execute(sa.delete(schema.cart_lines).where(schema.cart_lines.c.cart_ref.in_(mine)))
    connection.execute(sa.delete(carts).where(carts.c.cart_ref.in_(mine)))
    named = keys.c.key.endswith(f":{ref}", autoescape=True)  # the seed's
    connection.execute(sa.delete(keys).where(sa.or_(keys.c.result_ref.in_([*mine, *orders]), named)))
