"""The truth of a simulated world: who is who, what the shop sells and when, and what people said.

Everything that changes is a `Timeline`, so that whoever asks gets the answer of a moment, and the checker that of a
span. What people do is a list of `Deed`; the driver notes each when the system has taken it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CHATS = frozenset({"web", "whatsapp", "messenger"})


class Timeline[Value]:
    """A value that changes at moments."""

    def __init__(self, first: Value) -> None:
        """It is `first` since ever."""
        self._moments: list[datetime] = []
        self._values: list[Value] = [first]

    def set(self, at: datetime, value: Value) -> None:
        """From that moment on, until the next."""
        place = bisect_right(self._moments, at)
        self._moments.insert(place, at)
        self._values.insert(place + 1, value)

    def at(self, moment: datetime) -> Value:
        """The value then."""
        return self._values[bisect_right(self._moments, moment)]

    def during(self, begin: datetime, end: datetime) -> list[Value]:
        """Every value it had from `begin` to `end`, both included."""
        return self._values[bisect_left(self._moments, begin) : bisect_right(self._moments, end) + 1]


@dataclass
class Order:
    """An order. `state`: fine, late, cancelled, ready (to collect), collected."""

    number: str
    owner: str  # the shop's word for the customer
    email: str
    product: str
    placed_at: datetime
    state: Timeline[str] = field(default_factory=lambda: Timeline("fine"))


@dataclass(frozen=True)
class Customer:
    """Who is simulated, and what is known of them from the beginning."""

    ref: str
    zone: str  # "" nobody knows; or one that does not exist
    language: str
    is_holdout: bool
    addresses: dict[str, str]  # channel -> address
    proven_until: datetime | None  # signed in on the web, till then
    consents: tuple[tuple[str, str, str], ...]  # purpose, channel, state
    birth: str = ""  # YYYY-MM-DD; "" nobody knows


@dataclass(frozen=True)
class Deed:
    """What somebody does. One with `is_racing` is done while the workers are at work."""

    at: datetime
    kind: str
    who: str  # a customer's ref; "" nobody's
    details: dict[str, Any] = field(default_factory=dict)
    is_racing: bool = False


@dataclass(frozen=True)
class Expected:
    """Words that have to reach a customer between two moments: nothing speaks against them."""

    who: str
    words: str  # that the text begins with
    begins_at: datetime
    ends_at: datetime


@dataclass
class World:
    """The shop's side, by time, and the customers."""

    begins_at: datetime
    customers: dict[str, Customer] = field(default_factory=dict)
    prices: dict[str, Timeline[int]] = field(default_factory=dict)  # product -> minor units
    stock: dict[str, Timeline[int]] = field(default_factory=dict)  # product -> pieces
    carts: dict[str, Timeline[tuple[str, ...]]] = field(default_factory=dict)  # cart -> products in it
    cart_owners: dict[str, tuple[str, bool]] = field(default_factory=dict)  # cart -> customer, whether the shop knows
    carts_by: dict[str, list[str]] = field(default_factory=dict)  # customer -> carts
    orders: dict[str, Order] = field(default_factory=dict)
    offers: dict[str, Timeline[bool]] = field(default_factory=dict)  # code -> whether it runs

    def owner_of(self, channel: str, address: str) -> str:
        """Whose address that is; "" for nobody's."""
        return self._owners.get((channel, address), "")

    def index(self) -> None:
        """Call it once every customer is there."""
        self._owners = {
            (channel, address): each.ref for each in self.customers.values()
            for channel, address in each.addresses.items()
        }

    def open_cart(self, cart: str, owner: str, *, is_known: bool) -> None:
        """An empty cart of a customer. `is_known`: they were signed in, so that the shop knows whose it is."""
        self.carts[cart] = Timeline(())
        self.cart_owners[cart] = (owner, is_known)
        self.carts_by.setdefault(owner, []).append(cart)

    def carts_of(self, refs: Iterable[str]) -> list[str]:
        """The carts of these customers."""
        return [cart for ref in refs for cart in self.carts_by.get(ref, ())]


@dataclass(frozen=True)
class Call:
    """What the vendor saw: one attempt to send. `fate` is taken, or a word of `vendor.FATES`, or refused."""

    round: int
    at: datetime  # by the clock of the worker that called
    ns: int  # of the machine's monotonic clock
    outbox_id: int
    channel: str
    address: str
    text: str
    template: str
    fate: str

    @property
    def was_taken(self) -> bool:
        """Whether the customer gets it, whatever we were told."""
        return self.fate in ("taken", "silent", "killed")


@dataclass(frozen=True)
class Noted:
    """A deed as the system took it: in which round, and when it was acknowledged by the machine's clock."""

    round: int
    deed: Deed
    ns: int
