"""DemoEngine: the embedded shop behind the commerce protocol, a real shop in one database.

Each method is one transaction; what it does lies in the module of its topic beside this file.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.commerce import catalogue_search
from bot.commerce.demo import (
    aftersales,
    carts,
    changes,
    closing,
    customers,
    delivery_choices,
    invoices,
    offers,
    orders,
    pickup,
    placing,
    products,
    stock,
)
from bot.commerce.demo.database import ShopDatabase
from bot.commerce.demo.merchant import MerchantSide
from bot.commerce.signed_changes import key_of, read_signed_changes
from bot.commerce.types import (
    Address,
    Availability,
    Cart,
    CartRef,
    CustomerRef,
    DeliveryChoice,
    Invoice,
    Location,
    LocationRef,
    Offer,
    Order,
    OrderRef,
    Page,
    PaymentMethod,
    Product,
    ProductRef,
    ShopCustomer,
    ShopEvent,
    VariantRef,
)
from bot.errors import Unsupported

CAPABILITIES = frozenset({
    "customer_search_phone", "customer_search_name", "server_cart", "customer_cart", "place_order",
    "per_location_stock", "pickup", "idempotency_key", "delivery_events", "payment_methods", "offers",
    "order_cancel", "order_address_edit", "order_payment_edit", "order_lines_edit", "returns", "exchanges",
    "close_account", "forget_guest",
    "invoice", "address_remove", "delivery_preferences",
})


class DemoEngine:
    """The embedded shop. Give it to anything that wants a `CommerceEngine`."""

    def __init__(
        self, url: str, *, public_url: str, clock: Callable[[], datetime], webhook_secret: str = ""
    ) -> None:
        """`url` is SQLAlchemy's, `public_url` where the pages are served. Opens nothing until it is used."""
        self.database = ShopDatabase(url)
        self.public_url = public_url.rstrip("/")
        self.clock = clock
        self._webhook_key = key_of(webhook_secret)
        self.merchant = MerchantSide(self.database, self.public_url, clock)
        self._catalogue = products.CatalogueReader(self.public_url)

    def capabilities(self) -> frozenset[str]:
        """What this engine can do, in the protocol's words."""
        return CAPABILITIES | ({"webhooks"} if self._webhook_key else frozenset())

    def close(self) -> None:
        """Give back every connection."""
        self.database.store.close()

    # customers
    def find_customers(
        self, *, email: str = "", phone: str = "", first_name: str = "", last_name: str = "", postcode: str = ""
    ) -> list[ShopCustomer]:
        """Customers who match every given value; case and accents do not matter."""
        with self.database.read() as connection:
            return customers.find_customers(
                connection, email=email, phone=phone, first_name=first_name, last_name=last_name, postcode=postcode
            )

    def get_customer(self, ref: CustomerRef) -> ShopCustomer:
        """The customer. NotFound."""
        with self.database.read() as connection:
            return customers.get_customer(connection, ref)

    def update_customer(self, ref: CustomerRef, patch: Mapping[str, str], *, if_version: int) -> ShopCustomer:
        """Change first_name, last_name, email or phone. FixInput, Conflict, NotFound. Writes."""
        with self.database.write() as connection:
            return customers.update_customer(connection, ref, patch, if_version, self.clock())

    def put_address(self, ref: CustomerRef, address: Address, *, if_version: int | None = None) -> ShopCustomer:
        """Add an address, or replace the one with its id. FixInput, NotFound, Conflict. Writes."""
        with self.database.write() as connection:
            return customers.put_address(connection, ref, address, if_version, self.clock())

    def remove_address(self, ref: CustomerRef, address_id: str, *, if_version: int) -> ShopCustomer:
        """Take an address out of the book; the next becomes the default one. NotFound, Conflict. Writes."""
        with self.database.write() as connection:
            return customers.remove_address(connection, ref, address_id, if_version, self.clock())

    def list_payment_methods(self, ref: CustomerRef) -> list[PaymentMethod]:
        """The ways to pay kept for the customer. NotFound."""
        with self.database.read() as connection:
            return customers.list_payment_methods(connection, ref)

    def close_account(self, ref: CustomerRef, *, idempotency_key: str) -> None:
        """Remove the customer and keep the orders without them. NotFound. Writes."""
        with self.database.write() as connection:
            closing.close_account(connection, ref, idempotency_key, self.clock())

    def forget_guest(self, email: str, *, idempotency_key: str) -> int:
        """Take the person out of a guest's orders; how many. Writes."""
        with self.database.write() as connection:
            return closing.forget_guest(connection, email, idempotency_key, self.clock())

    # catalogue
    def search_products(
        self, query: str = "", *, filters: Mapping[str, Any] | None = None, limit: int = 24, cursor: str = "",
        language: str = "en",
    ) -> Page[Product]:
        """Products matching all words and filters, best first; words count in both languages."""
        filters = filters or {}
        start = orders.parse_cursor(cursor)
        with self.database.read() as connection:
            catalogue = self._catalogue.read(connection)
            in_stock = stock.sellable_variants(connection) if filters.get("in_stock") else None
        found = catalogue_search.search(catalogue, query, filters, in_stock, language)
        return Page(tuple(found[start : start + limit]), str(start + limit) if len(found) > start + limit else "")

    def get_product(self, ref: ProductRef) -> Product:
        """The product with its variants, by reference or slug. NotFound."""
        return self._read_catalogue().product(ref)

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        """Products in bulk, in the order asked for, unknown ones left out."""
        catalogue = self._read_catalogue()
        return [catalogue.products[ref] for ref in refs if ref in catalogue.products]

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The product that a variant belongs to. NotFound."""
        catalogue = self._read_catalogue()
        return catalogue.product(catalogue.variant(ref).product_ref)

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """Live stock, online and per store, in the order asked for."""
        with self.database.read() as connection:
            return stock.read_availability(connection, refs, self.clock())

    def list_pickup_locations(self) -> list[Location]:
        """Stores where orders can be picked up."""
        with self.database.read() as connection:
            return stock.list_locations(connection)

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        """Catalogue words by kind: value -> [English name, French name, other words for it]."""
        return catalogue_search.vocabulary(self._read_catalogue())

    # cart
    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        """The customer's open basket, made if there is none; a guest's is one per key. Writes."""
        with self.database.write() as connection:
            ref = carts.open_cart(connection, customer_ref, idempotency_key, self.clock())
            return self._cart(connection, ref)

    def get_cart(self, ref: CartRef) -> Cart:
        """The basket with prices of now; a merged one gives the basket it went into. NotFound."""
        with self.database.read() as connection:
            return self._cart(connection, ref)

    def set_line(
        self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
    ) -> Cart:
        """Set a line's absolute quantity (0 removes). InsufficientStock, Conflict, NotFound. Writes."""
        with self.database.write() as connection:
            carts.set_line(connection, ref, variant_ref, quantity, expected_version, self.clock())
            return self._cart(connection, ref)

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """The promotions that run now; with a channel, those made there or everywhere."""
        with self.database.read() as connection:
            return offers.list_offers(connection, channel, self.clock())

    def apply_offer(self, ref: CartRef, offer_code: str) -> Cart:
        """Apply a promotion, in place of another of its campaign. NotFound, NotAllowed. Writes."""
        with self.database.write() as connection:
            carts.apply_offer(connection, ref, offer_code, self._catalogue.read(connection), self.clock())
            return self._cart(connection, ref)

    def attach_customer(self, ref: CartRef, customer_ref: CustomerRef) -> Cart:
        """Give a guest's basket to a customer, merged with the open one. NotAllowed, NotFound. Writes."""
        with self.database.write() as connection:
            return self._cart(connection, carts.attach_customer(connection, ref, customer_ref, self.clock()))

    def place_order(
        self, ref: CartRef, *, payment: str, shipping_address: Address | None, idempotency_key: str,
        pickup_location_ref: LocationRef | None = None, email: str = "",
    ) -> Order:
        """Turn the basket into an order, once per key. FixInput, NotAllowed, InsufficientStock. Writes."""
        with self.database.write() as connection:
            order_ref = placing.place_order(
                connection, self._cart(connection, ref), self._catalogue.read(connection), payment=payment,
                shipping_address=shipping_address, key=idempotency_key, pickup_location_ref=pickup_location_ref,
                email=email, now=self.clock(),
            )
            return orders.get_order(connection, order_ref, self.public_url)

    # orders
    def get_order(self, ref: OrderRef) -> Order:
        """The order. NotFound."""
        with self.database.read() as connection:
            return orders.get_order(connection, ref, self.public_url)

    def find_order(
        self, number: str, *, customer_ref: CustomerRef | None = None, email: str = "", postcode: str = ""
    ) -> Order:
        """The order with that number, however typed, if every proof given matches; else NotFound, as for none."""
        with self.database.read() as connection:
            return orders.find_order(
                connection, number, customer_ref=customer_ref, email=email, postcode=postcode,
                public_url=self.public_url,
            )

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The customer's orders, newest first."""
        with self.database.read() as connection:
            return orders.list_orders(
                connection, customer_ref, limit=limit, cursor=cursor, public_url=self.public_url
            )

    def get_invoice(self, ref: OrderRef) -> Invoice:
        """The order's invoice, issued when it is first due. NotFound, NotAllowed. Writes where it is missing."""
        with self.database.read() as connection:
            found = invoices.read_invoice(connection, ref)
        if found:
            return found
        with self.database.write() as connection:
            return invoices.require_invoice(connection, ref, self.clock())

    def cancel_order(self, ref: OrderRef, *, reason: str, idempotency_key: str, if_version: int) -> Order:
        """Cancel an order before it leaves. See `aftersales.py` for errors. Writes."""
        with self.database.write() as connection:
            aftersales.cancel_order(connection, ref, reason=reason, call=self._call(idempotency_key, if_version))
            return orders.get_order(connection, ref, self.public_url)

    def update_order_address(self, ref: OrderRef, address: Address, *, idempotency_key: str, if_version: int) -> Order:
        """Send an order that has not left elsewhere. See `aftersales.py` for errors. Writes."""
        with self.database.write() as connection:
            aftersales.update_order_address(connection, ref, address, self._call(idempotency_key, if_version))
            return orders.get_order(connection, ref, self.public_url)

    def update_order_payment(self, ref: OrderRef, method_id: str, *, idempotency_key: str, if_version: int) -> Order:
        """Pay an order that has not left another way. See `aftersales.py` for errors. Writes."""
        with self.database.write() as connection:
            aftersales.update_order_payment(connection, ref, method_id, self._call(idempotency_key, if_version))
            return orders.get_order(connection, ref, self.public_url)

    def update_order_lines(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Other options of the same products. See `aftersales.py` for errors. Writes."""
        with self.database.write() as connection:
            aftersales.update_order_lines(
                connection, ref, self._catalogue.read(connection), changes, payment_method_id,
                self._call(idempotency_key, if_version),
            )
            return orders.get_order(connection, ref, self.public_url)

    def request_return(
        self, ref: OrderRef, pieces: Mapping[str, int], *, refund_to: str, reason: str = "", idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Announce a return. See `aftersales.py` for errors. Writes."""
        with self.database.write() as connection:
            aftersales.request_return(
                connection, ref, pieces, refund_to=refund_to, reason=reason,
                call=self._call(idempotency_key, if_version),
            )
            return orders.get_order(connection, ref, self.public_url)

    def request_exchange(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Announce an exchange. See `aftersales.py` for errors. Writes."""
        with self.database.write() as connection:
            aftersales.request_exchange(
                connection, ref, self._catalogue.read(connection), changes, payment_method_id,
                self._call(idempotency_key, if_version),
            )
            return orders.get_order(connection, ref, self.public_url)

    def list_delivery_choices(self, ref: OrderRef) -> list[DeliveryChoice]:
        """What the carrier still offers for the order's parcels; [] for nothing. NotFound."""
        with self.database.read() as connection:
            return delivery_choices.list_choices(connection, ref, self.clock())

    def choose_delivery(
        self, ref: OrderRef, choice_id: str, *, name: str = "", idempotency_key: str, if_version: int
    ) -> Order:
        """Take one of the choices. See `delivery_choices.py` for errors. Writes."""
        with self.database.write() as connection:
            delivery_choices.choose(connection, ref, choice_id, name, self._call(idempotency_key, if_version))
            return orders.get_order(connection, ref, self.public_url)

    def settle_missing_pickup(
        self, ref: OrderRef, *, choice: str, variant_ref: VariantRef | None, location_ref: LocationRef | None,
        idempotency_key: str,
    ) -> Order:
        """Settle a missing piece: `substitute`, `other_store` or `refund`. See `pickup.py` for errors. Writes."""
        with self.database.write() as connection:
            pickup.settle_missing_pickup(
                connection, ref, self._catalogue.read(connection), choice=choice, variant_ref=variant_ref,
                location_ref=location_ref, key=idempotency_key, now=self.clock(),
            )
            return orders.get_order(connection, ref, self.public_url)

    # events
    def poll_changes(self, cursor: str, *, limit: int = 500) -> tuple[list[ShopEvent], str]:
        """What changed since the cursor, oldest first, and the next cursor; "" starts at the beginning."""
        with self.database.read() as connection:
            return changes.poll_changes(connection, cursor, limit)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> tuple[ShopEvent, ...]:
        """What a signed call says (`bot/commerce/signed_changes.py`). ForeignPayload; Unsupported without a secret."""
        if not self._webhook_key:
            raise Unsupported("the demo shop's calls need PREVENANT_ENGINE_WEBHOOK_SECRET")
        return read_signed_changes(body, headers, self._webhook_key, now)

    # the demo's sign-in page
    def list_demo_customers(self) -> list[dict[str, Any]]:
        """The customers one may sign in as: ref, name, language and a line about their past in both languages."""
        with self.database.read() as connection:
            return customers.list_demo_customers(connection)

    def _call(self, key: str, if_version: int) -> aftersales.Call:
        return aftersales.Call(key, if_version, self.clock())

    def _cart(self, connection: Any, ref: str) -> Cart:
        return carts.read_cart(connection, ref, self._catalogue.read(connection), self.public_url, self.clock())

    def _read_catalogue(self) -> catalogue_search.Catalogue:
        with self.database.read() as connection:
            return self._catalogue.read(connection)
