"""What orders and everybody's purchases tell of sizes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.commerce.types import CustomerRef, OrderRequest
from bot.profile.customers import create_customer
from bot.profile.store.engine import Store
from bot.profile.store.tables import purchases
from bot.recommend.catalogue import Catalogue
from bot.recommend.size_evidence import find_runs, ladder_of, read_runs, run_of, worn_by
from tests.fakes.shop import FakeShop, make_product

SHOP = Catalogue((
    make_product("tee", "t_shirt", sizes=("XL", "S", "M", "L"), brand="Alba"),
    make_product("shirt", "shirt", sizes=("S", "M", "L"), brand="Brume"),
    make_product("slim", "shirt", sizes=("S", "M", "L"), brand="Brume", fit="slim"),
    make_product("boots", "boots", sizes=("40", "38", "39")),
))
RUN = run_of(SHOP.products[1])


def test_orders_the_sizes_of_a_system() -> None:
    assert ladder_of(SHOP, "letters") == ("S", "M", "L", "XL")
    assert ladder_of(SHOP, "shoes") == ("38", "39", "40")


def test_a_cut_is_a_run_of_its_own() -> None:
    assert run_of(SHOP.products[2]) == ("letters", "Brume", "slim")


def life(who: int, *, fits: str = "L") -> list[tuple[str, str, str, int]]:
    """Somebody who wears M elsewhere, orders M here too, sends it back and keeps what fits."""
    name = f"p{who}"
    return [(name, "tee", "M", 1), (name, "tee", "M", 1), (name, "shirt", "M", -1), (name, "shirt", fits, 1)]


def test_knows_nothing_of_a_brand_that_nobody_bought_beside_another() -> None:
    assert find_runs(SHOP, []) == {}
    assert find_runs(SHOP, [("anna", "shirt", "M", 1)])[RUN].told == 0


@pytest.mark.parametrize(("fits", "told"), [("L", 1), ("S", -1)])
def test_learns_that_a_brand_runs_small_or_large(fits: str, told: int) -> None:
    runs = find_runs(SHOP, [line for who in range(12) for line in life(who, fits=fits)])
    assert (runs[RUN].told, runs[RUN].people) == (told, 12)
    assert runs[run_of(SHOP.products[0])].told == 0


def test_learns_from_everybodys_orders_in_the_store(store: Store, now: datetime) -> None:
    with store.write() as connection:
        for number in range(8):
            who = create_customer(connection, now=now, salt="a salt of sixteen")
            for line, (_, product, size, pieces) in enumerate(life(number)):
                connection.execute(sa.insert(purchases).values(
                    customer_id=who, silo="shop", order_id="1", line=line, sold_at=now - timedelta(days=9),
                    quantity=pieces, amount_minor=1, currency="EUR", product_id=product, variant_id="",
                    product_type="", brand="", colour="", size=size.lower(),
                ))
        assert read_runs(connection, SHOP, now)[RUN].told == 1


@pytest.mark.parametrize(("reason", "too"), [
    ("too small", 1), ("Trop petit", 1), ("TOO_LARGE", -1), ("trop grande pour moi", -1), ("changed my mind", 0),
    ("", 0), ("il est trop serré", 1),
])
def test_reads_why_something_went_back(now: datetime, reason: str, too: int) -> None:
    shop = FakeShop(list(SHOP.products), now)
    order = shop.sell(CustomerRef("anna"), "shirt-navy-M", now - timedelta(days=30), returned=1)
    order = replace(order, requests=(OrderRequest("return", now, pieces={"1": 1}, reason=reason),))
    (worn,) = worn_by([order], SHOP)
    assert (worn.is_kept, worn.too) == (False, too)


def test_an_exchange_for_a_larger_size_says_too_small(now: datetime) -> None:
    shop = FakeShop(list(SHOP.products), now)
    order = shop.sell(CustomerRef("anna"), "shirt-navy-M", now - timedelta(days=30))
    order = replace(order, requests=(OrderRequest("exchange", now, variants={"1": "shirt-navy-L"}),))
    (worn,) = worn_by([order], SHOP)
    assert (worn.is_kept, worn.too) == (False, 1)


def test_what_is_on_its_way_proves_nothing(now: datetime) -> None:
    shop = FakeShop(list(SHOP.products), now)
    order = shop.sell(CustomerRef("anna"), "shirt-navy-M", now)
    assert worn_by([replace(order, fulfilment_status="shipped")], SHOP) == []
    assert worn_by([replace(order, status="cancelled")], SHOP) == []
