"""The newsletter: up for the account's owner after a yes, off at once, each message counted once."""

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion
from actions.newsletter import ActionNewsletterSubscription
from bot.profile.consent import consent_state
from bot.profile.store.tables import audit, consents


def _state(world) -> str:
    with world.services.store.read() as connection:
        return consent_state(connection, world.customer_id, "marketing", "email")


def _rows(world) -> tuple[list[str], list[str]]:
    with world.services.store.read() as connection:
        said = connection.execute(sa.select(consents.c.state).order_by(consents.c.consent_id)).scalars().all()
        kept = connection.execute(sa.select(audit.c.action).order_by(audit.c.audit_id)).scalars().all()
    return list(said), list(kept)


def test_signs_nobody_up_who_is_unverified_or_whose_proof_ran_out(world) -> None:
    world.arrive()
    world.do(ActionNewsletterSubscription, "sign me up for the newsletter")
    world.answer("yes", intent="affirm")
    assert _rows(world) == ([], []) and "example.com" not in world.text
    world.sign_in("camille", "s-2", minutes=5)
    world.do(ActionNewsletterSubscription, "sign me up for the newsletter")
    world.wait(minutes=6)
    world.answer("yes", intent="affirm")
    assert _rows(world) == ([], []) and "e-mail address" in world.text


@pytest.mark.parametrize("said", ["no thanks", "please tell me first what it is about", "yes but only once a month"])
def test_signs_nobody_up_without_a_clear_yes(world, said: str) -> None:
    world.sign_in("camille")
    world.do(ActionNewsletterSubscription, "sign me up for the newsletter")
    world.answer(said, intent="affirm")
    assert _rows(world) == ([], [])


@pytest.mark.parametrize(("language", "up", "yes", "off"), [
    ("en", "sign me up for the newsletter", "yes please", "unsubscribe me from the newsletter"),
    ("fr", "inscrivez-moi à la newsletter", "oui", "désinscrivez-moi de la newsletter"),
])
def test_signs_up_after_a_yes_and_off_at_once(world, language: str, up: str, yes: str, off: str) -> None:
    world.language = language
    world.sign_in("camille")
    world.do(ActionNewsletterSubscription, up)
    assert "c•••@example.com" in world.text
    world.answer(yes, intent="affirm")
    assert _state(world) == "granted"
    world.do(ActionNewsletterSubscription, up)
    (again,) = world.said[0].quick_replies
    assert world.state.open_question is None and '"off"' in again.payload
    world.do(ActionNewsletterSubscription, off)
    assert _state(world) == "withdrawn"
    assert _rows(world)[1] == ["newsletter_granted", "newsletter_withdrawn"]


def test_signs_off_by_a_button(world) -> None:
    world.sign_in("camille")
    world.do(ActionNewsletterSubscription, '/newsletter_subscription{"option": "off"}', option="off")
    assert _state(world) == "withdrawn"


def test_counts_a_message_once_however_often_it_is_processed(world) -> None:
    world.sign_in("camille")
    world.do(ActionNewsletterSubscription, "sign me up for the newsletter")
    before = world.state
    for _ in range(2):
        world.set_question(before.open_question, request=before.request)
        world.do(ActionAnswerOpenQuestion, "yes", intent="affirm", message_id="same")
    for _ in range(2):
        world.do(ActionNewsletterSubscription, "unsubscribe me", message_id="also the same")
    assert _rows(world) == (["granted", "withdrawn"], ["newsletter_granted", "newsletter_withdrawn"])


def test_a_stranger_signs_off_and_then_says_for_which_account(world) -> None:
    world.arrive()
    world.do(ActionNewsletterSubscription, "unsubscribe me from the newsletter")
    assert _state(world) == "withdrawn" and "Noted" in world.text
    world.answer("camille.laurier@example.com")
    world.answer(world.last_code())
    assert _state(world) == "withdrawn" and "no more newsletters" in world.text


@pytest.mark.parametrize(("language", "said"), [
    ("fr", "je ne veux plus recevoir la newsletter"), ("fr", "je veux plus recevoir la newsletter"),
    ("fr", "arrêtez la newsletter"), ("en", "I no longer want the newsletter"), ("en", "stop the newsletter"),
])
def test_hears_that_it_is_enough(world, language, said) -> None:
    world.language = language
    world.sign_in("camille")
    world.do(ActionNewsletterSubscription, said)
    assert _state(world) == "withdrawn"
