"""BigCommerceEngine: a BigCommerce shop behind the commerce protocol. What each method does lies in its topic's module.

Orders are V2's, with V3's refunds; customers, catalogue, stock, baskets and promotions V3's. The buyer pays on the
shop's own checkout page: the engine places no orders (docs/bigcommerce.md).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from bot.commerce import catalogue_search
from bot.commerce.baskets import require_quantity, require_version
from bot.commerce.bigcommerce import aftersales, customers, offers, orders, webhooks
from bot.commerce.bigcommerce.cart_shapes import to_cart, variants_in, version_of_cart
from bot.commerce.bigcommerce.carts import CUSTOMERS, Baskets, FoundCart, line_of
from bot.commerce.bigcommerce.changes import make_poller
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.guests import Guests
from bot.commerce.bigcommerce.joining import attach_customer
from bot.commerce.bigcommerce.products import ProductReader
from bot.commerce.bigcommerce.stock import StockReader
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
    "customer_search_phone", "customer_search_name", "server_cart", "customer_cart", "checkout_link", "offers",
    "per_location_stock", "order_cancel", "order_address_edit", "address_remove",
})
_IN_STOCK_AT_MOST = 500  # variants whose stock one search reads


class BigCommerceEngine:
    """A BigCommerce shop. Give it to anything that wants a `CommerceEngine`."""

    def __init__(
        self, url: str, *, token: str, clock: Callable[[], datetime], deadline_seconds: float, channel: int = 1,
        webhook_secret: str = "", client_secret: str = "", rest_seconds: float = 10.0,
    ) -> None:
        """`url` is the store's API path, `token` an API account's; `channel` is the storefront that is sold in;
        `webhook_secret` is what its webhooks bear, `client_secret` what BigCommerce signs them with, "" for not asked;
        `rest_seconds` is how long a poll that found nothing rests. Opens nothing yet.
        """
        self._client = BigCommerceClient(url, token, deadline_seconds=deadline_seconds)
        self._clock, self._producer = clock, f"stores/{url.rstrip('/').rpartition('/')[2]}"
        self._secrets = webhooks.Secrets(webhook_secret.encode(), client_secret.encode())
        self._products, self._stock = ProductReader(self._client), StockReader(self._client)
        self._changes = make_poller(self._client, clock, rest_seconds)
        self._baskets = Baskets(self._client, Guests(), channel)

    def capabilities(self) -> frozenset[str]:
        """What this engine can do, in the protocol's words."""
        return CAPABILITIES | ({"webhooks"} if self._secrets.header else frozenset())

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
        """Change first_name, last_name, email or phone. FixInput, Conflict, NotFound. Writes."""
        return customers.update_customer(self._client, ref, patch, if_version)

    def put_address(self, ref: CustomerRef, address: Address, *, if_version: int | None = None) -> ShopCustomer:
        """Add an address, or replace the one with its id. FixInput, NotFound, Conflict. Writes."""
        return customers.put_address(self._client, ref, address, if_version)

    def remove_address(self, ref: CustomerRef, address_id: str, *, if_version: int) -> ShopCustomer:
        """Take an address out of the book. NotFound, Conflict. Writes."""
        return customers.remove_address(self._client, ref, address_id, if_version)

    def list_payment_methods(self, ref: CustomerRef) -> list[PaymentMethod]:
        """None: stored cards are for paying at the checkout alone. NotFound."""
        customers.get_customer(self._client, ref)
        return []

    def close_account(self, ref: CustomerRef, *, idempotency_key: str) -> None:
        """Unsupported: a deleted customer's orders keep the person; the shop's people erase both."""
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
        """The product with its variants, by number or slug. NotFound."""
        return self._products.get_product(ref)

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        """Products in bulk, in the order asked for, unknown ones left out."""
        return self._products.get_products(refs)

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The product that a variant belongs to. NotFound."""
        return self._products.get_variant_product(ref)

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """Live stock, what can be sent and what each store has, in the order asked for."""
        return self._stock.read_availability(refs, self._clock())

    def list_pickup_locations(self) -> list[Location]:
        """Stores that orders are picked up at, chosen at the checkout."""
        return self._stock.list_stores()

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        """Catalogue words by kind: value -> [English name, French name]."""
        return catalogue_search.vocabulary(self._products.read_catalogue())

    # cart
    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        """The customer's open basket, in the shop from its first line on; a guest's is one per key, as long as this
        process remembers, and lives thirty days. FixInput, NotFound. Writes nothing.
        """
        if not idempotency_key:
            raise FixInput("idempotency_key", "must not be empty")
        return self._cart(CartRef(f"{CUSTOMERS}{customer_ref}") if customer_ref else self._baskets.guests.open(
            idempotency_key))

    def get_cart(self, ref: CartRef) -> Cart:
        """The basket with prices of now; a joined one gives the basket it went into. NotFound once it has ended."""
        return self._cart(ref)

    def set_line(
        self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
    ) -> Cart:
        """Set a line's absolute quantity (0 removes). InsufficientStock, Conflict, NotFound, FixInput. Writes."""
        require_quantity(quantity)
        found = self._baskets.read(ref)
        line = line_of(found.native, variant_ref)
        known = {each.variant_ref: each for each in self.get_availability([variant_ref, *variants_in(found)])}
        if quantity != (int(line["quantity"]) if line else 0):  # else a repeat, with the version from before
            require_version(version_of_cart(found), expected_version)
            found = self._set_line(found, line, quantity, known[variant_ref])
        elif known[variant_ref].state == "unknown":
            raise NotFound(f"variant {variant_ref}")
        return self._show(found, known)

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """The coupons for everybody that the shop named for the bot; they are made everywhere."""
        return offers.list_offers(self._client, self._products.read_catalogue().currency, self._clock())

    def apply_offer(self, ref: CartRef, offer_code: str) -> Cart:
        """Put a coupon on the basket, in place of another of its campaign. NotFound, NotAllowed. Writes."""
        told = {each.code.upper(): each for each in self.list_offers()}
        known = told.get(offer_code.strip().upper())  # one of the customer's own may be told by nobody
        rivals = [each.code for each in told.values() if known and each.about == known.about and each is not known]
        code = known.code if known else offer_code.strip()
        return self._show(self._baskets.apply_code(self._baskets.read(ref), code, rivals))

    def attach_customer(self, ref: CartRef, customer_ref: CustomerRef) -> Cart:
        """Give a guest's basket to a customer, merged with the open one. NotAllowed, NotFound. Writes."""
        return self._cart(attach_customer(self._baskets, ref, customer_ref, self._read_stock))

    def place_order(
        self, ref: CartRef, *, payment: str, shipping_address: Address | None, idempotency_key: str,
        pickup_location_ref: LocationRef | None = None, email: str = "",
    ) -> Order:
        """Unsupported: the buyer pays on the shop's own page, at the basket's `checkout_url`."""
        _refuse("place_order")

    # orders
    def get_order(self, ref: OrderRef) -> Order:
        """The order. NotFound."""
        return orders.get_order(self._client, ref)

    def find_order(
        self, number: str, *, customer_ref: CustomerRef | None = None, email: str = "", postcode: str = ""
    ) -> Order:
        """The order with that number, however typed, if every proof given matches; else NotFound, as for none."""
        return orders.find_order(
            self._client, number, customer_ref=customer_ref, email=email, postcode=postcode
        )

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The customer's orders, newest first. FixInput for a cursor that is not ours."""
        return orders.list_orders(self._client, customer_ref, limit=limit, cursor=cursor)

    def get_invoice(self, ref: OrderRef) -> Invoice:
        """Unsupported: BigCommerce prints invoices for the shop's people alone."""
        _refuse("invoice")

    def cancel_order(self, ref: OrderRef, *, reason: str, idempotency_key: str, if_version: int) -> Order:
        """Cancel an order before it leaves, and pay it back. See `aftersales.py` for errors. Writes."""
        return aftersales.cancel_order(
            self._client, ref, reason=reason, key=idempotency_key, if_version=if_version, now=self._clock())

    def update_order_address(self, ref: OrderRef, address: Address, *, idempotency_key: str, if_version: int) -> Order:
        """Send an order that has not left elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
        return aftersales.update_order_address(
            self._client, ref, address, key=idempotency_key, if_version=if_version
        )

    def update_order_payment(self, ref: OrderRef, method_id: str, *, idempotency_key: str, if_version: int) -> Order:
        """Unsupported: paid is paid."""
        _refuse("order_payment_edit")

    def update_order_lines(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Unsupported: a change of lines clears an order's discounts, and settles no difference."""
        _refuse("order_lines_edit")

    def request_return(
        self, ref: OrderRef, pieces: Mapping[str, int], *, refund_to: str, reason: str = "", idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Unsupported: returns are asked for on the shop's own pages; no API takes them."""
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
        """What a call of BigCommerce says, its thing read again. ForeignPayload, UnsupportedPayload, RetryLater;
        Unsupported without a secret.
        """
        if not self._secrets.header:
            raise Unsupported("BigCommerce's calls need PREVENANT_ENGINE_WEBHOOK_SECRET")
        return webhooks.read_call(
            body, headers, now, secrets=self._secrets, producer=self._producer, client=self._client)

    def _cart(self, ref: CartRef) -> Cart:
        return self._show(self._baskets.read(ref))

    def _read_stock(self, refs: Sequence[str]) -> list[Availability]:
        return self._stock.read_availability(refs, self._clock())

    def _set_line(
        self, found: FoundCart, line: Mapping[str, Any] | None, quantity: int, available: Availability
    ) -> FoundCart:
        """Stock may go between our look and the shop's, whose refusal does not say why."""
        ref = available.variant_ref
        product = str(line["product_id"]) if line else (
            self._products.parent_of(ref) if available.state != "unknown" else "")
        try:
            return self._baskets.set_line(found, product, quantity, available)
        except NotAllowed as error:
            (now,) = self._read_stock([ref])
            if now.quantity is None or quantity <= now.quantity:
                raise
            raise InsufficientStock(now.quantity) from error

    def _show(self, found: FoundCart, known: Mapping[VariantRef, Availability] | None = None) -> Cart:
        inside = variants_in(found)
        if known is None or not set(inside) <= set(known):
            known = {each.variant_ref: each for each in self.get_availability(inside)}
        currency = "" if found.native else self._products.read_catalogue().currency
        return to_cart(found, [known[each] for each in dict.fromkeys(inside)], currency=currency)

    def _sellable_among(self, products: Sequence[Product]) -> set[str]:
        refs = [variant.ref for product in products for variant in product.variants][:_IN_STOCK_AT_MOST]
        return {each.variant_ref for each in self.get_availability(refs) if each.is_sellable_online}


def _refuse(capability: str) -> NoReturn:
    raise Unsupported(f"BigCommerce has no {capability}")
