"""A number that WhatsApp has verified proves whose account it is where the policy says so, and nothing else does."""

from datetime import timedelta

import pytest

from actions.orders import ActionTrackOrder
from bot.commerce.types import CustomerRef
from bot.errors import Unavailable
from bot.profile.conversations import end_verification, get_conversation, open_conversation, verify_conversation
from tests.actions.conftest import SALT, World


def _write_from(world: World, address: str, channel: str = "whatsapp") -> None:
    world.sender_id = "wa-1"
    with world.services.store.write() as connection:
        open_conversation(connection, channel, address, now=world.now, salt=SALT, sender_id="wa-1")
    world.do(ActionTrackOrder, "where is my order?")


def _verified_ref(world: World) -> str | None:
    with world.services.store.read() as connection:
        conversation = get_conversation(connection, "wa-1")
    assert conversation
    return conversation.verified_ref if conversation.is_verified(world.now) else None


@pytest.fixture
def number(world: World) -> str:
    return world.shop.get_customer(CustomerRef("camille")).phone


@pytest.mark.parametrize(("channel", "change"), [
    ("messenger", str), ("web", str), ("whatsapp", lambda digits: digits[:-1] + "0"),
    ("whatsapp", lambda digits: f"FR.{digits}"), ("whatsapp", lambda digits: f"+{digits}"),
])
def test_knows_nobody_by_anything_else(world: World, number: str, channel: str, change: object) -> None:
    _write_from(world, change(number.lstrip("+")), channel)  # type: ignore[operator]  # a function
    assert _verified_ref(world) is None
    assert "MP204819" not in world.text


def test_knows_nobody_where_the_policy_does_not_take_it(world: World, number: str) -> None:
    strict = world.services.policy.verification.model_copy(update={"whatsapp_number": False})
    world.services.policy = world.services.policy.model_copy(update={"verification": strict})
    _write_from(world, number.lstrip("+"))
    assert _verified_ref(world) is None


def test_knows_nobody_by_a_number_that_two_have(world: World, number: str) -> None:
    other = world.shop.get_customer(CustomerRef("hugo"))
    world.shop.update_customer(other.ref, {"phone": number}, if_version=other.version)
    _write_from(world, number.lstrip("+"))
    assert _verified_ref(world) is None


def test_asks_who_it_is_while_the_shop_is_away(world: World, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_given: str) -> None:
        raise Unavailable("down")

    monkeypatch.setattr(world.shop, "find_customers", fail)
    _write_from(world, number.lstrip("+"))
    assert _verified_ref(world) is None and world.said


def test_shows_their_order_to_whoever_has_the_accounts_number(world: World, number: str) -> None:
    _write_from(world, number.lstrip("+"))
    assert _verified_ref(world) == "camille"
    assert "MP204819" in world.text


def test_looks_again_once_the_proof_has_run_out(world: World, number: str) -> None:
    _write_from(world, number.lstrip("+"))
    world.wait(minutes=31)
    assert _verified_ref(world) is None
    world.do(ActionTrackOrder, "and now?")
    assert _verified_ref(world) == "camille"


def test_asks_the_shop_seldom(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(world.shop, "find_customers", lambda **given: asked.append(given) or [])
    _write_from(world, "33699999999")
    for _ in range(3):
        world.do(ActionTrackOrder, "where is it?")
    assert [each for each in asked if "phone" in each] == [{"phone": "+33699999999"}]


# -- who went on from the website -------------------------------------------------------------------


def _arrive_linked(world: World, by: str = "link", minutes: float = 3, channel: str = "messenger") -> None:
    """A conversation that its owner went on with, signed in for some minutes more."""
    world.sender_id = "wa-1"
    with world.services.store.write() as connection:
        open_conversation(connection, channel, "9001", now=world.now, salt=SALT, sender_id="wa-1")
        verify_conversation(connection, "wa-1", customer_ref="camille", by=by, now=world.now, salt=SALT,
                            until=world.now + timedelta(minutes=minutes))


def _ask_after(world: World, **length: float) -> str | None:
    world.now += timedelta(**length)
    world.do(ActionTrackOrder, "where is my order?")
    return _verified_ref(world)


@pytest.mark.parametrize("by", ["code", "token", "policy"])
def test_keeps_no_other_proof_alive(world: World, by: str) -> None:
    _arrive_linked(world, by)
    assert _ask_after(world, hours=1) is None


def test_forgets_who_has_not_come_back_for_long(world: World) -> None:
    _arrive_linked(world)
    assert _ask_after(world, days=30, minutes=3) is None
    assert "MP204819" not in world.text


def test_forgets_at_once_where_the_policy_says_so(world: World) -> None:
    strict = world.services.policy.verification.model_copy(update={"linked_days": 0})
    world.services.policy = world.services.policy.model_copy(update={"verification": strict})
    _arrive_linked(world)
    assert _ask_after(world, minutes=4) is None


def test_forgets_who_signed_out(world: World) -> None:
    _arrive_linked(world)
    with world.services.store.write() as connection:
        end_verification(connection, "wa-1")
    assert _ask_after(world, hours=1) is None


def test_knows_a_week_later_who_went_on_from_the_website(world: World) -> None:
    _arrive_linked(world)
    assert _ask_after(world, days=7) == "camille"
    assert "MP204819" in world.text
    assert _ask_after(world, days=29) == "camille"  # counted from when they last came
