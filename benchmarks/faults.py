"""`make faults ENGINE=vendure`: customers order and cancel while calls to the shop fail, and what they are told is held
against what the shop then holds. Its own calls to us are dropped and doubled.

One JSON line: jobs, faults by kind, and
doubled  orders, refunds or events that are there twice
lost     orders that were confirmed and are not there, and changes that the profile never heard of
untrue   whoever was told what is not so: a confirmed order with other lines or another sum, a denied one that is there
unsure   whoever was told that it could not be made sure; nobody is wrong about them
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from werkzeug import Request, Response

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Address, Cart, Order, ShopEvent, VariantRef
from bot.errors import Conflict, InsufficientStock, NotAllowed, NotFound, RetryLater, UnknownFate
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import keep_hints, read_hints
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.service.basket import set_quantity
from tests.servers.fault_proxy import FaultProxy, run_fault_proxy

SALT = "salt-of-the-faults"
HOME = Address(line1="1 rue des Pannes", city="Paris", postcode="75010", country="FR", first_name="A", last_name="B")
_TRIES = 4


@dataclass
class Story:
    """What one customer wanted, and what they were told of it: `done`, `not_done` or `unsure`."""

    email: str
    wanted: dict[VariantRef, int]
    cancels: bool
    ordered: str = "not_done"
    cancelled: str = "not_done"
    order: Order | None = None


@dataclass
class Calls:
    """The shop's own calls: each arrives not at all, once or twice."""

    rng: Random
    read: Callable[[bytes, dict[str, str]], Sequence[ShopEvent]]
    store: Store
    dropped: int = 0
    doubled: int = 0

    def answer(self, request: Request) -> Response:
        """Keep the call as often as fate has it; it is taken in any case."""
        times = self.rng.choice((0, 1, 1, 2))
        self.dropped += times == 0
        self.doubled += times == 2
        events = self.read(request.get_data(), dict(request.headers))
        for _ in range(times):
            with self.store.write() as connection:
                keep_hints(connection, events, _now())
        return Response(status=200)


@dataclass
class Verdict:
    """What was wrong in the end."""

    doubled: int = 0
    lost: int = 0
    untrue: int = 0
    unsure: int = 0
    said: list[str] = field(default_factory=list)

    def accuse(self, kind: str, story: Story, why: str) -> None:
        """Count it, and say it."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.said.append(f"{kind}: {story.email}: {why}")


def play(
    engine: CommerceEngine, proxy: FaultProxy, variants: Sequence[VariantRef], *, jobs: int, share: float, seed: int
) -> list[Story]:
    """So many customers, several at once, through a proxy that fails a share of the calls."""
    rng, run = Random(seed), uuid4().hex[:8]
    stories = [
        Story(f"faults-{run}-{number}@example.com",
              {ref: rng.randint(1, 3) for ref in rng.sample(list(variants), rng.randint(1, 2))}, rng.random() < 0.4)
        for number in range(jobs)
    ]
    proxy.share = share
    with ThreadPoolExecutor(3) as pool:
        for number, _ in enumerate(pool.map(lambda story: _live(engine, story), stories), start=1):
            if number % 10 == 0:
                print(f"{number} of {jobs}", file=sys.stderr)
    proxy.share = 0.0
    return stories


def _live(engine: CommerceEngine, story: Story) -> None:
    cart = _fill(engine, story)
    if cart is None:
        return
    story.ordered, story.order = _insist(lambda: engine.place_order(
        cart.ref, payment="card", shipping_address=HOME, idempotency_key=f"order-{story.email}", email=story.email
    ))
    if story.order and story.cancels:
        placed = story.order
        story.cancelled, _ = _insist(lambda: engine.cancel_order(
            placed.ref, reason="changed my mind", idempotency_key=f"cancel-{story.email}", if_version=placed.version
        ))


def _fill(engine: CommerceEngine, story: Story) -> Cart | None:
    """The basket as it was wanted; None where the customer was told that it cannot be filled now."""
    for _ in range(_TRIES):
        try:
            cart = engine.open_cart(None, idempotency_key=f"cart-{story.email}")
            for ref, quantity in story.wanted.items():
                cart = set_quantity(engine, cart, ref, quantity)
        except (RetryLater, UnknownFate, Conflict, InsufficientStock):
            time.sleep(0.1)
            continue
        if {line.variant_ref: line.quantity for line in cart.lines} == story.wanted:
            return cart
    return None


def _insist(call: Callable[[], Order]) -> tuple[str, Order | None]:
    """What the customer is told after some tries with the same key, and the order."""
    for _ in range(_TRIES):
        try:
            return "done", call()
        except (RetryLater, UnknownFate):
            time.sleep(0.1)
        except (NotAllowed, NotFound, Conflict):
            return "not_done", None
    return "unsure", None


def judge(direct: CommerceEngine, stories: Sequence[Story], orders_of: Callable[[str], list[Order]]) -> Verdict:
    """What the customers were told, against what the shop holds, asked without a proxy."""
    verdict = Verdict()
    for story in stories:
        held = orders_of(story.email)
        verdict.unsure += "unsure" in (story.ordered, story.cancelled)
        if len(held) > 1:
            verdict.accuse("doubled", story, f"{len(held)} orders")
        if story.ordered == "done" and not held:
            verdict.accuse("lost", story, "the order is not there")
        if story.ordered == "not_done" and held:
            verdict.accuse("untrue", story, "there is an order")
        for order in held[:1]:
            _judge_order(verdict, story, direct.get_order(order.ref))
    return verdict


def _judge_order(verdict: Verdict, story: Story, order: Order) -> None:
    if {line.variant_ref: line.ordered for line in order.lines} != story.wanted:
        verdict.accuse("untrue", story, "the order has other lines")
    refunds = [each.amount_minor for each in order.payments if each.kind == "refund"]
    paid = sum(each.amount_minor for each in order.payments if each.kind == "payment")
    if len(refunds) > 1 or (story.order and paid != story.order.totals.grand_minor):
        verdict.accuse("doubled", story, f"paid {paid}, paid back {refunds}")
    is_cancelled = order.status == "cancelled"
    if story.cancelled == "done" and not is_cancelled:
        verdict.accuse("lost", story, "the cancellation is not there")
    if story.cancelled == "not_done" and is_cancelled:
        verdict.accuse("untrue", story, "it is cancelled")
    if is_cancelled and sum(refunds) != paid:
        verdict.accuse("untrue", story, f"paid {paid}, paid back {refunds}")


def judge_profile(verdict: Verdict, store: Store, stories: Sequence[Story]) -> None:
    """Each order that was confirmed is one event of its customer, each cancellation one."""
    with store.read() as connection:
        for story in stories:
            person = find_customer(connection, "email", story.email)
            names = [each.name for each in events_of(connection, person)] if person else []
            for told, name in ((story.ordered, "Order Completed"), (story.cancelled, "Order Cancelled")):
                if told == "done" and name not in names:
                    verdict.accuse("lost", story, f"no {name}")
                if names.count(name) > 1:
                    verdict.accuse("doubled", story, f"{names.count(name)} times {name}")


def read_all(store: Store, engine: CommerceEngine) -> None:
    """What the worker does: what was told, then what no call told of."""
    while read_hints(store, engine, _now, salt=SALT):
        pass
    pull_changes(store, engine, _now, salt=SALT)


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """Play, judge, print; 1 when anything was doubled, lost or untrue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=["vendure"])
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = run_on_vendure(given.jobs, given.share, given.seed)
    print(json.dumps({"engine": given.engine, **figures}))
    return 1 if figures["doubled"] or figures["lost"] or figures["untrue"] else 0


