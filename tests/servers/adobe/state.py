"""What a played Adobe Commerce shop holds, and what its own people and its buyers do there: no HTTP here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

COLOURS = ((49, {"fr": "Bleu marine", "en": "Navy"}), (50, {"fr": "Rouge", "en": "Red"}))
SIZES = ((61, {"fr": "S", "en": "S"}), (62, {"fr": "M", "en": "M"}), (63, {"fr": "L", "en": "L"}))
MATERIALS = ((71, {"fr": "Laine", "en": "Wool"}),)
BRANDS = ((81, {"fr": "Brume & Sel", "en": "Brume & Sel"}),)
COLOUR, SIZE, MATERIAL, BRAND = 93, 142, 145, 83  # numbers of attributes
CATEGORIES = (
    (21, {"fr": "Pulls", "en": "Jumpers"}), (22, {"fr": "Robes", "en": "Dresses"}),
    (23, {"fr": "Manteaux & vestes", "en": "Coats & jackets"}),
)
CODE = "MERCI10"
STORES = (("brest", "Brest Siam"), ("quimper", "Quimper Centre"))
LANGUAGES = {"fr": "fr", "en": "en"}  # code of a store view -> its language
Address = dict[str, Any]


@dataclass
class Variation:
    """A simple product that is a choice of a configurable one."""

    number: int
    sku: str
    product: "Product"
    colour: int
    size: int
    price: float


@dataclass
class Product:
    """A configurable product."""

    number: int
    sku: str
    url_key: str
    names: dict[str, str]
    category: int
    variations: list[Variation] = field(default_factory=list)


@dataclass
class Person:
    """A customer's account."""

    number: int
    first_name: str
    last_name: str
    email: str
    addresses: list[Address]
    made: str
    touched: str


@dataclass
class Basket:
    """A quote."""

    number: int
    made: str
    customer: int = 0
    is_active: bool = True
    lines: dict[int, list[Any]] = field(default_factory=dict)  # item -> [SKU, quantity]
    code: str = ""


@dataclass
class Line:
    """What was ordered of one variation: an item as it was chosen, and the one below it."""

    number: int
    below: int
    sku: str
    quantity: int
    price: float
    shipped: int = 0
    cancelled: int = 0
    refunded: int = 0


@dataclass
class Placed:
    """An order."""

    number: int
    shown_number: str
    lines: list[Line]
    email: str
    billing: Address
    shipping: Address
    discount: float
    made: str
    touched: str
    customer: int = 0
    state: str = "processing"
    status: str = "processing"
    method: str = "stripe_payments"
    sent_by: str = "flatrate_flatrate"
    paid: float = 0.0
    refunded: float = 0.0
    comments: list[dict[str, Any]] = field(default_factory=list)
    shipments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> float:
        """What it costs: nothing is asked for sending it."""
        return sum(each.quantity * each.price for each in self.lines) - self.discount


