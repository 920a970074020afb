"""What else makes us speak first: looked at, back in stock, delivered, ready, going back, away, a birthday, amends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.commerce.types import Editable, LocationRef, Order, Shipment, ShipmentEvent, ShopEvent
from bot.decision.calendar import BIRTHDAY, note_days
from bot.decision.triggers import find_trigger, load_triggers, require_audiences
from bot.errors import FixConfiguration
from bot.intake.shop_changes import read_subjects, store_changes
from bot.nudges.order_facts import tell_delayed, tell_late_arrival
from bot.nudges.reading import open_facts
from bot.profile.segments.book import load_segments
from bot.profile.store.tables import events, segment_members, traits
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import set_trait
from tests.fakes.shop import PARIS
from tests.nudges.world import SALT, TRIGGERS, World

HOUR, DAY = 3600, 86400
COAT = "coat-navy-M"


def put_in_segment(world: World, person: str, name: str) -> None:
    with world.store.write() as connection:
        connection.execute(sa.insert(segment_members).values(segment=name, customer_id=person, entered_at=world.now))


def order_of(world: World, ref: str, fulfilment: str, **changes: Any) -> Order:
    order = world.commerce.sell(ref, COAT, world.now - timedelta(days=3), status="completed")
    order = replace(order, fulfilment_status=fulfilment, email="order@example.org", **changes)
    world.commerce.orders[ref] = [order]
    return order


def delivered(world: World, ref: str, **changes: Any) -> Order:
    parcel = Shipment(id="s1", carrier_name="Colissimo", state="delivered", delivered_at=world.now)
    return order_of(world, ref, "delivered", shipments=(parcel,), **changes)


def tell(world: World, person: str, order: Order) -> None:
    state = order.fulfilment_status
    world.happens(person, "Shipment Updated", silo="shop", order_id=order.ref, fulfilment_status=state)


# -- looked at ------------------------------------------------------------------------------------


def test_does_not_run_after_everybody_who_looks(world: World) -> None:
    world.happens(world.person(email="ada@example.org"), "Product Viewed", product_id="coat")
    assert world.passes(HOUR) == []
    assert world.held("email") == ["not_in_audience"]


def test_does_not_run_after_somebody_who_took_it(world: World) -> None:
    person = world.person()
    put_in_segment(world, person, "just_looking")
    world.happens(person, "Product Viewed", product_id="coat")
    world.later(60)
    world.happens(person, "Order Completed", order_id="1")
    assert world.passes(HOUR) == []


def test_reminds_of_what_was_looked_at_with_its_price_now(world: World) -> None:
    person = world.person()
    put_in_segment(world, person, "just_looking")
    world.happens(person, "Product Viewed", product_id="coat")
    (text,) = world.passes(HOUR)
    assert "Éole coat" in text and "50.00" in text
    row = world.sent[-1]
    assert [each.payload.split("{")[0] for each in row.payload.quick_replies] == ["/add_to_cart", "/stop_messages"]


def test_believes_no_page_about_a_price(world: World) -> None:
    person = world.person()
    put_in_segment(world, person, "just_looking")
    world.happens(person, "Product Viewed", product_id="coat", price_minor=8_000)
    (text,) = world.passes(HOUR)
    assert "80.00" not in text and "50.00" in text


# -- back in stock --------------------------------------------------------------------------------


@pytest.mark.parametrize(("silo", "asked"), [("shop", "no"), ("web", "yes")])
def test_tells_nobody_who_did_not_ask_nor_believes_a_page(world: World, silo: str, asked: str) -> None:
    world.happens(world.person(), "Stock Changed", silo=silo, variant_ref=COAT, asked=asked)
    assert world.passes(0) == [] and not world.waiting()


def test_says_nothing_while_it_is_still_sold_out(world: World) -> None:
    world.commerce.stock[COAT] = 0
    world.happens(world.person(), "Stock Changed", silo="shop", variant_ref=COAT, asked="yes")
    assert world.passes(0) == []
    assert world.held() == ["out_of_stock"]
    assert world.decided()[0].candidates[0]["figures"] == {"out_of_stock": {"stock": 0}}


def test_tells_who_asked_once(world: World) -> None:
    person = world.person()
    for _ in range(2):
        world.happens(person, "Stock Changed", silo="shop", variant_ref=COAT, asked="yes")
        world.passes(0)
        world.later(DAY)
    assert len(world.sent) == 1 and "Éole coat" in world.sent.texts[0]


def test_tells_who_asked_once_however_long_ago_that_was(world: World) -> None:
    person = world.person()
    for _ in range(3):
        world.happens(person, "Stock Changed", silo="shop", variant_ref=COAT, asked="yes")
        world.passes(0)
        world.later(9 * DAY)
    assert len(world.sent) == 1 and world.held() == ["cooldown"]
    world.later(180 * DAY)
    world.happens(person, "Stock Changed", silo="shop", variant_ref=COAT, asked="yes")
    assert len(world.passes(0)) == 1


# -- used up --------------------------------------------------------------------------------------


def buys(world: World, person: str, ref: str = "bag", **line: Any) -> None:
    line = {"product_id": ref, "product_type": "bag", "quantity": 1, **line}
    world.happens(person, "Order Completed", silo="shop", order_id="1", products=[line])


def keep_rhythm(world: World, person: str, days: list[str]) -> None:
    with world.store.write() as connection:
        set_trait(connection, person, "days_between_purchases", {"bag": days}, silo="computed", now=world.now)


def test_waits_for_nobody_without_a_rhythm_and_for_nothing_that_went_back(world: World) -> None:
    person = world.person()
    buys(world, person)
    world.decide()
    keep_rhythm(world, person, ["2026-10-25", "2026-11-24"])
    buys(world, person, quantity=0)
    assert world.passes(30 * DAY) == [] and not world.waiting()


def test_says_nothing_of_what_lasts(world: World) -> None:
    person = world.person()
    keep_rhythm(world, person, ["2026-10-25", "2026-11-24"])
    buys(world, person)
    assert world.passes(30 * DAY) == []
    assert "lasts" in world.held()


def test_offers_what_is_used_up_when_it_is_due_and_not_after_it_was_bought(world: World) -> None:
    world.commerce.products[-1] = replace(world.commerce.products[-1], is_replenishable=True)
    person = world.person()
    keep_rhythm(world, person, ["2026-10-25", "2026-11-24"])
    buys(world, person)
    assert world.passes(20 * DAY) == []
    buys(world, person)
    assert world.passes(20 * DAY) == []
    (text,) = world.passes(10 * DAY)
    assert "Halte bag" in text


# -- orders ---------------------------------------------------------------------------------------


def test_says_nothing_of_an_order_to_somebody_else(world: World) -> None:
    order = delivered(world, "ada")
    tell(world, world.person("bob", email="bob@example.org"), order)
    assert world.passes(2 * DAY) == []


def test_asks_how_it_was_unless_something_goes_back(world: World) -> None:
    person, order = world.person("ada"), delivered(world, "ada")
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "delivered"),)
    tell(world, person, order)
    (text,) = world.passes(2 * DAY)
    assert order.number in text and "Éole coat" in text
    other = world.person("bob")
    returned = delivered(world, "bob")
    line = replace(returned.lines[0], returned=1)
    world.commerce.orders["bob"] = [replace(returned, lines=(line,))]
    tell(world, other, returned)
    assert world.passes(2 * DAY) == []
    assert "goes_back" in world.held()


@pytest.mark.parametrize(("parcel", "said"), [
    ({"original_eta": 0}, ""), ({"original_eta": -2}, "was due on Sunday 22 November"),
    ({"original_eta": 0, "events": True}, ""), ({}, ""), ({"events": True}, "arrived late"),
    ({"original_eta": -2, "pickup_location_ref": PARIS}, ""),
])
def test_makes_amends_for_a_parcel_that_came_late_alone(world: World, parcel: dict[str, Any], said: str) -> None:
    person, order = world.person("ada"), delivered(world, "ada")
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "amends_late"),)
    told = {
        **parcel,
        **({"original_eta": world.now + timedelta(days=parcel["original_eta"])} if "original_eta" in parcel else {}),
        **({"events": (ShipmentEvent(world.now, "delayed", ""),)} if "events" in parcel else {}),
    }
    there = Shipment("p", "Colis", "delivered", delivered_at=world.now, **told)
    world.commerce.orders["ada"] = [replace(order, shipments=(there,))]
    tell(world, person, order)
    texts = world.passes(HOUR)
    assert [said in text and order.number in text and "sorry" in text for text in texts] == [True] * bool(said)
    assert world.held() == ([] if said else ["was_on_time"])


@pytest.mark.parametrize(("timezone", "others", "delivered_at", "is_told"), [
    ("America/New_York", "", "2026-11-24T19:30-05:00", False),  # by then it is tomorrow in London
    ("America/New_York", "", "2026-11-25T00:30-05:00", True), ("Europe/Paris", "", "2026-11-25T00:30+01:00", True),
    ("Europe/Paris", "America/New_York", "2026-11-25T00:30+01:00", False),
])
def test_a_parcel_is_late_by_the_days_of_the_shop_s_zones(
    world: World, timezone: str, others: str, delivered_at: str, is_told: bool
) -> None:
    world.settings = replace(world.settings, timezone=timezone, other_timezones=others)
    noon, there = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime.fromisoformat(delivered_at)
    order = delivered(world, "ada")
    parcel = Shipment("p", "Colis", "delivered", delivered_at=there, original_eta=noon)
    facts = tell_late_arrival(open_facts(world), {}, replace(order, shipments=(parcel,)))
    assert facts.reason == ("" if is_told else "was_on_time")
    moved = Shipment("p", "Colis", "in_transit", eta=there.astimezone(UTC), original_eta=noon)
    world.now = noon
    late = tell_delayed(open_facts(world), {}, replace(order, shipments=(moved,)))
    assert late.reason == ("" if is_told else "not_delayed")


def test_warns_before_the_last_day_for_a_return_and_not_after_it(world: World) -> None:
    person = world.person("ada")
    order = delivered(world, "ada", editable=Editable(returns=True))
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "return_closing"),)
    tell(world, person, order)
    (text,) = world.passes(27 * DAY)
    assert "24 December" in text
    world.commerce.orders["ada"] = [replace(order, editable=Editable())]
    tell(world, person, order)
    assert world.passes(28 * DAY) == []


@pytest.mark.parametrize("says_when", [True, False])
def test_what_is_told_of_an_order_later_does_not_put_off_the_warning(world: World, says_when: bool) -> None:
    person, order = world.person("ada"), delivered(world, "ada", editable=Editable(returns=True))
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "return_closing"),)
    said = {"delivered_at": world.now.isoformat()} if says_when else {}
    for _ in range(2):
        world.happens(person, "Order Updated", silo="shop", order_id=order.ref, fulfilment_status="delivered", **said)
        world.decide()
        world.later(20 * DAY)
    world.later(-13 * DAY)
    (text,) = world.passes(0)
    assert "24 December" in text


def test_the_warning_s_time_is_counted_from_the_delivery(world: World) -> None:
    person, order = world.person("ada"), delivered(world, "ada", editable=Editable(returns=True))
    world.triggers = (find_trigger(load_triggers(TRIGGERS), "return_closing"),)
    said = {"order_id": order.ref, "fulfilment_status": "delivered", "delivered_at": world.now.isoformat()}
    world.later(20 * DAY)  # nothing was heard of it before
    world.happens(person, "Order Updated", silo="shop", **said)
    assert "24 December" in world.passes(7 * DAY)[0]
    world.happens(person, "Order Updated", silo="shop", **said)
    assert world.passes(DAY) == [] and world.waiting() == ["decided"]


def test_the_warning_comes_before_the_policys_days_are_over(world: World) -> None:
    trigger = find_trigger(load_triggers(TRIGGERS), "return_closing")
    last = world.policy.returns.days * DAY
    assert trigger.wait_seconds < last and trigger.wait_seconds + trigger.expires_seconds <= last


def test_tells_when_a_reserved_order_waits_and_not_before(world: World) -> None:
    person = world.person("ada")
    early = Shipment(id="p", carrier_name="", state="ready_for_pickup", eta=world.now + timedelta(hours=5))
    order = order_of(world, "ada", "ready_for_pickup", shipments=(early,), pickup_location_ref=LocationRef(PARIS))
    tell(world, person, order)
    assert world.passes(2 * HOUR) == []
    assert "not_ready" in world.held()
    world.commerce.orders["ada"] = [replace(order, shipments=(replace(early, eta=world.now),))]
    tell(world, person, order)
    (text,) = world.passes(2 * HOUR)
    assert "Paris Marais" in text and order.number in text


def test_tells_that_a_reserved_order_waits_by_a_change_of_the_order_alone(world: World) -> None:
    world.person("ada")
    ready = Shipment(id="p", carrier_name="", state="ready_for_pickup", eta=world.now)
    order = order_of(world, "ada", "ready_for_pickup", shipments=(ready,), pickup_location_ref=LocationRef(PARIS))
    change = ShopEvent("change-1", "order.changed", world.now, order_ref=order.ref)
    read = read_subjects(world.commerce, [change])
    with world.store.write() as connection:
        store_changes(connection, [change], read, now=world.now, salt=SALT)
    (text,) = world.passes(2 * HOUR)
    assert "Paris Marais" in text and order.number in text


# -- somebody, and nothing of the shop's ----------------------------------------------------------


def test_writes_to_regulars_who_stay_away_and_to_no_other_segment(world: World) -> None:
    person = world.person(email="ada@example.org")
    put_in_segment(world, person, "lapsing_regulars")
    world.happens(person, "Segment Entered", silo="segments", segment="just_looking")
    assert world.passes(1) == []
    world.happens(person, "Segment Entered", silo="segments", segment="lapsing_regulars")
    assert len(world.passes(1)) == 1


def test_makes_amends_after_a_bad_rating_only(world: World) -> None:
    person = world.person(email="ada@example.org")
    world.happens(person, "Conversation Rated", silo="web", rating=5)
    assert world.passes(600) == []
    world.happens(person, "Conversation Rated", silo="web", rating=1)
    (text,) = world.passes(600)
    assert "sorry" in text


def _born(world: World, person: str, day: str) -> None:
    with world.store.write() as connection:
        connection.execute(sa.insert(traits).values(
            customer_id=person, name="birth_date", silo="crm", value=day, set_at=world.now))


def _birthdays(world: World) -> int:
    with world.store.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).where(events.c.name == BIRTHDAY)) or 0


def test_a_birthday_is_one_event_a_year(world: World) -> None:
    person = world.person()
    _born(world, person, "1988-11-24")
    _born(world, world.person(), "1988-11-25")
    for _ in range(2):
        note_days(world.store, world.now, "Europe/Paris")
    assert _birthdays(world) == 1
    (text,) = world.passes(1)
    assert "birthday" in text
    note_days(world.store, world.now + timedelta(days=365), "Europe/Paris")
    assert _birthdays(world) == 2


def test_the_29th_of_february_is_the_28th_in_other_years(world: World) -> None:
    _born(world, world.person(), "1988-02-29")
    note_days(world.store, datetime(2027, 2, 28, 12, tzinfo=UTC), "Europe/Paris")
    assert _birthdays(world) == 1
    note_days(world.store, datetime(2028, 2, 28, 12, tzinfo=UTC), "Europe/Paris")
    assert _birthdays(world) == 1
    note_days(world.store, datetime(2028, 2, 29, 12, tzinfo=UTC), "Europe/Paris")
    assert _birthdays(world) == 2


def _of_age(world: World, zone: str, email: str) -> str:
    person = world.person(allows=("email",), timezone=zone, email=email)
    _born(world, person, "1988-11-24")
    return person


def test_a_birthday_is_wished_when_the_day_has_begun_where_they_are(world: World) -> None:
    world.guardrails = replace(world.guardrails, quiet_channels={"email": "free"})
    here = _of_age(world, "Europe/Paris", "a@example.org")
    there = _of_age(world, "America/Los_Angeles", "b@example.org")
    world.now = datetime(2026, 11, 23, 23, 5, tzinfo=UTC)  # five past midnight in Paris, the 23rd in Los Angeles
    note_days(world.store, world.now, "Europe/Paris")
    world.passes(1)
    assert [row.customer_id for row in world.sent] == [here]
    world.later(8 * 3_600)
    assert world.passes(1) == []
    world.later(3_600)
    world.passes(1)
    assert [row.customer_id for row in world.sent] == [here, there]


@pytest.mark.parametrize(("quiet", "sent"), [("hold", 0), ("free", 1)])
def test_no_birthday_is_wished_on_the_next_day(world: World, quiet: str, sent: int) -> None:
    """The shop's day begins at nine in the evening of Auckland, whose night ends on another day."""
    world.guardrails = replace(world.guardrails, quiet_channels={"email": quiet})
    _of_age(world, "Pacific/Auckland", "a@example.org")
    world.now = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
    note_days(world.store, world.now, "America/Los_Angeles")
    world.passes(1)
    world.later(11 * 3_600)
    world.passes(1)
    assert len(world.sent) == sent
    if not sent:
        assert world.held("email") == ["quiet_hours"]


def test_a_hidden_zone_has_the_shops_birthday(world: World) -> None:
    world.guardrails = replace(world.guardrails, quiet_channels={"email": "free"})
    _of_age(world, "UTC", "a@example.org")
    world.now = datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
    note_days(world.store, world.now, "Europe/Paris")
    assert len(world.passes(1)) == 1


def test_an_audience_must_be_a_segment() -> None:
    triggers = load_triggers(TRIGGERS)
    with pytest.raises(FixConfiguration, match=r"\[triggers.browse_left\]\.audience names 'just_looking'"):
        require_audiences(triggers, ())
    rules = load_trait_rules(TRIGGERS.with_name("traits.toml"))
    require_audiences(triggers, load_segments(TRIGGERS.with_name("segments.toml"), rules).segments)
