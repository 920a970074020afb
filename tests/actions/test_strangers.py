"""Promise 5, tried to be broken: nothing of an order or account is shown to, or changed by, whoever did not prove it.

Camille is who is spied on. Nothing that only she may know stands in any reply; her account and her orders stay as
they are; and what is said is the same whether what was asked for exists or not.
"""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion, ActionHearCustomer, _load_actions
from actions.base import read_turn
from actions.orders import ActionTrackOrder, reader_of
from actions.own_orders import facts_of
from actions.smalltalk import ActionThank
from bot.commerce.read_once import TurnGate
from bot.commerce.types import Payment
from bot.profile.conversations import end_verification
from bot.profile.store.tables import audit
from bot.service.aftersales import Draft, methods_for, name_method

NOBODY = "MP999999"
WISHES: dict[str, tuple[str, ...]] = {
    "track_order": ("where is order {number}", "où est ma commande {number}", "track {parcel}"),
    "cancel_order": ("cancel order {number}", "annulez {number}, je n'en ai plus besoin"),
    "change_order": ("change the size in order {number} to L",),
    "change_shipping_address": (
        "send order {number} to 1 rue du Vol, 33000 Bordeaux", "leave order {number} with my neighbour Mr Thief",
        "can order {number} come another day", "livrez {number} en point relais",
    ),
    "report_delivery_problem": ("order {number} never came", "{number} est arrivée cassée"),
    "delivery_period": ("when does {number} arrive",),
    "return_item": ("return everything from order {number}",),
    "exchange_item": ("exchange the coat from {number} for a bigger one",),
    "get_refund": ("I want my money back for {number}",),
    "track_refund": ("where is the refund for {number}",),
    "get_invoice": ("invoice for {number}", "la facture de {number}"),
    "payment_issue": ("my payment for {number} failed",),
    "edit_account": (
        "change the e-mail of {email} to thief@example.org", "what is my e-mail address?",
        "mon numéro est le 06 99 99 99 99",
    ),
    "set_up_shipping_address": (
        "show me my addresses", "make the Roscoff one my default", "remove the address in Roscoff",
        "add 1 rue du Vol, 33000 Bordeaux but keep the default",
    ),
    "newsletter_subscription": ("sign me up for the newsletter", "unsubscribe {email} from the newsletter"),
    "store_pickup": ("is something ready for me to collect?",),
    "view_cart": ("what is in my basket",),
    "add_usual": ("my usual please",),
    "contact_human_agent": ("a person please, about order {number}",),
    "stop_messages": ("stop all messages to {email}",),
}
FOLLOW_UPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("yes", "affirm", {}),
    ("{number}", "", {"order_number": "{number}"}),
    ("{address}", "affirm", {"option": "{address}"}),
    ("123456", "", {}),
    ("again", "affirm", {"option": "again"}),
    ("75011", "", {"postcode": "75011"}),
)


def _secrets(world) -> list[str]:
    """What only Camille may know, her order numbers apart: those a thief has found somewhere."""
    customer = world.shop.get_customer("camille")
    orders = world.shop.list_orders("camille").items
    return [
        customer.last_name, customer.phone[-6:], *(each.line1 for each in customer.addresses), "Roscoff", "4242",
        *(line.title for order in orders for line in order.lines),
        *(parcel.tracking_number for order in orders for parcel in order.shipments), "/invoices/",
    ]


def _names(world, number: str, email: str) -> dict[str, str]:
    """What a sentence may name."""
    customer = world.shop.get_customer("camille")
    orders = world.shop.list_orders("camille").items
    parcel = next(each.shipments[0].tracking_number for each in orders if each.shipments)
    return {"number": number, "email": email, "address": customer.addresses[1].id,
            "parcel": parcel if number != NOBODY else "XX0000000000FR"}