def run_on_vendure(jobs: int, share: float, seed: int) -> dict[str, Any]:
    """The whole run on a live Vendure of its own; the figures."""
    from pytest_httpserver import HTTPServer  # of the tests' packages

    from tests.commerce.vendure.conftest import make_engine
    from tests.servers.vendure_shop import run_vendure

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="prevenant-faults-")))
        store = Store(f"sqlite:///{folder}/store.sqlite")
        stack.callback(store.close)
        migrate(store)
        door = stack.enter_context(HTTPServer())
        shop = stack.enter_context(run_vendure(webhook_url=door.url_for("/webhooks/shop")))
        direct = make_engine(shop)
        calls = Calls(Random(seed), lambda body, headers: direct.read_webhook(body, headers, _now()), store)
        door.expect_request("/webhooks/shop").respond_with_handler(calls.answer)
        proxy = stack.enter_context(run_fault_proxy(shop.url, seed))
        engine = make_engine(shop, proxy.url, deadline_seconds=1.5)
        return {**measure(engine, direct, proxy, shop.admin, store, jobs=jobs, share=share, seed=seed),
                "calls_dropped": calls.dropped, "calls_doubled": calls.doubled}


def measure(
    engine: CommerceEngine, direct: CommerceEngine, proxy: FaultProxy, admin: Callable[..., dict[str, Any]],
    store: Store, *, jobs: int, share: float, seed: int,
) -> dict[str, Any]:
    """Play and judge; what was wrong is said on stderr."""
    begun = time.monotonic()
    found = direct.search_products(filters={"product_type": "sweater", "in_stock": True}, limit=100).items
    stocks = direct.get_availability([variant.ref for product in found for variant in product.variants])
    variants = [each.variant_ref for each in stocks if (each.quantity or 0) >= 10][:40]
    stories = play(engine, proxy, variants, jobs=jobs, share=share, seed=seed)
    verdict = judge(direct, stories, lambda email: [direct.get_order(ref) for ref in _orders_of(admin, email)])
    read_all(store, direct)
    judge_profile(verdict, store, stories)
    for line in verdict.said:
        print(line, file=sys.stderr)
    return {
        "jobs": jobs, "faults": dict(proxy.faults), "doubled": verdict.doubled, "lost": verdict.lost,
        "untrue": verdict.untrue, "unsure": verdict.unsure, "ordered": sum(each.ordered == "done" for each in stories),
        "seconds": round(time.monotonic() - begun, 1),
    }


def _orders_of(admin: Callable[..., dict[str, Any]], email: str) -> list[Any]:
    query = """query($email: String!) { customers(options: { filter: { emailAddress: { eq: $email } } }) {
      items { orders(options: { filter: { orderPlacedAt: { isNull: false } } }) { items { id } } } } }"""
    found = admin(query, email=email)["customers"]["items"]
    return [order["id"] for each in found for order in each["orders"]["items"]]


if __name__ == "__main__":
    sys.exit(main())
