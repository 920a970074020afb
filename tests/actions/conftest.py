"""A customer before the action server: the real store and the embedded shop, turns said one after another."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion
from actions.base import ShopAction
from bot.bootstrap import PROJECT, Services
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.read_once import ShopOfTurn, TurnGate
from bot.commerce.types import CartRef, CustomerRef, Order
from bot.content.pictures import PictureShelf
from bot.contracts.messages import OutboundMessage, render_plain
from bot.decision.triggers import load_triggers
from bot.finding.finder import Finder
from bot.privacy.rules import load_privacy
from bot.profile.conversations import get_conversation, open_conversation, verify_conversation
from bot.profile.state import ConversationState, OpenQuestion, read_state, write_state
from bot.profile.store.engine import Store
from bot.profile.store.tables import outbox
from bot.profile.tombstones import derive_keys
from bot.recommend.recommender import Recommender
from bot.service.policy import Policy, load_policy
from bot.settings import Settings
from tests.conftest import FirstDay

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
SALT = "a-salt-for-tests-only"
URL = "http://shop.example"


@dataclass
class FakeTracker:
    """What rasa-sdk hands to an action."""

    sender_id: str
    latest_message: dict[str, Any]
    slots: dict[str, Any]

    def get_slot(self, name: str) -> Any:
        return self.slots.get(name)


@dataclass
class World:
    """One conversation in one shop, and a clock."""

    services: Any
    sender_id: str = "s-1"
    language: str = "en"
    now: datetime = NOW
    count: int = 0
    said: list[OutboundMessage] = field(default_factory=list)
    page: dict[str, Any] = field(default_factory=dict)  # what the customer looks at

    @property
    def shop(self) -> DemoEngine:
        return self.services.commerce

    def wait(self, **length: int) -> None:
        self.now += timedelta(**length)

    def arrive(self, sender_id: str = "s-1", channel: str = "web") -> None:
        """Somebody nobody knows opens the widget."""
        self.sender_id = sender_id
        with self.services.store.write() as connection:
            open_conversation(connection, channel, f"browser-{sender_id}", now=self.now, salt=SALT, sender_id=sender_id)

    def sign_in(self, ref: str, sender_id: str = "s-1", minutes: int = 60) -> None:
        """Somebody whom the shop's token names opens the widget."""
        self.arrive(sender_id)
        with self.services.store.write() as connection:
            verify_conversation(
                connection,
                sender_id,
                customer_ref=ref,
                by="token",
                until=self.now + timedelta(minutes=minutes),
                now=self.now,
                salt=SALT,
            )

    @property
    def as_they_are(self) -> Services:
        """The services, as a turn takes them: what a test has set is in them."""
        return Services(**{each.name: getattr(self.services, each.name) for each in fields(Services)
                           if hasattr(self.services, each.name)})

    def do(
        self,
        action: type[ShopAction],
        text: str = "",
        *,
        intent: str | None = None,
        message_id: str = "",
        guesses: tuple[str, ...] = (),
        **entities: str,
    ) -> list[OutboundMessage]:
        """One turn, through everything but Rasa; what was said."""
        self.count += 1
        latest = {
            "text": text,
            "intent": {"name": action.intent if intent is None else intent},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "metadata": {"message_id": message_id or f"m-{self.count}", "page": self.page},
            "intent_ranking": [{"name": each} for each in guesses],
        }
        tracker = FakeTracker(self.sender_id, latest, {"language": self.language})
        gate = TurnGate()
        services = replace(self.as_they_are, commerce=ShopOfTurn(self.services.commerce, gate).engine)
        _, reply, _ = action()._answer(services, tracker, gate)  # the turn without Rasa's dispatcher
        self.said = list(reply.messages)
        return self.said

    def tracker(self, latest: dict[str, Any], language: str) -> FakeTracker:
        return FakeTracker(self.sender_id, latest, {"language": language})

    def answer(self, text: str = "", *, intent: str = "", **entities: str) -> list[OutboundMessage]:
        """The answer to the open question."""
        return self.do(ActionAnswerOpenQuestion, text, intent=intent, **entities)

    @property
    def text(self) -> str:
        """Everything that was just said, as plain text."""
        return "\n".join(render_plain(each) for each in self.said)

    @property
    def customer_id(self) -> str:
        with self.services.store.read() as connection:
            conversation = get_conversation(connection, self.sender_id)
        assert conversation
        return conversation.customer_id

    @property
    def state(self) -> ConversationState:
        with self.services.store.read() as connection:
            return read_state(connection, self.customer_id)

    def set_question(self, question: OpenQuestion, **changes: Any) -> None:
        """As the dispatcher does when it delivers a nudge."""
        with self.services.store.write() as connection:
            state = read_state(connection, self.customer_id)
            write_state(connection, self.customer_id, replace(state, open_question=question, **changes), self.now)

    def mail(self, kind: str = "code") -> list[Any]:
        with self.services.store.read() as connection:
            query = sa.select(outbox).where(outbox.c.kind == kind).order_by(outbox.c.outbox_id)
            return list(connection.execute(query))

    def last_code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.mail()[-1].payload["text"])
        assert found
        return found.group(0)

    def open_order(self, ref: str) -> Order:
        """The customer's newest order."""
        return self.shop.list_orders(CustomerRef(ref)).items[0]

    def place_order(self, ref: str, variant: str = "pull-torsade-treille-navy-m", email: str = "") -> Order:
        customer = CustomerRef(ref) if ref else None
        self.count += 1
        cart = self.shop.open_cart(customer, idempotency_key=f"cart-{self.count}")
        product = next(p for p in self.shop.search_products(filters={"in_stock": True}).items if p.variants)
        stock = self.shop.get_availability([each.ref for each in product.variants])
        chosen = next(each.variant_ref for each in stock if each.is_sellable_online)
        cart = self.shop.set_line(CartRef(cart.ref), chosen, 1)
        address = (
            self.shop.get_customer(customer).addresses[0]
            if customer
            else replace(self.shop.get_customer(CustomerRef("camille")).addresses[0], postcode="33000", id="")
        )
        return self.shop.place_order(
            cart.ref, payment="card", shipping_address=address, idempotency_key=f"order-{self.count}", email=email
        )