def _fill(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _books(world) -> tuple[Any, ...]:
    customer = world.shop.get_customer("camille")
    orders = [world.shop.get_order(each.ref) for each in world.shop.list_orders("camille").items]
    with world.services.store.read() as connection:
        changes = connection.scalar(
            sa.select(sa.func.count()).select_from(audit).where(~audit.c.action.like("newsletter%"))
        )
    return customer, orders, world.shop.list_payment_methods("camille"), changes


def _try_everything(world, intent: str, number: str, email: str) -> list[str]:
    """Each wish by typing and by raw buttons, each followed by every sort of answer; all that was said."""
    said: list[str] = []
    action, names = _load_actions()[intent], _names(world, number, email)
    for sentence in WISHES[intent]:
        text = _fill(sentence, names)
        named = {"order_number": number} if "{number}" in sentence else {}
        for first, how in ((action, text), (ActionHearCustomer, text)):
            world.do(first, how, intent=intent, **named)
            said.append(world.text)
            said += _answer_everything(world, names)
    for entities in (
        {"order_number": number}, {"order_number": number, "option": "delivery"}, {"option": "remove"},
        {"option": "default"}, {"option": names["address"]}, {"option": "email", "email": "thief@example.org"},
    ):
        world.do(action, f"/{intent}{json.dumps(entities)}", intent=intent, **entities)
        said.append(world.text)
        said += _answer_everything(world, names)
    return said


def _answer_everything(world, names: dict[str, str]) -> list[str]:
    said = []
    for text, intent, entities in FOLLOW_UPS:
        filled = {name: _fill(value, names) for name, value in entities.items()}
        typed = f"/affirm{json.dumps(filled)}" if filled.get("option") else _fill(text, names)
        world.answer(typed, intent=intent, **filled)
        said.append(world.text)
    world.do(ActionThank, "thanks")
    said.append(world.text)
    world.answer("laisse tomber", intent="deny")
    return said


def _plain(said: list[str], number: str, email: str) -> list[str]:
    """What was said, without what was typed and what differs by chance."""
    return [re.sub(r"[A-Z]-?[0-9A-F]{6,}", "REF", each.replace(number, "N").replace(email, "E")) for each in said]


@pytest.fixture
def generous(make_world):
    """A shop that lets one try often: what is kept from strangers does not hang on the limits."""
    world = make_world()
    policy = world.services.policy
    often = policy.verification.model_copy(update={"codes_per_hour": 1_000_000, "lookups_per_hour": 1_000_000})
    world.services.policy = policy.model_copy(update={"verification": often})
    return world


@pytest.mark.parametrize("who", ["stranger", "other", "lapsed"])
@pytest.mark.parametrize("intent", sorted(WISHES))
def test_shows_and_changes_nothing_and_says_the_same_of_what_is_not_there(generous, intent: str, who: str) -> None:
    world = generous
    number, email = world.open_order("camille").number, "camille.laurier@example.com"
    before, secrets = _books(world), _secrets(world)
    told = []
    for sender, (asked, address) in enumerate(((number, email), (NOBODY, "nobody.laurent@example.com"))):
        if who == "stranger":
            world.arrive(f"s-{sender}")
        elif who == "other":
            world.sign_in("tom", f"s-{sender}", minutes=1_000)
        else:
            world.sign_in("lucie", f"s-{sender}", minutes=5)
            world.wait(minutes=6)
        told.append(_plain(_try_everything(world, intent, asked, address), asked, address))
    everything = "\n".join(each for said in told for each in said)
    assert [each for each in secrets if each and each in everything] == []
    assert _books(world)[:3] == before[:3]
    if who == "stranger":
        assert told[0] == told[1]


@pytest.mark.parametrize("end", ["lapse", "sign out"])
@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ("edit_account", "my new e-mail is camille.nouvelle@example.org"),
        ("edit_account", "my new phone number is 06 12 34 56 78"),
        ("set_up_shipping_address", "remove the Roscoff address"),
        ("change_shipping_address", "leave it with my neighbour Mrs Lopez"),
        ("cancel_order", "please cancel my order"),
        ("newsletter_subscription", "sign me up for the newsletter"),
        ("get_invoice", "I need an invoice"),
    ],
)
def test_whoever_sits_down_afterwards_gets_nothing_of_the_question(world, intent: str, said: str, end: str) -> None:
    world.sign_in("camille", minutes=5)
    if intent == "cancel_order":
        world.place_order("camille")
    world.do(ActionHearCustomer, said, intent=intent)
    assert world.state.open_question
    before = _books(world)
    if end == "lapse":
        world.wait(minutes=6)
    else:
        with world.services.store.write() as connection:
            end_verification(connection, world.sender_id)
    secrets = [*_secrets(world), "camille.nouvelle", "6 12 34 56 78", "Lopez", world.open_order("camille").number]
    for text, how in (
        ("thanks", "thank"), ("hmm what was that", ""), ("the first one", ""), ("yes", "affirm"), ("again", "affirm"),
        ("no", "deny"),
    ):
        if how == "thank":
            world.do(ActionThank, text)
        else:
            world.answer(text, intent=how)
        assert [each for each in secrets if each in world.text] == []
    assert _books(world)[:3] == before[:3] and not world.mail()


