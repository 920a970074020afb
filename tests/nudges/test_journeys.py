"""What follows a message: silence, a click, an answer, a no, a purchase; in the version that somebody began with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.follow_link import build_link_router
from bot.channels.inbox import receive
from bot.contracts.messages import InboundMessage, MessageId
from bot.decision.follow_ups import what_follows
from bot.decision.triggers import Trigger, find_trigger, load_triggers, name_version
from bot.decision.versions import dump_trigger, parse_trigger
from bot.decision.waits import run_triggers
from bot.nudges.schedule import decide_due
from bot.profile.consent import record_consent
from bot.profile.merging import merge_customers
from bot.profile.store.tables import conversations, journeys, waits
from tests.nudges.test_concurrent_workers import WORKERS, together, twin
from tests.nudges.world import TRIGGERS, World

DAY = 86_400
COAT = "coat-navy-M"
LETTER = "Your basket is still here"


def began(world: World) -> str:
    """Somebody left a basket, was told on the page, and can be written to."""
    person = world.person(email="ada@example.org")
    world.adds(person, COAT)
    assert len(world.passes()) == 1
    return person


def only(world: World, name: str, **changes: object) -> Trigger:
    """The shop's file has one journey, changed."""
    trigger = replace(find_trigger(load_triggers(TRIGGERS), name), **changes)  # type: ignore[arg-type]
    world.triggers = (replace(trigger, version=name_version(trigger)),)
    return world.triggers[0]


def end_of(world: World) -> str:
    with world.store.read() as connection:
        return str(connection.execute(sa.select(waits.c.facts)).one().facts.get("end", ""))


def writes(world: World, person: str) -> None:
    with world.store.write() as connection:
        _keep(connection, world, person)


def _keep(connection: sa.Connection, world: World, person: str) -> None:
    talk = connection.execute(sa.select(conversations).where(conversations.c.customer_id == person)).one()
    said = MessageId(f"said-{person}")
    receive(connection, InboundMessage(said, "web", talk.sender_id, text="merci", sent_at=world.now.isoformat()),
            world.now)


def clicks(world: World, person: str) -> None:
    world.happens(person, "Email Link Clicked", silo="prevenant")


def declines(world: World, person: str) -> None:
    world.happens(person, "Nudge Declined", silo="prevenant")


def buys(world: World, person: str) -> None:
    world.happens(person, "Order Completed", silo="shop", order_id="1")


def opts_out(world: World, person: str) -> None:
    with world.store.write() as connection:
        record_consent(connection, person, purpose="marketing", channel="sms", state="withdrawn", source="t",
                       wording="", now=world.now)


# -- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("does", [writes, clicks, declines, buys, opts_out])
def test_writes_no_letter_to_who_answered_clicked_declined_bought_or_left(
    world: World, does: Callable[[World, str], None]
) -> None:
    person = began(world)
    world.later(DAY)
    does(world, person)
    assert world.passes(3 * DAY) == []
    assert world.waiting() in (["decided"], ["cancelled"])


def test_writes_no_letter_before_three_days_are_over(world: World) -> None:
    began(world)
    assert world.passes(3 * DAY - 1) == []


def test_writes_one_letter_after_three_silent_days_and_no_second(world: World) -> None:
    began(world)
    (text,) = world.passes(3 * DAY)
    assert text.startswith(LETTER) and "Éole coat" in text
    row = world.rows()[-1]
    assert (row.nudge, row.channel, row.idempotency_key.endswith(":letter")) == ("cart_left:letter", "email", True)
    assert world.passes(30 * DAY) == [] and world.waiting() == ["decided"]
    assert [each.trigger for each in world.decided()] == ["cart_left", "cart_left:letter"]


def test_a_follow_up_passes_every_guardrail_and_its_facts_are_read_again(world: World) -> None:
    person = world.person(email="ada@example.org", allows=("web",))
    world.adds(person, COAT)
    world.passes()
    assert world.passes(3 * DAY) == []
    assert world.held("email") == ["consent_unknown"]


def test_says_nothing_of_a_basket_that_was_emptied_meanwhile(world: World) -> None:
    person = world.person(email="ada@example.org")
    cart = world.adds(person, COAT)
    world.passes()
    world.commerce.set_line(cart.ref, COAT, 0)
    assert world.passes(3 * DAY) == []
    assert "cart_empty" in world.held("email") or "cart_changed" in world.held("email")


def test_nothing_follows_a_message_that_never_left(world: World) -> None:
    person = world.person(email="ada@example.org")
    world.adds(person, COAT)
    run_triggers(world, world.now)
    world.later(20)
    world.decide()
    with world.store.write() as connection:
        record_consent(connection, person, purpose="marketing", channel="web", state="withdrawn", source="t",
                       wording="", now=world.now)
    assert world.dispatch() == [] and world.states() == [("held", "consent_withdrawn")]
    assert world.passes(3 * DAY) == [] and end_of(world) == "not_sent"


