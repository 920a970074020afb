"""More that makes us speak first: a size or somebody is back, a lower price, a review, a launch, a search."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import numpy as np
import pytest
import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import ShopEvent, VariantRef
from bot.decision.triggers import name_version
from bot.decision.waits import run_triggers
from bot.errors import FixConfiguration, NotFound, Unavailable
from bot.intake.shop_changes import read_subjects, store_changes, watched_among
from bot.intake.sightings import note_looks
from bot.nudges.announce import announce
from bot.nudges.now import consider_now
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId
from bot.profile.merging import merge_customers
from bot.profile.segments.book import load_segments
from bot.profile.segments.members import keep_segments_current
from bot.profile.store.tables import customers, events, purchases, sightings
from bot.profile.trait_rules import load_trait_rules
from bot.recommend.merchandising import Choice, Merchandising
from bot.recommend.recommender import Recommender
from tests.nudges.test_occasions import COAT, DAY, HOUR, delivered, put_in_segment, tell
from tests.nudges.world import SALT, TRIGGERS, World


@pytest.fixture(autouse=True)
def _listening(world: World) -> None:
    """The worker's look-out stands before anybody looks."""
    notice(world)


def notice(world: World) -> None:
    while note_looks(world.store, world.commerce, world.clock):
        pass


def looks(world: World, person: str, variant: str = COAT, **said: object) -> None:
    world.happens(person, "Product Viewed", product_id=variant.split("-")[0], variant_id=variant, **said)
    notice(world)


def changes(world: World, kind: str, variant: str = COAT) -> None:
    """The shop tells a change, as the worker hears it."""
    change = ShopEvent(f"chg-{next(world.numbers)}", kind, world.now, variant_ref=VariantRef(variant))
    read = read_subjects(world.commerce, [change], watched_among(world.store, [change]))
    with world.store.write() as connection:
        store_changes(connection, [change], read, now=world.now, salt=SALT)


def costs(world: World, price_minor: int, ref: str = "coat", *, is_told: bool = True) -> None:
    world.commerce.products = [
        replace(each, variants=tuple(replace(one, price_minor=price_minor) for one in each.variants))
        if each.ref == ref else each for each in world.commerce.products
    ]
    if is_told:
        changes(world, "price.changed")


def stock(world: World, pieces: int) -> None:
    world.commerce.stock[COAT] = pieces
    changes(world, "stock.changed")


def last_event(world: World, name: str) -> dict[str, str]:
    with world.store.read() as connection:
        found = sa.select(events.c.properties).where(events.c.name == name).order_by(events.c.event_id.desc())
        return dict(connection.scalars(found.limit(1)).one())


# -- a size that is back --------------------------------------------------------------------------


def test_says_nothing_of_a_size_that_had_not_been_sold_out(world: World) -> None:
    looks(world, world.person())
    world.later(HOUR)
    stock(world, 4)
    assert world.passes(60) == [] and last_event(world, "Stock Changed")["back"] == "no"


def test_tells_who_looked_that_their_size_is_back_and_the_guardrails_hold(world: World) -> None:
    person, opted_out = world.person(), world.person(allows=())
    for each in (person, opted_out):
        looks(world, each)
    world.later(HOUR)
    stock(world, 0)
    world.later(DAY)
    stock(world, 3)
    (text,) = world.passes(60)
    assert "Back in M: Éole coat" in text and world.sent[-1].customer_id == person
    held = [each for each in world.decided() if each.customer_id == opted_out]
    assert held[0].trigger == "size_back" and not held[0].chosen


def test_says_nothing_when_it_is_gone_again_before_the_message_leaves(world: World) -> None:
    looks(world, world.person())
    stock(world, 0)
    stock(world, 1)
    world.commerce.stock[COAT] = 0
    assert world.passes(60) == [] and "out_of_stock" in world.held()


def test_says_nothing_of_what_the_shop_s_people_ban(world: World) -> None:
    rules = Merchandising(bans=(Choice(products=frozenset({"coat"})),))
    world.recommender = Recommender(world.store, cast(CommerceEngine, world.commerce), merchandising=rules)
    looks(world, world.person())
    stock(world, 0)
    stock(world, 1)
    assert world.passes(60) == [] and "banned" in world.held()


# -- not for me -----------------------------------------------------------------------------------


