"""What a played WooCommerce shop holds, and what its own people and its buyers do there: no HTTP here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

COLOURS = (("bleu-marine", "Bleu marine"), ("rouge", "Rouge"))
SIZES = (("s", "S"), ("m", "M"), ("l", "L"))
CATEGORIES = ("Pulls", "Robes", "Manteaux &amp; vestes")
CODE = "merci10"


def _without_phone(address: dict[str, str]) -> dict[str, str]:
    """As the examples show an address to send to."""
    return {name: value for name, value in address.items() if name != "phone"}


@dataclass
class Variation:
    """What can be bought."""

    number: int
    product: "Product"
    colour: tuple[str, str]  # slug, name
    size: tuple[str, str]
    price_minor: int


@dataclass
class Product:
    """A variable product."""

    number: int
    slug: str
    name: str
    category: str
    variations: list[Variation] = field(default_factory=list)


@dataclass
class Person:
    """A customer's account."""

    number: int
    first_name: str
    last_name: str
    email: str
    billing: dict[str, str] = field(default_factory=dict)
    shipping: dict[str, str] = field(default_factory=dict)
    made: str = ""
    touched: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)  # meta_data


@dataclass
class Basket:
    """A session of the Store API."""

    lines: dict[str, list[int]] = field(default_factory=dict)  # key -> [variation, quantity]
    codes: list[str] = field(default_factory=list)
    email: str = ""


@dataclass
class Placed:
    """An order."""

    number: int
    lines: list[tuple[int, int, int, int]]  # line, variation, quantity, unit price
    billing: dict[str, str]
    shipping: dict[str, str]
    discount_minor: int
    made: str
    touched: str
    customer: int = 0
    status: str = "processing"
    paid: str | None = None
    completed: str | None = None
    gateway: str = "stripe"
    shown_number: str = ""  # by a plugin that counts otherwise
    refunds: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)  # meta_data
    told: list[str] = field(default_factory=list)  # order notes

    @property
    def total_minor(self) -> int:
        """What was paid: nothing is asked for sending it."""
        return sum(quantity * price for _, _, quantity, price in self.lines) - self.discount_minor


class Shop:
    """A shop with 24 products, two customers with orders, and a coupon that takes 10 % off."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock, self._numbers = clock, count(501)
        self.products = {each.number: each for each in (self._product(position) for position in range(24))}
        self.variations = {each.number: each for product in self.products.values() for each in product.variations}
        self.stock: dict[int, int | None] = dict.fromkeys(self.variations, 50)  # None: not counted
        self.people: dict[int, Person] = {}
        self.baskets: dict[str, Basket] = {}
        self.orders: dict[int, Placed] = {}
        self.webhooks: list[dict[str, str]] = []
        self.version = "10.3.0"
        self.refunding = {"stripe"}  # gateways that pay back when they are asked
        self.marie = self._person("Marie", "Le Goff", "marie.legoff@example.com", "06 12 34 56 78")
        self.paul = self._person("Paul", "Aubry", "paul.aubry@example.com", "+33 6 98 76 54 32")
        last = list(self.variations)[-1]
        for owner in (self.marie, self.marie, self.paul):
            self.order([(last, 1)], billing=owner.billing, shipping=owner.shipping, customer=owner.number)

    def new(self) -> int:
        """A number that no other thing has."""
        return next(self._numbers)

    def now(self) -> str:
        """The moment, as WordPress writes it in fields that end in `_gmt`."""
        return self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def _product(self, position: int) -> Product:
        name = f"Armor {chr(ord('A') + position)}"
        product = Product(self.new(), f"armor-{position}", name, CATEGORIES[position % 3])
        product.variations = [
            Variation(self.new(), product, colour, size, 4_900 + 500 * position) for colour in COLOURS for size in SIZES
        ]
        return product

    def _person(self, first_name: str, last_name: str, email: str, phone: str) -> Person:
        home = {
            "first_name": first_name, "last_name": last_name, "company": "", "address_1": "4 quai Sadi-Carnot",
            "address_2": "", "city": "Brest", "state": "", "postcode": "29200", "country": "FR",
        }
        person = Person(
            self.new(), first_name, last_name, email, {**home, "email": email, "phone": phone}, home,
            self.now(), self.now())
        self.people[person.number] = person
        return person

    def order(
        self, pieces: list[tuple[int, int]], *, billing: dict[str, str], shipping: dict[str, str], customer: int = 0,
        discount_minor: int = 0, gateway: str = "stripe",
    ) -> Placed:
        """What a buyer does at the checkout."""
        lines = [(self.new(), variant, quantity, self.variations[variant].price_minor) for variant, quantity in pieces]
        now = self.now()
        placed = Placed(
            self.new(), lines, dict(billing), _without_phone(shipping), discount_minor, now, now, customer, paid=now,
            gateway=gateway)
        self.orders[placed.number] = placed
        self._move(placed, -1)
        return placed

    def check_out(self, session: str, *, email: str, address: dict[str, str]) -> Placed:
        """A basket is paid for: it is empty from then on."""
        basket = self.baskets[session]
        pieces = [(variant, quantity) for variant, quantity in basket.lines.values()]
        discount = self.discount_of(basket)
        basket.lines.clear()
        basket.codes.clear()
        billing = {**address, "email": email, "phone": ""}
        return self.order(pieces, billing=billing, shipping=address, discount_minor=discount)

    def items_of(self, basket: Basket) -> int:
        """What its lines cost, in minor units."""
        return sum(self.variations[variant].price_minor * quantity for variant, quantity in basket.lines.values())

    def discount_of(self, basket: Basket) -> int:
        """What its coupons take off, in minor units."""
        return self.items_of(basket) // 10 if CODE in basket.codes else 0

    def complete(self, number: int) -> None:
        """The shop is done with an order. It may be on its way, or there: WooCommerce does not say."""
        self.set_status(self.orders[number], "completed")

    def set_status(self, order: Placed, status: str) -> None:
        """As the shop's people, or an API, set it."""
        if status in ("cancelled", "failed") and order.status not in ("cancelled", "failed", "refunded"):
            self._move(order, 1)
        if status == "completed":
            order.completed = self.now()
        order.status = status
        order.touched = self.now()

    def pay_back(self, order: Placed, amount_minor: int, reason: str) -> dict[str, Any]:
        """Some of what was paid; once all of it is back, the order is `refunded`."""
        refund = {"id": self.new(), "reason": reason, "amount_minor": amount_minor, "made": self.now()}
        order.refunds.insert(0, refund)
        order.touched = self.now()
        if self.left_of(order) == 0:
            order.status = "refunded"
        return refund

    def left_of(self, order: Placed) -> int:
        """What was paid and is not back yet, in minor units."""
        return order.total_minor - sum(each["amount_minor"] for each in order.refunds)

    def note(self, notes: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
        """`meta_data` of a thing: what has a key is set, else added."""
        for each in wanted:
            known = next((one for one in notes if one["key"] == each["key"]), None)
            if known:
                known["value"] = each["value"]
            else:
                notes.append({"id": self.new(), "key": each["key"], "value": each["value"]})

    def _move(self, order: Placed, sign: int) -> None:
        for _, variant, quantity, _ in order.lines:
            if (left := self.stock[variant]) is not None:
                self.stock[variant] = left + sign * quantity
