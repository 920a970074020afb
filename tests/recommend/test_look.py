"""A look: one thing a place, what is made for the occasion, what others bought with it, colours that go together."""

from datetime import timedelta

import pytest

from bot.commerce.types import ProductRef
from bot.profile.computed import refresh_buyers
from bot.profile.events import Event, append_events
from bot.recommend.colours import go_together
from tests.fakes.shop import make_product


def looks(recommender, now, **how):
    return recommender.complete_look(ProductRef("coat"), colour="navy", now=now, **how)


def test_has_one_thing_a_place_and_a_reason_each(recommender, now):
    look = looks(recommender, now, limit=6)
    assert len({each.product.product_type for each in look}) == len(look) >= 4
    assert all(each.reason_text.startswith("Goes with: Éole coat") for each in look)


def test_keeps_to_an_occasion_that_is_named_and_says_nothing_where_nothing_is_made_for_it(recommender, shop, now):
    assert looks(recommender, now, style={"occasions": ["wedding"]}) == []


def test_takes_what_is_made_for_the_occasion(recommender, shop, now):
    shop.products.append(make_product("clutch", "bag", colours=("black",), sizes=("one size",), occasions=["wedding"]))
    look = looks(recommender, now, style={"occasions": ["wedding"]})
    assert [each.product.ref for each in look] == ["clutch"]


def test_prefers_what_others_bought_with_it(recommender, shop, store, customer, now):
    shop.products.append(make_product("cap", "cap", colours=("black",), sizes=("one size",)))
    orders = [
        Event(f"m{n}", customer, "shop", "track", "Order Completed",
              {"order_id": str(n), "products": [{"product_id": "coat"}, {"product_id": "cap"}]},
              now - timedelta(days=n + 1), now)
        for n in range(6)
    ]
    with store.write() as connection:
        append_events(connection, orders)
        refresh_buyers(connection, orders, now)
    look = looks(recommender, now, limit=6)
    assert "cap" in [each.product.ref for each in look]


def test_a_liked_colour_comes_first_only_among_those_that_go_with_it(recommender, shop, now):
    shop.products = [make_product("skirt", "skirt", colours=("green",)),
                     make_product("top", "top", colours=("orange", "white", "blue"))]
    def colour(*liked: str) -> str:
        found = recommender.complete_look(ProductRef("skirt"), colour="green", style={"colours": liked}, now=now)
        return found[0].variant.options["colour"]
    assert colour("orange") == "white"
    assert colour("orange", "blue") == "blue"


def test_colours_go_with_each_other_where_they_can(recommender, shop, now):
    shop.products.append(make_product("jersey", "jumper", colours=("red",), name="A jersey"))
    worn = ["navy", *(each.variant.options["colour"] for each in looks(recommender, now, limit=6))]
    assert all(go_together(one, other) for one in worn for other in worn)


@pytest.mark.parametrize("limit", [1, 3])
def test_is_no_longer_than_asked_for(recommender, now, limit):
    assert len(looks(recommender, now, limit=limit)) == limit
