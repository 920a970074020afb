"""Stories 5, 7 and 8 over the demo shop itself: its engine, its catalogue, its customers, its files."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed
from bot.commerce.types import CustomerRef, VariantRef
from bot.decision.demo_consents import seed_consents
from bot.decision.guardrails import load_guardrails
from bot.intake.shop_changes import pull_changes
from bot.intake.sightings import note_looks
from bot.nudges.campaign import launch_campaign
from bot.nudges.withdraw import accept_offer
from bot.profile.conversations import open_conversation
from bot.profile.customers import find_customer
from bot.profile.state import read_state
from bot.profile.store.engine import Store
from bot.texts.catalogue import format_money
from tests.nudges.world import SALT, World

DEMO = Path(__file__).parents[2] / "data" / "shops" / "demo"


@dataclass
class Demo:
    """The world with the demo shop behind it."""

    world: World
    engine: DemoEngine

    def signed_in(self, ref: str) -> str:
        """The customer with the widget open, signed in, since before the test began."""
        with self.world.store.write() as connection:
            talk = open_conversation(connection, "web", f"browser-{ref}", now=self.world.now, salt=SALT)
        customer = self.engine.get_customer(CustomerRef(ref))
        return self.world.sign_in(talk.customer_id, ref, email=customer.email, phone=customer.phone)

    def pull(self) -> None:
        """Hear what the shop's change log says."""
        pull_changes(self.world.store, self.engine, self.world.clock, salt=SALT)


@pytest.fixture
def demo(store: Store, now: datetime, tmp_path: Path) -> Iterator[Demo]:
    clocks: list[World] = []
    url = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    engine = DemoEngine(url, public_url="http://shop.example", clock=lambda: clocks[0].now if clocks else now)
    seed(engine, DEMO, now)
    world = World(store, now, commerce=engine, guardrails=load_guardrails(DEMO / "guardrails.toml"))
    clocks.append(world)
    seed_consents(store, DEMO, now=now, salt=SALT)
    pulled = Demo(world, engine)
    pulled.pull()
    world.passes(0)
    world.sent.clear()
    yield pulled


def test_proposes_what_goes_with_the_basket_to_camille(demo: Demo) -> None:
    person = demo.signed_in("camille")
    products = demo.engine.search_products("", filters={"product_type": "coat", "in_stock": True}, limit=50).items
    variants = itertools.chain.from_iterable(each.variants for each in products)
    variant = next(each for each in variants if demo.engine.get_availability([each.ref])[0].is_sellable_online)
    cart = demo.engine.open_cart(CustomerRef("camille"), idempotency_key="1")
    demo.engine.set_line(cart.ref, variant.ref, 1)
    demo.world.happens(person, "Product Added", cart_id=cart.ref, product_id=variant.product_ref, variant=variant.ref)
    (text,) = demo.world.passes()
    with demo.world.store.read() as connection:
        question = read_state(connection, person).open_question
    assert text.startswith("Votre panier vous attend")
    assert "Je l’ajoute à votre panier" in text
    assert question is not None
    after = demo.engine.set_line(cart.ref, VariantRef(question.context["variant_ref"]), 1)
    assert len(after.lines) == 2
    assert demo.world.sent[0].payload.cards[0].note


def test_tells_of_a_delay_before_it_is_asked(demo: Demo) -> None:
    demo.signed_in("camille")
    order = next(
        each for each in demo.engine.list_orders(CustomerRef("camille")).items
        if each.shipments and each.shipments[0].state not in ("delivered", "cancelled")
    )
    demo.world.later(4_000)
    demo.engine.merchant.delay_shipment(order.ref)
    demo.pull()
    (text,) = demo.world.passes(0)
    assert order.number in text
    assert "retard" in text


def test_tells_of_a_parcel_that_nobody_speaks_of_any_more(demo: Demo) -> None:
    demo.signed_in("camille")
    order = next(
        each for each in demo.engine.list_orders(CustomerRef("camille")).items
        if each.shipments and each.shipments[0].state not in ("delivered", "cancelled")
    )
    demo.engine.merchant.add_shipment_event(order.ref, "in_transit")
    demo.pull()
    assert not [text for text in demo.world.passes(0) if "ne dit plus rien" in text]
    demo.world.later(73 * 3600)
    texts = [text for text in demo.world.passes(0) if "ne dit plus rien" in text]
    assert len(texts) == 1 and order.number in texts[0]


def test_offers_ways_out_before_the_customer_travels(demo: Demo) -> None:
    people = [str(each["ref"]) for each in demo.engine.list_demo_customers()]
    reserved = [
        (ref, order) for ref in people for order in demo.engine.list_orders(CustomerRef(ref)).items
        if order.delivery_kind == "pickup" and order.fulfilment_status == "ready_for_pickup"
    ]
    ref, order = reserved[0]
    demo.signed_in(ref)
    demo.engine.merchant.lose_reserved_item(order.ref)
    demo.pull()
    texts = demo.world.passes(0)
    assert len(texts) == 1, demo.world.decided()[-1].candidates
    keys = [reply.payload for reply in demo.world.sent[0].payload.quick_replies]
    assert '/affirm{"option": "refund"}' in keys
    assert len(keys) >= 2


def test_takes_back_the_text_message_when_the_offer_by_mail_is_taken(demo: Demo) -> None:
    launch = launch_campaign(demo.world, "winter_offers", demo.world.now)
    assert launch.planned["MAILLE15"] >= 1
    assert launch.planned["LIVRAISON"] >= 1
    demo.world.dispatch()
    with demo.world.store.read() as connection:
        camille = find_customer(connection, "customer_id", "camille")
    assert camille is not None
    assert accept_offer(demo.world, camille, "offer:MAILLE15") == 1
    demo.world.later(180)
    demo.world.dispatch()
    sms = [row for row in demo.world.rows() if row.channel == "sms" and row.customer_id == camille]
    assert [(row.state, row.reason) for row in sms] == [("withdrawn", "offer_accepted")]


def test_tells_of_a_lower_price_and_of_a_size_that_is_back(demo: Demo) -> None:
    person = demo.signed_in("camille")
    world, engine = demo.world, demo.engine
    note_looks(world.store, engine, world.clock)
    product = engine.search_products("", filters={"product_type": "coat", "in_stock": True}, limit=1).items[0]
    variant = next(each for each in product.variants if engine.get_availability([each.ref])[0].is_sellable_online)
    world.happens(person, "Product Viewed", product_id=product.ref, variant=variant.ref, price=1.0)
    note_looks(world.store, engine, world.clock)
    world.later(86_400)
    engine.merchant.set_price(variant.ref, variant.price_minor - 2_000)
    demo.pull()
    (cheaper,) = world.passes(300)
    assert format_money("fr", variant.price_minor, "EUR") in cheaper and "quand vous l’avez regardé" in cheaper
    assert format_money("fr", variant.price_minor - 2_000, "EUR") in cheaper

    world.later(86_400)
    for pieces in (0, 4):
        engine.merchant.set_stock(variant.ref, "web", pieces)
        demo.pull()
    (back,) = world.passes(60)
    assert "De retour en" in back
