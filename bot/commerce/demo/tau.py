"""tau_retail as an embedded shop: its users, orders and products behind the same protocol.

What the data does not tell is not made up: there are no stores, stock is told as available or not,
carriers have no names, and an order's date is the day of its import.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import batched
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.carriers import Carrier
from bot.commerce.demo.catalogue import load_shop_settings
from bot.commerce.demo.customers import address_fields, insert_customer
from bot.commerce.demo.database import write_meta
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.merchant import bump_catalogue, insert_shipment
from bot.commerce.demo.orders import insert_order
from bot.commerce.folding import fold
from bot.commerce.types import Address, CustomerRef, ShipmentState, ShopCustomer, Totals
from bot.errors import FixConfiguration

SHOP_FOLDER = Path(__file__).parents[3] / "data" / "shops" / "tau"
FULFILLMENTS = "tau_fulfillments"  # which items went in which parcel: the shop keeps no such thing
Progress = Callable[[str, int, int], None]  # what, done, of how many
_BATCH = 100
_SHOWN_AT_SIGN_IN = 8
_COUNTRIES = {"USA": "US"}
_NO_CARRIER = Carrier("", "", "")


@dataclass(frozen=True)
class _Native:
    """One of tau_retail's statuses on the protocol's axes; `processed` has a tracking number and no more is known."""

    status: str
    payment: str
    fulfilment: str
    parcel: ShipmentState


_STATUSES: Mapping[str, _Native] = {
    "pending": _Native("pending", "paid", "none", "unknown"),
    "processed": _Native("processing", "paid", "none", "label_created"),
    "delivered": _Native("completed", "paid", "delivered", "delivered"),
    "cancelled": _Native("cancelled", "refunded", "none", "cancelled"),
}
_UNMAPPED = _Native("unknown", "unknown", "unknown", "unknown")


def import_tau(
    engine_or_url: DemoEngine | str, folder: Path, progress: Progress | None = None
) -> dict[str, int]:
    """Load the folder's products, users and orders; what is there already stays as it is. Writes.

    Returns how many there are of each and how many were added by this run (`products_added`, ...).
    FixConfiguration when a file is missing or no such file.
    """
    engine = engine_or_url if isinstance(engine_or_url, DemoEngine) else _open(engine_or_url)
    products, users, orders = (_read(folder, name) for name in ("products", "users", "orders"))
    now = engine.clock()
    progress = progress or _say_nothing
    engine.database.create()
    counts = {"products": len(products), "variants": sum(len(each["variants"]) for each in products.values()),
              "users": len(users), "orders": len(orders)}
    with engine.database.write() as connection:
        counts["products_added"] = _add_products(connection, products)
        write_meta(connection, FULFILLMENTS, {ref: order["fulfillments"] for ref, order in orders.items()})
    progress("products", len(products), len(products))
    counts["users_added"] = _add_all(engine, "users", users, _UserWriter(now), progress)
    counts["orders_added"] = _add_all(engine, "orders", orders, _OrderWriter(users, now), progress)
    return counts


def _say_nothing(_what: str, _done: int, _total: int) -> None:
    """The progress of whoever does not ask for it."""


def _open(url: str) -> DemoEngine:
    return DemoEngine(url, public_url="http://localhost:8000", clock=lambda: datetime.now(UTC))


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"{name}.json.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return dict(json.load(file))
    except FileNotFoundError as error:
        raise FixConfiguration(f"{name}.json.gz: there is no such file in the folder given") from error
    except (OSError, ValueError, TypeError) as error:
        raise FixConfiguration(f"{name}.json.gz: {error}") from error


def _minor(amount: float | int) -> int:
    """Dollars as they are written to cents, half up."""
    return int((Decimal(str(amount)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


# -- products ----------------------------------------------------------------------------------


def _add_products(connection: sa.Connection, products: Mapping[str, Any]) -> int:
    known = set(connection.execute(sa.select(schema.products.c.product_ref)).scalars())
    added = {ref: product for ref, product in products.items() if ref not in known}
    if not added:
        return 0
    shop = load_shop_settings(SHOP_FOLDER)
    if not known:
        write_meta(connection, "next_order_number", shop["first_order_number"])
    write_meta(connection, "shop", shop)
    types = {_slug(each["name"]): [each["name"], each["name"]] for each in products.values()}
    write_meta(connection, "words", {"product_type": types})
    connection.execute(sa.insert(schema.products), [
        _product_row(position, product) for position, product in enumerate(added.values(), start=len(known))
    ])
    connection.execute(sa.insert(schema.variants), list(_variant_rows(added.values())))
    connection.execute(sa.insert(schema.stock), list(_stock_rows(added.values())))
    bump_catalogue(connection)
    return len(added)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


def _product_row(position: int, product: Mapping[str, Any]) -> dict[str, Any]:
    name = product["name"]
    return {
        "product_ref": product["product_id"], "position": position, "slug": _slug(name), "brand": "",
        "product_type": _slug(name), "names": {"en": name, "fr": name}, "descriptions": {"en": "", "fr": ""},
        "attributes": {}, "is_replenishable": False,
    }


def _variant_rows(products: Any) -> Iterator[dict[str, Any]]:
    for product in products:
        for position, variant in enumerate(product["variants"].values()):
            yield {
                "variant_ref": variant["item_id"], "product_ref": product["product_id"], "position": position,
                "sku": variant["item_id"], "options": variant["options"], "price_minor": _minor(variant["price"]),
                "compare_at_minor": None,
            }


def _stock_rows(products: Any) -> Iterator[dict[str, Any]]:
    for product in products:
        for variant in product["variants"].values():
            quantity = None if variant["available"] else 0
            yield {"variant_ref": variant["item_id"], "location_ref": schema.WEB, "quantity": quantity}


# -- users and orders --------------------------------------------------------------------------


def _add_all(
    engine: DemoEngine, what: str, records: Mapping[str, Any], writer: "_UserWriter | _OrderWriter", progress: Progress
) -> int:
    """Add what is not there yet, a batch to a transaction, so that a broken run goes on where it stopped."""
    with engine.database.read() as connection:
        known = set(connection.execute(sa.select(writer.key)).scalars())
    added = [item for item in records.items() if item[0] not in known]
    done = len(records) - len(added)
    for batch in batched(added, _BATCH):
        with engine.database.write() as connection:
            for ref, record in batch:
                writer.add(connection, ref, record)
        done += len(batch)
        progress(what, done, len(records))
    return len(added)


def _address(fields: Mapping[str, str], first_name: str, last_name: str, address_id: str = "") -> Address:
    return Address(
        id=address_id, first_name=first_name, last_name=last_name, line1=fields["address1"], line2=fields["address2"],
        city=fields["city"], region_code=fields["state"], postcode=fields["zip"],
        country=_COUNTRIES.get(fields["country"], fields["country"]), is_default_shipping=bool(address_id),
    )


class _UserWriter:
    """Adds users with their address and ways to pay."""

    key = schema.customers.c.customer_ref

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._shown = 0

    def add(self, connection: sa.Connection, ref: str, user: Mapping[str, Any]) -> None:
        """One user. Writes."""
        first, last = user["name"]["first_name"], user["name"]["last_name"]
        customer = ShopCustomer(
            ref=CustomerRef(ref), first_name=first, last_name=last, email=user["email"], locale="en-US",
            addresses=(_address(user["address"], first, last, f"{ref}-address-1"),), email_verified=True,
        )
        insert_customer(connection, customer, self._now, demo=self._demo_line(user["orders"]))
        methods = [
            {"method_id": method["id"], "customer_ref": ref, "kind": method["source"],
             "brand": method.get("brand", ""), "last_four": method.get("last_four", ""),
             "balance_minor": _minor(method["balance"]) if "balance" in method else None}
            for method in user["payment_methods"].values()
        ]
        if methods:
            connection.execute(sa.insert(schema.payment_methods), methods)

    def _demo_line(self, orders: Sequence[str]) -> dict[str, Any] | None:
        """The first few users can be signed in as."""
        self._shown += 1
        if self._shown > _SHOWN_AT_SIGN_IN:
            return None
        listed = ", ".join(orders)
        return {"line": {"fr": f"Commandes : {listed}", "en": f"Orders: {listed}"}, "style": {}}


class _OrderWriter:
    """Adds orders with lines, payments and tracking numbers."""

    key = schema.orders.c.order_ref

    def __init__(self, users: Mapping[str, Any], now: datetime) -> None:
        self._users = users
        self._now = now

    def add(self, connection: sa.Connection, ref: str, order: Mapping[str, Any]) -> None:
        """One order. Writes."""
        user = self._users[order["user_id"]]
        native = _STATUSES.get(order["status"], _UNMAPPED)
        address = _address(order["address"], user["name"]["first_name"], user["name"]["last_name"])
        insert_order(connection, {
            "order_ref": ref, "number": ref, "customer_ref": order["user_id"], "email": user["email"],
            "locale": "en-US", "currency": "USD", "totals": asdict(_totals(order)), "status": native.status,
            "payment_status": native.payment, "fulfilment_status": native.fulfilment,
            "native_status": order["status"], "shipping_address": address_fields(address),
        }, [_line(item, order, native) for item in order["items"]], self._placed_at(ref, user["orders"]))
        connection.execute(sa.insert(schema.payments), [
            {"order_ref": ref, "kind": each["transaction_type"], "method": each["payment_method_id"],
             "amount_minor": _minor(each["amount"]), "at": self._now}
            for each in order["payment_history"]
        ])
        for fulfilment in order["fulfillments"]:
            for tracking_id in fulfilment["tracking_id"]:
                insert_shipment(
                    connection, ref, _NO_CARRIER, tracking_id, state=native.parcel, shipped_at=None, eta=None
                )

    def _placed_at(self, ref: str, listed: Sequence[str]) -> datetime:
        """The import's own moment: the data has no dates, only the order in which a user's orders are listed."""
        return self._now - timedelta(seconds=len(listed) - listed.index(ref) if ref in listed else 0)


def _totals(order: Mapping[str, Any]) -> Totals:
    paid = sum(_minor(each["amount"]) for each in order["payment_history"] if each["transaction_type"] == "payment")
    back = sum(_minor(each["amount"]) for each in order["payment_history"] if each["transaction_type"] == "refund")
    return Totals(items_minor=sum(_minor(item["price"]) for item in order["items"]), grand_minor=paid,
                  refunded_minor=back)


def _line(item: Mapping[str, Any], order: Mapping[str, Any], native: _Native) -> dict[str, Any]:
    """One piece a line: the same item may stand in an order twice."""
    sent = [ref for fulfilment in order["fulfillments"] for ref in fulfilment["item_ids"]]
    is_delivered = native.fulfilment == "delivered" and item["item_id"] in sent
    return {
        "variant_ref": item["item_id"], "product_ref": item["product_id"], "sku": item["item_id"],
        "title": item["name"], "options": item["options"], "unit_price_minor": _minor(item["price"]), "ordered": 1,
        "shipped": int(is_delivered), "delivered": int(is_delivered), "cancelled": int(native.status == "cancelled"),
    }
