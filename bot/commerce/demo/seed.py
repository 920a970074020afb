"""Fill the embedded shop: catalogue, stores, stock, offers and the demo's customers, all dated from `now`."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.catalogue import CatalogueProduct, ShopFolder, load_shop_folder, variant_ref
from bot.commerce.demo.database import write_meta
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.invoices import issue_past_invoices
from bot.commerce.demo.merchant import bump_catalogue
from bot.commerce.demo.people import seed_customer
from bot.errors import FixConfiguration

_BATCH = 2_000


def seed(engine: DemoEngine, shop_folder: Path, now: datetime) -> dict[str, int]:
    """Fill an empty shop from its folder; one that is filled already is left as it is. Counts by table. Writes.

    FixConfiguration names the file and the product that are wrong.
    """
    folder = load_shop_folder(shop_folder)
    engine.database.create()
    if not is_seeded(engine):
        with engine.database.write() as connection:
            _seed_shop(connection, folder, now)
            for person in folder.customers:
                seed_customer(connection, person, folder, now)
            issue_past_invoices(connection)
    return count_rows(engine)


def reset(engine: DemoEngine, shop_folder: Path, now: datetime) -> dict[str, int]:
    """Empty the shop and fill it anew. Writes."""
    engine.database.drop()
    return seed(engine, shop_folder, now)


def is_seeded(engine: DemoEngine) -> bool:
    """Whether the shop holds a catalogue."""
    try:
        with engine.database.read() as connection:
            return connection.execute(sa.select(schema.products.c.slug).limit(1)).first() is not None
    except FixConfiguration:
        return False


def count_rows(engine: DemoEngine) -> dict[str, int]:
    """How many products, variants, stores, customers and orders there are."""
    tables = {
        "products": schema.products, "variants": schema.variants, "stores": schema.locations,
        "customers": schema.customers, "orders": schema.orders,
    }
    with engine.database.read() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }


def _seed_shop(connection: sa.Connection, folder: ShopFolder, now: datetime) -> None:
    write_meta(connection, "shop", folder.shop)
    write_meta(connection, "words", folder.words)
    write_meta(connection, "next_order_number", folder.shop["first_order_number"])
    connection.execute(sa.insert(schema.products), [_product_row(*each) for each in enumerate(folder.products)])
    connection.execute(sa.insert(schema.locations), [_store_row(*each) for each in enumerate(folder.stores)])
    insert_in_batches(connection, schema.variants, _variant_rows(folder.products))
    insert_in_batches(connection, schema.stock, _stock_rows(folder))
    _lay_out(connection, folder.stock)
    connection.execute(sa.insert(schema.promotions), [_offer_row(offer, now) for offer in folder.offers])
    bump_catalogue(connection)


def insert_in_batches(connection: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    """Insert many rows without holding them all. Writes."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            connection.execute(sa.insert(table), batch)
            batch = []
    if batch:
        connection.execute(sa.insert(table), batch)


def _product_row(position: int, product: CatalogueProduct) -> dict[str, Any]:
    return {
        "product_ref": product.slug, "position": position, "slug": product.slug, "brand": product.brand,
        "product_type": product.product_type, "names": product.names, "descriptions": product.descriptions,
        "attributes": product.attributes, "is_replenishable": product.is_replenishable,
    }


def _variant_rows(products: Sequence[CatalogueProduct]) -> Iterator[dict[str, Any]]:
    position = 0
    for number, product in enumerate(products, start=1):
        for ref, options in product.variants():
            position += 1
            yield {
                "variant_ref": ref, "product_ref": product.slug, "position": position,
                "sku": f"{number:04d}-{position:05d}", "options": options, "price_minor": product.price_minor,
                "compare_at_minor": product.compare_at_minor,
            }


def _stock_rows(folder: ShopFolder) -> Iterator[dict[str, Any]]:
    """The same shelves for the same seed: the sizes of the ends run out first, as they do."""
    for product in folder.products:
        for position, (ref, _) in enumerate(product.variants()):
            rng = Random(f"{folder.shop['stock_seed']}:{ref}")
            is_end = len(product.sizes) > 2 and position % len(product.sizes) in (0, len(product.sizes) - 1)
            online = _pieces(rng, 0.2 if is_end else 0.08, 40)
            yield {"variant_ref": ref, "location_ref": schema.WEB, "quantity": online}
            for store in folder.stores:
                there = _pieces(rng, 0.6 if is_end else 0.35, 6)
                yield {"variant_ref": ref, "location_ref": store["id"], "quantity": there}


def _pieces(rng: Random, empty_share: float, most: int) -> int:
    return 0 if rng.random() < empty_share else rng.randint(1, most)


def _lay_out(connection: sa.Connection, shelves: Sequence[dict[str, Any]]) -> None:
    table = schema.stock
    for shelf in shelves:
        ref = variant_ref(shelf["product"], shelf["colour"], shelf["size"])
        changed = connection.execute(
            sa.update(table).where(table.c.variant_ref == ref, table.c.location_ref == shelf["location"])
            .values(quantity=shelf["quantity"])
        )
        if not changed.rowcount:
            raise FixConfiguration(f"demo_customers.toml: stock: there is no {ref} at {shelf['location']}")


def _store_row(position: int, store: dict[str, Any]) -> dict[str, Any]:
    return {
        "location_ref": store["id"], "position": position, "name": store["name"], "address": store["address"],
        "opening_text": store["opening_text"], "ready_in_text": store["ready_in_text"], "has_pickup": True,
    }


def _offer_row(offer: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "code": offer["code"], "about": offer["about"], "channel": offer.get("channel", ""), "names": offer["name"],
        "percent_off": offer.get("percent_off", 0), "amount_off_minor": offer.get("amount_off_minor", 0),
        "product_types": offer.get("product_types", []), "min_items_minor": offer.get("min_items_minor", 0),
        "has_free_shipping": offer.get("has_free_shipping", False),
        "starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=offer["lasts_days"]),
    }
