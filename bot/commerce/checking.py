"""A back end looked at before and while it is used: an open engine in, findings out, and what works by capability.

Each engine's folder has a `checking.py` with what `EngineChecks` names: its settings, its rights, its clock, its calls.
What is read of the shop is told without names and addresses of its customers.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, Protocol

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, OrderRef
from bot.errors import PrevenantError
from bot.settings import Settings

State = Literal["ok", "warning", "failed"]
Clock = Callable[[], datetime]
_CLOSE_SECONDS, _APART_SECONDS = 5.0, 30.0  # a signed session lives for a minute, a signed call for five


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. Where it is not `ok`, `detail` says what to do, and `blocks` which capabilities
    do not work until then.
    """

    area: str
    what: str
    state: State
    detail: str = ""
    blocks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """A setting that connecting an engine asks for: a field of `Settings`."""

    setting: str
    asks: str
    is_secret: bool = False
    is_optional: bool = False


@dataclass(frozen=True)
class Sample:
    """A customer with an account and an order to read, where the shop has any."""

    customer_ref: CustomerRef | None = None
    order_ref: OrderRef | None = None


@dataclass(frozen=True)
class Probe:
    """A signed call that tells of nothing: whoever takes it has the same secret."""

    body: bytes
    headers: Mapping[str, str]


class EngineChecks(Protocol):
    """What the `checking.py` of an engine's folder holds; the module itself is one of these."""

    QUESTIONS: tuple[Question, ...]

    def check_back_end(self, settings: Settings, clock: Clock) -> Iterator[Finding]:
        """Whether it is reached, first; then each right, what the shop has to have installed, its clock. Raises nothing
        of `bot.errors`: what goes wrong is a finding.
        """

    def find_sample(self, settings: Settings) -> Sample:
        """Any customer and any order, for reading one. Errors as the engine's."""

    def make_probe(self, settings: Settings, now: datetime) -> Probe:
        """A call in the form that the engine's `read_webhook` takes, which tells of no change, signed with
        `engine_webhook_secret`.
        """


class Doubt(PrevenantError):
    """What was looked at is no failure, and yet not as it should be: a warning."""


def look(area: str, what: str, read: Callable[[], str], blocks: Collection[str] = ()) -> Finding:
    """What `read` gives as the detail, with its milliseconds; failed with the error's words, a warning for `Doubt`."""
    begun = time.monotonic()
    try:
        told = read()
    except Doubt as error:
        return Finding(area, what, "warning", str(error), frozenset(blocks))
    except PrevenantError as error:
        return Finding(area, what, "failed", str(error), frozenset(blocks))
    return Finding(area, what, "ok", f"{told} ({(time.monotonic() - begun) * 1000:.0f} ms)")


def compare_clocks(whose: str, theirs: datetime, ours: datetime) -> Finding:
    """How far another's clock is from ours; HTTP tells it to the second."""
    apart = abs((theirs - ours).total_seconds())
    if apart <= _CLOSE_SECONDS:
        return Finding("clock", whose, "ok", "as ours, within 5 s")
    mend = "set both by NTP: what is signed for a minute, and changes of the last five, would be refused"
    return Finding("clock", whose, "warning" if apart <= _APART_SECONDS else "failed", f"{apart:.0f} s apart; {mend}")


def read_one_of_each(engine: CommerceEngine, sample: Sample) -> Iterator[Finding]:
    """One of each kind of object, read as the bot reads it."""
    for what, read in _READINGS.items():
        yield look("reading", what, partial(read, engine, sample))


def read_public(engine: CommerceEngine) -> Iterator[Finding]:
    """One of each kind of object that is nobody's: what can be asked without a customer at hand."""
    for what in PUBLIC:
        yield look("reading", what, partial(_READINGS[what], engine, Sample()))


def _read_product(engine: CommerceEngine, _: Sample) -> str:
    items = engine.search_products(limit=1).items
    if not items:
        raise Doubt("there is none that can be shown: nothing can be found or recommended")
    product = engine.get_product(items[0].ref)
    return f"{product.slug}, {len(product.variants)} variants"


def _read_words(engine: CommerceEngine, _: Sample) -> str:
    counts = {kind: len(words) for kind, words in engine.vocabulary().items()}
    if not counts.get("product_type"):
        raise Doubt("no product has a product_type: customers who ask for “a coat” are not understood")
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))