def dislikes(world: World, person: str) -> None:
    world.happens(person, "Product Disliked", silo="chat", product_id="coat")


@pytest.mark.parametrize("told", ["price", "stock"])
def test_tells_no_change_of_what_somebody_said_no_to(world: World, told: str) -> None:
    person, other = world.person(), world.person()
    for each in (person, other):
        looks(world, each)
    dislikes(world, person)
    world.later(DAY)
    if told == "price":
        costs(world, 3_990)
    else:
        stock(world, 0)
        stock(world, 3)
    assert len(world.passes(300)) == 1 and world.sent[-1].customer_id == other
    begun = {each.trigger for each in world.decided() if each.customer_id == person}
    assert begun == {"browse_left"}  # of the look alone, which is held; no change is told


def test_tells_who_said_no_on_another_device_nothing_either(world: World) -> None:
    person, browser = world.person(), world.person()
    looks(world, person)
    dislikes(world, browser)
    with world.store.write() as connection:
        connection.execute(sa.update(customers).where(customers.c.customer_id == browser).values(root_id=person))
    world.later(DAY)
    costs(world, 3_990)
    assert world.passes(300) == [] and {each.trigger for each in world.decided()} == {"browse_left"}


def test_holds_what_was_decided_before_they_said_no(world: World) -> None:
    person = world.person()
    looks(world, person)
    world.later(DAY)
    costs(world, 3_990)
    world.later(300)
    world.decide()
    assert [each.chosen for each in world.decided()] != [""]
    dislikes(world, person)
    assert world.dispatch() == [] and ("held", "disliked") in world.states()


def test_holds_a_wait_whose_product_they_said_no_to_meanwhile(world: World) -> None:
    person = world.person()
    looks(world, person)
    world.later(DAY)
    costs(world, 3_990)
    dislikes(world, person)
    world.decide()  # what waits is not due yet
    told = {each.journey: each.reasons for each in consider_now(world, person, np.random.default_rng(1))}
    assert "disliked" in told["price_drop"]
    assert world.passes(300) == [] and "disliked" in world.held()


@pytest.mark.parametrize(("wants", "about"), [
    ("Product Dislike Taken Back", {"product_id": "coat"}), ("Back In Stock Requested", {"product_id": "coat"}),
    ("Product Added to Wishlist", {"variant_id": COAT}),
])
def test_tells_who_wants_it_after_all(world: World, wants: str, about: dict[str, str]) -> None:
    person = world.person()
    looks(world, person)
    dislikes(world, person)
    world.later(HOUR)
    world.happens(person, wants, **about)
    notice(world)
    world.later(DAY)
    costs(world, 3_990)
    assert "€39.90 now" in " ".join(world.passes(300))


# -- asked for, of a size alone -------------------------------------------------------------------


def asks(world: World, person: str, **about: str) -> None:
    world.happens(person, "Back In Stock Requested", silo="chat", **about)
    notice(world)


def test_a_size_that_was_asked_for_is_not_another_size(world: World) -> None:
    asks(world, world.person(), product_id="coat", size="M")
    world.commerce.stock["coat-navy-L"] = 5
    changes(world, "stock.changed", "coat-navy-L")  # another size is back: nobody asked
    assert world.passes(60) == [] and not world.waiting()
    world.commerce.stock |= {COAT: 0, "coat-red-M": 0}
    changes(world, "stock.changed", COAT)
    assert world.passes(60) == [] and "out_of_stock" in world.held()  # though L is there
    world.commerce.stock[COAT] = 2
    changes(world, "stock.changed", COAT)
    (text,) = world.passes(60)
    assert "Éole coat" in text and last_event(world, "Stock Changed")["size"] == "M"


def restock(world: World, pieces: dict[str, int]) -> int:
    """The shop tells in one poll how many pieces of variants there are; how many events that makes."""
    world.commerce.stock |= pieces
    told = [ShopEvent(f"chg-{next(world.numbers)}", "stock.changed", world.now, variant_ref=VariantRef(each))
            for each in pieces]
    read = read_subjects(world.commerce, told, watched_among(world.store, told))
    with world.store.write() as connection:
        return store_changes(connection, told, read, now=world.now, salt=SALT)


