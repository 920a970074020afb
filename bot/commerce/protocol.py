"""CommerceEngine: the one protocol between the bot and a shop's back end.

Synchronous (async callers use one to_thread helper). Every method raises only errors of
`bot.errors`: NotFound, NotAllowed, Conflict, InsufficientStock, FixInput, RetryLater
(RateLimited, Unavailable), UnknownFate, Unsupported. A method an engine cannot serve is not in
its `capabilities()` and raises Unsupported.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

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


class CommerceEngine(Protocol):
    """A shop's back end, in the words of the commerce protocol."""

    def capabilities(self) -> frozenset[str]:
        """What this engine can do, in the protocol's words (`server_cart`, `pickup`, ...)."""

    # customers
    def find_customers(
        self, *, email: str = "", phone: str = "", first_name: str = "", last_name: str = "", postcode: str = ""
    ) -> list[ShopCustomer]:
        """Customers who match every given value: none, one or many. Phones compare in E.164."""

    def get_customer(self, ref: CustomerRef) -> ShopCustomer:
        """The customer. NotFound when there is none."""

    def update_customer(self, ref: CustomerRef, patch: Mapping[str, str], *, if_version: int) -> ShopCustomer:
        """Change first_name, last_name, email or phone. Conflict when `if_version` is stale."""

    def put_address(self, ref: CustomerRef, address: Address, *, if_version: int | None = None) -> ShopCustomer:
        """Add an address, or replace the one with its id; a default one unseats the former. FixInput, NotFound;
        Conflict when `if_version` is given and stale.
        """

    def remove_address(self, ref: CustomerRef, address_id: str, *, if_version: int) -> ShopCustomer:
        """Take an address out of the book; where it was the default one, the next becomes it. NotFound, Conflict.
        Capability `address_remove`.
        """

    def list_payment_methods(self, ref: CustomerRef) -> list[PaymentMethod]:
        """The ways to pay that the shop keeps for the customer. NotFound when there is no such customer."""

    def close_account(self, ref: CustomerRef, *, idempotency_key: str) -> None:
        """Close the account, once per key: nobody finds the person any more; orders stay in the books without them,
        one that is under way with where it goes until it is over. NotFound.
        """

    def forget_guest(self, email: str, *, idempotency_key: str) -> int:
        """Take the person out of what was ordered without an account under an address, as `close_account` does; how
        many orders. Once per key. Capability `forget_guest`.
        """

    # catalogue
    def search_products(self, query: str = "", *, filters: Mapping[str, Any] | None = None, limit: int = 24,
                        cursor: str = "", language: str = "en") -> Page[Product]:
        """Products that match words and filters (product_type, colour, size, brand, price_max_minor, in_stock)."""

    def get_product(self, ref: ProductRef) -> Product:
        """The product with its variants. NotFound when there is none."""

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        """Products in bulk, unknown ones left out."""

    def get_variant_product(self, ref: VariantRef) -> Product:
        """The product that a variant belongs to."""

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        """Live stock, per location where the shop tells it."""

    def list_pickup_locations(self) -> list[Location]:
        """Stores where orders can be picked up."""

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        """Catalogue words by kind (product_type, colour, size, brand): value -> its names in all languages."""

    # cart
    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        """The customer's open basket, made if there is none; without a customer, a new one per key."""

    def get_cart(self, ref: CartRef) -> Cart:
        """The basket with prices of now."""

    def set_line(self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
                 ) -> Cart:
        """Set a line's absolute quantity (0 removes), so that a retry is harmless. InsufficientStock, Conflict."""

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """The promotions that run now; with a channel, those made there or everywhere."""

    def apply_offer(self, ref: CartRef, offer_code: str) -> Cart:
        """Apply a promotion; applying it twice changes nothing. NotFound, NotAllowed."""

    def attach_customer(self, ref: CartRef, customer_ref: CustomerRef) -> Cart:
        """Give a guest's basket to a customer, merged with the open one."""

    def place_order(self, ref: CartRef, *, payment: str, shipping_address: Address | None, idempotency_key: str,
                    pickup_location_ref: LocationRef | None = None, email: str = "") -> Order:
        """Turn the basket into an order, once per key. InsufficientStock when a piece went meanwhile."""

    # orders
    def get_order(self, ref: OrderRef) -> Order:
        """The order. NotFound when there is none."""

    def find_order(self, number: str, *, customer_ref: CustomerRef | None = None, email: str = "", postcode: str = ""
                   ) -> Order:
        """The order with that number if the given proof matches it, else NotFound: the two look alike."""

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The customer's orders, newest first."""

    def get_invoice(self, ref: OrderRef) -> Invoice:
        """The order's invoice, the same whenever it is asked for. NotFound, NotAllowed: `not_yet` before the order
        has left, `cancelled` where it never will. Capability `invoice`.
        """

    def cancel_order(self, ref: OrderRef, *, reason: str, idempotency_key: str, if_version: int) -> Order:
        """Cancel an order before it leaves and pay it back. NotAllowed("not_pending"), Conflict."""

    def update_order_address(self, ref: OrderRef, address: Address, *, idempotency_key: str, if_version: int) -> Order:
        """Send an order that has not left elsewhere. FixInput, NotAllowed("not_pending"), Conflict."""

    def update_order_payment(self, ref: OrderRef, method_id: str, *, idempotency_key: str, if_version: int) -> Order:
        """Pay an order that has not left another way. NotAllowed: `not_pending`, `several_payments`, `same_method`,
        `not_own_method`, `gift_card_short`. Conflict.
        """

    def update_order_lines(self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str,
                           idempotency_key: str, if_version: int) -> Order:
        """Other options of the same products: line id -> variant. NotAllowed: `not_pending`, `other_product`,
        `not_own_method`, `gift_card_short`. InsufficientStock, Conflict.
        """

    def request_return(self, ref: OrderRef, pieces: Mapping[str, int], *, refund_to: str, reason: str = "",
                       idempotency_key: str, if_version: int) -> Order:
        """Announce a return: line id -> how many pieces. NotAllowed: `not_delivered`, `requested_already`,
        `refund_elsewhere`. FixInput, Conflict.
        """

    def request_exchange(self, ref: OrderRef, changes: Mapping[str, VariantRef], *, payment_method_id: str,
                         idempotency_key: str, if_version: int) -> Order:
        """Announce an exchange for other options of the same products: line id -> variant. NotAllowed as above."""

    def list_delivery_choices(self, ref: OrderRef) -> list[DeliveryChoice]:
        """What the carrier still offers for the order's parcels: days, a neighbour, pick-up points near the address;
        [] where there is nothing to choose (any more). NotFound. Capability `delivery_preferences`.
        """

    def choose_delivery(self, ref: OrderRef, choice_id: str, *, name: str = "", idempotency_key: str, if_version: int
                        ) -> Order:
        """Take one of the choices, in the place of an earlier one, once per key; it is read back as the shipment's
        `chosen`. NotAllowed("not_offered"), FixInput("name") for a neighbour without one, Conflict.
        """

    def settle_missing_pickup(self, ref: OrderRef, *, choice: str, variant_ref: VariantRef | None,
                              location_ref: LocationRef | None, idempotency_key: str) -> Order:
        """Settle a pick-up whose item is gone: `substitute` (another variant, same store), `other_store`, `refund`."""

    # events
    def poll_changes(self, cursor: str, *, limit: int = 500) -> tuple[list[ShopEvent], str]:
        """What changed since the cursor, oldest first, and the next cursor."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> tuple[ShopEvent, ...]:
        """What a call of the shop's back end tells, once its signature holds (compared in constant time), under the ids
        by which `poll_changes` tells the same. ForeignPayload when it does not hold or cannot be read,
        UnsupportedPayload for topics that are of no interest. Capability `webhooks`.
        """
