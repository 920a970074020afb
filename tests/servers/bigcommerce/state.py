"""What a played BigCommerce shop holds, and what its own people and its buyers do there: no HTTP here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

COLOURS, SIZES = ("Bleu marine", "Rouge"), ("S", "M", "L")
CATEGORIES = {23: "Pulls", 24: "Robes", 25: "Manteaux & vestes"}
BRANDS = {37: "Brume & Sel"}
CODE = "MERCI10"
ORIGIN, STORE, OTHER_STORE = 1, 2, 3  # locations
Note = dict[str, Any]


@dataclass
class Variant:
    """What can be bought."""

    number: int
    product: "Product"
    colour: str
    size: str
    price_minor: int


@dataclass
class Product:
    """A product with variants."""

    number: int
    name: str
    path: str
    category: int
    tracking: str = "variant"
    availability: str = "available"
    variants: list[Variant] = field(default_factory=list)


@dataclass
class Person:
    """A customer's account."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: str
    made: datetime
    touched: datetime
    addresses: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Basket:
    """A cart, as long as there is something in it."""

    id: str
    customer: int = 0
    lines: dict[str, list[int]] = field(default_factory=dict)  # line -> [variant, quantity]
    codes: list[str] = field(default_factory=list)
    version: int = 1


@dataclass
class Placed:
    """An order."""

    number: int
    lines: list[list[int]]  # line, variant, quantity, unit price, shipped, refunded
    billing: dict[str, str]
    shipping: dict[str, str]
    address_id: int
    discount_minor: int
    made: datetime
    touched: datetime
    customer: int = 0
    status: int = 11
    payment: str = "captured"
    gateway: str = "Stripe"
    pickup: int = 0  # a location
    staff_notes: str = ""
    shipments: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total_minor(self) -> int:
        """What was paid: nothing is asked for sending it."""
        return sum(line[2] * line[3] for line in self.lines) - self.discount_minor


