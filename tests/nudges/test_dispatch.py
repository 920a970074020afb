"""Promises 3 and 4 when a message leaves: fresh facts, consent of that moment, at most once, nothing lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.outbox import OutboxRow, enqueue
from bot.contracts.messages import OutboundMessage
from bot.decision.guardrails import Caps
from bot.errors import NotAllowed, RateLimited, Unavailable, UnknownFate
from bot.nudges.campaign import launch_campaign
from bot.nudges.dispatch import dispatch_once
from bot.profile.consent import record_consent
from bot.profile.merging import merge_customers
from bot.profile.state import OpenQuestion, read_state, write_state
from bot.profile.store.tables import customers, identities, outbox
from bot.profile.suppressions import list_suppressions, suppress
from tests.nudges.world import STRICT, World

COAT = "coat-navy-M"


def ready(world: World, **person: Any) -> str:
    """A nudge decided and waiting to leave."""
    customer = world.person(**person)
    world.adds(customer, COAT)
    world.decide()
    world.later(20)
    world.decide()
    assert world.states() == [("pending", "")]
    return customer


def reply(world: World, text: str, sender: str = "s1", **changes: Any) -> int | None:
    where = {"channel": "web", "address": "a", **changes}
    with world.store.write() as connection:
        return enqueue(
            connection, idempotency_key=f"reply:{text}", kind="reply", customer_id="", sender_id=sender,
            purpose="service", payload=OutboundMessage(text), now=world.now, **where,
        )


def test_keeps_writers_waiting_for_nothing_when_nothing_is_on_its_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply(world, "one")
    assert dispatch_once(world, world.sent) == 1
    monkeypatch.setattr(world.store, "write", lambda: pytest.fail("a writing transaction for nothing"))
    assert dispatch_once(world, world.sent) == 0


def test_holds_a_nudge_when_whose_event_it_is_about_was_parted_from_the_person(world: World) -> None:
    person = ready(world)
    with world.store.write() as connection:
        facts = connection.scalar(sa.select(outbox.c.facts))
        connection.execute(sa.update(outbox).values(facts={**facts, "member": "somebody else"}))
    assert world.dispatch() == []
    assert world.states() == [("held", "unreachable")], person


def test_counts_one_whose_fate_is_unknown_when_it_may_have_left_and_not_when_it_was_decided(world: World) -> None:
    world.guardrails = replace(STRICT, quiet_hours={}, caps={"marketing": Caps(per_day=1)}, nudge_question_seconds=0)
    world.triggers = tuple(replace(each, expires_seconds=7 * 86_400) for each in world.triggers)
    person = ready(world)
    world.later(23 * 3_600)  # no dispatcher worked
    world.sent.behaviour = no_answer
    assert world.dispatch() == []
    assert world.states() == [("unknown", "no_answer")]
    world.sent.behaviour = None
    world.later(2 * 3_600)  # more than a day after it was decided, two hours after it may have left
    world.adds(person, "scarf-red-one size")
    world.passes()
    assert "cap_day" in world.held()


def no_answer(_row: OutboxRow) -> None:
    raise UnknownFate("no answer came")


def test_holds_a_nudge_when_its_basket_was_emptied_after_the_decision(world: World) -> None:
    person = ready(world)
    cart = world.commerce.open_cart(None, idempotency_key=person)
    world.commerce.set_line(cart.ref, COAT, 0)
    assert world.dispatch() == []
    assert world.states() == [("held", "cart_empty")]


def test_holds_a_nudge_when_the_piece_sold_out_after_the_decision(world: World) -> None:
    ready(world)
    world.commerce.stock[COAT] = 0
    assert world.dispatch() == []
    assert world.states() == [("held", "out_of_stock")]


def test_says_the_stock_and_price_of_this_moment(world: World) -> None:
    ready(world)
    world.commerce.stock[COAT] = 2
    (text,) = world.dispatch()
    assert "Only 2 left in M" in text
    assert world.rows()[0].payload["text"] == text


def test_proposes_nothing_when_what_it_would_propose_is_gone(world: World) -> None:
    ready(world)
    for variant in (v.ref for p in world.commerce.products for v in p.variants if v.ref != COAT):
        world.commerce.stock[variant] = 0
    (text,) = world.dispatch()
    assert text == "Your basket is waiting: Éole coat, at €50.00. Would you like to check out?"


def test_reads_facts_at_most_the_allowed_time_before_the_call(world: World) -> None:
    ready(world)
    real, reads = world.commerce.get_cart, []

    def slow(ref: str) -> Any:
        reads.append(world.now)
        if len(reads) == 1:
            world.later(6)  # the lock was held by somebody else meanwhile
        return real(ref)

    world.commerce.get_cart = slow
    world.sent.behaviour = lambda _row: reads.append(world.now)
    assert len(world.dispatch()) == 1
    called_at = reads.pop()
    assert called_at - reads[-1] <= timedelta(seconds=5)
    assert len(reads) == 2


def test_gives_up_for_now_when_the_facts_never_come_fresh(world: World) -> None:
    ready(world)
    real = world.commerce.get_cart

    def slow(ref: str) -> Any:
        world.later(6)
        return real(ref)

    world.commerce.get_cart = slow
    assert world.dispatch() == []
    assert world.states() == [("pending", "facts_too_old")]


def test_holds_a_nudge_when_consent_was_withdrawn_after_the_decision(world: World) -> None:
    person = ready(world)
    with world.store.write() as connection:
        record_consent(connection, person, purpose="marketing", channel="*", state="withdrawn", source="chat",
                       wording="", now=world.now)
    assert world.dispatch() == []
    assert world.states() == [("held", "consent_withdrawn")]


def test_holds_a_nudge_when_the_person_merged_into_the_holdout_after_the_decision(world: World) -> None:
    person = ready(world)
    other = world.person(is_holdout=True)
    with world.store.write() as connection:
        merge_customers(connection, person, other, reason="test", now=world.now)
    assert world.dispatch() == []
    assert world.states() == [("held", "holdout")]


def test_holds_the_second_of_two_when_a_merge_makes_them_one_too_many(world: World) -> None:
    first = ready(world)
    second = world.person()
    world.adds(second, "bag-camel-one size")
    world.decide()
    world.later(20)
    world.decide()
    with world.store.write() as connection:
        merge_customers(connection, first, second, reason="test", now=world.now)
    world.guardrails = replace(
        STRICT, caps={"marketing": replace(STRICT.caps["marketing"], per_day=1)}, nudge_question_seconds=0
    )
    assert len(world.dispatch()) == 1
    assert [state for state, _ in world.states()] == ["sent", "held"]


def test_waits_when_a_question_was_opened_after_the_decision(world: World) -> None:
    person = ready(world)
    with world.store.write() as connection:
        state = read_state(connection, person)
        question = OpenQuestion("email", "request:change_email", world.now.isoformat())
        write_state(connection, person, replace(state, open_question=question), world.now)
    assert world.dispatch() == []
    assert world.states() == [("pending", "")]
    with world.store.read() as connection:
        assert read_state(connection, person).open_question == question


def test_waits_for_the_morning_when_it_became_late(world: World) -> None:
    ready(world)
    with world.store.write() as connection:
        connection.execute(sa.update(outbox).values(expires_at=world.now + timedelta(days=2)))
    world.now = world.now.replace(hour=22)
    assert world.dispatch() == []
    assert world.rows()[0].not_before == (world.now + timedelta(days=1)).replace(hour=7, minute=0, second=0)


def test_does_not_send_to_an_address_given_up(world: World) -> None:
    world.person("ada", has_widget=False, email="old@example.org")
    world.promote()
    launch_campaign(world, "winter_offers", world.now)
    with world.store.write() as connection:
        connection.execute(sa.update(identities).where(identities.c.kind == "email").values(value="new@example.org"))
    assert world.dispatch() == []
    assert world.states()[0] == ("held", "unreachable")


def test_sends_once_however_often_it_is_asked(world: World) -> None:
    ready(world)
    assert [len(world.dispatch()) for _ in range(3)] == [1, 0, 0]
    assert world.rows()[0].vendor_message_id == f"vendor-{world.rows()[0].outbox_id}"


def test_never_sends_again_what_may_have_left(world: World) -> None:
    ready(world)

    def silence(_row: OutboxRow) -> None:
        raise UnknownFate("no answer")

    world.sent.behaviour = silence
    assert world.dispatch() == []
    world.sent.behaviour = None
    world.later(3_600)
    assert world.dispatch() == []
    assert world.states() == [("unknown", "no_answer")]


def test_tries_again_when_the_vendor_did_not_take_it(world: World) -> None:
    reply(world, "hello")

    def busy(_row: OutboxRow) -> None:
        raise RateLimited(retry_after_seconds=7)

    world.sent.behaviour = busy
    assert world.dispatch() == []
    world.sent.behaviour = None
    world.later(6)
    assert world.dispatch() == []
    world.later(1)
    assert world.dispatch() == ["hello"]


def test_keeps_what_the_vendor_refused_with_its_reason(world: World) -> None:
    reply(world, "hello")

    def refuse(_row: OutboxRow) -> None:
        raise NotAllowed("blocked")

    world.sent.behaviour = refuse
    assert world.dispatch() == []
    assert world.states() == [("failed", "blocked")]


def test_gives_up_after_many_tries_and_says_so(world: World) -> None:
    reply(world, "hello")

    def down(_row: OutboxRow) -> None:
        raise Unavailable("down")

    world.sent.behaviour = down
    for _ in range(12):
        world.dispatch()
        world.later(120)
    assert world.states() == [("failed", "gave_up")]


def test_keeps_the_order_of_one_senders_replies_through_a_retry(world: World) -> None:
    for text in ("one", "two", "three"):
        reply(world, text)
    reply(world, "elsewhere", sender="s2")
    failed = []

    def first_fails(row: OutboxRow) -> None:
        if row.payload.text == "one" and not failed:
            failed.append(row.outbox_id)
            raise Unavailable("down")

    world.sent.behaviour = first_fails
    assert world.dispatch() == ["elsewhere"]
    world.later(5)
    assert world.dispatch() == ["one", "two", "three"]


def test_forgets_the_question_of_a_nudge_that_did_not_leave(world: World) -> None:
    person = ready(world)

    def refuse(_row: OutboxRow) -> None:
        raise NotAllowed("blocked")

    world.sent.behaviour = refuse
    world.dispatch()
    with world.store.read() as connection:
        assert read_state(connection, person).open_question is None


def test_has_the_question_open_before_the_customer_can_see_the_nudge(world: World) -> None:
    person, seen = ready(world), []

    def look(_row: OutboxRow) -> None:
        with world.store.read() as connection:
            seen.append(read_state(connection, person).open_question)

    world.sent.behaviour = look
    world.dispatch()
    assert seen[0] is not None


def test_tells_the_tracker_of_a_delivered_nudge_only(world: World) -> None:
    ready(world)
    reply(world, "hello")
    told: list[tuple[str, int, str]] = []
    dispatch_once(world, world.sent, tell=lambda *note: told.append(note))
    assert [note[1] for note in told] == [world.rows()[0].outbox_id]


def test_holds_a_nudge_whose_trigger_the_shop_took_away(world: World) -> None:
    ready(world)
    world.triggers = ()
    assert world.dispatch() == []
    assert world.states() == [("held", "trigger_gone")]


@pytest.mark.parametrize("flag", [False, True])
def test_holdout_at_dispatch_depends_on_the_person_alone(world: World, flag: bool) -> None:
    ready(world)
    with world.store.write() as connection:
        connection.execute(sa.update(customers).values(is_holdout=flag))
    assert len(world.dispatch()) == (0 if flag else 1)


def test_keeps_no_other_row_waiting_when_a_sender_breaks(world: World) -> None:
    for text in ("one", "two"):
        reply(world, text, sender=text)

    def broken(row: OutboxRow) -> None:
        if row.payload.text == "one":
            raise ZeroDivisionError

    world.sent.behaviour = broken
    with pytest.raises(ZeroDivisionError):
        world.dispatch()
    assert world.dispatch() == ["two"]
    world.later(61)
    world.dispatch()
    assert world.states() == [("unknown", "crashed"), ("sent", "")]


@pytest.mark.parametrize(("reason", "until_days"), [("undeliverable", 7), ("window_closed", None)])
def test_leaves_an_address_alone_that_a_refusal_was_about(world: World, reason: str, until_days: int | None) -> None:
    def refuse(_row: OutboxRow) -> None:
        raise NotAllowed(reason)

    world.sent.behaviour = refuse
    reply(world, "hello", channel="whatsapp", address="33612345678")
    world.dispatch()
    assert world.states() == [("failed", reason)]
    with world.store.read() as connection:
        kept = list_suppressions(connection)
    assert [each.until for each in kept] == ([world.now + timedelta(days=until_days)] if until_days else [])


def test_sends_nothing_to_an_address_where_nobody_is(world: World) -> None:
    with world.store.write() as connection:
        suppress(connection, "email", "a@example.com", scope="all", reason="no_such_address", until=None, now=world.now)
        suppress(connection, "email", "b@example.com", scope="nudges", reason="complaint", until=None, now=world.now)
    reply(world, "to nobody", channel="email", address="a@example.com", sender="s-a")
    reply(world, "asked for", channel="email", address="b@example.com", sender="s-b")
    assert world.dispatch() == ["asked for"]
    assert ("failed", "suppressed,no_such_address") in world.states()


def test_waits_where_the_channel_takes_no_more_of_one_person(world: World) -> None:
    for number in range(22):
        reply(world, f"{number}", channel="whatsapp", address="33612345678")
    sent = [text for _ in range(3) for text in world.dispatch()]
    assert sent == [str(number) for number in range(20)]
    world.later(120)
    assert world.dispatch() == ["20", "21"]