@pytest.mark.parametrize("about", [{}, {"size": "M"}])
def test_who_looked_at_the_page_and_asked_for_the_product_is_told_once(world: World, about: dict[str, str]) -> None:
    person = world.person()
    looks(world, person, "coat-navy-S")  # the page shows its first variant
    asks(world, person, product_id="coat", **about)
    world.later(HOUR)
    world.commerce.default = 0  # nothing of it is there
    restock(world, {"coat-navy-S": 0, COAT: 0})
    assert world.passes(60) == []
    world.later(HOUR)
    restock(world, {"coat-navy-S": 2, COAT: 2})
    world.passes(60)
    # The size that was looked at is another thing than the one asked for.
    assert sorted(row.nudge for row in world.sent) == ["back_in_stock", *(["size_back"] if about else [])]


def test_a_request_for_a_variant_that_is_there_meets_one_for_the_product(world: World) -> None:
    person = world.person()
    asks(world, person, product_id="coat")
    asks(world, person, product_id="coat", variant=COAT)
    assert restock(world, {COAT: 3, "coat-navy-L": 3}) == 1
    world.later(DAY)
    assert restock(world, {COAT: 0, "coat-navy-L": 4}) == 2  # the very variant is gone, and another one is there


def test_each_size_that_was_asked_for_is_told(world: World) -> None:
    person = world.person()
    asks(world, person, product_id="coat", size="M")
    asks(world, person, product_id="coat", size="L")
    restock(world, {COAT: 2})
    assert len(world.passes(60)) == 1 and last_event(world, "Stock Changed")["size"] == "M"
    world.later(DAY)
    restock(world, {"coat-navy-L": 2})
    assert len(world.passes(60)) == 1 and last_event(world, "Stock Changed")["size"] == "L"
    assert {row.about for row in world.sent} == {"product:coat::size=m", "product:coat::size=l"}


def test_of_two_requests_of_which_one_takes_in_the_other_the_later_counts(world: World) -> None:
    person = world.person()
    asks(world, person, product_id="coat")
    asks(world, person, product_id="coat", size="M")
    assert restock(world, {"coat-navy-L": 2}) == 0 and restock(world, {COAT: 3}) == 1
    asks(world, person, product_id="coat", colour="navy")
    asks(world, person, product_id="coat", size="m")
    asks(world, person, product_id="coat")
    assert restock(world, {COAT: 4, "coat-navy-L": 4}) == 1


@pytest.mark.parametrize("about", [{"variant_id": COAT}, {"size": "M"}, {}])
def test_each_request_is_answered_once(world: World, about: dict[str, str]) -> None:
    person, told = world.person(), []
    world.commerce.default = 0  # nothing else of it is there
    for wants in (True, False, True, False):
        if wants:
            asks(world, person, product_id="coat", **about)
        for pieces in (0, 3, 0, 2):
            world.later(DAY)
            restock(world, {COAT: pieces})
            told.append(len(world.passes(60)))
        world.later(20 * DAY)
    assert told == [0, 1, 0, 0] + [0] * 4 + [0, 1, 0, 0] + [0] * 4


def test_a_request_for_the_product_is_answered_by_a_variant_that_was_told_before(world: World) -> None:
    person = world.person()
    asks(world, person, product_id="coat", variant_id=COAT)
    restock(world, {COAT: 3})
    assert len(world.passes(60)) == 1
    world.later(45 * DAY)
    asks(world, person, product_id="coat")
    world.later(DAY)
    restock(world, {COAT: 3})
    assert len(world.passes(60)) == 1 and world.sent[-1].nudge == "back_in_stock"


def test_a_request_made_while_the_answer_to_another_waits_is_answered_by_it(world: World) -> None:
    person = world.person()
    asks(world, person, product_id="coat", variant_id=COAT)
    world.later(HOUR)
    restock(world, {COAT: 3})
    run_triggers(world, world.now)
    world.decide()
    world.later(60)
    asks(world, person, product_id="coat", variant_id=COAT)
    world.later(60)
    assert len(world.dispatch()) == 1
    restock(world, {COAT: 2})
    assert world.passes(60) == [] and world.held() == ["cooldown"]


