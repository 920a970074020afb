"""Consent is asked once, when it is of use; taken back at once, on all channels."""

import json

import pytest
import sqlalchemy as sa

from actions.consent import (
    ActionResumeMessages,
    ActionSetMessagePreferences,
    ActionStopMessages,
    ActionWhyThisMessage,
)
from actions.orders import ActionTrackOrder
from bot.channels.outbox import enqueue, mark_all_sending, mark_sent
from bot.contracts.messages import OutboundMessage
from bot.decision.kinds import KINDS
from bot.profile.candidate_sets import keep_sets
from bot.profile.consent import consent_state, has_consent, record_consent
from bot.profile.store.tables import consents, decisions, outbox
from bot.service.consents import NUDGE_SENTENCES


def _state(world, purpose: str, channel: str = "web") -> str:
    with world.services.store.read() as connection:
        return consent_state(connection, world.customer_id, purpose, channel)


def _queue_nudge(world, key: str, channel: str) -> int:
    with world.services.store.write() as connection:
        found = enqueue(
            connection,
            idempotency_key=key,
            kind="nudge",
            customer_id=world.customer_id,
            sender_id=world.sender_id,
            channel=channel,
            address="x",
            purpose="marketing",
            payload=OutboundMessage("hello"),
            nudge="cart_left",
            about="cart:1",
            now=world.now,
        )
    assert found
    return found


def test_does_not_ask_somebody_who_answered_before(world) -> None:
    world.sign_in("camille")
    with world.services.store.write() as connection:
        record_consent(
            connection,
            world.customer_id,
            purpose="service",
            channel="*",
            state="withdrawn",
            source="shop",
            wording="w",
            now=world.now,
        )
    world.do(ActionTrackOrder, "where is my order")
    assert world.state.open_question is None


def test_asks_once_after_tracking_and_keeps_the_wording(world) -> None:
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    assert "Shall I tell you here when something changes" in world.text
    world.answer("yes please", intent="affirm")
    assert _state(world, "service") == "granted" and _state(world, "marketing") == "unknown"
    with world.services.store.read() as connection:
        wording = connection.scalar(sa.select(consents.c.wording))
    assert wording.startswith("Shall I tell you here")
    world.do(ActionTrackOrder, "where is my order")
    assert "Shall I tell you" not in world.text


def test_does_not_ask_again_when_the_question_was_left_unanswered(world) -> None:
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    world.wait(days=2)
    world.sign_in("camille", minutes=10_000)
    world.do(ActionTrackOrder, "where is my order")
    assert "Shall I tell you" not in world.text and _state(world, "service") == "unknown"


def test_a_no_is_kept(world) -> None:
    world.language = "fr"
    world.sign_in("camille")
    world.do(ActionTrackOrder, "où est ma commande")
    world.answer("non merci", intent="deny")
    assert _state(world, "service") == "withdrawn"


@pytest.mark.parametrize("words", ["never mind", "laisse tomber"])
def test_whoever_drops_the_question_has_not_refused(world, words) -> None:
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    world.answer(words)
    assert _state(world, "service") == "unknown" and world.state.open_question is None


def test_stop_withdraws_at_once_on_all_channels_and_takes_back_what_waits(world) -> None:
    world.sign_in("camille")
    with world.services.store.write() as connection:
        for channel in ("web", "email", "sms"):
            record_consent(
                connection,
                world.customer_id,
                purpose="marketing",
                channel=channel,
                state="granted",
                source="shop",
                wording="w",
                now=world.now,
            )
    _queue_nudge(world, "n-1", "email")
    _queue_nudge(world, "n-2", "sms")
    world.do(ActionStopMessages, "stop messaging me")
    assert "any channel" in world.text and "2" in world.text
    with world.services.store.read() as connection:
        states = {row.state for row in connection.execute(sa.select(outbox).where(outbox.c.kind == "nudge"))}
        allowed = [has_consent(connection, world.customer_id, "marketing", each) for each in ("web", "email", "sms")]
    assert states == {"withdrawn"} and not any(allowed)


def test_resuming_asks_about_what_before_it_grants(world) -> None:
    world.sign_in("camille")
    world.do(ActionStopMessages, "stop")
    world.do(ActionResumeMessages, "you may write again")
    assert _state(world, "service") == "withdrawn"
    world.answer(option="service")
    assert _state(world, "service") == "granted" and _state(world, "marketing") == "withdrawn"


