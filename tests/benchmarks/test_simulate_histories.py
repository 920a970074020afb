"""Short histories that hypothesis makes up: people change their minds, merge, talk and opt out, while two workers work.

Two passes interleave at the places where a worker waits for somebody else: the shop's answer and the vendor's.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from benchmarks.simulate.checker import Checker
from benchmarks.simulate.deeds import Deeds
from benchmarks.simulate.shop import Clock, Shop
from benchmarks.simulate.workers import SHOP_FILES, Services, work
from benchmarks.simulate.world import Call, Customer, Deed, Noted, Order, Timeline, World
from bot.channels.calls import OneByOne
from bot.channels.outbox import OutboxRow
from bot.commerce.protocol import CommerceEngine
from bot.errors import Unavailable, UnknownFate
from bot.profile.store.engine import Store

CHANNELS = ("web", "email", "sms", "whatsapp", "messenger")
PEOPLE = ("c0", "c1", "c2")
PRODUCTS = ("B1", "B2", "C1", "S1")
BEGINS_AT = datetime(2026, 10, 24, 9, 0, tzinfo=UTC)  # the day before clocks go back in Europe

people = st.sampled_from(PEOPLE)
products = st.sampled_from(PRODUCTS)


class Killed(BaseException):
    """The process ends here: nothing of it is done any more."""


@dataclass
class Interrupted(Shop):
    """A shop before whose answers something else may happen."""

    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def _take_time(self) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()


@dataclass
class Memory(OneByOne):
    """A vendor that keeps its calls in a list, and does what it is told."""

    clock: Clock
    calls: list[Call]
    round: int = 0
    fates: list[str] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def send(self, row: OutboxRow) -> str:
        fate = self.fates.pop(0) if self.fates else "taken"
        self.calls.append(Call(
            self.round, self.clock(), len(self.calls), row.outbox_id, row.channel, row.address, row.payload.text,
            row.payload.template.name if row.payload.template else "", fate,
        ))
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if fate == "killed":
            raise Killed
        if fate == "down":
            raise Unavailable("away")
        if fate in ("silent", "lost"):
            raise UnknownFate("no answer")
        return f"vendor-{row.outbox_id}"


def make_world() -> World:
    world = World(BEGINS_AT)
    for product in PRODUCTS:
        world.prices[product], world.stock[product] = Timeline(2_000), Timeline(3)
    world.offers = {"KNIT": Timeline(True), "POST": Timeline(True)}
    granted = tuple((purpose, channel, "granted") for purpose in ("marketing", "service") for channel in CHANNELS)
    for number, zone in enumerate(("Europe/Paris", "America/New_York", "")):
        ref = PEOPLE[number]
        addresses = {"web": f"anonymous-{number}", "email": f"{ref}@example.org", "sms": f"+3361234567{number}",
                     "whatsapp": f"3361234567{number}"}
        world.customers[ref] = Customer(
            ref, zone, "en", number == 2, addresses, BEGINS_AT + timedelta(days=40), granted
        )
    world.index()
    return world


class Histories(RuleBasedStateMachine):
    """What may happen, in any order."""

    fresh_url: Callable[[str], str]

    @initialize(seed=st.integers(0, 9))
    def begin(self, seed: int) -> None:
        self.world, self.clock = make_world(), Clock(BEGINS_AT)
        self.shop = Interrupted(self.world, self.clock, random.Random(seed), 0.0, 0.0)
        store = Store(type(self).fresh_url("store"))
        self.services = Services(store, cast(CommerceEngine, self.shop), self.clock)
        self.calls: list[Call] = []
        self.vendor = Memory(self.clock, self.calls)
        self.deeds = Deeds(self.services, self.world)
        self.deeds.settle_in()
        self.checker = Checker(self.world, SHOP_FILES)
        self.before: list[Noted] = []
        self.racing: list[Noted] = []
        self.chance = random.Random(seed)
        self.merged = False
        self.numbers = 0
        self.is_working = False

    def do(self, kind: str, who: str = "", **details: Any) -> None:
        """A deed now; noted as racing while a worker works."""
        deed = Deed(self.clock(), kind, who, details)
        self.deeds.do(deed, self.clock())
        (self.racing if self.is_working else self.before).append(Noted(0, deed, 0))

    def tell(self, who: str, name: str, silo: str = "web", **properties: Any) -> None:
        self.numbers += 1
        self.do("event", who, id=f"event-{self.numbers}", name=name, silo=silo, properties=properties,
                occurred_at=self.clock(), copies=2)

    @rule(who=people, product=products)
    def put_in_basket(self, who: str, product: str) -> None:
        cart = f"cart-{who}"
        if cart not in self.world.carts:
            self.world.open_cart(cart, who, is_known=who == "c0")
        self.world.carts[cart].set(self.clock(), (product,))
        self.tell(who, "Product Added", cart_id=cart, product_id=product, variant_id=f"{product}-one")

    @rule(who=people)
    def empty_basket(self, who: str) -> None:
        if f"cart-{who}" in self.world.carts:
            self.world.carts[f"cart-{who}"].set(self.clock(), ())

    @rule(who=people, product=products)
    def look_at(self, who: str, product: str) -> None:
        self.tell(who, "Product Viewed", product_id=product, variant_id=f"{product}-one")

    @rule(who=people, state=st.sampled_from(("late", "ready")))
    def have_order(self, who: str, state: str) -> None:
        number = f"N{len(self.world.orders)}"
        order = Order(number, who, f"{who}@example.org", "B1", self.clock() - timedelta(days=3))
        order.state.set(self.clock(), state)
        self.world.orders[number] = order
        name = "Shipment Updated" if state == "late" else "Order Updated"
        self.tell(who, name, silo="shop", order_ref=number)

    @rule(state=st.sampled_from(("fine", "cancelled", "collected")))
    def settle_orders(self, state: str) -> None:
        for order in self.world.orders.values():
            order.state.set(self.clock(), state)

    @rule(who=people)
    def have_birthday(self, who: str) -> None:
        self.tell(who, "Birthday")

    @rule()
    def launch(self) -> None:
        self.do("launch", campaign="winter")

    @rule(who=people)
    def accept(self, who: str) -> None:
        self.do("accept", who, about="offer:KNIT")

    @rule(who=people, purpose=st.sampled_from(("marketing", "service")), channel=st.sampled_from((*CHANNELS, "*")),
          state=st.sampled_from(("granted", "withdrawn")))
    def consent(self, who: str, purpose: str, channel: str, state: str) -> None:
        self.do("consent", who, purpose=purpose, channel=channel, state=state)

    @rule(who=people)
    def stop(self, who: str) -> None:
        self.do("stop", who)

    @rule()
    def merge_or_part(self) -> None:
        self.do("unmerge" if self.merged else "merge", "c0", other="c1")
        self.merged = not self.merged

    @rule(who=people, channel=st.sampled_from(("web", "whatsapp")))
    def write(self, who: str, channel: str) -> None:
        self.do("wrote", who, channel=channel)

    @rule()
    def sign_out(self) -> None:
        self.do("sign_out", "c0")

    @rule(begins=st.booleans())
    def hand_over(self, begins: bool) -> None:
        self.do("handoff", "c2", begins=begins)

    @rule(journey=st.sampled_from(("viewed", "cart_left", "winter")), kind=st.sampled_from(("pause", "resume")))
    def pause(self, journey: str, kind: str) -> None:
        self.do(kind, journey=journey)

    @rule(product=products, price=st.integers(100, 9_000), pieces=st.integers(0, 9))
    def change(self, product: str, price: int, pieces: int) -> None:
        self.world.prices[product].set(self.clock(), price)
        self.world.stock[product].set(self.clock(), pieces)

    @rule(minutes=st.sampled_from((1, 20, 31, 61, 240, 720, 1_440)))
    def wait(self, minutes: int) -> None:
        self.clock.pass_by(60 * minutes)

    @rule(fates=st.lists(st.sampled_from(("taken", "down", "silent", "lost", "killed")), max_size=3),
          at_shop=st.booleans(), meanwhile=st.sampled_from(("nothing", "another worker", "part", "withdraw", "slow")))
    def let_work(self, fates: list[str], at_shop: bool, meanwhile: str) -> None:
        """A round, in which something happens while the shop or the vendor is asked."""
        self.clock.pass_by(61)  # what a killed worker held has lapsed
        self.vendor.fates, self.is_working = list(fates), True
        happens = {"another worker": self.work_once, "part": self.merge_or_part, "slow": self.be_slow,
                   "withdraw": lambda: self.consent("c0", "marketing", "*", "withdrawn")}.get(meanwhile)
        if happens:
            (self.shop if at_shop else self.vendor).meanwhile.append(happens)
        seen = len(self.calls)
        self.work_once()
        self.shop.meanwhile.clear()
        self.vendor.meanwhile.clear()
        self.is_working = False
        self.checker.judge(self.calls[seen:], self.before, self.racing)
        self.before, self.racing = [], []
        assert not +self.checker.wrong, self.checker.examples
        assert max(self.checker.taken.values(), default=0) <= 1

    def work_once(self) -> None:
        try:
            work(self.services, self.vendor, self.chance)
        except Killed:
            self.clock.pass_by(1)

    def be_slow(self) -> None:
        self.clock.pass_by(7)

    def teardown(self) -> None:
        """Whatever was begun comes to an end."""
        if not hasattr(self, "services"):
            return
        for _ in range(40):
            self.clock.pass_by(3_600)
            self.let_work([], at_shop=False, meanwhile="nothing")
        self.services.store.close()


def test_no_history_lets_anything_wrong_leave(fresh_url):
    class Machine(Histories):
        pass

    Machine.fresh_url = staticmethod(fresh_url)
    run_state_machine_as_test(Machine, settings=settings(
        max_examples=20, stateful_step_count=25, deadline=None, print_blob=True,
        suppress_health_check=list(HealthCheck),
    ))