def test_an_older_request_of_a_merged_customer_is_answered_with_the_newer_one(world: World) -> None:
    phone, desktop = world.person(), world.person()
    asks(world, phone, product_id="coat", variant_id=COAT)
    world.later(HOUR)
    asks(world, desktop, product_id="coat", variant_id=COAT)
    with world.store.write() as connection:
        merge_customers(connection, phone, desktop, reason="t", now=world.now)
    world.later(HOUR)
    restock(world, {COAT: 3})
    told = world.passes(60)
    restock(world, {COAT: 2})
    assert len(told + world.passes(60)) == 1


def test_a_page_that_claims_a_request_is_told_nothing_twice(world: World) -> None:
    world.triggers = tuple(replace(each, wait_seconds=0, audience="") for each in world.triggers
                           if each.name == "browse_left")
    person = world.person()
    told = []
    for _ in range(2):
        looks(world, person, asked="yes", asked_at="2099-01-01T00:00:00+00:00")
        told += world.passes(60)
        world.later(HOUR)
    assert len(told) == 1


def test_one_variant_that_is_back_is_told_to_each_request_that_it_fits(world: World) -> None:
    person = world.person()
    asks(world, person, product_id="coat", colour="navy")
    asks(world, person, product_id="coat", size="M")
    assert restock(world, {COAT: 4}) == 2


def test_a_wish_for_the_product_is_not_narrowed_by_a_request_for_a_size(world: World) -> None:
    person = world.person()
    world.happens(person, "Product Added to Wishlist", product_id="coat")
    asks(world, person, product_id="coat", size="S")
    world.later(DAY)
    costs(world, 3_990)  # COAT, an M
    (text,) = world.passes(300)
    assert "€39.90 now" in text


def test_who_asked_for_a_product_hears_of_any_of_it_once(world: World) -> None:
    asks(world, world.person(), product_id="coat")
    both = [ShopEvent(f"chg-{ref}", "stock.changed", world.now, variant_ref=VariantRef(ref))
            for ref in (COAT, "coat-navy-L")]
    read = read_subjects(world.commerce, both, watched_among(world.store, both))
    with world.store.write() as connection:
        assert store_changes(connection, both, read, now=world.now, salt=SALT) == 1
    assert len(world.passes(60)) == 1


# -- a lower price --------------------------------------------------------------------------------


def test_believes_no_page_about_what_it_cost(world: World) -> None:
    looks(world, world.person(), price=99_900, price_minor=99_900)
    world.later(HOUR)
    costs(world, 5_000)  # what it cost all along
    assert world.passes(300) == [] and last_event(world, "Price Changed")["dropped"] == "no"


@pytest.mark.parametrize(("name", "about"), [
    ("Product Added to Wishlist", {"product_id": "coat"}), ("Product Added to Wishlist", {"variant_id": COAT}),
    ("Back In Stock Requested", {"product_id": "coat", "size": "M"}), ("Back In Stock Requested", {"variant": COAT}),
])
def test_tells_a_lower_price_to_who_wished_or_asked_and_never_looked(
    world: World, name: str, about: dict[str, str]
) -> None:
    person, silent = world.person(), world.person(allows=())
    for each in (person, silent):
        world.happens(each, name, **about)
    notice(world)
    world.later(40 * DAY)  # a look would not count any more
    costs(world, 3_990)
    (text,) = world.passes(300)
    assert "€39.90 now" in text and world.sent[-1].customer_id == person


def test_what_is_wished_for_no_more_is_told_to_nobody(world: World) -> None:
    person = world.person()
    world.happens(person, "Product Added to Wishlist", product_id="coat")
    notice(world)
    world.later(HOUR)
    world.happens(person, "Product Removed from Wishlist", product_id="coat")
    costs(world, 3_990)
    assert world.passes(300) == [] and not world.waiting()


def test_tells_both_prices_by_the_engines_word_and_the_guardrails_hold(world: World) -> None:
    person, nobody_asked = world.person(), world.person(allows=())
    for each in (person, nobody_asked):
        looks(world, each)
    world.later(3 * DAY)
    costs(world, 3_990)
    (text,) = world.passes(300)
    assert "€50.00 then, €39.90 now" in text
    assert [each.chosen for each in world.decided() if each.customer_id == nobody_asked] == [""]


def test_says_nothing_when_it_went_up_again_meanwhile(world: World) -> None:
    looks(world, world.person())
    world.later(DAY)
    costs(world, 3_990)
    costs(world, 5_500, is_told=False)
    assert world.passes(300) == [] and "not_cheaper" in world.held()


