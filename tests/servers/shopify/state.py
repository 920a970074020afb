"""What a played Shopify shop holds, and what its own people and its buyers do there: no GraphQL here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

WAREHOUSE, STORE, OTHER_STORE = "900", "901", "902"
COLOURS = (("Bleu marine", "Navy"), ("Rouge", "Red"))
SIZES = ("S", "M", "L")


@dataclass
class Variant:
    """What can be bought."""

    number: str
    product: "Product"
    colour: tuple[str, str]  # French, English
    size: str
    price_minor: int


@dataclass
class Product:
    """A product with its names in French, the shop's own language, and English."""

    number: str
    handle: str
    names: tuple[str, str]
    kind: tuple[str, str]
    variants: list[Variant] = field(default_factory=list)


@dataclass
class Person:
    """A customer's account."""

    number: str
    first_name: str
    last_name: str
    email: str
    phone: str
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    default: str = ""
    touched: str = ""
    kept: dict[str, str] = field(default_factory=dict)  # metafields of the app's own


@dataclass
class Basket:
    """A cart of the Storefront API."""

    token: str
    email: str = ""
    lines: dict[str, list[Any]] = field(default_factory=dict)  # line id -> [variant number, quantity]
    codes: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    is_ordered: bool = False


@dataclass
class Placed:
    """An order."""

    number: str
    name: str
    email: str
    lines: list[tuple[str, str, int, int]]  # line number, variant number, quantity, unit price
    address: dict[str, Any]
    discount_minor: int
    made: str
    touched: str
    customer: str = ""
    cancelled: str = ""
    staff_note: str = ""
    parcels: list[dict[str, Any]] = field(default_factory=list)
    returns: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total_minor(self) -> int:
        """What was paid: nothing is asked for sending it."""
        return sum(quantity * price for _, _, quantity, price in self.lines) - self.discount_minor


class Shop:
    """A shop with 24 products, two stores, two customers with orders, and a code that takes 10 % off."""

    CODE = "MERCI10"

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock, self._numbers = clock, count(5001)
        self.products = [self._product(position) for position in range(24)]
        self.variants = {each.number: each for product in self.products for each in product.variants}
        self.scopes = [  # as docs/shopify.md asks for them, and as Shopify may tell them: who writes, reads
            "write_orders", "read_all_orders", "write_customers", "read_products", "read_inventory", "read_locations",
            "read_merchant_managed_fulfillment_orders", "read_assigned_fulfillment_orders",
            "read_third_party_fulfillment_orders", "write_returns", "read_discounts",
        ]
        self.subscriptions: list[tuple[str, str]] = []  # topic, address: those made by API alone
        self.stock = {(number, place): 50 for number in self.variants for place in (WAREHOUSE, STORE, OTHER_STORE)}
        self.people: dict[str, Person] = {}
        self.baskets: dict[str, Basket] = {}
        self.orders: dict[str, Placed] = {}
        self.marie = self._person("Marie", "Le Goff", "marie.legoff@example.com", "+33612345678")
        self.paul = self._person("Paul", "Aubry", "paul.aubry@example.com", "+33698765432")
        for position, owner in enumerate((self.marie, self.marie, self.paul)):
            variant = self.products[23 - position].variants[0]
            self.order([(variant.number, 1)], email=owner.email, customer=owner.number,
                       address=owner.addresses[owner.default])

    def new(self) -> str:
        """A number that no other thing has."""
        return str(next(self._numbers))

    def now(self) -> str:
        """The moment, as Shopify writes it."""
        return self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _product(self, position: int) -> Product:
        kinds = (("Pull", "Jumper"), ("Robe", "Dress"), ("Manteau", "Coat"))
        kind = kinds[position % 3]
        name = chr(ord("A") + position) + "rmor"
        product = Product(self.new(), f"armor-{position}", (f"{kind[0]} {name}", f"{name} {kind[1].lower()}"), kind)
        product.variants = [
            Variant(self.new(), product, colour, size, 4_900 + 500 * position) for colour in COLOURS for size in SIZES
        ]
        return product

    def _person(self, first_name: str, last_name: str, email: str, phone: str) -> Person:
        person = Person(self.new(), first_name, last_name, email, phone, touched=self.now())
        person.default = self.new()
        person.addresses[person.default] = {
            "firstName": first_name, "lastName": last_name, "address1": "4 quai Sadi-Carnot", "city": "Brest",
            "zip": "29200", "countryCode": "FR",
        }
        self.people[person.number] = person
        return person

    def order(
        self, pieces: list[tuple[str, int]], *, email: str, address: dict[str, Any], customer: str = "",
        discount_minor: int = 0,
    ) -> Placed:
        """What a buyer does on the checkout page."""
        number, made = self.new(), self.now()
        lines = [
            (self.new(), variant, quantity, self.variants[variant].price_minor) for variant, quantity in pieces
        ]
        placed = Placed(
            number, f"#{1000 + len(self.orders) + 1}", email, lines, address, discount_minor, made, made, customer)
        self.orders[number] = placed
        for variant, quantity in pieces:
            self.stock[variant, WAREHOUSE] -= quantity
        return placed

    def check_out(self, token: str, *, email: str, address: dict[str, Any]) -> Placed:
        """A basket is paid for: it is there no more."""
        basket = self.baskets[token]
        basket.is_ordered = True
        pieces = [(variant, quantity) for variant, quantity in basket.lines.values()]
        owner = next((each.number for each in self.people.values() if each.email == basket.email), "")
        return self.order(
            pieces, email=email, address=address, customer=owner, discount_minor=self.discount_of(basket))

    def items_of(self, basket: Basket) -> int:
        """What its lines cost, in minor units."""
        return sum(self.variants[variant].price_minor * quantity for variant, quantity in basket.lines.values())

    def discount_of(self, basket: Basket) -> int:
        """What its codes take off, in minor units."""
        return self.items_of(basket) // 10 if self.CODE in basket.codes else 0

    def send(self, number: str, shown: str = "IN_TRANSIT") -> None:
        """All of an order leaves, or goes on its way, or arrives."""
        order, now = self.orders[number], self.now()
        order.parcels = order.parcels or [{"id": self.new(), "created": now}]
        order.parcels[0] |= {"shown": shown, "touched": now}
        order.touched = now

    def cancel(self, number: str, note: str) -> bool:
        """Cancelled and paid back, its pieces back on the shelf; whether it could be."""
        order = self.orders[number]
        if order.cancelled or order.parcels:
            return False
        order.cancelled = order.touched = self.now()
        order.staff_note = note
        for _, variant, quantity, _ in order.lines:
            self.stock[variant, WAREHOUSE] += quantity
        return True
