"""Somebody who ordered without an account: their orders are theirs, shown, taken along, erased; nobody else's are."""

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.types import Address, Order
from bot.intake.shop_changes import pull_changes
from bot.privacy.erase import request_erasure, run_erasure
from bot.privacy.export import export_person
from bot.privacy.page import render_page
from bot.privacy.subject import Subject, find_person
from tests.privacy.people import SALT
from tests.privacy.search import search

GUEST, OTHER = "gwendolinquux@example.com", "othmarfrob@example.com"


@pytest.fixture
def orders(services: Services) -> dict[str, Order]:
    """An order of each, delivered."""
    shop = services.commerce
    assert isinstance(shop, DemoEngine)
    product = next(each for each in shop.search_products(filters={"in_stock": True}, limit=50).items)
    stock = shop.get_availability([each.ref for each in product.variants])
    variant = next(each.variant_ref for each in stock if each.is_sellable_online)
    placed = {}
    for email in (GUEST, OTHER):
        name = email.partition("@")[0]
        cart = shop.open_cart(None, idempotency_key=f"cart-{name[:3]}")
        shop.set_line(cart.ref, variant, 1)
        home = Address(f"1 rue {name}", "Paris", "75011", "FR", first_name=name, last_name=name, phone="+33639980009")
        order = shop.place_order(cart.ref, payment="card", shipping_address=home, email=email.upper(),
                                 idempotency_key=f"order-{name[:3]}")
        shop.merchant.create_shipment(order.ref)
        shop.merchant.mark_delivered(order.ref)
        placed[email] = order
    pull_changes(services.store, shop, services.clock, salt=SALT)
    return placed


@pytest.mark.parametrize(("subject", "emails"), [
    (Subject(("m",), emails=("a@x.org",), customer_refs=("camille",)), ()),  # a family's, unproven
    (Subject(("m",), emails=("a@x.org", "b@x.org"), proven_emails=("b@x.org",)), ("b@x.org",)),
    (Subject(("m",), emails=("a@x.org",)), ("a@x.org",)),
])
def test_an_unproven_address_of_an_accounts_owner_brings_no_guests_orders(subject: Subject, emails: tuple) -> None:
    assert subject.guest_emails == emails


def test_shows_the_guests_orders_and_nobody_elses(services: Services, orders: dict[str, Order]) -> None:
    copy = export_person(services, find_person(services, "email", GUEST), language="fr")
    assert [each["number"] for each in copy.part("account")["orders"]] == [orders[GUEST].number]
    page = render_page(copy, language="fr", timezone="Europe/Paris")
    assert "1 rue gwendolinquux, 75011 Paris, France" in page and "othmarfrob" not in page


def test_erases_the_guest_and_keeps_the_order_in_the_books(services: Services, orders: dict[str, Order]) -> None:
    root = find_person(services, "email", GUEST)
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE outbox SET state = 'sent' WHERE state = 'pending'"))
    assert run_erasure(services, request_erasure(services, root, source="command"))
    assert search(services, ["gwendolinquux", "GWENDOLINQUUX", root]) == {}
    after = services.commerce.get_order(orders[GUEST].ref)
    assert (after.email, after.shipping_address, after.totals) == ("", None, orders[GUEST].totals)
    assert services.commerce.get_order(orders[OTHER].ref).email.lower() == OTHER