def test_calls_nothing_cheaper_that_was_cheaper_within_thirty_days(world: World) -> None:
    early, late = world.person(), world.person()
    looks(world, early)
    costs(world, 3_000)
    costs(world, 5_000)
    world.later(HOUR)
    looks(world, late)
    world.later(DAY)
    costs(world, 4_500)
    assert world.passes(300) == [] and "not_lowest" in world.held()


def test_says_nothing_of_a_look_that_no_reading_confirmed(world: World) -> None:
    looks(world, world.person())
    late = world.person()
    world.later(DAY)
    world.happens(late, "Product Viewed", product_id="coat", variant_id=COAT)  # and the worker is down
    costs(world, 4_000, is_told=False)
    world.later(HOUR)
    notice(world)
    world.later(HOUR)
    costs(world, 3_900)
    world.passes(300)
    assert late not in [row.customer_id for row in world.rows()]


def test_says_nothing_to_who_bought_it_at_the_higher_price(world: World) -> None:
    person = world.person()
    looks(world, person)
    with world.store.write() as connection:
        connection.execute(sa.insert(purchases).values(
            customer_id=person, silo="shop", order_id="1", line=1, sold_at=world.now, quantity=1, amount_minor=5_000,
            currency="EUR", product_id="coat", variant_id=COAT.lower(), product_type="coat", brand="", colour="",
            size="",
        ))
    world.later(DAY)
    costs(world, 3_990)
    assert world.passes(300) == []


def test_a_shop_that_does_not_answer_is_asked_again(world: World) -> None:
    world.happens(world.person(), "Product Viewed", product_id="coat", variant_id=COAT)
    ask = world.commerce.get_products

    def refuse(_refs: object) -> None:
        raise Unavailable("the shop")

    world.commerce.get_products = refuse
    with pytest.raises(Unavailable):
        notice(world)
    world.commerce.get_products = ask
    notice(world)
    with world.store.read() as connection:
        assert COAT in set(connection.scalars(sa.select(sightings.c.variant_ref)))


# -- somebody is back -----------------------------------------------------------------------------


def test_welcomes_nobody_who_leaves_another_segment_or_is_not_there(world: World) -> None:
    person = world.person()
    world.happens(person, "Segment Left", silo="segments", segment="just_looking")
    world.happens(person, "Segment Left", silo="web", segment="away")
    assert world.passes(30) == []
    world.now = world.now.replace(hour=22)  # late, and they have left the page
    world.happens(person, "Segment Left", silo="segments", segment="away")
    assert world.passes(400) == [] and "quiet_hours" in world.held()


def test_welcomes_who_comes_back_after_a_while(world: World) -> None:
    world.happens(world.person(), "Segment Left", silo="segments", segment="away")
    (text,) = world.passes(30)
    assert text.startswith("Good to see you again!")


def test_who_bought_long_ago_is_away_and_is_welcomed_when_they_are_seen(world: World) -> None:
    rules = load_trait_rules(TRIGGERS.with_name("traits.toml"))
    book = load_segments(TRIGGERS.with_name("segments.toml"), rules)
    bought_at, world.now = world.now, world.now + timedelta(days=40)
    person = world.person()
    with world.store.write() as connection:
        line = {"product_id": "coat", "product_type": "coat", "quantity": 1, "price_minor": 5_000}
        append_events(connection, [Event(
            "o1", CustomerId(person), "shop", "track", "Order Completed",
            {"order_id": "o1", "currency": "EUR", "products": [line]}, bought_at, bought_at,
        )])
    keep_segments_current(world.store, book, now=world.now)
    assert world.passes(1) == []
    world.later(HOUR)
    world.happens(person, "Page Viewed")
    keep_segments_current(world.store, book, now=world.now)
    assert last_event(world, "Segment Left") == {"segment": "away"}
    assert [text[:16] for text in world.passes(30)] == ["Good to see you "]


# -- a review -------------------------------------------------------------------------------------