class Shop:
    """A shop with 24 products, two customers with orders, and a coupon that takes 10 % off."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock, self._numbers = clock, count(501)
        self.products = {each.number: each for each in (self._product(position) for position in range(24))}
        self.variants = {each.number: each for product in self.products.values() for each in product.variants}
        self.stock: dict[tuple[int, int], int] = {}  # variant, location
        for number in self.variants:
            self.stock |= {(number, place): 50 if place == ORIGIN else 3 for place in (ORIGIN, STORE, OTHER_STORE)}
        self.people: dict[int, Person] = {}
        self.baskets: dict[str, Basket] = {}
        self.orders: dict[int, Placed] = {}
        self.notes: dict[str, list[Note]] = {}  # metafields, by `customers/11`
        self.hooks: list[dict[str, Any]] = []
        self.refunding = {"Stripe"}  # gateways that pay back when they are asked
        self.declining: set[str] = set()  # those that say no after all
        self.marie = self._person("Marie", "Le Goff", "marie.legoff@example.com", "06 12 34 56 78")
        self.paul = self._person("Paul", "Aubry", "paul.aubry@example.com", "+33 6 98 76 54 32")
        last = list(self.variants)[-1]
        for owner in (self.marie, self.marie, self.paul):
            home = self.order_address(owner)
            self.order([(last, 1)], billing=home, shipping=home, customer=owner.number)

    def new(self) -> int:
        """A number that no other thing has."""
        return next(self._numbers)

    def now(self) -> datetime:
        """The moment, in whole seconds."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def _product(self, position: int) -> Product:
        name = f"Armor {chr(ord('A') + position)}"
        product = Product(self.new(), name, f"/armor-{position}/", list(CATEGORIES)[position % 3])
        product.variants = [
            Variant(self.new(), product, colour, size, 4_900 + 500 * position) for colour in COLOURS for size in SIZES
        ]
        return product

    def _person(self, first_name: str, last_name: str, email: str, phone: str) -> Person:
        person = Person(self.new(), first_name, last_name, email, phone, self.now(), self.now())
        self.people[person.number] = person
        self.add_address(person, {
            "first_name": first_name, "last_name": last_name, "company": "", "address1": "4 quai Sadi-Carnot",
            "address2": "", "city": "Brest", "state_or_province": "", "postal_code": "29200", "country_code": "FR",
            "phone": phone, "address_type": "residential",
        })
        return person

    def add_address(self, person: Person, said: dict[str, Any]) -> dict[str, Any]:
        """A new address of the book."""
        made = {"id": self.new(), "customer_id": person.number, "country": "France", "company": "", "phone": "", **said}
        person.addresses.append(made)
        return made

    def order_address(self, person: Person) -> dict[str, str]:
        """Where a customer lives, as an order of V2 says it."""
        said = person.addresses[0]
        return {
            "first_name": said["first_name"], "last_name": said["last_name"], "company": "",
            "street_1": said["address1"], "street_2": "", "city": said["city"], "state": "",
            "zip": said["postal_code"], "country": "France", "country_iso2": "FR", "phone": said["phone"],
            "email": person.email,
        }

    def order(
        self, pieces: list[tuple[int, int]], *, billing: dict[str, str], shipping: dict[str, str], customer: int = 0,
        discount_minor: int = 0, gateway: str = "Stripe", payment: str = "captured",
    ) -> Placed:
        """What a buyer does at the checkout."""
        price = {variant: self.variants[variant].price_minor for variant, _ in pieces}
        lines = [[self.new(), variant, quantity, price[variant], 0, 0] for variant, quantity in pieces]
        placed = Placed(
            self.new(), lines, dict(billing), dict(shipping), self.new(), discount_minor, self.now(), self.now(),
            customer, gateway=gateway, payment=payment)
        self.orders[placed.number] = placed
        self._move(placed, -1)
        return placed

    def check_out(self, cart_id: str, *, email: str, address: dict[str, str]) -> Placed:
        """A basket is paid for: it is gone from then on."""
        basket = self.baskets.pop(cart_id)
        pieces = [(variant, quantity) for variant, quantity in basket.lines.values()]
        billing = {**address, "email": email, "phone": address.get("phone", "")}
        return self.order(pieces, billing=billing, shipping=billing, discount_minor=self.discount_of(basket))

    def level_of(self, variant: int) -> int:
        """What the shop may sell of it, in all its places."""
        return sum(left for (number, _), left in self.stock.items() if number == variant)

    def items_of(self, basket: Basket) -> int:
        """What its lines cost, in minor units."""
        return sum(self.variants[variant].price_minor * quantity for variant, quantity in basket.lines.values())

    def discount_of(self, basket: Basket) -> int:
        """What its coupons take off, in minor units."""
        return self.items_of(basket) // 10 if CODE in basket.codes else 0

    def fill(self, basket: Basket, variant: int, quantity: int) -> None:
        """A line is added."""
        basket.lines[str(uuid4())] = [variant, quantity]

    def send(self, number: int, *, pieces: int | None = None) -> None:
        """The shop hands a parcel over, of all or of some pieces of the first line."""
        order = self.orders[number]
        items = []
        for line in order.lines if pieces is None else order.lines[:1]:
            sent = line[2] - line[4] if pieces is None else pieces
            line[4] += sent
            items.append({"order_product_id": line[0], "product_id": 0, "quantity": sent})
        order.shipments.append({"id": self.new(), "items": items, "made": self.now()})
        self.set_status(order, 2 if all(line[4] >= line[2] for line in order.lines) else 3)

    def set_status(self, order: Placed, status: int) -> None:
        """As the shop's people, or an API, set it."""
        if status in (4, 5) and order.status not in (4, 5):
            self._move(order, 1)
        order.status, order.touched = status, self.now()

    def pay_back(self, order: Placed, amount_minor: int, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Some of what was paid; once all of it is back, the order is Refunded."""
        is_declined = order.gateway in self.declining
        refund = {"id": self.new(), "amount_minor": amount_minor, "items": items, "made": self.now(),
                  "is_declined": is_declined}
        order.refunds.append(refund)
        order.touched = self.now()
        if not is_declined:
            is_whole = self.left_of(order) == 0
            order.payment = "refunded" if is_whole else "partially refunded"
            self.set_status(order, 4 if is_whole else 14)
        return refund

    def left_of(self, order: Placed) -> int:
        """What was paid and is not back yet, in minor units."""
        return order.total_minor - sum(each["amount_minor"] for each in order.refunds if not each["is_declined"])

    def _move(self, order: Placed, sign: int) -> None:
        for line in order.lines:
            self.stock[line[1], ORIGIN] += sign * line[2]
