"""A whole suggestion: from a customer's id to six products with their reasons, in a shop that answers from memory.

The customers, baskets and ranking of `benchmarks/recommend.py`, put into a store: everybody allowed suggestions from
their past, half of them are in a segment, and fifty thousand looks and orders of the last months are there to be
counted. Of what a shop's engine takes to answer, nothing is in it.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, OrderLine, OrderRef, Page, Product, Totals
from bot.profile.computed import refresh_computed_traits
from bot.profile.consent import record_consent
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.profile.store.tables import segment_members
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.live import LearnedFile
from bot.recommend.learned.model import Learned, write_learned
from bot.recommend.recommender import Recommender
from tests.fakes.shop import FakeShop, make_product

_KINDS, _BRANDS, _COLOURS = 200, 60, ("navy", "red", "green", "black", "white", "camel")
_EVENTS = 50_000  # as many as a snapshot reads
_SALT = "a salt of sixteen"


@dataclass
class _Shop(FakeShop):
    """The fake shop of tests, which reads fifty thousand products a page at a time, not each page anew."""

    def search_products(self, query: str = "", **asked: Any) -> Page[Product]:
        start, limit = int(asked.get("cursor") or 0), int(asked.get("limit") or 24)
        after = str(start + limit) if start + limit < len(self.products) else ""
        return Page(tuple(self.products[start:start + limit]), after)


def measure_whole(learned: Learned, baskets: Baskets, products: int, asked: int) -> list[float]:
    """Processor milliseconds of each customer's suggestion, once the snapshots are read."""
    day = timedelta(days=1)
    now = datetime.fromtimestamp(0, UTC) + day * float(baskets.day.max() + 1)
    shop = _Shop(products=[_make_product(number) for number in range(products)], now=now)
    refs = [CustomerRef(str(number)) for number in range(asked)]
    for number, ref in enumerate(refs):
        shop.orders[ref] = _make_orders(shop.products, baskets.take(baskets.customer == number), ref)
    with tempfile.TemporaryDirectory() as folder:
        write_learned(Path(folder) / "learned.npz", learned)
        store = Store(f"sqlite:///{folder}/store.sqlite")
        migrate(store)
        ids = _fill(store, baskets, shop.products, now, asked)
        recommender = Recommender(store, cast(CommerceEngine, shop), learned=LearnedFile(Path(folder) / "learned.npz"))
        recommender.recommend(ids[0], refs[0], now=now)
        costs = [_time_one(recommender, each, ref, now) for each, ref in zip(ids, refs, strict=True)]
        store.close()
    return costs


def _time_one(recommender: Recommender, customer_id: str, ref: CustomerRef, now: datetime) -> float:
    began = time.process_time()
    found = recommender.recommend(customer_id, ref, now=now)
    cost = 1000 * (time.process_time() - began)
    if not found:
        raise RuntimeError("nothing was suggested, so that nothing was measured")
    return cost


def _make_product(number: int) -> Product:
    colours = (_COLOURS[number % 6], _COLOURS[(number // 6) % 6])
    return make_product(
        str(number), f"kind{number % _KINDS}", colours=tuple(dict.fromkeys(colours)), brand=f"brand{number % _BRANDS}",
        price_minor=2_000 + number % 40 * 200,
    )


def _make_orders(products: Sequence[Product], mine: Baskets, ref: CustomerRef) -> list[Order]:
    orders = []
    for basket in np.unique(mine.basket).tolist():
        lines = mine.take(mine.basket == basket)
        sold = [products[item] for item in lines.item.tolist()]
        orders.append(Order(
            ref=OrderRef(f"{ref}-{basket}"), number=f"{ref}-{basket}", customer_ref=ref, email="", currency="EUR",
            placed_at=datetime.fromtimestamp(0, UTC) + timedelta(days=float(lines.day[0])),
            totals=Totals(grand_minor=sum(each.variants[0].price_minor for each in sold)),
            lines=tuple(_make_line(number, each) for number, each in enumerate(sold)),
            status="completed", payment_status="paid", fulfilment_status="delivered", native_status="",
        ))
    return orders


def _make_line(number: int, product: Product) -> OrderLine:
    variant = product.variants[0]
    return OrderLine(str(number), variant.ref, product.ref, variant.sku, product.names["en"], variant.options,
                     variant.price_minor, 1)


def _fill(store: Store, baskets: Baskets, products: Sequence[Product], now: datetime, asked: int) -> list[str]:
    """Customers with their leave, every second one in a segment, what they looked at and ordered last; their ids."""
    with store.write() as connection:
        ids = [create_customer(connection, now=now, salt=_SALT) for _ in range(baskets.customers)]
        for each in ids[:asked]:
            record_consent(connection, each, purpose="personalisation", channel="*", state="granted", source="bench",
                           wording="", now=now)
        connection.execute(sa.insert(segment_members), [
            {"segment": "every_second", "customer_id": each, "entered_at": now} for each in ids[::2]])
    newest = np.argsort(-baskets.day, kind="stable")[:_EVENTS]
    lines = zip(baskets.customer[newest].tolist(), baskets.item[newest].tolist(), baskets.day[newest].tolist(),
                strict=True)
    happened = (
        _make_event(number, ids[customer], products[item], datetime.fromtimestamp(0, UTC) + timedelta(days=day))
        for number, (customer, item, day) in enumerate(lines)
    )
    while some := list(islice(happened, 5_000)):
        with store.write() as connection:
            append_events(connection, some)
    while refresh_computed_traits(store, now=now):
        pass
    return [str(each) for each in ids[:asked]]


def _make_event(number: int, customer_id: Any, product: Product, at: datetime) -> Event:
    """Every fifth an order of its own, the others looks."""
    said = {"product_id": product.ref}
    if number % 5:
        return Event(f"bench-{number}", customer_id, "web", "track", "Product Viewed", said, at, at)
    order = {"order_id": f"bench-{number}", "products": [said]}
    return Event(f"bench-{number}", customer_id, "shop", "track", "Order Completed", order, at, at)
