"""The demo's customers with their pasts: orders that came, are late, wait in a store, were sent back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import carts, placing, schema
from bot.commerce.demo.carriers import CARRIERS, carrier_text
from bot.commerce.demo.catalogue import CatalogueProduct, ShopFolder, variant_ref
from bot.commerce.demo.customers import address_fields, insert_customer
from bot.commerce.demo.merchant import add_event, insert_shipment
from bot.commerce.demo.orders import insert_order
from bot.commerce.types import Address, CustomerRef, ShipmentState, ShopCustomer, Totals, VariantRef
from bot.errors import FixConfiguration
from bot.texts.catalogue import translate

_PROMISED_DAYS = 3


@dataclass(frozen=True)
class _Past:
    """How an order of a kind stands today."""

    status: str
    payment: str
    fulfilment: str
    native: str
    parcel: ShipmentState | None = None
    shipped: bool = False
    delivered: bool = False


_PASTS: Mapping[str, _Past] = {
    "pending": _Past("pending", "unpaid", "none", "awaiting_transfer"),
    "preparing": _Past("confirmed", "paid", "none", "in_preparation"),
    "in_transit": _Past("processing", "paid", "shipped", "shipped", "in_transit", shipped=True),
    "out_for_delivery": _Past("processing", "paid", "shipped", "shipped", "out_for_delivery", shipped=True),
    "delayed": _Past("processing", "paid", "shipped", "shipped", "delayed", shipped=True),
    "delivered": _Past("completed", "paid", "delivered", "delivered", "delivered", shipped=True, delivered=True),
    "reserved": _Past("confirmed", "paid", "ready_for_pickup", "reserved"),
    "cancelled": _Past("cancelled", "refunded", "none", "cancelled"),
}


def seed_customer(connection: sa.Connection, person: Mapping[str, Any], folder: ShopFolder, now: datetime) -> None:
    """Add one demo customer, orders, ways to pay and basket included. FixConfiguration names what is wrong. Writes."""
    joined = now - timedelta(days=int(person.get("customer_for_days", 400)))
    shown = {"line": person["line"], "style": person.get("style", {})}
    insert_customer(connection, _customer(person), joined, demo=shown)
    for method in person.get("payment_methods", ()):
        connection.execute(sa.insert(schema.payment_methods).values(
            customer_ref=person["id"], method_id=method["id"], kind=method["kind"], brand=method.get("brand", ""),
            last_four=method.get("last_four", ""), balance_minor=method.get("balance_minor"),
        ))
    for order in sorted(person.get("orders", ()), key=lambda each: -each["days_ago"]):
        _seed_order(connection, person, order, folder, now)
    if wanted := person.get("basket"):
        ref = carts.open_cart(connection, person["id"], f"seed:{person['id']}", now)
        for line in wanted:
            variant = VariantRef(_find(folder, line)[1])
            carts.set_line(connection, ref, variant, line.get("quantity", 1), None, now - timedelta(hours=5))


def _customer(person: Mapping[str, Any]) -> ShopCustomer:
    addresses = tuple(
        Address(**{"first_name": person["first_name"], "last_name": person["last_name"], "phone": person["phone"],
                   **each, "id": f"{person['id']}-address-{number}"}, is_default_shipping=number == 1)
        for number, each in enumerate(person["addresses"], start=1)
    )
    return ShopCustomer(
        ref=CustomerRef(person["id"]), first_name=person["first_name"], last_name=person["last_name"],
        email=person["email"], phone=person["phone"], addresses=addresses, locale=person["locale"],
        email_verified=True,
    )


def _find(folder: ShopFolder, line: Mapping[str, Any]) -> tuple[CatalogueProduct, str]:
    """The product and the variant that a line of demo_customers.toml names."""
    ref = variant_ref(line["product"], line["colour"], line["size"])
    for product in folder.products:
        if product.slug == line["product"] and ref in dict(product.variants()):
            return product, ref
    raise FixConfiguration(f"demo_customers.toml: there is no variant {ref}")


def _seed_order(
    connection: sa.Connection, person: Mapping[str, Any], order: Mapping[str, Any], folder: ShopFolder, now: datetime
) -> None:
    past = _PASTS[order["kind"]]
    placed_at = now - timedelta(days=order["days_ago"], hours=1, minutes=7 * len(person["id"]))
    number = placing.next_number(connection)
    ref = f"ord_{number}"
    lines = [_line(connection, line, past, folder, person["locale"]) for line in order["lines"]]
    totals = _totals(lines, past, folder.shop, is_pickup="store" in order)
    address = address_fields(_customer(person).addresses[0])
    is_returned = any(line["returned"] for line in lines)
    values = {
        "order_ref": ref, "number": number, "customer_ref": person["id"], "email": person["email"],
        "phone": person["phone"], "locale": person["locale"], "currency": folder.shop["currency"],
        "totals": asdict(totals), "status": past.status, "native_status": past.native,
        "payment_status": "partly_refunded" if is_returned else past.payment,
        "fulfilment_status": past.fulfilment, "placed_at": placed_at,
        "shipping_address": None if "store" in order else address,
        "delivery_kind": "pickup" if "store" in order else "ship", "pickup_location_ref": order.get("store"),
    }
    insert_order(connection, values, lines, placed_at)
    if past.payment != "unpaid":
        placing.record_payment(connection, ref, "payment", order.get("payment", "card"), totals, placed_at)
    if totals.refunded_minor:
        method, came_back_at = order.get("payment", "card"), placed_at + timedelta(days=9)
        placing.record_payment(connection, ref, "refund", method, totals.refunded_minor, came_back_at)
    if "store" in order:
        placing.reserve_at(connection, ref, order["store"], placed_at)
    elif past.parcel:
        _seed_parcel(connection, ref, past.parcel, order, person, placed_at, now)


def _line(
    connection: sa.Connection, line: Mapping[str, Any], past: _Past, folder: ShopFolder, locale: str
) -> dict[str, Any]:
    product, ref = _find(folder, line)
    sku = sa.select(schema.variants.c.sku).where(schema.variants.c.variant_ref == ref)
    pieces = int(line.get("quantity", 1))
    return {
        "variant_ref": ref, "product_ref": product.slug, "sku": connection.execute(sku).scalar_one(),
        "title": product.names[locale[:2]],
        "options": {"colour": line["colour"], "size": line["size"]}, "unit_price_minor": product.price_minor,
        "ordered": pieces, "shipped": pieces if past.shipped else 0, "delivered": pieces if past.delivered else 0,
        "cancelled": pieces if past.status == "cancelled" else 0, "returned": int(line.get("returned", 0)),
    }


def _totals(lines: Sequence[Mapping[str, Any]], past: _Past, shop: Mapping[str, Any], *, is_pickup: bool) -> Totals:
    items = sum(line["unit_price_minor"] * line["ordered"] for line in lines)
    shipping = 0 if is_pickup or items >= shop["free_shipping_from_minor"] else shop["shipping_minor"]
    sent_back = sum(line["unit_price_minor"] * line["returned"] for line in lines)
    grand, rate = items + shipping, shop["tax_percent"]
    return Totals(
        items_minor=items, shipping_minor=shipping, grand_minor=grand, tax_minor=grand * rate // (100 + rate),
        refunded_minor=grand if past.status == "cancelled" else sent_back,
    )


def _seed_parcel(
    connection: sa.Connection, ref: str, state: ShipmentState, order: Mapping[str, Any], person: Mapping[str, Any],
    placed_at: datetime, now: datetime,
) -> None:
    """A parcel with what the carrier has said of it so far."""
    carrier = next(each for each in CARRIERS if each.code == order.get("carrier", CARRIERS[0].code))
    promised = placed_at + timedelta(days=_PROMISED_DAYS)
    eta = promised
    if state == "delayed":
        eta = now + timedelta(days=order.get("late_days", 2))
    elif state == "out_for_delivery":
        eta = now + timedelta(hours=4)
    delivered_at = promised - timedelta(hours=3) if state == "delivered" else None
    digits = "".join(character for character in ref if character.isdigit())
    shipment_id = insert_shipment(
        connection, ref, carrier, f"{carrier.code[:2].upper()}{digits}{len(person['id']):02d}7FR", state=state,
        shipped_at=placed_at + timedelta(days=1), eta=eta, original_eta=promised, delivered_at=delivered_at,
    )
    for at, event_state, text, place in _story(state, placed_at, now, person):
        add_event(connection, shipment_id, at, event_state, text, place)


def _story(
    state: ShipmentState, placed_at: datetime, now: datetime, person: Mapping[str, Any]
) -> list[tuple[datetime, ShipmentState, str, str]]:
    """What the carrier said up to now, in the customer's language."""
    locale = person["locale"]
    city = person["addresses"][0]["city"]
    handed = translate(locale[:2], "Handed over to the carrier.")
    at_centre = translate(locale[:2], "Sorted at the regional centre.")
    story: list[tuple[datetime, ShipmentState, str, str]] = [
        (placed_at + timedelta(hours=3), "label_created", carrier_text("label_created", locale), "Orléans"),
        (placed_at + timedelta(hours=22), "in_transit", handed, "Orléans"),
        (placed_at + timedelta(hours=40), "in_transit", at_centre, city),
    ]
    if state == "delayed":
        text = translate(locale[:2], "Sorting centre closed by bad weather: delivery put off.")
        story.append((now - timedelta(hours=6), "delayed", text, city))
    if state == "out_for_delivery":
        story.append((now - timedelta(hours=2), "out_for_delivery", carrier_text(state, locale), city))
    if state == "delivered":
        arrival = placed_at + timedelta(days=_PROMISED_DAYS, hours=-3)
        story.append((arrival - timedelta(hours=4), "out_for_delivery", carrier_text("out_for_delivery", locale), city))
        story.append((arrival, "delivered", carrier_text("delivered", locale), city))
    return [each for each in story if each[0] <= now]
