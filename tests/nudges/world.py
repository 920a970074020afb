"""A small shop, a few persons, a clock that tests move, and senders that remember what left."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import numpy as np
import sqlalchemy as sa

from bot.channels.calls import OneByOne
from bot.channels.outbox import OutboxRow
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Address,
    Cart,
    CartRef,
    CustomerRef,
    Location,
    LocationRef,
    Offer,
    Order,
    OrderRef,
    Shipment,
    VariantRef,
)
from bot.content.offers import ToldOffer
from bot.content.pictures import PictureShelf
from bot.decision.guardrails import Caps, Guardrails
from bot.decision.quiet_hours import QuietHours
from bot.decision.triggers import Trigger, load_triggers
from bot.decision.waits import run_triggers
from bot.errors import NotFound
from bot.nudges.dispatch import dispatch_once
from bot.nudges.schedule import decide_due
from bot.profile.candidate_sets import decision_columns
from bot.profile.consent import record_consent
from bot.profile.conversations import open_conversation, verify_conversation
from bot.profile.customers import resolve_identity
from bot.profile.events import Event, append_events
from bot.profile.identities import link_identity
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, customers, decisions, outbox, traits, waits
from bot.recommend.recommender import Recommender
from bot.service.policy import load_policy
from bot.settings import Settings
from tests.fakes.shop import LYON, PARIS, FakeShop, make_product

SALT = "a salt of sixteen"
TRIGGERS = Path(__file__).parents[2] / "data" / "shops" / "demo" / "triggers.toml"
STRICT = Guardrails(
    caps={"marketing": Caps(per_day=2, per_week=3)},
    quiet_hours={"marketing": QuietHours(time(21), time(8))},
    quiet_channels={},
    nudge_question_seconds=300,
    in_conversation_seconds=10,
    retry_seconds=5,
)


class Shop(FakeShop):
    """The fake shop with what nudges ask besides: one order, stores, promotions."""

    offers: tuple[Offer, ...] = ()

    def get_order(self, ref: OrderRef) -> Order:
        for order in (each for orders in self.orders.values() for each in orders):
            if order.ref == ref:
                return order
        raise NotFound(ref)

    def list_pickup_locations(self) -> list[Location]:
        address = Address("1 rue", "Paris", "75004", "FR")
        return [Location(PARIS, "Paris Marais", address), Location(LYON, "Lyon Bellecour", address)]

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        return list(self.offers)


class Sent(OneByOne, list[OutboxRow]):
    """A vendor that takes everything, unless a test gives it a behaviour."""

    behaviour: Callable[[OutboxRow], None] | None = None

    def send(self, row: OutboxRow) -> str:
        if self.behaviour:
            self.behaviour(row)
        self.append(row)
        return f"vendor-{row.outbox_id}"

    @property
    def texts(self) -> list[str]:
        return [row.payload.text for row in self]


@dataclass
class World:
    """Fits `NudgeServices`; its clock stands until a test moves it."""

    store: Store
    now: datetime
    commerce: Any = None
    guardrails: Guardrails = STRICT
    triggers: tuple[Trigger, ...] = ()
    settings: Settings = field(default_factory=lambda: Settings(holdout_salt=SALT))
    offers: tuple[ToldOffer, ...] = ()
    sent: Sent = field(default_factory=Sent)
    opened: list[Store] = field(default_factory=list)  # of other workers, to be closed with the test
    numbers: Any = field(default_factory=count)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def __post_init__(self) -> None:
        self.commerce = self.commerce or make_shop(self.now)
        # Behind every order waits `order_unshipped`: it has tests of its own.
        self.triggers = self.triggers or tuple(each for each in load_triggers(TRIGGERS) if each.kind != "unshipped")
        self.recommender = Recommender(self.store, cast(CommerceEngine, self.commerce))
        self.policy = load_policy(TRIGGERS.with_name("policy.toml"))
        self.pictures = PictureShelf(self.store)

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def person(
        self, ref: str = "", *, allows: tuple[str, ...] = ("web", "email", "sms"), purposes: tuple[str, ...] =
        ("marketing", "service"), timezone: str = "", is_holdout: bool = False, email: str = "", phone: str = "",
        has_widget: bool = True,
    ) -> str:
        """A customer with a widget open, who allowed nudges on the channels; signed in when `ref` is given."""
        number = next(self.numbers)
        with self.store.write() as connection:
            if has_widget:
                talk = open_conversation(connection, "web", f"anonymous-{number}", now=self.now, salt=SALT)
                person = talk.customer_id
                if timezone:
                    mine = conversations.c.sender_id == talk.sender_id
                    connection.execute(sa.update(conversations).where(mine).values(timezone=timezone))
            else:
                person = resolve_identity(
                    connection, "customer_id", ref, source="shop", is_verified=True, now=self.now, salt=SALT
                )
            dealt = sa.update(customers).where(customers.c.customer_id == person)
            connection.execute(dealt.values(is_holdout=is_holdout))
            for purpose in purposes:
                for channel in allows:
                    record_consent(connection, person, purpose=purpose, channel=channel, state="granted",
                                   source="test", wording="", now=self.now)
        if ref and has_widget:
            person = self.sign_in(person, ref, email=email, phone=phone, is_holdout=is_holdout)
        elif email or phone:
            self.prove(person, email=email, phone=phone)
        return person

    def prove(self, person: str, *, email: str = "", phone: str = "") -> None:
        with self.store.write() as connection:
            for kind, value in (("email", email), ("phone", phone)):
                if value:
                    link_identity(connection, person, kind, value, source="shop", now=self.now)

    def sign_in(
        self, person: str, ref: str, *, email: str = "", phone: str = "", is_holdout: bool | None = None
    ) -> str:
        with self.store.write() as connection:
            sender = connection.scalar(
                sa.select(conversations.c.sender_id).where(conversations.c.customer_id == person)
            )
            talk = verify_conversation(
                connection, str(sender), customer_ref=ref, by="token", until=self.now + timedelta(hours=8),
                now=self.now, salt=SALT, email=email, phone=phone,
            )
            if is_holdout is not None:
                connection.execute(sa.update(customers).values(is_holdout=is_holdout).where(
                    customers.c.root_id == talk.customer_id))
            return talk.customer_id

    def zone(self, person: str, timezone: str) -> None:
        with self.store.write() as connection:
            connection.execute(sa.insert(traits).values(
                customer_id=person, name="timezone", silo="crm", value=timezone, set_at=self.now))

    def happens(self, person: str, name: str, /, silo: str = "web", **properties: Any) -> None:
        with self.store.write() as connection:
            append_events(connection, [Event(
                message_id=f"event-{next(self.numbers)}", customer_id=person, silo=silo, type="track", name=name,
                properties=properties, occurred_at=self.now, received_at=self.now,
            )])

    def adds(self, person: str, variant: str, ref: str | None = None) -> Cart:
        """Put a piece into the person's basket, and let the page tell of it."""
        cart = self.commerce.open_cart(CustomerRef(ref) if ref else None, idempotency_key=person)
        cart = self.commerce.set_line(cart.ref, VariantRef(variant), 1)
        self.happens(person, "Product Added", cart_id=cart.ref, product_id=variant.split("-")[0], variant_id=variant)
        return cart

    def decide(self) -> None:
        run_triggers(self, self.now)
        decide_due(self, self.now, self.rng)

    def dispatch(self) -> list[str]:
        before = len(self.sent)
        dispatch_once(self, self.sent)
        return self.sent.texts[before:]

    def passes(self, seconds: float = 20) -> list[str]:
        """Read events, wait, decide, dispatch: what left."""
        run_triggers(self, self.now)
        self.later(seconds)
        self.decide()
        return self.dispatch()

    def rows(self) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(sa.select(outbox).order_by(outbox.c.outbox_id)))

    def states(self) -> list[tuple[str, str]]:
        return [(row.state, row.reason) for row in self.rows()]

    def decided(self) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(sa.select(*decision_columns()).order_by(decisions.c.decision_id)))

    def waiting(self) -> list[str]:
        with self.store.read() as connection:
            return list(connection.scalars(sa.select(waits.c.state).order_by(waits.c.wait_id)))

    def held(self, channel: str = "web") -> list[str]:
        """Why the last decision kept a channel at home."""
        last = self.decided()[-1]
        return [word for each in last.candidates if each["name"].startswith(channel) for word in each["held"]]

    def delay(self, ref: str) -> Order:
        """An order of the customer whose parcel is late."""
        order = self.commerce.sell(ref, "coat-navy-M", self.now - timedelta(days=4), status="processing")
        parcel = Shipment(
            id="s1", carrier_name="Colissimo", state="delayed", eta=self.now + timedelta(days=2),
            original_eta=self.now - timedelta(days=1),
        )
        order = replace(order, shipments=(parcel,), fulfilment_status="shipped", email="order@example.org")
        self.commerce.orders[ref] = [order]
        return order

    def lose_pickup(self, ref: str) -> Order:
        """An order reserved in the Paris store whose coat is gone."""
        order = self.commerce.sell(ref, "coat-navy-M", self.now - timedelta(days=1), status="confirmed")
        parcel = Shipment(id="p1", carrier_name="", state="exception", pickup_location_ref=PARIS)
        order = replace(order, shipments=(parcel,), fulfilment_status="ready_for_pickup", delivery_kind="pickup",
                        pickup_location_ref=LocationRef(PARIS), email="order@example.org")
        self.commerce.orders[ref] = [order]
        return order

    def promote(self) -> None:
        ends_at = self.now + timedelta(days=5)
        self.commerce.offers = tuple(
            Offer(step.offer, f"campaign:{trigger.name}", {"fr": "L’offre", "en": "The offer"}, ends_at)
            for trigger in self.triggers for step in trigger.steps
        )

    def get_cart(self, ref: str) -> Cart:
        return cast(Cart, self.commerce.get_cart(CartRef(ref)))


def make_shop(now: datetime) -> Shop:
    """Coats, scarves and a bag, five pieces of each."""
    return Shop(now=now, products=[
        make_product("coat", "coat", colours=("navy", "red"), name="Éole coat", nom="Manteau Éole"),
        make_product("parka", "coat", colours=("black",), name="Bruine parka", price_minor=4_000),
        make_product("scarf", "scarf", colours=("red", "black", "navy"), sizes=("one size",), name="Brise scarf"),
        make_product("bag", "bag", colours=("camel",), sizes=("one size",), name="Halte bag"),
    ])
