"""A number that WhatsApp has verified proves whose account it is where the policy says so, and nothing else does."""

import pytest

from actions.orders import ActionTrackOrder
from bot.commerce.types import CustomerRef
from bot.errors import Unavailable
from bot.profile.conversations import get_conversation, open_conversation
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
