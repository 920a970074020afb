"""What was learned speaks in suggestions: with a file, with consent, for whom has a past; and says why."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import numpy as np
import polars as pl
import pytest

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, ProductRef, VariantRef
from bot.profile.events import Event, append_events
from bot.recommend.learned.baskets import read_baskets
from bot.recommend.learned.live import Applied, LearnedFile, suggest, suggest_beside, to_baskets
from bot.recommend.learned.model import learn, read_learned, write_learned
from bot.recommend.learned.unsold import Unsold
from bot.recommend.recommender import Recommender
from bot.recommend.types import Purchase
from tests.fakes.shop import FakeShop, make_product
from tests.recommend.learned.conftest import DAY, PLAN
from tests.recommend.learned.shoppers import ITEMS, START, WEEKS, make_lines

ANNA = CustomerRef("anna")


@pytest.fixture
def today() -> datetime:
    return START + timedelta(weeks=WEEKS)


@pytest.fixture
def items(today) -> FakeShop:
    """A shop of what the made-up customers buy; Anna bought two things of the first family."""
    products = [make_product(f"i{n:02}", f"kind{n // 10}", colours=("red",), sizes=("one size",)) for n in range(ITEMS)]
    shop = FakeShop(products=products, now=today)
    for number in (3, 8):
        shop.sell(ANNA, products[number].variants[0].ref, today - timedelta(days=number))
    return shop


@pytest.fixture
def file(learned, tmp_path) -> LearnedFile:
    write_learned(tmp_path / "it.npz", learned)
    return LearnedFile(tmp_path / "it.npz")


def ask(store, shop, customer, now, file, language="en"):
    recommender = Recommender(store, cast(CommerceEngine, shop), learned=file)
    return recommender.recommend(customer, ANNA, now=now, language=language)


def test_says_nothing_without_a_file(tmp_path):
    assert LearnedFile(tmp_path / "nothing.npz").get() is None


def test_leaves_a_file_alone_that_it_cannot_read(tmp_path):
    (tmp_path / "it.npz").write_bytes(b"half a file")
    assert LearnedFile(tmp_path / "it.npz").get() is None


def test_a_customer_of_today_is_described_as_in_learning_the_store_they_go_to_as_well(tmp_path):
    goes_there = pl.col("customer_id").str.tail(1).cast(pl.Int64) < 5
    lines = make_lines().with_columns(place_id=pl.when(goes_there).then(pl.lit("quay")).otherwise(pl.lit("")))
    baskets, names = read_baskets(lines)
    write_learned(tmp_path / "it.npz", learn(baskets, names.items, DAY, PLAN, places=names.places))
    again = read_learned(tmp_path / "it.npz")
    bought = [
        Purchase(ProductRef(item), VariantRef(""), "", {}, 1, 0, at, place_ref=place)
        for item, at, place in lines.filter(customer_id="c003").select("item_id", "time", "place_id").iter_rows()
    ]
    alone = again.rank_one(baskets.only_customer(3), DAY)
    live = again.rank_one(to_baskets(again, bought), DAY)
    assert alone.pairs.scores["local"].any()
    np.testing.assert_array_equal(live.pairs.scores["local"], alone.pairs.scores["local"])
    np.testing.assert_allclose(live.every, alone.every)
    elsewhere = again.rank_one(to_baskets(again, [replace(each, place_ref="unheard-of") for each in bought]), DAY)
    assert not np.array_equal(elsewhere.every, alone.every)


def test_says_nothing_of_whom_nothing_is_known(learned, items, today):
    catalogue = Recommender(None, cast(CommerceEngine, items)).catalogue(today)
    assert suggest(Applied(learned, Unsold.of(learned, catalogue)), (), catalogue, today) is None


@pytest.mark.parametrize(
    ("language", "reason"), [("en", "Chosen by what is in your basket"), ("fr", "Choisi d’après votre panier")],
)
def test_what_is_bought_together_serves_a_basket_without_a_past(
    store, items, stranger, today, file, language, reason
):
    with store.write() as connection:
        append_events(connection, [
            Event(f"m{n}", stranger, "web", "track", "Product Added", {"product_id": f"i{n:02}"},
                  today - timedelta(minutes=9), today)
            for n in (23, 25)
        ])
    found = Recommender(store, cast(CommerceEngine, items), learned=file).recommend(
        stranger, None, now=today, language=language)
    assert found[0].reason_text == reason
    assert found[0].product.product_type in {"kind1", "kind2", "kind3"}  # favourites lie within two types
    assert not {"i23", "i25"} & {each.product.ref for each in found}


def test_a_basket_that_was_not_learned_about_says_nothing(learned, items, today):
    catalogue = Recommender(None, cast(CommerceEngine, items)).catalogue(today)
    applied = Applied(learned, Unsold.of(learned, catalogue))
    assert not suggest_beside(applied, [ProductRef("unheard-of")], catalogue).any()


def test_says_nothing_to_who_did_not_allow_it(store, items, stranger, today, file):
    assert "learned" not in {each.reason_key for each in ask(store, items, stranger, today, file)}


@pytest.mark.parametrize(
    ("language", "reason"),
    [("en", "Bought by people who share purchases with you"),
     ("fr", "Acheté par des personnes qui ont des achats en commun avec vous")],
)
def test_suggests_what_alike_people_buy_and_says_so(store, items, customer, today, file, language, reason):
    found = [each for each in ask(store, items, customer, today, file, language) if each.reason_key == "learned"]
    assert found and found[0].reason_text == reason
    assert all(int(each.facts["people"]) >= 3 for each in found)
    assert all(each.product.ref not in {"i03", "i08"} for each in found)


def test_reads_the_file_anew_when_it_was_written_again(file, learned, tmp_path):
    first = file.get()
    assert file.get() is first
    (tmp_path / "it.npz").unlink()
    assert file.get() is None
    write_learned(tmp_path / "it.npz", learned)
    assert file.get() is not None