def test_an_open_question_is_answered_in_no_other_conversation(world) -> None:
    world.sign_in("camille", "s-1")
    world.do(ActionHearCustomer, "remove the Roscoff address", intent="set_up_shipping_address")
    before = _books(world)
    world.arrive("s-2")
    for text in ("yes", "/affirm"):
        world.answer(text, intent="affirm")
        assert "no open question" in world.text
    assert _books(world) == before


def test_a_proved_order_opens_nothing_of_the_account_it_belongs_to(world) -> None:
    """The order's e-mail is another one than the account's: a code to it proves the order, and not the account."""
    placed = world.place_order("camille", email="office@example.org")
    before = world.shop.get_customer("camille")
    world.arrive()
    world.do(ActionTrackOrder, "where is my order")
    world.answer(placed.number)
    world.answer("office@example.org")
    world.answer(world.last_code())
    assert placed.number in world.text
    others = [each for each in world.shop.list_orders("camille").items if each.number != placed.number]
    secrets = ["4242", "Roscoff", "camille.laurier", before.phone[-6:], *(each.lines[0].title for each in others)]
    number = next(each.number for each in world.shop.list_orders("camille").items if each.number != placed.number)
    for intent, sentences in WISHES.items():
        for sentence in sentences:
            text = _fill(sentence, _names(world, number, "camille.laurier@example.com"))
            world.do(_load_actions()[intent], text, intent=intent, order_number=number)
            told = world.text.replace("camille.laurier@example.com", "")
            assert [each for each in secrets if each in told] == [], (intent, text)
            world.answer("laisse tomber", intent="deny")
    world.do(_load_actions()["change_shipping_address"], "change my default address to 1 rue du Vol, 33000 Bordeaux")
    world.answer("yes", intent="affirm")
    assert world.shop.get_customer("camille") == before


def test_a_code_for_one_change_agrees_to_no_other(world) -> None:
    world.sign_in("camille")
    world.do(ActionHearCustomer, "remove the Roscoff address", intent="set_up_shipping_address")
    world.answer("yes", intent="affirm")
    code = world.last_code()
    world.do(ActionHearCustomer, "make the Roscoff one my default", intent="set_up_shipping_address")
    world.answer("yes", intent="affirm")
    world.answer(code if code != world.last_code() else "000000")
    assert world.shop.get_customer("camille").addresses[0].line1 == "18 rue des Glycines"


def test_an_old_code_does_not_serve_twice(world) -> None:
    world.sign_in("camille")
    world.do(ActionHearCustomer, "make the Roscoff one my default", intent="set_up_shipping_address")
    world.answer("yes", intent="affirm")
    before, code = world.state, world.last_code()
    world.answer(code)
    version = world.shop.get_customer("camille").version
    world.set_question(before.open_question, request=before.request)
    world.do(ActionAnswerOpenQuestion, code, intent="")
    assert world.shop.get_customer("camille").version == version


def test_a_proved_order_lists_no_means_of_payment_of_the_account(world) -> None:
    placed = world.place_order("camille", email="office@example.org")
    world.sign_in("camille", "s-1")
    assert [each.id for each in facts_of(_turn(world), placed).methods] == ["card-camille"]
    world.arrive("s-2")
    facts = facts_of(_turn(world), replace(placed, payments=(Payment("payment", "card-camille", 100),)))
    assert facts.methods == ()
    (first,) = methods_for(Draft("return"), facts)
    assert "camille" not in name_method(first, reader_of(_turn(world)), "EUR")


def _turn(world):
    return read_turn(world.services, world.tracker({"text": "", "metadata": {"message_id": "m"}}, "en"), TurnGate())