class Shop:
    """A shop with 24 products in two languages, two stores, two customers with orders, and a coupon of 10 %."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock, self._numbers = clock, count(501)
        self.products = {each.number: each for each in (self._product(position) for position in range(24))}
        self.variations = {each.sku: each for product in self.products.values() for each in product.variations}
        self.salable: dict[str, float] = dict.fromkeys(self.variations, 50)
        self.shelves = {place: dict.fromkeys(self.variations, 50) for place, _ in STORES}
        self.sells_on: dict[str, str] = {}  # SKU -> `backorders` or `uncounted`
        self.people: dict[int, Person] = {}
        self.baskets: dict[int, Basket] = {}
        self.orders: dict[int, Placed] = {}
        self.paying_back = {"stripe_payments"}  # ways to pay that pay back when they are asked
        self.marie = self._person("Marie", "Le Goff", "marie.legoff@example.com", "06 12 34 56 78")
        self.paul = self._person("Paul", "Aubry", "paul.aubry@example.com", "+33 6 98 76 54 32")
        last = list(self.variations)[-1]
        for owner in (self.marie, self.marie, self.paul):
            self.order([(last, 1)], email=owner.email, address=owner.addresses[0], customer=owner.number)

    def new(self) -> int:
        """A number that no other thing has."""
        return next(self._numbers)

    def now(self) -> str:
        """The moment, as Adobe writes it: UTC, without saying so."""
        return self._clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def _product(self, position: int) -> Product:
        letter = chr(ord("A") + position)
        names = {"fr": f"Armor {letter}", "en": f"Armor {letter} sweater"}
        product = Product(self.new(), f"ARM/{letter}", f"armor-{position}", names, CATEGORIES[position % 3][0])
        product.variations = [
            Variation(self.new(), f"ARM/{letter}-{colour}-{size}", product, colour, size, 49.0 + 5 * position)
            for colour, _ in COLOURS for size, _ in SIZES
        ]
        return product

    def _person(self, first_name: str, last_name: str, email: str, phone: str) -> Person:
        number = self.new()
        home = {
            "id": self.new(), "customer_id": number, "region": {"region_code": None, "region": None, "region_id": 0},
            "region_id": 0, "country_id": "FR", "street": ["4 quai Sadi-Carnot"], "telephone": phone,
            "postcode": "29200", "city": "Brest", "firstname": first_name, "lastname": last_name,
            "default_shipping": True, "default_billing": True,
        }
        person = Person(number, first_name, last_name, email, [home], self.now(), self.now())
        self.people[number] = person
        return person

    def order(
        self, pieces: list[tuple[str, int]], *, email: str, address: Address, customer: int = 0, discount: float = 0.0,
        method: str = "stripe_payments", is_paid: bool = True,
    ) -> Placed:
        """What a buyer does at the checkout; a card is charged there, and invoiced."""
        lines = [Line(self.new(), self.new(), sku, quantity, self.variations[sku].price) for sku, quantity in pieces]
        number, now = self.new(), self.now()
        told = {name: value for name, value in address.items() if name in (
            "firstname", "lastname", "company", "street", "city", "postcode", "country_id", "telephone")}
        homes = [{"entity_id": self.new(), "parent_id": number, "address_type": kind, "email": email, **told}
                 for kind in ("billing", "shipping")]
        placed = Placed(
            number, f"{number:09}", lines, email, homes[0], homes[1], discount, now, now, customer, method=method)
        if is_paid:
            placed.paid = placed.total
        else:
            placed.state, placed.status = "new", "pending"
        self.orders[number] = placed
        self._move(placed, -1)
        return placed

    def check_out(self, number: int, *, email: str, address: Address) -> Placed:
        """A basket is paid for: it is nobody's open one from then on."""
        basket = self.baskets[number]
        basket.is_active = False
        return self.order(
            [(sku, quantity) for sku, quantity in basket.lines.values()], email=email, address=address,
            discount=self.discount_of(basket), customer=basket.customer)

    def items_of(self, basket: Basket) -> float:
        """What its lines cost."""
        return sum(self.variations[sku].price * quantity for sku, quantity in basket.lines.values())

    def discount_of(self, basket: Basket) -> float:
        """What its coupon takes off."""
        return self.items_of(basket) / 10 if basket.code else 0.0

    def ship(self, order: Placed, quantity: int = 0, number: str = "XY123456789FR") -> None:
        """Some pieces of each line leave, or all; once all have, a paid order is complete. It may be there, or not."""
        items = []
        for line in order.lines:
            count = quantity or line.quantity - line.shipped
            line.shipped += count
            items.append({"entity_id": self.new(), "order_item_id": line.number, "qty": count, "sku": line.sku})
        order.shipments.append({
            "entity_id": self.new(), "made": self.now(), "items": items, "track": self.new(), "number": number})
        if all(each.shipped == each.quantity for each in order.lines):
            order.state = order.status = "complete"
        order.touched = self.now()

    def cancel(self, order: Placed) -> bool:
        """What was not invoiced is cancelled; Adobe says no in silence."""
        if order.paid or order.state not in ("new", "pending_payment", "processing"):
            return False
        for line in order.lines:
            line.cancelled = line.quantity
        order.state = order.status = "canceled"
        order.touched = self.now()
        self._move(order, 1)
        return True

    def pay_back(self, order: Placed) -> bool:
        """All of an invoice; what has not left is closed by it."""
        if order.method not in self.paying_back or order.refunded >= order.paid:
            return False
        order.refunded = order.paid
        for line in order.lines:
            line.refunded = line.quantity
        order.state = order.status = "closed"
        order.touched = self.now()
        self._move(order, 1)
        return True

    def comment(self, order: Placed, text: str) -> None:
        """Somebody notes something of an order."""
        order.comments.insert(0, {"entity_id": self.new(), "comment": text, "created_at": self.now()})

    def _move(self, order: Placed, sign: int) -> None:
        for line in order.lines:
            self.salable[line.sku] += sign * line.quantity
