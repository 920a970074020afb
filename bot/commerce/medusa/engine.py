"""MedusaEngine: a Medusa 2 shop behind the commerce protocol. What each method does lies in its topic's module.

Customers, orders and stock are the Admin API's, products and baskets the Store API's. The shop needs nothing of ours;
with our subscriber (`plugin/`, docs/medusa.md) it tells its changes by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from bot.commerce import catalogue_search
from bot.commerce.baskets import require_quantity, require_version
from bot.commerce.medusa import aftersales, carts, customers, offers, orders
from bot.commerce.medusa.cart_shapes import to_cart, variants_in, version_of_cart
from bot.commerce.medusa.changes import make_poller
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.joining import attach_customer
from bot.commerce.medusa.locks import Locks
from bot.commerce.medusa.pages import Pages
from bot.commerce.medusa.placing import BROKE_OFF, place_order
from bot.commerce.medusa.products import ProductReader
from bot.commerce.medusa.regions import RegionReader
from bot.commerce.medusa.shapes import start_of
from bot.commerce.medusa.stock import StockReader
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
from bot.errors import FixInput, InsufficientStock, NotAllowed, NotFound, Unsupported

CAPABILITIES = frozenset({
    "customer_search_phone", "customer_search_name", "server_cart", "customer_cart", "place_order",
    "per_location_stock", "offers", "order_cancel", "order_address_edit", "returns", "address_remove",
})
_IN_STOCK_AT_MOST = 2_000  # variants whose stock one search reads
_KEYS_AT_MOST = 1_000


class MedusaEngine:
    """A Medusa shop. Give it to anything that wants a `CommerceEngine`."""

    def __init__(
        self, url: str, *, secret_key: str, publishable_key: str, storefront_url: str, clock: Callable[[], datetime],
        deadline_seconds: float, country: str = "", webhook_secret: str = "", rest_seconds: float = 5.0,
        drawings_url: str = "",
    ) -> None:
        """`url` is Medusa's, without a path; `country` (ISO 3166) decides the region, "" the first; `storefront_url`
        and `drawings_url` see `Pages`; `rest_seconds` is how long a poll that found nothing rests. Opens nothing yet.
        """
        self._client = MedusaClient(url, secret_key, publishable_key, deadline_seconds=deadline_seconds)
        self._pages, self._clock = Pages(storefront_url.rstrip("/"), drawings_url), clock
        self._secret, self._webhook_key = secret_key.encode(), key_of(webhook_secret)
        self._regions = RegionReader(self._client, country)
        self._products = ProductReader(self._client, self._regions, self._pages)
        self._stock = StockReader(self._client, self._regions)
        self._changes = make_poller(self._client, clock, rest_seconds)
        self._guests: dict[str, CartRef] = {}  # by idempotency key: Medusa makes baskets without one
        self._locks = Locks()

    def capabilities(self) -> frozenset[str]:
        """What this engine can do, in the protocol's words."""
        return CAPABILITIES | ({"webhooks"} if self._webhook_key else frozenset())

    def close(self) -> None:
        """Give back every connection."""
        self._client.close()

    # customers
    def find_customers(
        self, *, email: str = "", phone: str = "", first_name: str = "", last_name: str = "", postcode: str = ""
    ) -> list[ShopCustomer]:
        """Customers with an account who match every given value. By postcode alone it finds none."""
        return customers.find_customers(
            self._client, email=email, phone=phone, first_name=first_name, last_name=last_name, postcode=postcode
        )

    def get_customer(self, ref: CustomerRef) -> ShopCustomer:
        """The customer. NotFound."""
        return customers.get_customer(self._client, ref)

    def update_customer(self, ref: CustomerRef, patch: Mapping[str, str], *, if_version: int) -> ShopCustomer:
        """Change first_name, last_name, email or phone. FixInput, Conflict, NotFound. Writes."""
        return customers.update_customer(self._client, ref, patch, if_version)

    def put_address(self, ref: CustomerRef, address: Address, *, if_version: int | None = None) -> ShopCustomer:
        """Add an address, or replace the one with its id. FixInput, NotFound, Conflict. Writes."""
        return customers.put_address(self._client, ref, address, if_version)

    def remove_address(self, ref: CustomerRef, address_id: str, *, if_version: int) -> ShopCustomer:
        """Take an address out of the book; the next becomes the default one. NotFound, Conflict. Writes."""
        return customers.remove_address(self._client, ref, address_id, if_version)

    def list_payment_methods(self, ref: CustomerRef) -> list[PaymentMethod]:
        """None: what a payment provider keeps, it shows on the checkout page alone. NotFound."""
        customers.get_customer(self._client, ref)
        return []

    def close_account(self, ref: CustomerRef, *, idempotency_key: str) -> None:
        """Unsupported: Medusa hides a deleted customer, and forgets nothing of them."""
        _refuse("close_account")

    def forget_guest(self, email: str, *, idempotency_key: str) -> int:
        """Unsupported."""
        _refuse("forget_guest")

    # catalogue
    def search_products(
        self, query: str = "", *, filters: Mapping[str, Any] | None = None, limit: int = 24, cursor: str = "",
        language: str = "en",
    ) -> Page[Product]:
        """Products matching all words and filters, best first; words count in both languages. FixInput."""
        filters, start = filters or {}, start_of(cursor)
        catalogue = self._products.read_catalogue()
        found = catalogue_search.search(catalogue, query, {**filters, "in_stock": None}, None, language)
        if filters.get("in_stock"):
            sellable = self._sellable_among(found)
            found = catalogue_search.search(catalogue, query, filters, sellable, language)
        return Page(tuple(found[start : start + limit]), str(start + limit) if len(found) > start + limit else "")

    def get_product(self, ref: ProductRef) -> Product:
        """The product with its variants, by id or handle. NotFound."""
        return self._products.get_product(ref)

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        """Products in bulk, in the order asked for, unknown ones left out."""
        return self._products.get_products(refs)

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The product that a variant belongs to. NotFound."""
        return self._products.get_variant_product(ref)

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """Live stock, what can be sent and per store, in the order asked for."""
        return self._stock.read_availability(refs, self._clock())

    def list_pickup_locations(self) -> list[Location]:
        """The locations with pick-up, to look at their stock; it is chosen on the checkout page."""
        return self._stock.list_stores()

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        """Catalogue words by kind: value -> [English name, French name]."""
        return catalogue_search.vocabulary(self._products.read_catalogue())

    # cart
    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        """The customer's open basket, in the shop from its first line on; a guest's is one per key, as long as this
        process remembers. FixInput, NotFound. Writes.
        """
        if not idempotency_key:
            raise FixInput("idempotency_key", "must not be empty")
        if customer_ref:
            return self._cart(CartRef(f"{carts.CUSTOMERS}{customer_ref}"))
        with self._locks.of(idempotency_key):
            ref = self._guests.get(idempotency_key) or carts.make_guests(self._client, self._regions.read())
            while len(self._guests) >= _KEYS_AT_MOST:
                self._guests.pop(next(iter(self._guests)), None)
            self._guests[idempotency_key] = ref
        return self._cart(ref)

    def get_cart(self, ref: CartRef) -> Cart:
        """The basket with prices of now; a joined one gives the one it went into; an ordered one is empty. NotFound."""
        return self._cart(ref)

    def set_line(
        self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
    ) -> Cart:
        """Set a line's absolute quantity (0 removes). InsufficientStock, Conflict, NotFound, FixInput. Writes."""
        require_quantity(quantity)
        with self._locks.of(ref):
            found = carts.read_cart(self._client, ref, self._secret)
            line = carts.line_of(found.native, variant_ref)
            known = {each.variant_ref: each for each in self.get_availability([variant_ref, *variants_in(found)])}
            if quantity != (line["quantity"] if line else 0):  # else a repeat, with the version before its first time
                require_version(version_of_cart(found), expected_version)
                region = self._regions.read()
                found = carts.set_line(self._client, found, variant_ref, quantity, known[variant_ref], region)
            elif known[variant_ref].state == "unknown":
                raise NotFound(f"variant {variant_ref}")
        return self._show(found, known)

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """The codes that the shop marked for the bot; Medusa makes them everywhere."""
        return offers.list_offers(self._client, self._regions.read().currency, self._clock())

    def apply_offer(self, ref: CartRef, offer_code: str) -> Cart:
        """Put a promotion on the basket, in place of another of its campaign. NotFound, NotAllowed. Writes."""
        told = {each.code.upper(): each for each in self.list_offers()}
        known = told.get(offer_code.strip().upper())
        code = known.code if known else offer_code.strip()  # a code of the customer's own may be told by nobody
        rivals = [each.code for each in told.values() if known and each.about == known.about and each.code != code]
        found = carts.read_cart(self._client, ref, self._secret)
        return self._show(carts.apply_code(self._client, found, code, rivals))

    def attach_customer(self, ref: CartRef, customer_ref: CustomerRef) -> Cart:
        """Give a guest's basket to a customer, merged with the open one. NotAllowed, NotFound. Writes."""
        with self._locks.of(f"{carts.CUSTOMERS}{customer_ref}"):
            joined = attach_customer(
                self._client, ref, customer_ref, self._secret, self.get_availability, self._regions.read())
        return self._cart(joined)

    def place_order(
        self, ref: CartRef, *, payment: str, shipping_address: Address | None, idempotency_key: str,
        pickup_location_ref: LocationRef | None = None, email: str = "",
    ) -> Order:
        """The order that the basket became, once per key; delivered, not picked up. FixInput, NotAllowed,
        InsufficientStock, Unsupported. Writes.
        """
        if pickup_location_ref:
            raise Unsupported("Medusa keeps nothing aside in a store")
        with self._locks.of(ref):
            found = carts.read_cart(self._client, ref, self._secret)
            try:
                placed = place_order(
                    self._client, found, self._regions.read(), payment=payment, shipping_address=shipping_address,
                    key=idempotency_key, email=email,
                )
            except InsufficientStock as error:
                raise InsufficientStock(min(self._short(found), default=0)) from error
            except NotAllowed as error:
                if error.reason == BROKE_OFF and (short := self._short(found)):
                    raise InsufficientStock(min(short)) from error  # what it broke off over
                raise
        return orders.get_order(self._client, placed, self._pages)

    # orders
    def get_order(self, ref: OrderRef) -> Order:
        """The order. NotFound."""
        return orders.get_order(self._client, ref, self._pages)

    def find_order(
        self, number: str, *, customer_ref: CustomerRef | None = None, email: str = "", postcode: str = ""
    ) -> Order:
        """The order with that number, however typed, if every proof given matches; else NotFound, as for none."""
        return orders.find_order(
            self._client, number, customer_ref=customer_ref, email=email, postcode=postcode, pages=self._pages
        )

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The customer's orders, newest first. FixInput for a cursor that is not ours."""
        return orders.list_orders(self._client, customer_ref, limit=limit, cursor=cursor, pages=self._pages)

    def get_invoice(self, ref: OrderRef) -> Invoice:
        """Unsupported: Medusa writes no invoices."""
        _refuse("invoice")

    def cancel_order(self, ref: OrderRef, *, reason: str, idempotency_key: str, if_version: int) -> Order:
        """Cancel an order before it leaves. NotAllowed("not_pending"), Conflict, UnknownFate. Writes."""
        with self._locks.of(ref):
            return aftersales.cancel_order(
                self._client, ref, self._pages, reason=reason, key=idempotency_key, if_version=if_version)

    def update_order_address(self, ref: OrderRef, address: Address, *, idempotency_key: str, if_version: int) -> Order:
        """Send an order that has not left elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
        with self._locks.of(ref):
            return aftersales.update_order_address(
                self._client, ref, self._pages, address, key=idempotency_key, if_version=if_version)

    def update_order_payment(self, ref: OrderRef, method_id: str, *, idempotency_key: str, if_version: int) -> Order:
        """Unsupported: paid is paid."""
        _refuse("order_payment_edit")

    def update_order_lines(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Unsupported: Medusa edits an order, and leaves the difference for the shop to settle."""
        _refuse("order_lines_edit")

    def request_return(
        self, ref: OrderRef, pieces: Mapping[str, int], *, refund_to: str, reason: str = "", idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Announce pieces that come back. See `aftersales.py` for errors. Writes."""
        with self._locks.of(ref):
            return aftersales.request_return(
                self._client, ref, self._pages, pieces, refund_to=refund_to, reason=reason, key=idempotency_key,
                if_version=if_version,
            )

    def request_exchange(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Unsupported."""
        _refuse("exchanges")

    def list_delivery_choices(self, ref: OrderRef) -> list[DeliveryChoice]:
        """Unsupported: the carriers' business."""
        _refuse("delivery_preferences")

    def choose_delivery(
        self, ref: OrderRef, choice_id: str, *, name: str = "", idempotency_key: str, if_version: int
    ) -> Order:
        """Unsupported."""
        _refuse("delivery_preferences")

    def settle_missing_pickup(
        self, ref: OrderRef, *, choice: str, variant_ref: VariantRef | None, location_ref: LocationRef | None,
        idempotency_key: str,
    ) -> Order:
        """Unsupported."""
        _refuse("pickup")

    # events
    def poll_changes(self, cursor: str, *, limit: int = 500) -> tuple[list[ShopEvent], str]:
        """What changed since the cursor, oldest first, and the next cursor; "" starts 60 days ago. FixInput."""
        return self._changes.poll(cursor, limit)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> tuple[ShopEvent, ...]:
        """What a signed call of our subscriber says. ForeignPayload; Unsupported without a secret."""
        if not self._webhook_key:
            raise Unsupported("Medusa's calls need PREVENANT_ENGINE_WEBHOOK_SECRET")
        return read_signed_changes(body, headers, self._webhook_key, now)

    def _cart(self, ref: CartRef) -> Cart:
        return self._show(carts.read_cart(self._client, ref, self._secret))

    def _show(self, found: carts.FoundCart, known: Mapping[VariantRef, Availability] | None = None) -> Cart:
        inside = variants_in(found)
        known = known or {each.variant_ref: each for each in self.get_availability(inside)}
        stocks = [known[each] for each in inside]
        currency = str(found.native["currency_code"]).upper() if found.native else self._regions.read().currency
        return to_cart(found, stocks, pages=self._pages, currency=currency)

    def _short(self, found: carts.FoundCart) -> list[int]:
        """How many there are of each thing of which the basket holds more."""
        lines = found.native["items"] if found.native else ()
        told = self.get_availability([VariantRef(each["variant_id"]) for each in lines])
        return [
            each.quantity for line, each in zip(lines, told, strict=True)
            if each.quantity is not None and each.quantity < line["quantity"]
        ]

    def _sellable_among(self, products: Sequence[Product]) -> set[str]:
        refs = [variant.ref for product in products for variant in product.variants][:_IN_STOCK_AT_MOST]
        return {each.variant_ref for each in self.get_availability(refs) if each.is_sellable_online}


def _refuse(capability: str) -> NoReturn:
    raise Unsupported(f"Medusa has no {capability}")
