"""`make bench ONLY=commerce`: how often, and how long, each turn of the main job is with the shop.

A customer has an order tracked, searches, asks for stock, fills the basket and looks at it; another has an order
cancelled. Each turn runs as the action server runs it, over the real store, without Rasa. The first round is not
counted: it reads the catalogue, which the others keep. `ENGINE=demo` or `vendure` (a live one), `ROUNDS=10`.

Prints one JSON object: engine_calls_per_turn, engine_ms_per_turn, requests_per_turn (over HTTP), share_of_turn (of a
turn's time, what the shop took), `by_turn` with which calls each makes, and under `peers` the same for `naive`: calls
written down by hand that read everything anew, as a bot without a profile, a catalogue or caution would.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import requests

from actions.basket import ActionViewCart
from actions.cart import ActionAddToCart
from actions.orders import ActionTrackOrder
from actions.product import ActionCheckAvailability
from actions.returns import ActionCancelOrder
from actions.search import ActionSearchProducts
from bot.bootstrap import PROJECT, Services, open_services
from bot.commerce.demo_people import list_demo_people
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, VariantRef
from bot.prepare import complete_environment, prepare_data
from bot.settings import Settings
from tests.actions.conftest import World
from tests.servers.vendure_shop import run_vendure

_METHODS = [name for name in vars(CommerceEngine) if name[0] != "_" and name != "capabilities"]  # that one asks nobody
_SHOP = PROJECT / "data" / "shops" / "demo"
Turn = tuple[str, Callable[[], object]]


@dataclass
class Spent:
    """What one turn spent with the shop."""

    calls: Counter[str] = field(default_factory=Counter)
    engine_seconds: float = 0.0
    turn_seconds: float = 0.0
    requests: int = 0


@dataclass
class Meter:
    """Counts calls from outside of an engine; those that it makes to itself are part of them."""

    spent: Spent = field(default_factory=Spent)
    depth: int = 0

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same method, counted."""
        @wraps(call)
        def counted(*given: Any, **named: Any) -> Any:
            self.depth += 1
            begun = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                self.depth -= 1
                if not self.depth:
                    self.spent.calls[name] += 1
                    self.spent.engine_seconds += time.perf_counter() - begun
        return counted

    def take(self, turn: Callable[[], object]) -> Spent:
        """Play a turn; what it spent."""
        self.spent, begun = Spent(), time.perf_counter()
        turn()
        spent, self.spent = self.spent, Spent()  # what is done between turns is nobody's
        spent.turn_seconds = time.perf_counter() - begun
        return spent


def main() -> None:
    """Ours, then the peer, on one shop."""
    engine, rounds = os.environ.get("ENGINE", "demo"), int(os.environ.get("ROUNDS", "10"))
    with opened(engine) as services:
        print(json.dumps({"engine": engine, "rounds": rounds, **measure(services, rounds)}))


