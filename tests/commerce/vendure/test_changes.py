"""Vendure tells its changes by itself, signed; what no call told of is polled. On a live one."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.commerce.types import Order, ShopEvent
from bot.commerce.vendure.engine import VendureEngine
from bot.errors import ForeignPayload
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import keep_hints, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from tests.commerce.vendure.conftest import Calls
from tests.commerce.vendure.merchant import Merchant
from tests.contracts.commerce import HOME
from tests.servers.vendure_shop import VendureShop

pytestmark = pytest.mark.slow  # one live shop a run: beside the other store there is none
SALT = "salt-for-tests-0123"


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def buy(engine: VendureEngine, vendure: VendureShop) -> Callable[[], Order]:
    """An order of Tom's."""
    (person,) = engine.find_customers(email="tom.fairweather@example.com")
    (hat, *_) = engine.search_products(filters={"product_type": "hat"}).items
    Merchant(vendure).set_stock(hat.variants[0].ref, "web", 50)

    def place() -> Order:
        cart = engine.open_cart(person.ref, idempotency_key="unused")
        engine.set_line(cart.ref, hat.variants[0].ref, 1)
        return engine.place_order(
            cart.ref, payment="card", shipping_address=HOME, idempotency_key=f"buy-{time.monotonic_ns()}"
        )

    return place


def _told(engine: VendureEngine, calls: Calls, start: int) -> list[ShopEvent]:
    return [event for body, headers in calls.received[start:] for event in engine.read_webhook(body, headers, _now())]


def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def test_reads_no_call_that_somebody_else_signed(
    engine: VendureEngine, calls: Calls, buy: Callable[[], Order]
) -> None:
    start = len(calls.received)
    buy()
    assert _wait_for(lambda: len(calls.received) > start, 5)
    body, headers = calls.received[start]
    with pytest.raises(ForeignPayload):
        engine.read_webhook(body + b" ", headers, _now())


def test_tells_each_change_once_and_polls_it_under_the_same_id(
    engine: VendureEngine, calls: Calls, buy: Callable[[], Order]
) -> None:
    cursor, start = _end(engine), len(calls.received)
    order = buy()
    polled, _ = engine.poll_changes(cursor)
    assert "order.placed" in {each.type for each in polled if each.order_ref == order.ref}
    wanted = {each.id for each in polled}
    assert _wait_for(lambda: wanted <= {each.id for each in _told(engine, calls, start)}, 5)
    told = {each.id: each for each in _told(engine, calls, start)}
    assert [told[each.id] for each in polled] == polled


def test_tells_it_again_until_it_is_taken(engine: VendureEngine, calls: Calls, buy: Callable[[], Order]) -> None:
    assert _wait_for(lambda: _is_quiet(calls), 5)
    start = len(calls.received)
    calls.statuses += [500]
    order = buy()
    assert _wait_for(
        lambda: order.ref in [each.order_ref for each in _told(engine, calls, start + 1)], 5
    )


def test_the_profile_knows_an_order_within_a_second_of_the_call(
    engine: VendureEngine, calls: Calls, buy: Callable[[], Order], store: Store
) -> None:
    """What `site` and the worker do, and the time from the answer of the shop to what the profile says."""
    start = len(calls.received)
    order = buy()
    begun = time.monotonic()

    def is_known() -> bool:
        with store.write() as connection:
            keep_hints(connection, _told(engine, calls, start), _now())
        read_hints(store, engine, _now, salt=SALT)
        with store.read() as connection:
            person = find_customer(connection, "customer_id", str(order.customer_ref))
            return bool(person) and order.ref in [
                each.properties.get("order_id") for each in events_of(connection, person)  # type: ignore[arg-type]
            ]

    assert _wait_for(is_known, 5)
    assert time.monotonic() - begun < 1.0


def test_what_no_call_told_of_is_found_by_polling(
    engine: VendureEngine, buy: Callable[[], Order], store: Store
) -> None:
    order = buy()
    pull_changes(store, engine, _now, salt=SALT)
    with store.read() as connection:
        person = find_customer(connection, "customer_id", str(order.customer_ref))
        assert person and order.ref in [each.properties.get("order_id") for each in events_of(connection, person)]


def test_tells_of_parcels_accounts_prices_and_stock(
    engine: VendureEngine, vendure: VendureShop, buy: Callable[[], Order]
) -> None:
    """What the shop's own people do, and the customer: each is a change with what it is about."""
    merchant, order = Merchant(vendure), buy()
    customer, variant = str(order.customer_ref), order.lines[0].variant_ref
    cursor = _end(engine)
    merchant.deliver(order.ref)
    merchant.set_stock(variant, "web", 40)
    vendure.admin("mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }",
                  i=[{"id": variant, "price": 1_234}])
    before = engine.get_customer(order.customer_ref)  # type: ignore[arg-type]
    engine.update_customer(before.ref, {"first_name": before.first_name}, if_version=before.version)
    of_account = _types(engine, cursor, customer)
    assert of_account
    engine.put_address(before.ref, HOME)
    assert _types(engine, cursor, customer) != of_account
    told, _ = engine.poll_changes(cursor)
    assert {each.type for each in told if each.order_ref == order.ref} >= {
        "shipment.created", "shipment.tracking_changed", "shipment.delivered", "order.changed"}
    assert {each.type for each in told if each.variant_ref == variant} >= {"stock.changed", "price.changed"}
    assert "customer.changed" in {each.type for each in told if each.customer_ref == customer}


def _types(engine: VendureEngine, cursor: str, customer: str) -> list[str]:
    return [each.type for each in engine.poll_changes(cursor)[0] if each.customer_ref == customer]


def _is_quiet(calls: Calls) -> bool:
    seen = len(calls.received)
    time.sleep(0.3)
    return len(calls.received) == seen


def _end(engine: VendureEngine) -> str:
    cursor = ""
    while True:
        events, cursor = engine.poll_changes(cursor)
        if not events:
            return cursor
