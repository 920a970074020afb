"""What a customer bought: in their account, as a guest, at a till; each order once, net of what came back."""

from datetime import timedelta

import pytest

from bot.commerce.types import CustomerRef, ProductRef
from bot.profile.computed import refresh_buyers
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.profile.identities import resolve_identity
from bot.profile.merging import merge_customers

ANNA, BEN = CustomerRef("anna"), CustomerRef("ben")
SALT = "a salt of sixteen"


@pytest.fixture
def account(store, customer, now):
    """The customer is Anna of the shop."""
    with store.write() as connection:
        root = resolve_identity(
            connection, "customer_id", ANNA, source="shop", is_verified=True, now=now, salt=SALT)
        merge_customers(connection, customer, root, reason="test", now=now)
    return customer


@pytest.fixture
def guest(store, account, now):
    """Who bought without an account, and proved to be Anna since."""
    with store.write() as connection:
        other = create_customer(connection, now=now, salt=SALT)
        merge_customers(connection, account, other, reason="test", now=now)
    return other


@pytest.fixture
def tell(store, now):
    """An order, or what came back of it, as a silo tells of it."""
    def append(who, order, *lines, silo="till", name="Order Completed", days_ago=5):
        at = now - timedelta(days=days_ago)
        names = ("product_id", "size", "colour", "quantity", "returned")
        products = [dict(zip(names, line, strict=False)) for line in lines]
        event = Event(f"{silo}:{order}:{name}", who, silo, "track", name, {"order_id": order, "products": products},
                      at, at)
        with store.write() as connection:
            append_events(connection, [event])
            refresh_buyers(connection, [event], now)
    return append


def suggested(recommender, customer, now, ref=ANNA):
    return {each.product.ref for each in recommender.recommend(customer, ref, limit=12, now=now)}


def usual(recommender, now, ref=ANNA):
    return [(each.variant.ref, each.quantity, each.times) for each in recommender.usual(ref, now)]


COAT = ("coat", "M", "navy", 1)
SOCKS = ("socks", "36-38", "black", 2)


def test_knows_nothing_of_others_nor_of_who_is_not_verified(recommender, account, stranger, tell, now):
    tell(stranger, "t1", COAT)
    assert "coat" in suggested(recommender, account, now)
    tell(account, "t2", COAT)
    assert "coat" in suggested(recommender, account, now, ref=None)
    assert usual(recommender, now, BEN) == []
    assert not recommender.owns(ProductRef("coat"), None, now)


def test_leaves_out_what_was_bought_at_the_till(recommender, account, tell, now):
    assert "coat" in suggested(recommender, account, now)
    tell(account, "t1", COAT)
    assert "coat" not in suggested(recommender, account, now)
    assert recommender.owns(ProductRef("coat"), ANNA, now)


def test_leaves_out_what_a_guest_sent_back(recommender, guest, tell, now):
    tell(guest, "o1", ("socks", "36-38", "black", 1), silo="shop", days_ago=9)
    assert "socks" in suggested(recommender, guest, now)  # one buys it again
    tell(guest, "o1", ("socks", "36-38", "black", 0, 1), silo="shop", name="Order Updated")
    assert "socks" not in suggested(recommender, guest, now)


def test_what_a_page_says_was_bought_is_not(recommender, account, tell, now):
    tell(account, "t1", COAT, silo="web")
    assert "coat" in suggested(recommender, account, now)


def test_the_usual_holds_what_is_bought_at_the_till(recommender, account, tell, now):
    for order, days in (("t1", 65), ("t2", 125)):
        tell(account, order, SOCKS, days_ago=days)
    assert usual(recommender, now) == [("socks-black-36-38", 2, 2)]


def test_an_order_of_the_account_counts_once_whoever_tells_of_it(recommender, shop, account, tell, now):
    order = shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=65))
    tell(account, order.ref, SOCKS, silo="shop", days_ago=64)
    tell(account, order.number.upper(), SOCKS, silo="crm", days_ago=63)
    assert usual(recommender, now) == [("socks-black-36-38", 1, 1)]


def test_what_two_silos_tell_of_one_order_counts_once(recommender, account, tell, now):
    tell(account, "7", SOCKS, silo="crm", days_ago=64)
    tell(account, "7", SOCKS, days_ago=65)
    assert usual(recommender, now) == [("socks-black-36-38", 2, 1)]


@pytest.mark.parametrize("order", ["t1", "R-9"])
def test_what_was_taken_back_at_the_till_is_not_kept(recommender, account, tell, now, order):
    tell(account, "t1", SOCKS, days_ago=65)
    tell(account, order, SOCKS, name="Order Refunded", days_ago=60)
    assert usual(recommender, now) == []
    assert "socks" not in suggested(recommender, account, now)


def test_the_size_kept_at_the_till_is_theirs(recommender, shop, account, tell, now):
    tell(account, "t1", ("boots", "39", "brown", 1))
    sneakers = shop.get_product(ProductRef("sneakers"))
    assert recommender.size_for(sneakers, ANNA, now=now) == "39"


def test_a_thing_whose_variant_the_till_does_not_tell_is_left_out_and_not_proposed(recommender, account, tell, now):
    for order, days in (("t1", 65), ("t2", 125)):
        tell(account, order, ("socks",), days_ago=days)
        tell(account, f"c{order}", ("coat",), days_ago=days)
    assert usual(recommender, now) == []
    assert "coat" not in suggested(recommender, account, now)


def advised(recommender, shop, now, ref=ANNA):
    found = recommender.advise_size(shop.get_product(ProductRef("sneakers")), ref, now)
    return found.certainty, found.size, found.kept, found.tried


def test_advises_no_size_by_what_a_till_sold_within_the_return_window_nor_to_a_stranger(
    recommender, shop, account, tell, now
):
    for number in range(4):
        tell(account, f"t{number}", ("boots", "39", "brown", 1), days_ago=29)
    assert advised(recommender, shop, now)[0] == "unknown"
    assert advised(recommender, shop, now + timedelta(days=9), BEN)[0] == "unknown"
    assert advised(recommender, shop, now + timedelta(days=9), None)[0] == "unknown"


def test_advises_the_size_that_was_kept_at_tills_and_as_a_guest(recommender, shop, account, guest, tell, now):
    for number, who in enumerate((account, guest, guest)):
        tell(who, f"t{number}", ("boots", "39", "brown", 1), silo="shop" if who == guest else "till", days_ago=60)
    certainty, *found = advised(recommender, shop, now)
    assert certainty in ("likely", "very_likely") and found == ["39", 3, 3]


def test_what_came_back_to_a_till_speaks_against_its_size(recommender, shop, account, tell, now):
    for number in range(3):
        tell(account, f"t{number}", ("boots", "39", "brown", 1), days_ago=60)
    before = advised(recommender, shop, now)
    tell(account, "b1", ("boots", "39", "brown", 1, 1), days_ago=3)
    assert before[2:] == (3, 3) and advised(recommender, shop, now)[2:] == (3, 4)


def test_an_order_of_the_account_proves_a_size_once_whoever_tells_of_it(recommender, shop, account, tell, now):
    order = shop.sell(ANNA, "boots-brown-39", now - timedelta(days=60))
    tell(account, order.number, ("boots", "39", "brown", 1), silo="till", days_ago=60)
    assert advised(recommender, shop, now)[2:] == (1, 1)
