"""Invoices: for an order's owner alone, when there is one; else when there will be."""

import pytest

from actions.answer import ActionHearCustomer
from actions.payment import ActionGetInvoice
from bot.service.invoices import read_link


def _link(world) -> str:
    urls = [each.url for message in world.said for each in message.quick_replies if each.url]
    return urls[0] if urls else ""


def _opens(world) -> str:
    token = _link(world).rpartition("/")[2]
    return str(read_link(world.services.settings, token, world.now)[0])


def _orders(world, ref: str):
    return world.shop.list_orders(ref).items


def test_gives_nothing_to_somebody_unverified(world) -> None:
    order = _orders(world, "camille")[0]
    world.arrive()
    for typed in ("I need an invoice", f'/get_invoice{{"order_number": "{order.number}"}}'):
        world.do(ActionGetInvoice, typed, order_number=order.number)
        assert not _link(world) and "e-mail" in world.text


def test_gives_nothing_of_somebody_elses_order_and_says_the_same_as_of_none(world) -> None:
    other = _orders(world, "camille")[0].number
    world.sign_in("hugo")
    said = []
    for number in (other, "MP999999"):
        world.do(ActionGetInvoice, f"invoice of {number}", order_number=number)
        assert not _link(world)
        said.append(world.text.replace(number, "N"))
    assert said[0] == said[1] and "find no order" in said[0]


def test_gives_nothing_once_the_proof_has_run_out(world) -> None:
    world.sign_in("camille", minutes=5)
    world.do(ActionGetInvoice, "invoice please")
    number = _orders(world, "camille")[0].number
    world.wait(minutes=6)
    world.answer(option=number)
    assert not _link(world)


def test_says_when_there_will_be_one(world) -> None:
    world.sign_in("lucie")
    order = next(each for each in _orders(world, "lucie") if each.fulfilment_status == "none")
    world.do(ActionGetInvoice, "", order_number=order.number)
    assert not _link(world) and world.services.policy.payment.invoice.en in world.text


@pytest.mark.parametrize(("language", "asked"), [("en", "I need an invoice"), ("fr", "je voudrais ma facture")])
def test_asks_which_order_then_gives_its_link(world, language: str, asked: str) -> None:
    world.language = language
    world.sign_in("camille")
    world.do(ActionGetInvoice, asked)
    assert not _link(world) and ("which order" in world.text or "quelle commande" in world.text)
    order = _orders(world, "camille")[1]
    world.answer(option=order.number)
    invoice = world.shop.get_invoice(order.ref)
    assert _opens(world) == order.ref and invoice.number in world.text and "15" in world.text


def test_takes_no_option_that_was_not_offered(world) -> None:
    world.sign_in("hugo")
    world.do(ActionGetInvoice, "I need an invoice")
    other = _orders(world, "camille")[0].number
    world.answer(f'/affirm{{"option": "{other}"}}', option=other)
    assert not _link(world) and other not in world.text


@pytest.mark.parametrize(
    "said",
    ["the receipt for order {number} please", "facture de la commande {number}", "/get_invoice"],
)
def test_gives_the_one_that_is_named(world, said: str) -> None:
    world.sign_in("camille")
    order = _orders(world, "camille")[2]
    world.do(ActionGetInvoice, said.format(number=order.number), order_number=order.number)
    assert _opens(world) == order.ref


def test_knows_an_order_by_what_is_in_it_and_the_latest_one(world) -> None:
    world.sign_in("camille")
    orders = _orders(world, "camille")
    world.do(ActionHearCustomer, "please email me the invoice of my last purchase", intent="get_invoice")
    assert _opens(world) == orders[0].ref
    world.do(ActionHearCustomer, "can you give me the invoice for the order with the jean", intent="get_invoice")
    assert _opens(world) == orders[1].ref
    delivered = next(each for each in orders if each.fulfilment_status == "delivered")
    world.do(ActionHearCustomer, "la facture de ma dernière commande livrée", intent="get_invoice")
    assert _opens(world) == delivered.ref


def test_hears_invoices_of_all_orders_as_invoices(world) -> None:
    world.sign_in("camille")
    world.do(ActionHearCustomer, "give me all the invoices of my orders please", intent="get_invoice")
    assert "For which order do you need the invoice?" in world.text


def test_gives_a_guest_theirs_after_the_code(world) -> None:
    placed = world.place_order("", email="guest@example.com")
    world.shop.merchant.create_shipment(placed.ref)
    world.arrive()
    world.do(ActionGetInvoice, "I need my invoice")
    world.answer(placed.number)
    world.answer("guest@example.com")
    assert not _link(world)
    world.answer(world.last_code())
    assert _opens(world) == placed.ref
    world.do(ActionGetInvoice, "", order_number=_orders(world, "camille")[0].number)
    assert not _link(world)


def test_leaves_it_to_people_where_the_shop_does(make_world, tau_policy) -> None:
    world = make_world(policy=tau_policy)
    world.sign_in("camille")
    world.do(ActionGetInvoice, "I need an invoice")
    assert world.services.policy.payment.invoice.en in world.text and "/invoices/" not in world.text
