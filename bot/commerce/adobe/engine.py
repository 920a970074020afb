"""AdobeEngine: an Adobe Commerce or Magento shop behind the commerce protocol. What each method does lies in its
topic's module.

Everything is REST V1's, by the keys of an integration. The buyer pays on the shop's own checkout page: the engine
places no orders (docs/adobe.md).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, NoReturn

from bot.commerce import catalogue_search
from bot.commerce.adobe import aftersales, carts, customers, offers, webhooks
from bot.commerce.adobe.cart_shapes import to_cart, variants_in, version_of_cart
from bot.commerce.adobe.changes import make_poller
from bot.commerce.adobe.client import AdobeClient, Keys
from bot.commerce.adobe.joining import attach_customer
from bot.commerce.adobe.orders import OrderReader
from bot.commerce.adobe.products import Choice, ProductReader
from bot.commerce.adobe.regions import RegionReader
from bot.commerce.adobe.stock import StockReader
from bot.commerce.adobe.stores import ViewReader
from bot.commerce.baskets import require_quantity, require_version
from bot.commerce.signed_changes import key_of
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
    "customer_search_phone", "customer_search_name", "server_cart", "customer_cart", "per_location_stock", "offers",
    "order_cancel", "order_address_edit", "address_remove",
})
_IN_STOCK_AT_MOST = 500  # variants whose stock one search reads
_KEYS_AT_MOST = 1_000


class AdobeEngine:
    """An Adobe Commerce shop. Give it to anything that wants a `CommerceEngine`."""

    def __init__(
        self, url: str, keys: Keys, *, store: str, clock: Callable[[], datetime], deadline_seconds: float,
        webhook_secret: str = "", webhook_public_key: str = "", rest_seconds: float = 10.0,
    ) -> None:
        """`url` is where the shop is, `store` the code of the store view that the bot sells in; `webhook_public_key` is
        the shop's own, which Adobe's webhooks are signed for; `rest_seconds` is how long a poll that found nothing
        rests. Opens nothing yet. FixConfiguration for what is no key.
        """
        self._client = AdobeClient(url, keys, store=store, deadline_seconds=deadline_seconds)
        self._clock, self._webhook_key, self._cart_key = clock, key_of(webhook_secret), keys.access_secret.encode()
        self._public_key = webhooks.read_public_key(webhook_public_key)
        self._views, self._regions = ViewReader(self._client, store), RegionReader(self._client)
        self._products = ProductReader(self._client, self._views)
        self._stock = StockReader(self._client, self._views)
        self._orders = OrderReader(self._client, self._products.read_catalogue)
        self._changes = make_poller(self._client, clock, rest_seconds)
        self._guests: dict[str, CartRef] = {}  # by idempotency key: Adobe makes baskets without one
        self._guests_lock = Lock()

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
        """Customers who match every given value; case and accents do not matter. By postcode alone none."""
        return customers.find_customers(
            self._client, email=email, phone=phone, first_name=first_name, last_name=last_name, postcode=postcode
        )

    def get_customer(self, ref: CustomerRef) -> ShopCustomer:
        """The customer. NotFound."""
        return customers.get_customer(self._client, ref)

    def update_customer(self, ref: CustomerRef, patch: Mapping[str, str], *, if_version: int) -> ShopCustomer:
        """Change first_name, last_name, email or phone. FixInput, Conflict, NotFound, NotAllowed. Writes."""
        return customers.update_customer(self._client, ref, patch, if_version)

    def put_address(self, ref: CustomerRef, address: Address, *, if_version: int | None = None) -> ShopCustomer:
        """Add an address, or replace the one with its id. FixInput, NotFound, Conflict. Writes."""
        return customers.put_address(self._client, self._regions, ref, address, if_version)

    def remove_address(self, ref: CustomerRef, address_id: str, *, if_version: int) -> ShopCustomer:
        """Take an address out of the book. NotFound, Conflict. Writes."""
        return customers.remove_address(self._client, ref, address_id, if_version)

    def list_payment_methods(self, ref: CustomerRef) -> list[PaymentMethod]:
        """None: what gateways keep, Adobe shows on the shop's own pages alone. NotFound."""
        customers.get_customer(self._client, ref)
        return []

    def close_account(self, ref: CustomerRef, *, idempotency_key: str) -> None:
        """Unsupported: Adobe deletes accounts, and leaves the person in the orders."""
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
        if cursor and not cursor.isdecimal():
            raise FixInput("cursor", "is not one of ours")
        filters, start = filters or {}, int(cursor or 0)
        catalogue = self._products.read_catalogue()
        found = catalogue_search.search(catalogue, query, {**filters, "in_stock": None}, None, language)
        if filters.get("in_stock"):
            sellable = self._sellable_among(found)
            found = catalogue_search.search(catalogue, query, filters, sellable, language)
        return Page(tuple(found[start : start + limit]), str(start + limit) if len(found) > start + limit else "")

    def get_product(self, ref: ProductRef) -> Product:
        """The product with its variants, by SKU or slug. NotFound."""
        return self._products.get_product(ref)

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        """Products in bulk, in the order asked for, unknown ones left out."""
        return self._products.get_products(refs)

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The product that a variant belongs to. NotFound."""
        return self._products.get_variant_product(ref)

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """Live stock, of the website and of each store, in the order asked for."""
        return self._stock.read_availability(refs, self._clock())

    def list_pickup_locations(self) -> list[Location]:
        """Stores where orders can be picked up, which the buyer chooses at the shop's own checkout."""
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
        ref = self._guests.get(idempotency_key) or carts.make_guests(self._client, self._cart_key)
        with self._guests_lock:
            while len(self._guests) >= _KEYS_AT_MOST:
                del self._guests[next(iter(self._guests))]
            ref = self._guests.setdefault(idempotency_key, ref)
        return self._cart(ref)

    def get_cart(self, ref: CartRef) -> Cart:
        """The basket with prices of now; a joined one gives the basket it went into. NotFound once it was ordered."""
        return self._cart(ref)

    def set_line(
        self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
    ) -> Cart:
        """Set a line's absolute quantity (0 removes). InsufficientStock, Conflict, NotFound, FixInput. Writes."""
        require_quantity(quantity)
        found = self._find(ref)
        known = {each.variant_ref: each for each in self.get_availability([variant_ref, *variants_in(found)])}
        before = carts.quantity_of(carts.line_of(found.native, variant_ref))
        if quantity != before:  # else a repeat, with the version from before its first time
            require_version(version_of_cart(found), expected_version)
            self._set_line(found, variant_ref, quantity, known[variant_ref])
            found = self._find(ref)
        elif known[variant_ref].state == "unknown":
            raise NotFound(f"variant {variant_ref}")
        return self._show(found, known)

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """The coupons for everybody that the shop described for the bot; they are made everywhere."""
        return offers.list_offers(self._client, self._views.read(), self._clock())

    def apply_offer(self, ref: CartRef, offer_code: str) -> Cart:
        """Put a coupon on the basket, in place of any other. NotFound, NotAllowed. Writes."""
        wanted = offer_code.strip()
        told = {each.code.lower(): each.code for each in self.list_offers()}  # however it is typed
        carts.apply_code(self._client, self._find(ref), told.get(wanted.lower(), wanted))
        return self._cart(ref)

    def attach_customer(self, ref: CartRef, customer_ref: CustomerRef) -> Cart:
        """Give a guest's basket to a customer, merged with the open one. NotAllowed, NotFound. Writes."""
        return self._cart(attach_customer(
            self._client, ref, customer_ref, key=self._cart_key, store=self._views.read().number,
            read_stock=self.get_availability))

    def place_order(
        self, ref: CartRef, *, payment: str, shipping_address: Address | None, idempotency_key: str,
        pickup_location_ref: LocationRef | None = None, email: str = "",
    ) -> Order:
        """Unsupported: the buyer pays on the shop's own page, at the basket's `checkout_url`."""
        _refuse("place_order")

    # orders
    def get_order(self, ref: OrderRef) -> Order:
        """The order. NotFound."""
        return self._orders.get_order(ref)

    def find_order(
        self, number: str, *, customer_ref: CustomerRef | None = None, email: str = "", postcode: str = ""
    ) -> Order:
        """The order with that number, however typed, if every proof given matches; else NotFound, as for none."""
        return self._orders.find_order(number, customer_ref=customer_ref, email=email, postcode=postcode)

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The customer's orders, newest first. FixInput for a cursor that is not ours."""
        return self._orders.list_orders(customer_ref, limit=limit, cursor=cursor)

    def get_invoice(self, ref: OrderRef) -> Invoice:
        """Unsupported: Adobe keeps invoices, and does not tell who sells."""
        _refuse("invoice")

    def cancel_order(self, ref: OrderRef, *, reason: str, idempotency_key: str, if_version: int) -> Order:
        """Cancel an order before it leaves, and pay it back. See `aftersales.py` for errors. Writes."""
        return aftersales.cancel_order(
            self._client, self._orders, ref, reason=reason, key=idempotency_key, if_version=if_version,
            clock=self._clock)

    def update_order_address(self, ref: OrderRef, address: Address, *, idempotency_key: str, if_version: int) -> Order:
        """Send an order that has not left elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
        return aftersales.update_order_address(
            self._client, self._orders, self._regions, ref, address, key=idempotency_key, if_version=if_version)

    def update_order_payment(self, ref: OrderRef, method_id: str, *, idempotency_key: str, if_version: int) -> Order:
        """Unsupported: paid is paid."""
        _refuse("order_payment_edit")

    def update_order_lines(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Unsupported: Adobe changes no line of an order that was placed."""
        _refuse("order_lines_edit")

    def request_return(
        self, ref: OrderRef, pieces: Mapping[str, int], *, refund_to: str, reason: str = "", idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Unsupported: Adobe does not know what has arrived, and Open Source keeps no wishes to send it back."""
        _refuse("returns")

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
        """What a signed call of the shop says. ForeignPayload; Unsupported without a secret."""
        if not self._webhook_key:
            raise Unsupported("calls of the shop need PREVENANT_ENGINE_WEBHOOK_SECRET")
        return webhooks.read_call(body, headers, public_key=self._public_key, key=self._webhook_key, now=now)

    def _find(self, ref: CartRef) -> carts.FoundCart:
        return carts.read_cart(self._client, ref, self._cart_key)

    def _cart(self, ref: CartRef) -> Cart:
        return self._show(self._find(ref))

    def _set_line(
        self, found: carts.FoundCart, variant_ref: VariantRef, quantity: int, available: Availability
    ) -> None:
        """Stock may go between our look and the shop's, which says that there is less and not how many."""
        if available.state == "unknown" and quantity:
            raise NotFound(f"variant {variant_ref}")
        choice = self._products.choice_of(variant_ref) if quantity else Choice(variant_ref)
        try:
            carts.set_line(self._client, found, variant_ref, quantity, available, choice)
        except (NotAllowed, FixInput) as error:
            (now,) = self.get_availability([variant_ref])
            if now.quantity is None or now.quantity >= quantity:
                raise
            raise InsufficientStock(now.quantity) from error

    def _show(self, found: carts.FoundCart, known: Mapping[VariantRef, Availability] | None = None) -> Cart:
        inside = variants_in(found)
        if known is None or not set(inside) <= set(known):
            known = {each.variant_ref: each for each in self.get_availability(inside)}
        return to_cart(
            found, [known[each] for each in inside], catalogue=self._products.read_catalogue(),
            base_url=self._views.read().base_url)

    def _sellable_among(self, products: Sequence[Product]) -> set[str]:
        refs = [variant.ref for product in products for variant in product.variants][:_IN_STOCK_AT_MOST]
        return self._stock.read_sellable(refs)


def _refuse(capability: str) -> NoReturn:
    raise Unsupported(f"Adobe Commerce has no {capability}")
