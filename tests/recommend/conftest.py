"""A wardrobe of products, and a store with one customer who allowed suggestions from the past."""

from datetime import datetime
from typing import cast

import pytest

from bot.commerce.protocol import CommerceEngine
from bot.profile.consent import record_consent
from bot.profile.customers import create_customer
from bot.profile.store.engine import Store
from bot.recommend.recommender import Recommender
from tests.fakes.shop import FakeShop, make_product

SHOES = ("38", "39")


@pytest.fixture
def shop(now: datetime) -> FakeShop:
    return FakeShop(
        now=now,
        products=[
            make_product("coat", "coat", colours=("navy", "red"), name="Éole coat", nom="Manteau Éole", brand="Éole"),
            make_product("parka", "coat", colours=("black",), name="Bruine parka", brand="Éole"),
            make_product("scarf", "scarf", colours=("red", "black"), sizes=("one size",), name="Brise scarf"),
            make_product("hat", "hat", colours=("black",), sizes=("one size",), name="Givre hat"),
            make_product("jumper", "jumper", colours=("navy", "red"), name="Ondée jumper"),
            make_product("shirt", "shirt", colours=("white",), name="Aube shirt"),
            make_product("trousers", "trousers", colours=("black",), sizes=("36", "38", "40"), name="Ligne trousers"),
            make_product("boots", "boots", colours=("brown",), sizes=SHOES, name="Sente boots"),
            make_product("sneakers", "sneakers", colours=("white",), sizes=SHOES, name="Piste sneakers"),
            make_product("bag", "bag", colours=("camel",), sizes=("one size",), name="Halte bag"),
            make_product("socks", "socks", colours=("black",), sizes=("36-38", "39-41"), is_replenishable=True,
                         name="Fil socks", lasts_days=60),
            make_product("wax", "shoe_care", colours=("neutral",), sizes=("one size",), is_replenishable=True,
                         name="Cire wax"),
        ],
    )


@pytest.fixture
def customer(store: Store, now: datetime) -> str:
    with store.write() as connection:
        customer_id = create_customer(connection, now=now, salt="a salt of sixteen")
        record_consent(
            connection, customer_id, purpose="personalisation", channel="*", state="granted", source="test",
            wording="May I?", now=now,
        )
    return customer_id


@pytest.fixture
def stranger(store: Store, now: datetime) -> str:
    with store.write() as connection:
        return create_customer(connection, now=now, salt="a salt of sixteen")


@pytest.fixture
def recommender(store: Store, shop: FakeShop) -> Recommender:
    return Recommender(store, cast(CommerceEngine, shop))