@contextmanager
def opened(engine: str) -> Iterator[Services]:
    """Fresh databases, the demo's shop behind `engine`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="prevenant-commerce-")))
        shop = stack.enter_context(run_vendure()).settings() if engine == "vendure" else {}
        ours = {"DATABASE_URL": "store", "SHOP_DATABASE_URL": "shop", "TRACKER_DATABASE_URL": "trackers"}
        databases = {f"PREVENANT_{name}": f"sqlite:///{folder}/{file}.sqlite" for name, file in ours.items()}
        environ = {"PREVENANT_ENGINE_DEADLINE_SECONDS": "30", "PREVENANT_FINDING_FILE": f"{folder}/finding.npz"}
        settings = Settings.from_env(complete_environment({**environ, **databases, **shop}, folder / "demo.env"))
        services = open_services(settings)
        stack.callback(services.close)
        prepare_data(services)
        yield services


def measure(services: Services, rounds: int) -> dict[str, Any]:
    """Both in turn, so that what else the machine does meets them alike."""
    meter, found = Meter(), {"ours": [], "naive": []}  # type: ignore[var-annotated]
    send = requests.Session.send

    def counted(*given: Any, **named: Any) -> requests.Response:
        meter.spent.requests += 1
        return send(*given, **named)

    for name in _METHODS:
        setattr(services.commerce, name, meter.wrap(name, getattr(services.commerce, name)))
    with patch.object(requests.Session, "send", counted):
        for number in range(rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr)
            for who, script in (("ours", _ours), ("naive", _naive)):
                found[who].append({turn: meter.take(play) for turn, play in script(services, f"{who}-{number}")})
    told = {who: summarise(each[1:]) for who, each in found.items()}
    return {**told["ours"], "peers": {"naive": told["naive"]}}


def summarise(rounds: list[dict[str, Spent]]) -> dict[str, Any]:
    """Means of counts and medians of times over the rounds."""
    by_turn = {
        turn: {
            "calls": mean(each[turn].calls.total() for each in rounds),
            "ms": round(1000 * median(each[turn].engine_seconds for each in rounds), 2),
            "turn_ms": round(1000 * median(each[turn].turn_seconds for each in rounds), 2),
            "requests": mean(each[turn].requests for each in rounds), "which": dict(rounds[-1][turn].calls),
        }
        for turn in rounds[0]
    }
    means = {key: mean(each[key] for each in by_turn.values()) for key in ("calls", "ms", "turn_ms", "requests")}
    return {
        "engine_calls_per_turn": round(means["calls"], 2), "engine_ms_per_turn": round(means["ms"], 2),
        "requests_per_turn": round(means["requests"], 2), "share_of_turn": round(means["ms"] / means["turn_ms"], 3),
        "turns": len(by_turn), "by_turn": by_turn,
    }


def _ours(services: Services, key: str) -> Iterator[Turn]:
    """Turns as the actions play them; each is looked at afterwards, so that no apology is measured."""
    shop, (ref, shipped), (other, pending) = services.commerce, *_prepare(services, key)
    world = World(services, now=services.clock())
    world.sign_in(ref, f"{key}-a")
    yield "track an order", lambda: world.do(
        ActionTrackOrder, f"where is my order {shipped.number}?", order_number=shipped.number)
    assert shipped.number in world.text, world.text
    yield "search", lambda: world.do(
        ActionSearchProducts, "I am looking for a navy jumper", product_type="jumper", colour="navy")
    assert "1." in world.text, world.text
    yield "ask for stock", lambda: world.do(ActionCheckAvailability, "is the first one in stock in M?", size="M")
    yield "fill the basket", lambda: world.do(ActionAddToCart, "add the first one in M", size="M")
    assert shop.open_cart(CustomerRef(ref), idempotency_key="look").lines, world.text
    yield "look at the basket", lambda: world.do(ActionViewCart, "what's in my cart?")
    world.sign_in(other, f"{key}-b")
    yield "want to cancel", lambda: world.do(
        ActionCancelOrder, f"cancel order {pending.number}", order_number=pending.number)
    yield "say why", lambda: world.answer("I ordered it by mistake", reason="ordered_by_mistake")
    yield "say yes", lambda: world.answer("yes go ahead", intent="affirm")
    assert shop.get_order(pending.ref).status == "cancelled", world.text


def _naive(services: Services, key: str) -> Iterator[Turn]:
    """The same needs in the fewest lines, each answered from the shop alone."""
    shop, (ref, _), (other, pending) = services.commerce, *_prepare(services, key)
    customer, variant = CustomerRef(ref), _variant(shop)

    def track() -> None:
        for each in shop.list_orders(customer).items:
            shop.get_order(each.ref)

    def search() -> None:
        for each in shop.search_products("navy jumper", limit=5).items:
            shop.get_availability([variant.ref for variant in shop.get_product(each.ref).variants])

    def fill() -> None:
        shop.get_availability([variant])
        cart = shop.open_cart(customer, idempotency_key=key)
        shop.set_line(cart.ref, variant, 1)
        shop.get_cart(cart.ref)

    def find() -> Order:
        return shop.find_order(pending.number, customer_ref=CustomerRef(other))

    def cancel() -> None:
        order = find()
        shop.cancel_order(order.ref, reason="mistake", idempotency_key=key, if_version=order.version)
        shop.get_order(order.ref)

    yield "track an order", track
    yield "search", search
    yield "ask for stock", lambda: shop.get_availability([shop.get_variant_product(variant).variants[0].ref])
    yield "fill the basket", fill
    yield "look at the basket", lambda: shop.get_cart(shop.open_cart(customer, idempotency_key=key).ref)
    yield "want to cancel", find
    yield "say why", find
    yield "say yes", cancel


def _prepare(services: Services, key: str) -> tuple[tuple[str, Order], tuple[str, Order]]:
    """Somebody with a parcel on its way and an empty basket, and somebody else with a new order."""
    shop, people = services.commerce, [each.ref for each in list_demo_people(services.commerce, _SHOP)]
    orders = {ref: shop.list_orders(ref).items for ref in people}
    ref, shipped = next((ref, each) for ref, found in orders.items() for each in found
                        if each.fulfilment_status == "shipped")
    cart = shop.open_cart(ref, idempotency_key=key)
    for line in cart.lines:
        shop.set_line(cart.ref, line.variant_ref, 0)
    other = next(each for each in people if each != ref and shop.get_customer(each).addresses)
    return (ref, shipped), (other, _place(shop, other, key))


def _place(shop: CommerceEngine, ref: CustomerRef, key: str) -> Order:
    cart = shop.open_cart(ref, idempotency_key=key)
    for line in cart.lines:
        shop.set_line(cart.ref, line.variant_ref, 0)
    shop.set_line(cart.ref, _variant(shop), 1)
    home = shop.get_customer(ref).addresses[0]
    return shop.place_order(cart.ref, payment="card", shipping_address=home, idempotency_key=f"{key}-placed")


def _variant(shop: CommerceEngine) -> VariantRef:
    """One that there is plenty of."""
    refs = [variant.ref for each in shop.search_products(filters={"in_stock": True}).items for variant in each.variants]
    return max(shop.get_availability(refs[:50]), key=lambda each: each.quantity or 0).variant_ref


if __name__ == "__main__":
    main()
