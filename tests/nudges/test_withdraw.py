"""Story 7: an accepted offer takes back every other message about it, before it is answered."""

from dataclasses import replace
from typing import Any

from bot.channels.outbox import OutboxRow, mark_sent
from bot.errors import Unavailable
from bot.nudges.campaign import launch_campaign
from bot.nudges.withdraw import accept_offer, take_offer, withdraw_all, withdraw_for_order
from bot.profile.consent import withdraw_all as withdraw_consent
from bot.profile.merging import merge_customers
from tests.nudges.world import World


def reachable(world: World, ref: str = "ada", **changes: Any) -> str:
    phone = f"+336120000{sum(map(ord, ref)) % 100:02}"
    return world.person(ref, has_widget=False, email=f"{ref}@example.org", phone=phone, **changes)


def launched(world: World) -> str:
    person = reachable(world)
    world.promote()
    launch_campaign(world, "winter_offers", world.now)
    return person


def test_reaches_nobody_without_consent_and_says_why(world: World) -> None:
    reachable(world, allows=())
    world.promote()
    launch = launch_campaign(world, "winter_offers", world.now)
    assert sum(launch.planned.values()) == 0
    assert dict(launch.held["MAILLE15"]) == {"consent_unknown": 1}


def test_reaches_nobody_with_an_offer_that_ended(world: World) -> None:
    reachable(world)
    launch = launch_campaign(world, "winter_offers", world.now)
    assert dict(launch.held["MAILLE15"]) == {"offer_ended": 1}


def test_reads_a_code_however_it_is_typed(world: World) -> None:
    reachable(world)
    world.promote()
    world.commerce.offers = tuple(replace(each, code=f"{each.code.lower()} ") for each in world.commerce.offers)
    assert sum(launch_campaign(world, "winter_offers", world.now).planned.values()) == 2


def test_sends_one_offer_now_and_the_other_later(world: World) -> None:
    launched(world)
    assert len(world.dispatch()) == 1
    world.later(180)
    assert len(world.dispatch()) == 1
    assert [row.channel for row in world.sent] == ["email", "sms"]
    assert "LIVRAISON" in world.sent[1].payload.text


def test_reaches_nobody_twice_when_it_is_launched_twice(world: World) -> None:
    launched(world)
    launch = launch_campaign(world, "winter_offers", world.now)
    assert sum(launch.planned.values()) == 0
    assert len(world.rows()) == 2


def test_takes_the_other_offer_back_at_once(world: World) -> None:
    person = launched(world)
    world.dispatch()
    assert accept_offer(world, person, "offer:MAILLE15") == 1
    world.later(180)
    assert world.dispatch() == []
    assert world.states() == [("sent", ""), ("withdrawn", "offer_accepted")]


def test_takes_it_back_from_whoever_the_person_was_merged_with(world: World) -> None:
    person = launched(world)
    world.dispatch()
    browser = world.person()
    with world.store.write() as connection:
        merge_customers(connection, browser, person, reason="test", now=world.now)
    assert accept_offer(world, browser, "LIVRAISON") == 1


def test_leaves_other_people_and_other_offers_alone(world: World) -> None:
    reachable(world, "bob")
    person = launched(world)
    assert accept_offer(world, person, "offer:SUMMER") == 0
    assert accept_offer(world, person, "offer:MAILLE15") == 2
    assert [state for state, _ in world.states()].count("pending") == 2


def test_offers_nothing_of_it_to_whoever_took_it(world: World) -> None:
    person = launched(world)
    accept_offer(world, person, "offer:MAILLE15")
    world.later(3_600)
    launch = launch_campaign(world, "winter_offers", world.now)
    assert dict(launch.held["LIVRAISON"]) == {"already_taken": 1}


def test_waits_for_the_message_that_is_leaving_this_moment(world: World) -> None:
    person = launched(world)
    events: list[str] = []

    def accept_meanwhile(row: OutboxRow) -> None:
        def sleep(_seconds: float) -> None:
            events.append("waits")
            if len(events) == 3:
                with world.store.write() as connection:
                    mark_sent(connection, row.outbox_id, "v", world.now)

        outcome = take_offer(world, person, "offer:MAILLE15", sleep=sleep)
        events.append(f"answered {outcome.withdrawn} {outcome.still_sending}")

    world.sent.behaviour = accept_meanwhile
    world.dispatch()
    assert events == ["waits", "waits", "waits", "answered 1 0"]


def test_tells_when_a_message_was_still_leaving_after_the_wait(world: World) -> None:
    person = launched(world)
    outcomes = []
    world.sent.behaviour = lambda _row: outcomes.append(
        take_offer(world, person, "offer:MAILLE15", sleep=lambda _seconds: None)
    )
    world.dispatch()
    assert (outcomes[0].withdrawn, outcomes[0].still_sending) == (1, 1)


def test_takes_back_what_the_vendor_gave_back_meanwhile(world: World) -> None:
    person = launched(world)

    def refuse_after_acceptance(_row: OutboxRow) -> None:
        take_offer(world, person, "offer:MAILLE15", sleep=lambda _seconds: None)
        raise Unavailable("down")

    world.sent.behaviour = refuse_after_acceptance
    world.dispatch()
    world.sent.behaviour = None
    world.later(300)
    assert world.dispatch() == []
    assert world.states()[0] == ("held", "already_taken")


def test_still_takes_back_when_the_shop_is_down(world: World) -> None:
    person = launched(world)

    def down() -> None:
        raise Unavailable("down")

    world.commerce.list_offers = down
    assert accept_offer(world, person, "campaign:winter_offers") == 2


def test_stops_everything_at_once(world: World) -> None:
    person = launched(world)
    with world.store.write() as connection:
        withdraw_consent(connection, person, source="chat", wording="stop", now=world.now)
    assert withdraw_all(world, person).withdrawn == 2
    world.later(180)
    assert world.dispatch() == []


def test_takes_back_the_basket_reminder_when_an_order_is_placed(world: World) -> None:
    person = world.person()
    world.adds(person, "coat-navy-M")
    world.decide()
    world.later(20)
    world.decide()
    assert withdraw_for_order(world, person).withdrawn == 1
    assert world.states() == [("withdrawn", "order_placed")]