def test_preferences_are_shown_and_changed_by_a_tap(world) -> None:
    world.sign_in("camille")
    world.do(ActionSetMessagePreferences, "my preferences")
    assert "not asked yet" in world.text
    world.answer(option="marketing_on")
    assert _state(world, "marketing") == "granted"


def test_says_honestly_that_it_did_not_write_first(world) -> None:
    world.sign_in("camille")
    world.do(ActionWhyThisMessage, "why did I get this")
    assert "not written" in world.text


def test_explains_the_last_nudge_and_when_it_was_allowed(world) -> None:
    world.sign_in("camille")
    with world.services.store.write() as connection:
        record_consent(
            connection,
            world.customer_id,
            purpose="marketing",
            channel="web",
            state="granted",
            source="chat",
            wording="w",
            now=world.now,
        )
    sent = _queue_nudge(world, "n-1", "web")
    with world.services.store.write() as connection:
        mark_all_sending(connection, [sent], world.now)
        mark_sent(connection, sent, "v-1", world.now)
    world.do(ActionWhyThisMessage, "why this message?")
    assert "basket" in world.text and "You allowed it on Tuesday 24 November" in world.text


def _decide(world, chosen: str, *, figures=None, **held: list[str]) -> None:
    """A decision as it is kept with the nudge of `_queue_nudge`."""
    kept = [{"name": f"{name}:a", "value": 1.0, "probability": 1.0, "held": words,
             "figures": {word: each for word, each in (figures or {}).items() if word in words}}
            for name, words in held.items()]
    with world.services.store.write() as connection:
        shared, = keep_sets(connection, [json.dumps(kept)], world.now)  # as a campaign keeps it
        connection.execute(sa.insert(decisions).values(
            customer_id=world.customer_id, trigger="cart_left", subject="cart:1", candidates=[], chosen=chosen,
            probability=1.0, decided_at=world.now, version="", candidate_set=shared))


def test_explains_that_other_ways_were_not_worth_it(world) -> None:
    world.sign_in("camille")
    sent = _queue_nudge(world, "n-1", "web")
    _decide(world, "web:a", web=[], sms=["not_worth_it"])
    with world.services.store.write() as connection:
        mark_all_sending(connection, [sent], world.now)
        mark_sent(connection, sent, "v-1", world.now)
    world.do(ActionWhyThisMessage, "why this message?")
    assert "basket" in world.text and "Elsewhere I did not think it worth a message" in world.text


def test_says_that_what_it_did_not_say_was_not_worth_it(world) -> None:
    world.sign_in("camille")
    _decide(world, "", web=["not_worth_it"])
    world.do(ActionWhyThisMessage, "why this message?")
    assert "not written" in world.text and "worth a message" in world.text
    world.wait(days=8)
    world.do(ActionWhyThisMessage, "why this message?")
    assert "worth a message" not in world.text


def test_says_how_many_and_until_when_it_kept_to_itself(world) -> None:
    world.sign_in("camille")
    figures = {"cap_week": {"count": 2, "most": 2}, "quiet_hours": {"until": "2026-11-25T08:00:00+01:00"}}
    _decide(world, "", web=["cap_week", "handoff"], sms=["cap_week", "quiet_hours"], figures=figures)
    world.do(ActionWhyThisMessage, "why this message?")
    assert "2 of 2 messages" in world.text and "quiet until 08:00" in world.text
    assert world.text.count("2 of 2") == 1 and "person of our team" not in world.text


def test_says_until_when_it_was_late_elsewhere(world) -> None:
    world.sign_in("camille")
    sent = _queue_nudge(world, "n-1", "web")
    _decide(world, "web:a", web=[], sms=["quiet_hours"], figures={
        "quiet_hours": {"until": "2026-11-25T08:00:00+01:00"}})
    with world.services.store.write() as connection:
        mark_all_sending(connection, [sent], world.now)
        mark_sent(connection, sent, "v-1", world.now)
    world.do(ActionWhyThisMessage, "why this message?")
    assert "Elsewhere I kept it to myself: It was late where you are: quiet until 08:00." in world.text


def test_every_kind_of_message_can_be_explained() -> None:
    assert set(KINDS) <= set(NUDGE_SENTENCES)
