"""Events as the Segment Spec has them, where `variant` is a word for people and `sku` the shop's own number."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from benchmarks.ingest_http import KEY, run_collector
from bot.commerce.types import VariantRef
from bot.intake.sightings import find_watched
from tests.nudges.test_more_occasions import changes, notice
from tests.nudges.world import World

DAY = 86_400
COAT = "coat-navy-M"
SPEC = {"product_id": "coat", "sku": "G-32", "name": "Éole coat", "brand": "Alba", "price": 129.0, "quantity": 1,
        "coupon": "", "position": 3, "variant": "Navy / M"}


@pytest.fixture(autouse=True)
def _skus_of_its_own(world: World) -> None:
    """As in any shop, a SKU is no reference."""
    world.commerce.products = [
        replace(each, variants=tuple(replace(one, sku="G-32" if one.ref == COAT else f"G-{each.ref}-{n}")
                                     for n, one in enumerate(each.variants)))
        for each in world.commerce.products
    ]
    notice(world)


def _fill(world: World, *variants: str) -> str:
    cart = world.commerce.open_cart(None, idempotency_key="basket")
    for each in variants:
        cart = world.commerce.set_line(cart.ref, VariantRef(each), 1)
    return str(cart.ref)


def _empty(world: World, cart_ref: str, variant: str) -> None:
    world.commerce.set_line(cart_ref, VariantRef(variant), 0)


def test_does_not_put_back_what_it_cannot_name(world: World) -> None:
    cart = _fill(world, COAT, "bag-camel-one size")
    told = {**SPEC, "variant": "Marine", "sku": "unheard of"}
    world.happens(world.person(), "Product Added", cart_id=cart, **told)
    _empty(world, cart, COAT)
    assert world.passes() == [] and "cart_changed" in world.held()


@pytest.mark.parametrize("told", [
    {}, {"variant": "Marine", "sku": ""}, {"variant": "Marine"}, {"variant": "", "sku": "unheard of"},
])
def test_speaks_of_the_basket_that_was_left(world: World, told: dict[str, str]) -> None:
    cart = _fill(world, COAT, "bag-camel-one size")
    world.happens(world.person(), "Product Added", cart_id=cart, **{**SPEC, **told})
    (text,) = world.passes()
    assert "Your basket is waiting: Éole coat" in text


def test_offers_to_put_back_what_the_sku_names(world: World) -> None:
    cart = _fill(world, COAT, "bag-camel-one size")
    world.happens(world.person(), "Product Added", cart_id=cart, **{**SPEC, "variant": "Marine"})
    _empty(world, cart, COAT)
    (text,) = world.passes()
    assert text.startswith("You had picked Éole coat")


@pytest.mark.parametrize("client", [SegmentClient, RudderClient])
def test_speaks_of_the_basket_that_a_published_client_tells_of(world: World, client: type) -> None:
    cart = _fill(world, COAT)
    world.now, world.guardrails = datetime.now(UTC), replace(world.guardrails, quiet_hours={})  # the collector's clock
    world.person()
    with run_collector(world.store.url.render_as_string(hide_password=False)) as running:
        analytics = client(KEY, host=f"http://127.0.0.1:{running.port}", gzip=True)
        analytics.track(anonymous_id="anonymous-0", event="Product Added", properties={"cart_id": cart, **SPEC})
        analytics.flush()
        analytics.join()
    (text,) = world.passes(60)
    assert "Your basket is waiting: Éole coat" in text


@pytest.mark.parametrize("told", [{}, {"variant": "Marine"}, {"variant": "", "sku": ""}])
def test_speaks_of_what_was_looked_at_and_left(world: World, told: dict[str, str]) -> None:
    world.happens(world.person(), "Product Viewed", came_from="search", **{**SPEC, **told})
    (text,) = world.passes(60)
    assert text.startswith("Welcome! Éole coat is available")


def test_says_nothing_of_a_size_that_is_sold_out(world: World) -> None:
    world.commerce.stock[COAT] = 0
    world.happens(world.person(), "Product Viewed", came_from="search", **SPEC)
    assert world.passes(60) == [] and "out_of_stock" in world.held()


def test_calls_nothing_sold_out_that_the_shop_does_not_know(world: World) -> None:
    world.happens(world.person(), "Product Viewed", came_from="search", **{**SPEC, "product_id": "of another shop"})
    assert world.passes(60) == [] and "product_unknown" in world.held()


@pytest.mark.parametrize("told", [{}, {"variant": "Marine"}, {"sku": ""}, {"variant": "M | navy", "sku": ""}])
def test_tells_who_looked_that_it_is_cheaper(world: World, told: dict[str, str]) -> None:
    world.happens(world.person(), "Product Viewed", **{**SPEC, **told})
    notice(world)
    world.later(DAY)
    _reduce(world)
    assert "€39.90 now" in " ".join(world.passes(300))


def test_tells_nobody_who_looked_at_another_size_that_this_one_is_cheaper(world: World) -> None:
    world.happens(world.person(), "Product Viewed", **{**SPEC, "sku": "", "variant": "Navy / L"})
    notice(world)
    world.later(DAY)
    _reduce(world)
    assert world.passes(300) == []


def test_asks_the_engine_for_no_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.happens(world.person(), "Product Viewed", **SPEC)
    asked: list[str] = []
    monkeypatch.setattr(world.commerce, "get_variant_product", asked.append)
    notice(world)
    with world.store.read() as connection:
        assert find_watched(connection, [COAT]) == {COAT}
    assert asked == []


def _reduce(world: World) -> None:
    world.commerce.products = [
        replace(each, variants=tuple(replace(one, price_minor=3_990) if one.ref == COAT else one
                                     for one in each.variants))
        for each in world.commerce.products
    ]
    changes(world, "price.changed")
