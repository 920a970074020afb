"""Who comes from the website by a link of ours goes on: the second one is the second one, the basket the basket."""

from dataclasses import replace
from urllib.parse import unquote

import pytest

from actions.basket import ActionViewCart
from actions.cart import ActionAddToCart
from actions.orders import ActionTrackOrder
from actions.search import ActionSearchProducts
from actions.smalltalk import ActionGreet
from bot.channels.continuing import CONTINUED, make_continue_url, take_up
from bot.profile.conversations import get_conversation, open_conversation
from bot.profile.state import OpenQuestion, Shown, write_state
from bot.service.questions import pose
from bot.settings import Settings
from tests.actions.conftest import SALT, World

SHOWN = (Shown("p-1", "Navy jumper"), Shown("p-2", "Linen shirt"))
SETTINGS = Settings(
    session_secret="s" * 32, holdout_salt=SALT, whatsapp_phone_number_id="1", whatsapp_number="+33198765432",
    messenger_page_id="777",
)


def _go_on(world: World, channel: str) -> None:
    """From the website's conversation to the other channel's."""
    with world.services.store.write() as connection:
        web = get_conversation(connection, "s-1")
        assert web
        arrived = open_conversation(connection, channel, f"{channel}-9001", now=world.now, salt=SALT, sender_id=channel)
        url = make_continue_url(connection, SETTINGS, web, channel, world.now)
        assert take_up(connection, SETTINGS, arrived, unquote(url), world.now).payload == CONTINUED
    world.sender_id = channel


def _ask(world: World, question: OpenQuestion) -> None:
    world.do(ActionGreet, "hello")
    world.set_question(question)


@pytest.mark.parametrize(("language", "begins"), [("en", "We go on here"), ("fr", "Nous reprenons ici")])
def test_says_what_goes_on(world: World, language: str, begins: str) -> None:
    world.language = language
    world.arrive()
    with world.services.store.write() as connection:
        write_state(connection, world.customer_id, replace(world.state, last_shown=SHOWN), world.now)
    world.do(ActionGreet, CONTINUED, option="continued")
    assert world.text.startswith(begins)
    assert "1. Navy jumper, 2. Linen shirt" in world.text


def test_asks_again_what_was_open(world: World) -> None:
    world.arrive()
    _ask(world, pose(asked_by="request:edit_account", expects="phone", sentence="What is your new phone number?",
                     now=world.now))
    _go_on(world, "messenger")
    world.do(ActionGreet, CONTINUED, option="continued")
    assert "What is your new phone number?" in world.text


@pytest.mark.parametrize(("linked_days", "waits_days"), [(0, 0), (30, 31)])
def test_shows_no_order_where_the_proof_is_over(world: World, linked_days: int, waits_days: int) -> None:
    rules = world.services.policy.verification.model_copy(update={"linked_days": linked_days})
    world.services.policy = world.services.policy.model_copy(update={"verification": rules})
    world.sign_in("camille", minutes=4)
    _go_on(world, "messenger")
    world.wait(minutes=5, days=waits_days)
    world.do(ActionTrackOrder, "where is my order?")
    assert "MP204819" not in world.text


def test_shows_the_order_days_later_to_who_went_on_signed_in(world: World) -> None:
    world.sign_in("camille", minutes=4)
    _go_on(world, "messenger")
    world.wait(days=9)
    world.do(ActionTrackOrder, "where is my order?")
    assert "MP204819" in world.text


def test_shows_the_order_while_the_proof_lasts(world: World) -> None:
    world.sign_in("camille", minutes=4)
    _go_on(world, "messenger")
    world.do(ActionTrackOrder, "where is my order?")
    assert "MP204819" in world.text


@pytest.mark.parametrize("ref", ["", "camille"])
def test_the_second_one_is_the_second_one_on_every_channel(world: World, ref: str) -> None:
    if ref:
        world.sign_in(ref)
    else:
        world.arrive()
    world.do(ActionSearchProducts, "navy coats in M")
    first, second = world.state.last_shown[:2]
    world.do(ActionAddToCart, "the first one")
    world.page = {}
    _go_on(world, "whatsapp")
    world.do(ActionAddToCart, "add the second one")
    assert second.title in world.text
    world.sender_id = "s-1"
    _go_on(world, "messenger")
    world.do(ActionViewCart, "my basket")
    assert first.title in world.text
    assert second.title in world.text
