"""What is suggested, why, and what never is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.commerce.types import CustomerRef, Product, ProductRef
from bot.profile.computed import refresh_buyers
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.profile.store.tables import segment_members
from bot.recommend.interactions import Interactions
from bot.recommend.recommender import Recommender
from bot.recommend.sizes import is_out_of_range
from bot.recommend.style import Style
from tests.fakes.shop import FakeShop, make_product

ANNA = CustomerRef("anna")
Tell = Callable[..., None]


@pytest.fixture
def tell(store: Store, now: datetime) -> Tell:
    """Append one event; an order is told by the shop."""
    sent: list[int] = []

    def append(customer_id: str, name: str, *refs: str, days_ago: float = 1) -> None:
        is_one = len(refs) == 1 and name != "Order Completed"
        properties = {"product_id": refs[0]} if is_one else {"products": [{"product_id": r} for r in refs]}
        at = now - timedelta(days=days_ago)
        sent.append(1)
        silo = "shop" if name == "Order Completed" else "web"
        properties |= {"order_id": f"o{len(sent)}"} if name == "Order Completed" else {}
        event = Event(f"m{len(sent)}", customer_id, silo, "track", name, properties, at, at)  # type: ignore[arg-type]  # a root
        with store.write() as connection:
            append_events(connection, [event])
            refresh_buyers(connection, [event], now)

    return append


def refs(found: list) -> list[str]:  # type: ignore[type-arg]  # of recommendations
    return [each.product.ref for each in found]


def test_suggests_nothing_when_nothing_is_in_stock(recommender, shop, customer, now):
    shop.default = 0
    assert recommender.recommend(customer, ANNA, now=now) == []


def test_leaves_out_what_was_bought_unless_one_buys_it_again(recommender, shop, customer, now):
    shop.sell(ANNA, "coat-navy-M", now - timedelta(days=30))
    shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=70))
    found = refs(recommender.recommend(customer, ANNA, limit=12, now=now))
    assert "coat" not in found
    assert "socks" in found


def test_leaves_out_what_was_sent_back(recommender, shop, customer, now):
    shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=70), returned=1)
    assert "socks" not in refs(recommender.recommend(customer, ANNA, limit=12, now=now))


def test_leaves_out_what_the_customer_disliked(recommender, customer, tell, now):
    tell(customer, "Product Disliked", "bag")
    assert "bag" not in refs(recommender.recommend(customer, ANNA, limit=12, now=now))


@pytest.mark.parametrize("is_refused", [True, False])
def test_chooses_by_nothing_that_was_looked_at_and_then_said_no_to(recommender, customer, tell, now, is_refused):
    tell(customer, "Product Viewed", "coat", days_ago=2)
    if is_refused:
        tell(customer, "Product Disliked", "coat", days_ago=1)
    found = recommender.recommend(customer, ANNA, limit=12, now=now)
    assert any(each.reason_key == "similar_to_seen" for each in found) is not is_refused


def test_chooses_by_nothing_that_was_looked_at_and_sent_back(recommender, shop, customer, tell, now):
    tell(customer, "Product Viewed", "coat", days_ago=2)
    shop.sell(ANNA, "coat-navy-M", now - timedelta(days=20), returned=1)
    found = recommender.recommend(customer, ANNA, limit=12, now=now)
    assert not any(each.reason_key == "similar_to_seen" for each in found)


def test_leaves_out_what_is_sold_out_in_the_customers_size(recommender, shop, customer, now):
    shop.sell(ANNA, "coat-navy-M", now - timedelta(days=30))
    shop.stock["shirt-white-M"] = 0
    assert "shirt" not in refs(recommender.recommend(customer, ANNA, limit=12, now=now))


def test_leaves_out_what_is_not_made_in_a_size_as_large_as_the_customers(recommender, shop, customer, now):
    shop.products.append(make_product("polo", "polo", sizes=("M", "XL")))
    shop.sell(ANNA, "polo-navy-XL", now - timedelta(days=30))
    found = refs(recommender.recommend(customer, ANNA, limit=12, now=now))
    assert "shirt" not in found
    assert "bag" in found


@pytest.mark.parametrize(("sizes", "own", "is_out"), [
    (("S", "M"), "", False), (("S", "M"), "XL", True), (("S", "M", "XL"), "L", False), (("S", "XXL"), "2XL", False),
    (("S-M", "L-XL"), "XXL", False), ((), "XL", False), (("38", "40"), "XL", False),
])
def test_a_size_is_out_of_range_only_beyond_what_is_made(sizes, own, is_out):
    product = make_product("shirt", "shirt", sizes=sizes or ("one size",))
    assert is_out_of_range(product, {"letters": own} if own else {}) is is_out
    assert is_out_of_range(product, {}, Style(sizes=(own,) if own else ())) is is_out


def test_shows_the_customers_own_size_when_it_is_known(recommender, shop, customer, now):
    shop.sell(ANNA, "coat-navy-M", now - timedelta(days=30))
    shirt = next(r for r in recommender.recommend(customer, ANNA, limit=12, now=now) if r.product.ref == "shirt")
    assert (shirt.variant.ref, shirt.is_size_known) == ("shirt-white-M", True)


def test_says_when_the_size_is_not_known(recommender, customer, now):
    shirt = next(r for r in recommender.recommend(customer, None, limit=12, now=now) if r.product.ref == "shirt")
    assert not shirt.is_size_known


@pytest.mark.parametrize(("language", "reason"), [
    ("en", "Goes with the Éole coat (navy) you bought in March"),
    ("fr", "Va avec ce que vous avez acheté en mars : Manteau Éole (bleu marine)"),
])
def test_says_what_it_goes_with_in_the_customers_language(recommender, shop, customer, now, language, reason):
    shop.sell(ANNA, "coat-navy-M", datetime.fromisoformat("2026-03-12T10:00+00:00"))
    scarf = next(
        r for r in recommender.recommend(customer, ANNA, language=language, now=now) if r.product.ref == "scarf"
    )
    assert scarf.reason_text.replace("\N{NO-BREAK SPACE}", " ") == reason
    assert scarf.facts["product_ref"] == "coat"


def test_uses_nothing_of_the_past_when_the_customer_did_not_allow_it(recommender, shop, stranger, tell, now):
    shop.sell(ANNA, "coat-navy-M", now - timedelta(days=30))
    tell(stranger, "Product Viewed", "boots")
    found = recommender.recommend(stranger, ANNA, limit=12, now=now)
    assert {each.reason_key for each in found} == {"in_stock"}
    assert "coat" not in refs(found)


def test_reminds_of_what_runs_out_by_the_customers_own_rhythm(recommender, shop, customer, now):
    shop.sell(ANNA, "wax-neutral-one size", now - timedelta(days=65))
    first = recommender.recommend(customer, ANNA, now=now)[0]
    assert (first.product.ref, first.reason_key) == ("wax", "replenish")


def test_does_not_remind_of_what_was_bought_yesterday(recommender, shop, customer, now):
    shop.sell(ANNA, "wax-neutral-one size", now - timedelta(days=1))
    assert "replenish" not in {r.reason_key for r in recommender.recommend(customer, ANNA, limit=12, now=now)}


def test_starts_from_what_is_looked_at_now(recommender, stranger, now):
    found = recommender.recommend(stranger, None, context_product=ProductRef("coat"), now=now)
    assert found[0].reason_key in {"goes_with_context", "similar_to_context"}
    assert "coat" not in refs(found)


@pytest.fixture
def people(store: Store, now: datetime) -> list[str]:
    """Six others."""
    with store.write() as connection:
        return [create_customer(connection, now=now, salt="a salt of sixteen") for _ in range(6)]


def test_follows_what_others_bought_in_one_order(recommender, customer, people, tell, now):
    for person in people:
        tell(person, "Order Completed", "shirt", "bag")
    found = recommender.recommend(customer, None, context_product=ProductRef("shirt"), limit=12, now=now)
    bag = next(r for r in found if r.product.ref == "bag")
    assert (bag.reason_key, bag.facts.get("count")) == ("bought_with_context", "6")


def test_tells_of_nobody_when_only_one_order_holds_both(recommender, customer, stranger, tell, now):
    tell(stranger, "Order Completed", "trousers", "wax")
    found = recommender.recommend(customer, None, context_product=ProductRef("trousers"), limit=12, now=now)
    assert "bought_with_context" not in {r.reason_key for r in found}


@pytest.mark.parametrize(("others", "own", "count"), [(2, 3, None), (3, 0, "3"), (3, 4, "3")])
def test_often_takes_three_others_and_the_customers_own_orders_do_not_count(
    recommender, customer, people, tell, now, others, own, count
):
    for person in [*people[:others], *[customer] * own]:
        tell(person, "Order Completed", "trousers", "wax")
    found = recommender.recommend(customer, None, context_product=ProductRef("trousers"), limit=12, now=now)
    told = {each.product.ref: each.facts.get("count") for each in found if each.reason_key == "bought_with_context"}
    assert told.get("wax") == count


def test_what_is_in_every_order_is_not_often_bought_with_one_thing(recommender, people, stranger, tell, now):
    for person in people[:3]:
        tell(person, "Order Completed", "trousers", "wax")
    for person in people[3:]:
        tell(person, "Order Completed", "trousers")
        tell(person, "Order Completed", "boots", "wax")
    found = recommender.recommend(stranger, None, context_product=ProductRef("trousers"), limit=12, now=now)
    assert "bought_with_context" not in {each.reason_key for each in found}


def test_one_person_who_orders_again_and_again_is_no_crowd(recommender, customer, stranger, tell, now):
    for days in range(1, 7):
        tell(stranger, "Order Completed", "trousers", "wax", days_ago=days)
    found = recommender.recommend(customer, None, context_product=ProductRef("trousers"), limit=12, now=now)
    assert "bought_with_context" not in {each.reason_key for each in found}


def test_a_newcomer_gets_what_is_popular_of_the_type_on_the_page(recommender, shop, people, stranger, tell, now):
    shop.products += [make_product(f"hat{n}", "hat", colours=("red",), sizes=("one size",)) for n in range(3)]
    for person in people:
        tell(person, "Order Completed", "boots")
    for person in people[:3]:
        tell(person, "Product Viewed", "hat2")
    found = recommender.recommend(stranger, None, style={"types": ["hat"]}, now=now)
    assert found[0].product.ref == "hat2"
    found = {each.product.ref: each for each in recommender.recommend(
        stranger, None, context_product=ProductRef("hat"), limit=12, now=now, language="fr")}
    assert found["hat2"].score > found["hat0"].score


def test_an_occasion_that_is_asked_for_leaves_what_is_made_for_it_where_anything_is(recommender, shop, stranger, now):
    shop.products += [make_product(f"gown{n}", "gown", occasion=["wedding", "party"]) for n in range(2)]
    asked = Style(occasions=("wedding",), only_for=("wedding",))
    assert {*refs(recommender.recommend(stranger, None, style=asked, limit=12, now=now))} == {"gown0", "gown1"}
    liked = replace(asked, only_for=())
    assert len(recommender.recommend(stranger, None, style=liked, limit=12, now=now)) > 2
    nothing = Style(only_for=("moon landing",))
    assert len(recommender.recommend(stranger, None, style=nothing, limit=12, now=now)) > 2


@pytest.mark.parametrize(("language", "reason"), [
    ("en", "Popular this month in the department: men"), ("fr", "Très demandé ce mois-ci au rayon : men"),
])
def test_a_newcomer_gets_what_is_popular_in_the_department_on_the_page(
    recommender, shop, people, stranger, tell, now, language, reason
):
    shop.products += [
        make_product(ref, kind, gender=gender)
        for ref, kind, gender in (("his", "tie", "men"), ("hers", "ring", "women"), ("page", "watch", "men"))
    ]
    for person in people:
        tell(person, "Order Completed", "hers")
    for person in people[:3]:
        tell(person, "Product Viewed", "his")
    found = recommender.recommend(
        stranger, None, context_product=ProductRef("page"), limit=20, now=now, language=language)
    places = {each.product.ref: number for number, each in enumerate(found)}
    his = found[places["his"]]
    assert places["his"] < places["hers"]
    assert his.reason_text.replace("\N{NO-BREAK SPACE}", " ") == reason


@pytest.fixture
def in_segment(store: Store, now: datetime) -> Callable[..., None]:
    """Put persons into a segment."""
    def put(name: str, *members: str) -> None:
        with store.write() as connection:
            connection.execute(segment_members.insert(), [
                {"segment": name, "customer_id": each, "entered_at": now} for each in members
            ])

    return put


def test_a_customer_without_a_past_gets_what_is_popular_in_their_segment(
    recommender, customer, stranger, people, tell, now, in_segment
):
    for person in people:
        tell(person, "Product Added", "boots")
    for person in people[:3]:
        tell(person, "Product Viewed", "bag")
    in_segment("everybody", customer, stranger, *people)
    in_segment("walkers", customer, stranger, *people[:3])
    first = recommender.recommend(customer, None, now=now)
    assert {each.reason_key for each in first[:2]} == {"popular_in_segment"}
    assert next(each for each in first if each.product.ref == "bag").facts == {"people": "3"}
    assert "popular_in_segment" not in {each.reason_key for each in recommender.recommend(stranger, None, now=now)}


def test_a_segment_is_counted_once_for_all_of_its_people(
    recommender, customer, people, tell, now, in_segment, monkeypatch
):
    for person in people:
        tell(person, "Product Viewed", "bag")
    in_segment("walkers", customer, *people)
    counted, count = [], Interactions._count_in
    monkeypatch.setattr(Interactions, "_count_in", lambda self, name: counted.append(name) or count(self, name))
    first, again = (recommender.recommend(customer, None, now=now) for _ in range(2))
    assert counted == ["walkers"] and [each.facts for each in first] == [each.facts for each in again]


def test_two_others_of_a_segment_are_told_of_to_nobody(recommender, customer, people, tell, now, in_segment):
    for person in [*people[:2], customer]:
        tell(person, "Product Viewed", "bag")
    in_segment("walkers", customer, *people[:2])
    assert "popular_in_segment" not in {each.reason_key for each in recommender.recommend(customer, None, now=now)}


def test_who_has_no_past_is_served_by_their_basket(recommender, stranger, people, tell, now):
    for person in people:
        tell(person, "Order Completed", "shirt", "wax")
    before = recommender.recommend(stranger, None, limit=12, now=now)
    assert "shirt" in refs(before)
    tell(stranger, "Product Added", "shirt", days_ago=0.1)
    found = recommender.recommend(stranger, None, limit=12, now=now + timedelta(minutes=5))
    assert "shirt" not in refs(found)
    keys = {each.product.ref: each.reason_key for each in found}
    assert (keys["wax"], keys["trousers"]) == ("bought_with_basket", "goes_with_basket")
    assert found[0].product.ref in {"wax", "trousers"}


def test_what_was_in_a_basket_days_ago_is_the_past_of_who_allowed_nothing(recommender, stranger, tell, now):
    tell(stranger, "Product Added", "shirt", days_ago=3)
    found = recommender.recommend(stranger, None, limit=12, now=now)
    assert {each.reason_key for each in found} == {"in_stock"}


def test_no_more_than_half_is_of_one_colour_while_there_are_others(recommender, shop, stranger, now):
    shop.products += [make_product(f"black{n}", f"kind{n}", colours=("black",), launched_on="2026-11-20")
                      for n in range(6)]
    found = recommender.recommend(stranger, None, limit=6, now=now)
    assert [each.variant.options["colour"] for each in found].count("black") == 3
    liked = recommender.recommend(stranger, None, limit=6, style={"colours": ["black"]}, now=now)
    assert {each.variant.options["colour"] for each in liked} == {"black"}


@pytest.fixture
def rings(shop: FakeShop) -> list[str]:
    """Rings from 10 to 1,000 euros, four for each price, and three brooches; nothing else is sold."""
    prices = {"cheap": 1_000, "usual": 5_000, "dear": 9_000, "gold": 100_000}
    shop.products[:] = [
        make_product(f"{name}{n}", "ring", sizes=("one size",), price_minor=price, colours=(colour,))
        for name, price in prices.items() for n, colour in enumerate(("navy", "black", "red", "white"))
    ]
    brooches = {"brooch": 5_000, "crown": 90_000, "pin": 5_500}
    shop.products += [make_product(ref, "brooch", price_minor=price) for ref, price in brooches.items()]
    return list(prices)


def bought_rings(shop: FakeShop, now: datetime, *names: str) -> None:
    colours = ("navy", "black", "red", "white")
    for name in names:
        shop.sell(ANNA, f"{name}-{colours[int(name[-1])]}-one size", now - timedelta(days=30))


def test_stays_in_the_band_that_three_things_of_the_type_prove(recommender, shop, rings, customer, stranger, now):
    bought_rings(shop, now, "usual0", "usual1", "dear0")
    found = refs(recommender.recommend(customer, ANNA, limit=20, now=now))
    kinds = {each[:-1] for each in found} & set(rings)
    assert kinds == {"usual", "dear"}
    assert {each[:-1] for each in refs(recommender.recommend(stranger, ANNA, limit=20, now=now))} >= set(rings)


def test_what_is_reduced_lies_in_the_band_of_its_full_price(recommender, shop, rings, customer, now):
    bought_rings(shop, now, "usual0", "usual1", "usual2")
    shop.products[:] = [reduce(each, 2_000) if each.ref == "usual3" else each for each in shop.products]
    found = {each.product.ref: each.score for each in recommender.recommend(customer, ANNA, limit=20, now=now)}
    assert "usual3" in found and "cheap0" not in found
    shop.products[:] = [reduce(each, 2_000) if each.ref == "gold0" else each for each in shop.products]
    assert "gold0" in refs(recommender.recommend(customer, ANNA, limit=20, now=now + timedelta(hours=1)))


def test_no_price_keeps_ones_own_of_what_runs_out_away(recommender, shop, rings, customer, now):
    shop.products += [
        make_product("soap", "care", sizes=("one size",), is_replenishable=True, lasts_days=30),
        *(make_product(f"cream{n}", "care", sizes=("one size",), price_minor=5_000) for n in range(3)),
    ]
    for n in range(3):
        shop.sell(ANNA, f"cream{n}-navy-one size", now - timedelta(days=60))
    shop.sell(ANNA, "soap-navy-one size", now - timedelta(days=60))
    for price in (1_000, 20_000):
        shop.products[:] = [priced(each, price) if each.ref == "soap" else each for each in shop.products]
        now += timedelta(hours=1)
        (soap,) = (each for each in recommender.recommend(customer, ANNA, limit=20, now=now)
                   if each.product.ref == "soap")
        assert soap.reason_key == "replenish"


def reduce(product: Product, price_minor: int) -> Product:
    """The product at a lower price than before."""
    return replace(product, variants=tuple(
        replace(each, price_minor=price_minor, compare_at_minor=each.price_minor) for each in product.variants))


def priced(product: Product, price_minor: int) -> Product:
    """The product at another price, which nobody says was another."""
    return replace(product, variants=tuple(replace(each, price_minor=price_minor) for each in product.variants))


def test_what_lies_outside_comes_last_where_its_type_is_asked_for(recommender, shop, rings, customer, now):
    bought_rings(shop, now, "usual0", "usual1", "usual2")
    found = refs(recommender.recommend(customer, ANNA, style={"types": ["ring"]}, limit=20, now=now))
    assert {each[:-1] for each in found} == set(rings)
    assert found[0] == "usual3"


def test_one_thing_of_a_type_puts_off_what_costs_far_more_or_less_and_leaves_nothing_out(
    recommender, shop, rings, customer, now
):
    bought_rings(shop, now, "usual0")
    found = {each.product.ref: each.score for each in recommender.recommend(customer, ANNA, limit=20, now=now)}
    assert found["dear0"] == found["usual1"] == 2 * found["gold0"] == 2 * found["cheap0"] > 0


def test_a_band_that_is_named_holds_alone(recommender, shop, rings, customer, now):
    bought_rings(shop, now, "gold0", "gold1", "gold2")
    found = refs(recommender.recommend(customer, ANNA, style={"price_max_minor": 6_000}, limit=20, now=now))
    assert {each[:-1] for each in found} & set(rings) == {"usual", "cheap"}


def test_what_is_looked_at_widens_the_band_of_its_type(recommender, shop, rings, customer, now):
    bought_rings(shop, now, "usual0", "usual1", "usual2")
    found = refs(recommender.recommend(customer, ANNA, context_product=ProductRef("gold0"), limit=20, now=now))
    assert {each[:-1] for each in found} >= {"gold", "dear", "usual"}
    assert "cheap0" not in found


def test_what_nothing_was_bought_of_goes_by_how_dear_the_rest_is(recommender, shop, rings, customer, now):
    bought_rings(shop, now, "usual0", "usual1", "dear0")
    found = {each.product.ref: each.score for each in recommender.recommend(customer, ANNA, limit=20, now=now)}
    assert found["brooch"] == found["pin"] > found["crown"]


def test_suggests_only_what_the_store_has_where_one_is_chosen(recommender, shop, stranger, now):
    for variant in (v for product in shop.products for v in product.variants):
        shop.stock[variant.ref] = 1  # half of it, which is none, lies in Paris
    shop.stock["boots-brown-39"] = shop.stock["coat-red-M"] = 4
    found = recommender.recommend(stranger, None, style={"store": "paris"}, limit=12, now=now)
    assert {each.variant.ref for each in found} == {"boots-brown-39", "coat-red-M"}
    assert recommender.recommend(stranger, None, style={"store": "lyon"}, limit=12, now=now) == []
    look = recommender.complete_look(ProductRef("trousers"), style={"store": "paris"}, now=now)
    assert {each.variant.ref for each in look} <= {"boots-brown-39", "coat-red-M"}
    assert look


def test_keeps_to_what_was_asked_for(recommender, stranger, now):
    found = recommender.recommend(stranger, None, style={"types": ["coat"], "colours": ["red"]}, now=now)
    assert refs(found) == ["coat", "parka"]
    assert (found[0].variant.options["colour"], found[0].reason_key) == ("red", "style_colour")


def test_shows_at_most_two_of_a_kind_first(recommender, shop, stranger, now):
    found = recommender.recommend(stranger, None, limit=6, now=now)
    assert len({each.product.product_type for each in found}) >= 4


def test_finds_the_one_thing_that_goes_with_a_product(recommender, shop, customer, now):
    (found,) = recommender.complete_look(
        ProductRef("coat"), ANNA, customer_id=customer, colour="navy", limit=1, now=now)
    assert found.product.product_type in {"scarf", "hat"}
    assert found.reason_text.startswith("Goes with: Éole coat")


def test_finds_nothing_when_no_product_goes_with_it(recommender, now):
    assert recommender.complete_look(ProductRef("unknown"), now=now) == []


def test_completes_a_look_with_one_thing_for_each_place(recommender, customer, now):
    look = recommender.complete_look(ProductRef("coat"), customer_id=customer, now=now)
    kinds = [each.product.product_type for each in look]
    assert len(kinds) == len(set(kinds)) == 4


def test_knows_the_usual_of_a_customer(recommender, shop, now):
    shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=70), ordered=3)
    shop.sell(ANNA, "socks-black-36-38", now - timedelta(days=10), ordered=2)
    shop.sell(ANNA, "coat-navy-M", now - timedelta(days=10))
    usual = recommender.usual(ANNA, now)
    assert [(each.variant.ref, each.quantity, each.times) for each in usual] == [("socks-black-36-38", 2, 2)]


def test_knows_no_usual_of_a_stranger(recommender, now):
    assert recommender.usual(None, now) == []


def test_reads_stock_anew_for_every_suggestion(recommender, shop, customer, now):
    recommender.recommend(customer, None, now=now)
    shop.default = 0
    assert recommender.recommend(customer, None, now=now) == []
    assert isinstance(shop, FakeShop)
    assert isinstance(recommender, Recommender)


def test_one_other_person_beside_the_customer_is_no_others(recommender, customer, stranger, tell, now):
    for person in (customer, stranger):
        for ref in ("bag", "wax"):
            tell(person, "Product Viewed", ref)
    found = recommender.recommend(customer, None, context_product=ProductRef("bag"), limit=12, now=now)
    assert not [each for each in found if each.reason_key.startswith("seen_with")]