def _read_stock(engine: CommerceEngine, _: Sample) -> str:
    refs = [variant.ref for product in engine.search_products(limit=1).items for variant in product.variants[:1]]
    if not refs:
        raise Doubt("there is no variant")
    told = engine.get_availability(refs)[0]
    return f"{told.state}, {'not counted' if told.quantity is None else told.quantity}, {len(told.locations)} stores"


def _read_stores(engine: CommerceEngine, _: Sample) -> str:
    stores = engine.list_pickup_locations()
    if not stores:
        raise Doubt("there is none: nobody is told of a store")
    return f"{len(stores)}, the first {stores[0].name}"


def _read_offers(engine: CommerceEngine, _: Sample) -> str:
    return f"{len(engine.list_offers())} run now"


def _read_customer(engine: CommerceEngine, sample: Sample) -> str:
    if not sample.customer_ref:
        raise Doubt("nobody has an account yet")
    customer = engine.get_customer(sample.customer_ref)
    return f"{customer.ref}, {len(customer.addresses)} addresses"


def _read_order(engine: CommerceEngine, sample: Sample) -> str:
    if not sample.order_ref:
        raise Doubt("nothing was ordered yet")
    order = engine.get_order(sample.order_ref)
    if "unknown" in (order.status, order.payment_status, order.fulfilment_status):
        raise Doubt(f"{order.number} is {order.native_status!r}, which has no word of ours: customers hear no state")
    return f"{order.number}, {order.status}, {order.payment_status}, {order.fulfilment_status}"


def _read_changes(engine: CommerceEngine, _: Sample) -> str:
    changes, _cursor = engine.poll_changes("", limit=1)
    return f"the log begins at {changes[0].at:%Y-%m-%d %H:%M} UTC" if changes else "nothing has changed yet"


_READINGS: Mapping[str, Callable[[CommerceEngine, Sample], str]] = {
    "a product": _read_product,
    "the catalogue's words": _read_words,
    "stock": _read_stock,
    "stores": _read_stores,
    "offers": _read_offers,
    "a customer": _read_customer,
    "an order": _read_order,
    "changes": _read_changes,
}
PUBLIC = ("a product", "the catalogue's words", "stock", "stores", "offers", "changes")


@dataclass(frozen=True)
class Ability:
    """What one capability means to customers here. `why` is empty where it works."""

    capability: str
    does: str
    state: Literal["works", "held", "missing"]
    why: str = ""


def list_abilities(capabilities: Collection[str], findings: Iterable[Finding]) -> list[Ability]:
    """Each capability of the protocol: it works, is held up by a finding, or the engine has it not."""
    held = {word: found.what for found in findings if found.state != "ok" for word in found.blocks}
    return [_ability(word, does, capabilities, held) for word, does in ABILITIES.items()]


def _ability(word: str, does: str, capabilities: Collection[str], held: Mapping[str, str]) -> Ability:
    if word not in capabilities:
        return Ability(word, does, "missing", "polled" if word == "webhooks" else "the bot offers a person")
    if word in held:
        return Ability(word, does, "held", f"until “{held[word]}” is mended")
    return Ability(word, does, "works")


ABILITIES: Mapping[str, str] = {  # the protocol's words, as an operator reads them
    "customer_search_phone": "know a customer by phone number",
    "customer_search_name": "know a customer by name and postcode",
    "server_cart": "fill a visitor's basket",
    "customer_cart": "fill the basket that a signed-in customer sees on the website",
    "place_order": "place an order",
    "checkout_link": "hand a basket over to the shop's checkout",
    "per_location_stock": "say what each store has",
    "pickup": "click and collect, and what to do when a reserved piece is gone",
    "idempotency_key": "repeat a write safely after a failure",
    "delivery_events": "tell a parcel's way in steps",
    "delivery_preferences": "choose another day, a neighbour or a pick-up point",
    "payment_methods": "say how a customer can pay",
    "offers": "tell and apply promotions",
    "order_cancel": "cancel an order",
    "order_address_edit": "send an order elsewhere",
    "order_payment_edit": "pay an order another way",
    "order_lines_edit": "change sizes and colours of an order",
    "returns": "announce a return",
    "exchanges": "announce an exchange",
    "invoice": "give an invoice",
    "address_remove": "take an address out of the book",
    "close_account": "close an account",
    "forget_guest": "forget what somebody ordered without an account",
    "webhooks": "hear of changes at once",
}