@pytest.fixture
def make_world(fresh_url: Callable[[str], str], first_day: FirstDay, tmp_path: Path) -> Iterator[Callable[..., World]]:
    made: list[tuple[World, DemoEngine]] = []

    def make(policy: Policy | None = None, commerce: Any = None) -> World:
        shops = PROJECT / "data" / "shops"
        world = World(services=None)
        shop_url, folder = fresh_url("shop"), tmp_path / str(len(made))
        folder.mkdir()
        engine = DemoEngine(shop_url, public_url=URL, clock=lambda: world.now)
        world.services = SimpleNamespace(
            settings=Settings(
                session_secret="s" * 32, holdout_salt=SALT, public_url=URL, shop_database_url=shop_url,
                tracker_database_url=f"sqlite:///{folder}/trackers.sqlite", log_folder=str(folder / "log"),
            ),
            store=Store(fresh_url("store"), derive_keys(("s" * 32,))),
            privacy=load_privacy(shops / "demo" / "privacy.toml"),
            log_folder=folder / "log",
            commerce=commerce or engine,
            policy=policy or load_policy(shops / "demo" / "policy.toml"),
            triggers=load_triggers(shops / "demo" / "triggers.toml"),
            guardrails=None,
            recommender=None,
            offers=(),
            clock=lambda: world.now,
        )
        world.services.recommender = Recommender(world.services.store, world.services.commerce)
        world.services.pictures = PictureShelf(world.services.store)
        world.services.finder = Finder(world.services.recommender.catalogue)
        first_day.tell(engine, world.services.finder)
        made.append((world, engine))
        return world

    yield make
    for world, engine in made:
        world.services.store.close()
        engine.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def tau_policy() -> Policy:
    return load_policy(PROJECT / "data" / "shops" / "tau" / "policy.toml")