def test_counts_silence_from_the_moment_the_message_left(world: World) -> None:
    only(world, "cart_left", expires_seconds=DAY)
    person = world.person(email="ada@example.org", timezone="Europe/Paris")
    world.now = world.now.replace(hour=21)  # ten in the evening there
    world.adds(person, COAT)
    world.later(200)
    world.decide()
    (row,) = world.rows()
    assert row.state == "pending" and row.not_before - world.now > timedelta(hours=9)
    world.later((row.not_before - world.now).total_seconds() + 7_000)
    assert len(world.dispatch()) == 1
    assert world.passes(3 * DAY - 60) == []
    assert len(world.passes(120)) == 1


def test_a_new_occasion_begins_the_journey_anew(world: World) -> None:
    person = began(world)
    world.later(2 * DAY)
    world.adds(person, "bag-camel-one size")
    assert len(world.passes()) == 1
    assert world.passes(2 * DAY) == []
    assert [text.startswith(LETTER) for text in world.passes(DAY)] == [True]


# -- a click --------------------------------------------------------------------------------------


def away(world: World) -> str:
    from tests.nudges.test_occasions import put_in_segment

    person = world.person(email="ada@example.org")
    put_in_segment(world, person, "lapsing_regulars")
    world.happens(person, "Segment Entered", silo="segments", segment="lapsing_regulars")
    assert len(world.passes(1)) == 1
    return person


def test_asks_nobody_who_did_not_come(world: World) -> None:
    away(world)
    assert world.passes(10 * DAY) == [] and end_of(world) == "no_answer"


def test_asks_on_the_page_a_while_after_the_click_and_not_at_once(world: World) -> None:
    person = away(world)
    world.later(DAY)
    clicks(world, person)
    assert world.passes(60) == []
    (text,) = world.passes(900 - 60)
    assert text.startswith("Good to see you again") and world.sent[-1].channel == "web"


def test_a_link_of_the_letter_is_what_counts_as_a_click(world: World) -> None:
    away(world)
    (link,) = world.sent[-1].payload.quick_replies
    app = FastAPI()
    app.include_router(build_link_router(world.store, world.settings, world.clock))
    answer = TestClient(app, follow_redirects=False).get(urlsplit(link.url).path)
    assert answer.headers["location"] == world.settings.public_url
    assert world.rows()[-1].payload["quick_replies"][0]["url"] == world.settings.public_url  # kept as it was written
    assert len(world.passes(900)) == 1


def test_hears_an_answer_where_something_follows_it(world: World) -> None:
    trigger = find_trigger(load_triggers(TRIGGERS), "cart_left")
    answered = replace(trigger.follow_ups[0], name="thanks", after=("replied",), wait_seconds=60)
    only(world, "cart_left", follow_ups=(answered,), ends_on=("declined",))
    person = began(world)
    world.later(DAY)
    writes(world, person)
    with world.store.write() as connection:
        connection.execute(sa.text("UPDATE inbox SET state = 'done'"))
    assert world.passes(59) == []
    assert len(world.passes(1)) == 1


def test_hears_an_answer_that_was_kept_after_a_later_one(world: World) -> None:
    """On PostgreSQL the lower id may become visible last."""
    trigger = find_trigger(load_triggers(TRIGGERS), "cart_left")
    answered = replace(trigger.follow_ups[0], name="thanks", after=("replied",), wait_seconds=60)
    only(world, "cart_left", follow_ups=(answered,), ends_on=("declined",))
    person = began(world)
    with world.store.read() as connection:
        if connection.dialect.name != "postgresql":
            pytest.skip("SQLite keeps one message after the other")
    world.later(70)
    world.decide()  # nothing came of it yet: it is looked at again when silence would count
    other = world.person()
    with world.store.connect() as slow, slow.begin():
        _keep(slow, world, person)
        writes(world, other)
        run_triggers(world, world.now)
    assert _wakes_at(world) > world.now
    run_triggers(world, world.now)
    assert _wakes_at(world) == world.now


def _wakes_at(world: World) -> Any:
    with world.store.read() as connection:
        return connection.scalar(sa.select(waits.c.due_at).where(waits.c.state == "following"))


# -- versions -------------------------------------------------------------------------------------


def reworded(trigger: Trigger, word: str) -> Trigger:
    letter = trigger.follow_ups[0]
    said = tuple(replace(each, texts={"en": word, "fr": word}) for each in letter.messages)
    changed = replace(trigger, follow_ups=(replace(letter, messages=said),))
    return replace(changed, version=name_version(changed))