@pytest.mark.parametrize("silo", ["shop", "web", "reviews"])
def test_asks_no_review_of_who_wrote_one_or_sends_it_back(world: World, silo: str) -> None:
    world.triggers = tuple(each for each in world.triggers if each.name == "review")
    person, order = world.person("ada", email="ada@example.org"), delivered(world, "ada")
    tell(world, person, order)
    world.later(DAY)
    world.happens(person, "Product Reviewed", silo=silo, product_id="coat")
    assert world.passes(10 * DAY) == []
    tell(world, person, order)
    world.commerce.orders["ada"] = [replace(order, lines=(replace(order.lines[0], returned=1),))]
    assert world.passes(10 * DAY) == [] and "goes_back" in world.held("email")


def test_asks_for_a_review_and_once_more_and_never_again(world: World) -> None:
    world.triggers = tuple(each for each in world.triggers if each.name == "review")
    person, order = world.person("ada", email="ada@example.org"), delivered(world, "ada")
    world.commerce.orders["ada"] = [order]
    tell(world, person, order)
    (first,) = world.passes(10 * DAY)
    assert order.number in first and "Éole coat" in first
    (second,) = world.passes(7 * DAY)
    assert "last time" in second and world.passes(60 * DAY) == []


# -- a launch -------------------------------------------------------------------------------------


def test_announces_nothing_without_an_audience_or_with_an_unknown_product(world: World) -> None:
    with pytest.raises(FixConfiguration, match="Announced"):
        announce(world, "browse_left", now=world.now)
    with pytest.raises(NotFound, match="cap"):
        announce(world, "navy_launch", product_ref="cap", now=world.now)


def test_announces_to_the_audience_once_and_every_guardrail_holds(world: World) -> None:
    lover, other, held_out = world.person(), world.person(), world.person(is_holdout=True)
    for each in (lover, held_out):
        put_in_segment(world, each, "navy_lovers")
    assert announce(world, "navy_launch", product_ref="coat", now=world.now) == 2
    assert announce(world, "navy_launch", product_ref="coat", now=world.now) == 0
    assert [world.passes(1), world.sent[-1].customer_id] == [
        ["New, and maybe to your taste: Éole coat, at €50.00."], lover]
    assert {each.customer_id for each in world.decided()} == {lover, held_out} and other
    assert "holdout" in next(
        word for each in world.decided() if each.customer_id == held_out
        for one in each.candidates for word in [one["held"]]
    )


def test_a_page_announces_nothing(world: World) -> None:
    person = world.person()
    put_in_segment(world, person, "navy_lovers")
    world.happens(person, "Announced", silo="web", journey="navy_launch", product_id="coat")
    assert world.passes(1) == []


@pytest.mark.parametrize("is_older", [False, True])
@pytest.mark.parametrize(("silo", "leaves"), [("shop", 0), ("web", 1)])
def test_announces_nothing_to_who_bought_by_the_shops_word(
    world: World, silo: str, leaves: int, *, is_older: bool
) -> None:
    person, news = world.person(), next(each for each in world.triggers if each.name == "navy_launch")
    put_in_segment(world, person, "navy_lovers")
    announce(world, news.name, product_ref="coat", now=world.now)
    run_triggers(world, world.now)
    if is_older:  # than the file's, which ends on nothing
        changed = replace(news, cancels_on=())
        world.triggers = (replace(changed, version=name_version(changed)),)
    world.happens(person, "Order Completed", silo=silo, order_id="1")
    assert len(world.passes(1)) == leaves


# -- an arrival by search -------------------------------------------------------------------------


def test_greets_nobody_who_came_another_way_or_has_taken_it(world: World) -> None:
    person, quick = world.person(), world.person()
    world.happens(person, "Product Viewed", product_id="coat", variant_id=COAT)
    world.happens(quick, "Product Viewed", product_id="coat", variant_id=COAT, came_from="search")
    world.happens(quick, "Product Added", product_id="coat", variant_id=COAT)
    world.triggers = tuple(each for each in world.triggers if each.name == "arrived_by_search")
    assert world.passes(45) == []


def test_greets_who_came_by_a_search_engine_and_not_in_the_middle_of_a_question(world: World) -> None:
    person = world.person()
    world.happens(person, "Product Viewed", product_id="coat", variant_id=COAT, came_from="search")
    (text,) = world.passes(45)
    assert text.startswith("Welcome! Éole coat") and "€50.00" in text
    world.later(60)
    world.happens(world.person(allows=("email",)), "Product Viewed", product_id="bag", came_from="search")
    assert world.passes(45) == [] and world.held() == ["consent_unknown"]
