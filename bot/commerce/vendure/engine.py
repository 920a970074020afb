"""VendureEngine: a Vendure 3.7 shop behind the commerce protocol. What each method does lies in its topic's module.

The shop runs our plugin (`plugin/`, docs/vendure.md): signed changes, baskets without a password, orders once per key.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from bot.commerce import catalogue_search
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
from bot.commerce.vendure import aftersales, carts, changes, closing, customers, offers, orders, pickup, stock
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.products import ProductReader
from bot.commerce.vendure.shapes import start_of
from bot.errors import Unsupported

CAPABILITIES = frozenset({
    "customer_search_phone", "customer_search_name", "server_cart", "customer_cart", "place_order",
    "per_location_stock", "idempotency_key", "offers", "order_cancel", "order_address_edit", "order_lines_edit",
    "address_remove", "pickup", "returns", "close_account", "forget_guest",
})
_IN_STOCK_AT_MOST = 2_000  # variants whose stock one search reads


class VendureEngine:
    """A Vendure shop. Give it to anything that wants a `CommerceEngine`."""

    def __init__(
        self, url: str, *, api_key: str, session_secret: str, storefront_url: str, clock: Callable[[], datetime],
        deadline_seconds: float, webhook_secret: str = "", drawings_url: str = "",
    ) -> None:
        """`url` is Vendure's, without a path; `storefront_url` and `drawings_url` see `Pages`. Opens nothing yet."""
        self._client = VendureClient(url, api_key, session_secret, deadline_seconds=deadline_seconds)
        self._pages = Pages(storefront_url.rstrip("/"), drawings_url)
        self._clock = clock
        self._webhook_key = key_of(webhook_secret)
        self._products = ProductReader(self._client, self._pages)

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
        """Customers with an account who match every given value; case and accents do not matter."""
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
        """None: Vendure keeps no ways to pay for anybody. NotFound."""
        customers.get_customer(self._client, ref)
        return []

    def close_account(self, ref: CustomerRef, *, idempotency_key: str) -> None:
        """Close the account; orders stay without the person. NotFound. Writes."""
        closing.close_account(self._client, ref, idempotency_key)

    def forget_guest(self, email: str, *, idempotency_key: str) -> int:
        """Take whoever ordered without an account out of those orders; how many. Writes."""
        return closing.forget_guest(self._client, email)

    # catalogue
    def search_products(
        self, query: str = "", *, filters: Mapping[str, Any] | None = None, limit: int = 24, cursor: str = "",
        language: str = "en",
    ) -> Page[Product]:
        """Products matching all words and filters, best first; words count in both languages."""
        filters, start = filters or {}, start_of(cursor)
        catalogue = self._products.read_catalogue()
        found = catalogue_search.search(catalogue, query, {**filters, "in_stock": None}, None, language)
        if filters.get("in_stock"):
            sellable = self._sellable_among(found)
            found = catalogue_search.search(catalogue, query, filters, sellable, language)
        return Page(tuple(found[start : start + limit]), str(start + limit) if len(found) > start + limit else "")

    def get_product(self, ref: ProductRef) -> Product:
        """The product with its variants, by id or slug. NotFound."""
        return self._products.get_product(ref)

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        """Products in bulk, in the order asked for, unknown ones left out."""
        return self._products.get_products(refs)

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The product that a variant belongs to. NotFound."""
        return self._products.get_variant_product(ref)

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """Live stock, what can be sent and per store, in the order asked for."""
        return stock.read_availability(self._client, refs, self._clock())

    def list_pickup_locations(self) -> list[Location]:
        """The shop's stores; in `get_availability` stands which of them hand orders over."""
        return stock.list_stores(self._client)

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        """Catalogue words by kind: value -> [English name, French name]."""
        return catalogue_search.vocabulary(self._products.read_catalogue())

    # cart
    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        """The customer's open basket; a guest's is one per key. Writes."""
        return self._cart(carts.open_cart(self._client, customer_ref, idempotency_key))

    def get_cart(self, ref: CartRef) -> Cart:
        """The basket with prices of now; a merged one gives the basket it went into. NotFound."""
        return self._cart(ref)

    def set_line(
        self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
    ) -> Cart:
        """Set a line's absolute quantity (0 removes). InsufficientStock, Conflict, NotFound. Writes."""
        (available,) = self.get_availability([variant_ref])
        carts.set_line(self._client, ref, variant_ref, quantity, expected_version, available)
        return self._cart(ref)

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """The promotions that run now; Vendure makes them everywhere."""
        return offers.list_offers(self._client, self._clock())

    def apply_offer(self, ref: CartRef, offer_code: str) -> Cart:
        """Apply a promotion, in place of another of its campaign. NotFound, NotAllowed. Writes."""
        offer, rivals = offers.find_offer(self._client, offer_code, self._clock())
        carts.apply_offer(self._client, ref, offer.code, rivals)
        return self._cart(ref)

    def attach_customer(self, ref: CartRef, customer_ref: CustomerRef) -> Cart:
        """Give a guest's basket to a customer, merged with the open one. NotAllowed, NotFound. Writes."""
        return self._cart(carts.attach_customer(self._client, ref, customer_ref, self._clock()))

    def place_order(
        self, ref: CartRef, *, payment: str, shipping_address: Address | None, idempotency_key: str,
        pickup_location_ref: LocationRef | None = None, email: str = "",
    ) -> Order:
        """Turn the basket into an order, once per key. See `aftersales.py` for errors. Writes."""
        return aftersales.place_order(
            self._client, ref, self._pages, payment=payment, shipping_address=shipping_address, key=idempotency_key,
            email=email, location_ref=pickup_location_ref,
        )

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
        """The customer's orders, newest first."""
        return orders.list_orders(self._client, customer_ref, limit=limit, cursor=cursor, pages=self._pages)

    def get_invoice(self, ref: OrderRef) -> Invoice:
        """Unsupported: Vendure writes no invoices."""
        _refuse("invoice")

    def cancel_order(self, ref: OrderRef, *, reason: str, idempotency_key: str, if_version: int) -> Order:
        """Cancel an order before it leaves. NotAllowed("not_pending"), Conflict. Writes."""
        return aftersales.cancel_order(
            self._client, ref, self._pages, reason=reason, key=idempotency_key, if_version=if_version
        )

    def update_order_address(self, ref: OrderRef, address: Address, *, idempotency_key: str, if_version: int) -> Order:
        """Send an order that has not left elsewhere. FixInput, NotAllowed("not_pending"), Conflict. Writes."""
        return aftersales.update_order_address(
            self._client, ref, self._pages, address, key=idempotency_key, if_version=if_version
        )

    def update_order_payment(self, ref: OrderRef, method_id: str, *, idempotency_key: str, if_version: int) -> Order:
        """Unsupported: Vendure keeps no other way to pay."""
        _refuse("order_payment_edit")

    def update_order_lines(
        self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str, idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Other options of the same products. See `aftersales.py` for errors. Writes."""
        products = {str(each): self._products.get_variant_product(each) for each in set(changes.values())}
        return aftersales.update_order_lines(
            self._client, ref, self._pages, changes, products, method_id=payment_method_id, key=idempotency_key,
            if_version=if_version,
        )

    def request_return(
        self, ref: OrderRef, pieces: Mapping[str, int], *, refund_to: str, reason: str = "", idempotency_key: str,
        if_version: int,
    ) -> Order:
        """Announce pieces that come back; the shop's people pay for them once they are there. Writes."""
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
        """Settle a missing piece: `substitute`, `other_store` or `refund`. See `pickup.py` for errors. Writes."""
        aftersales.require_key(idempotency_key)
        settled = pickup.settle_missing(
            self._client, ref, choice=choice, variant_ref=variant_ref, location_ref=location_ref, key=idempotency_key
        )
        return orders.get_order(self._client, settled, self._pages)

    # events
    def poll_changes(self, cursor: str, *, limit: int = 500) -> tuple[list[ShopEvent], str]:
        """What changed since the cursor, oldest first, and the next cursor; "" starts at the beginning."""
        return changes.poll_changes(self._client, cursor, limit)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> tuple[ShopEvent, ...]:
        """What a signed call of our plugin says. ForeignPayload; Unsupported without a secret."""
        if not self._webhook_key:
            raise Unsupported("Vendure's calls need PREVENANT_ENGINE_WEBHOOK_SECRET")
        return read_signed_changes(body, headers, self._webhook_key, now)

    def _cart(self, ref: CartRef) -> Cart:
        stands, customer_id, order = carts.find_native(self._client, ref)
        lines = order["lines"] if order else []
        stocks = self.get_availability([VariantRef(each["productVariant"]["id"]) for each in lines]) if lines else []
        problems = tuple(
            f"out_of_stock:{told.variant_ref}" for line, told in zip(lines, stocks, strict=True)
            if told.quantity is not None and told.quantity < line["quantity"]
        )
        currency = order["currencyCode"] if order else self._products.read_catalogue().currency
        return carts.to_cart(stands, customer_id, order, problems=problems, pages=self._pages, currency=currency)

    def _sellable_among(self, products: Sequence[Product]) -> set[str]:
        refs = [variant.ref for product in products for variant in product.variants][:_IN_STOCK_AT_MOST]
        return {each.variant_ref for each in self.get_availability(refs) if each.is_sellable_online}


def _refuse(capability: str) -> NoReturn:
    raise Unsupported(f"Vendure has no {capability}")