def test_who_is_on_the_way_finishes_on_the_version_they_began(world: World) -> None:
    old = only(world, "cart_left")
    began(world)
    new = reworded(old, "the new letter")
    world.triggers = (new,)
    other = world.person(email="bob@example.org")
    world.adds(other, COAT, ref=None)
    world.passes()
    texts = world.passes(3 * DAY)
    assert sorted(text[:14] for text in texts) == [LETTER[:14], "the new letter"]
    assert [each.version for each in world.decided()] == [old.version, new.version, old.version, new.version]
    with world.store.read() as connection:
        assert set(connection.scalars(sa.select(journeys.c.version))) == {old.version, new.version}


def test_a_message_that_waits_leaves_with_the_words_it_was_decided_by(world: World) -> None:
    old = only(world, "cart_left")
    began(world)
    world.later(3 * DAY)
    world.decide()
    world.triggers = (reworded(old, "the new letter"),)
    (text,) = world.dispatch()
    assert text.startswith(LETTER)


def test_an_older_version_ends_by_its_own_ends_too(world: World) -> None:
    old = only(world, "cart_left")
    person = began(world)
    changed = replace(old, cancels_on=())
    world.triggers = (replace(changed, version=name_version(changed)),)
    buys(world, person)
    assert world.passes(3 * DAY) == [] and world.waiting() == ["cancelled"]


def test_a_journey_that_the_shop_took_out_says_nothing_more(world: World) -> None:
    began(world)
    world.triggers = ()
    assert world.passes(3 * DAY) == [] and world.waiting() == ["cancelled"]


def test_the_same_content_is_the_same_version_and_comes_back_whole() -> None:
    for each, again in zip(load_triggers(TRIGGERS), load_triggers(TRIGGERS), strict=True):
        assert each.version == again.version == name_version(each)
        assert parse_trigger(dump_trigger(each)) == each


# -- restarts, workers, clocks --------------------------------------------------------------------


def test_a_restart_and_racing_workers_send_one_letter(world: World) -> None:
    began(world)
    world.later(3 * DAY)
    workers = [twin(world) for _ in range(WORKERS)]
    together(*[lambda each=each: decide_due(each, each.now) for each in workers])  # type: ignore[misc]
    decide_due(world, world.now)
    assert [row.nudge for row in world.rows()] == ["cart_left", "cart_left:letter"]


def test_a_worker_that_dies_in_the_middle_of_a_step_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    began(world)
    world.later(3 * DAY)
    with monkeypatch.context() as patch:
        patch.setattr("bot.nudges.schedule.enqueue_decided", _die)
        with pytest.raises(SystemExit):
            world.decide()
    assert len(world.rows()) == 1 and len(world.decided()) == 1
    world.later(10)
    world.decide()
    assert [text.startswith(LETTER) for text in world.dispatch()] == [True]
    assert world.passes(10 * DAY) == []


def _die(*_: object, **__: object) -> None:
    raise SystemExit


def test_a_clock_that_jumps_loses_and_doubles_nothing(world: World) -> None:
    began(world)
    for seconds in (3 * DAY, -3 * DAY, 3 * DAY, DAY, -2 * DAY, 5 * DAY):
        world.later(seconds)
        world.decide()
        world.dispatch()
    assert [text.startswith(LETTER) for text in world.sent.texts] == [False, True]


def test_two_halves_that_merge_get_one_letter(world: World) -> None:
    phone = began(world)
    laptop = world.person()
    cart = world.commerce.open_cart(None, idempotency_key=phone)
    world.happens(laptop, "Product Added", cart_id=cart.ref, product_id="coat", variant_id=COAT)
    world.passes()
    with world.store.write() as connection:
        merge_customers(connection, phone, laptop, reason="test", now=world.now)
    world.passes(3 * DAY)
    world.passes(60)
    assert sum(text.startswith(LETTER) for text in world.sent.texts) == 1


# -- the rule by itself ---------------------------------------------------------------------------


def test_of_two_that_could_follow_the_one_whose_time_came_first_goes(world: World) -> None:
    trigger = find_trigger(load_triggers(TRIGGERS), "cart_left")
    silent = trigger.follow_ups[0]
    clicked = replace(silent, name="clicked", after=("clicked",), wait_seconds=600, within_seconds=DAY)
    sent_at = world.now
    both = (silent, clicked)
    after = lambda seconds: sent_at + timedelta(seconds=seconds)  # noqa: E731
    assert what_follows(both, (), sent_at, {}, after(60)).look_at == after(DAY)
    assert what_follows(both, (), sent_at, {"clicked": after(60)}, after(60)).look_at == after(660)
    assert what_follows(both, (), sent_at, {"clicked": after(60)}, after(660)).follow_up == clicked
    assert what_follows(both, (), sent_at, {"clicked": after(2 * DAY)}, after(3 * DAY)).end == "answered"
    assert what_follows(both, (), sent_at, {"seen": sent_at}, after(3 * DAY)).follow_up == silent
    assert what_follows(both, ("bought",), sent_at, {"bought": after(1)}, after(2)).end == "bought"
