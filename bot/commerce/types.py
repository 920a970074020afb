"""The commerce protocol's nouns: what every engine speaks, whatever the shop runs.

Money is integer minor units; `native_status` stands beside each normalised status, and a native
value that is not in an engine's map becomes `unknown`, never a guess.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NewType

CustomerRef = NewType("CustomerRef", str)  # the engine's own customer id
ProductRef = NewType("ProductRef", str)
VariantRef = NewType("VariantRef", str)
OrderRef = NewType("OrderRef", str)
CartRef = NewType("CartRef", str)
LocationRef = NewType("LocationRef", str)

OrderStatus = Literal["draft", "pending", "confirmed", "processing", "on_hold", "completed", "cancelled", "unknown"]
PaymentStatus = Literal[
    "unpaid", "authorised", "paid", "partly_paid", "partly_refunded", "refunded", "failed", "voided", "unknown"
]
FulfilmentStatus = Literal[
    "none", "partly_shipped", "shipped", "partly_delivered", "delivered", "ready_for_pickup", "picked_up",
    "not_needed", "unknown",
]
ShipmentState = Literal[
    "label_created", "pre_transit", "in_transit", "out_for_delivery", "attempted", "ready_for_pickup", "delivered",
    "delayed", "exception", "returned", "cancelled", "unknown",
]
StockState = Literal["in_stock", "low", "backorder", "preorder", "out_of_stock", "unknown"]


@dataclass(frozen=True)
class Address:
    """A postal address. `country` is ISO 3166 alpha-2, `phone` E.164."""

    line1: str
    city: str
    postcode: str
    country: str
    id: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line2: str = ""
    region_code: str = ""
    phone: str = ""
    is_default_shipping: bool = False


@dataclass(frozen=True)
class ShopCustomer:
    """A customer as the shop knows them; `version` guards updates."""

    ref: CustomerRef
    first_name: str
    last_name: str
    email: str
    phone: str = ""
    kind: Literal["guest", "registered"] = "registered"
    addresses: tuple[Address, ...] = ()
    locale: str = ""
    email_verified: bool = False
    version: int = 0


@dataclass(frozen=True)
class Variant:
    """What can be bought."""

    ref: VariantRef
    product_ref: ProductRef
    sku: str
    title: str
    options: dict[str, str]
    price_minor: int
    currency: str
    compare_at_minor: int | None = None
    image_url: str = ""
    url: str = ""


@dataclass(frozen=True)
class Product:
    """A product with its variants. Texts are keyed by language."""

    ref: ProductRef
    slug: str
    names: dict[str, str]
    descriptions: dict[str, str]
    product_type: str
    brand: str = ""
    variants: tuple[Variant, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    image_url: str = ""
    url: str = ""
    is_replenishable: bool = False


@dataclass(frozen=True)
class LocationStock:
    """Stock of one variant in one place. `quantity` None: not told."""

    location_ref: LocationRef
    name: str
    address: str
    quantity: int | None
    has_pickup: bool
    ready_in_text: str = ""


@dataclass(frozen=True)
class Availability:
    """Live stock of a variant, read at `as_of`, never from a cache that a promise rests on."""

    variant_ref: VariantRef
    state: StockState
    quantity: int | None
    is_sellable_online: bool
    as_of: datetime
    locations: tuple[LocationStock, ...] = ()


@dataclass(frozen=True)
class CartLine:
    """One line of a basket."""

    id: str
    variant_ref: VariantRef
    product_ref: ProductRef
    title: str
    options: dict[str, str]
    quantity: int
    unit_price_minor: int
    total_minor: int
    image_url: str = ""
    url: str = ""


@dataclass(frozen=True)
class Totals:
    """What it costs, in minor units of the cart's or order's currency."""

    items_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    discount_minor: int = 0
    grand_minor: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True)
class Cart:
    """A basket, read back from the shop; `version` guards updates, `offers` are codes applied."""

    ref: CartRef
    customer_ref: CustomerRef | None
    lines: tuple[CartLine, ...]
    totals: Totals
    currency: str
    version: int
    checkout_url: str = ""
    problems: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    updated_at: datetime | None = None


@dataclass(frozen=True)
class OrderLine:
    """One line of an order with how far each piece has come."""

    id: str
    variant_ref: VariantRef
    product_ref: ProductRef
    sku: str
    title: str
    options: dict[str, str]
    unit_price_minor: int
    ordered: int
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    returned: int = 0
    image_url: str = ""
    is_missing: bool = False  # reserved for pick-up, then gone from the store, and not settled yet


@dataclass(frozen=True)
class ShipmentEvent:
    """What the carrier said, when and where."""

    at: datetime
    state: ShipmentState
    text: str
    place: str = ""


DeliveryKind = Literal["day", "neighbour", "pickup_point"]


@dataclass(frozen=True)
class DeliveryChoice:
    """Another way for a parcel that is on its way: a day, a neighbour whose `name` is told, or a pick-up point."""

    id: str  # names it within its order; holds no secret, and opens nothing
    kind: DeliveryKind
    shipment_id: str
    day: date | None = None
    point_name: str = ""
    point_address: Address | None = None
    opening_text: str = ""
    name: str = ""  # of the neighbour, once chosen


@dataclass(frozen=True)
class Shipment:
    """A parcel, or a pick-up when `pickup_location_ref` is set."""

    id: str
    carrier_name: str
    state: ShipmentState
    carrier_code: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    eta: datetime | None = None
    original_eta: datetime | None = None
    delivered_at: datetime | None = None
    events: tuple[ShipmentEvent, ...] = ()
    pickup_location_ref: LocationRef | None = None
    chosen: DeliveryChoice | None = None  # what the customer asked the carrier for


@dataclass(frozen=True)
class Editable:
    """What the shop still allows on an order."""

    address: bool = False
    cancel: bool = False
    lines: bool = False
    payment: bool = False
    returns: bool = False
    exchanges: bool = False


@dataclass(frozen=True)
class Payment:
    """Money that came in for an order, or went back."""

    kind: Literal["payment", "refund"]
    method_id: str
    amount_minor: int


@dataclass(frozen=True)
class OrderRequest:
    """What was asked of the shop for an order: a cancellation, a return or an exchange of lines."""

    kind: Literal["cancel", "return", "exchange"]
    at: datetime
    pieces: dict[str, int] = field(default_factory=dict)  # line id -> how many come back
    variants: dict[str, str] = field(default_factory=dict)  # line id -> the variant wanted instead
    method_id: str = ""
    reason: str = ""
    difference_minor: int = 0
    is_open: bool | None = None  # whether the shop still waits for anything; None: the engine does not say


@dataclass(frozen=True)
class Order:
    """An order on three status axes, with the engine's own word beside them."""

    ref: OrderRef
    number: str
    placed_at: datetime
    customer_ref: CustomerRef | None
    email: str
    currency: str
    totals: Totals
    lines: tuple[OrderLine, ...]
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    native_status: str
    phone: str = ""
    shipping_address: Address | None = None
    delivery_kind: Literal["ship", "pickup", "local", "digital"] = "ship"
    pickup_location_ref: LocationRef | None = None
    shipments: tuple[Shipment, ...] = ()
    payments: tuple[Payment, ...] = ()  # oldest first
    requests: tuple[OrderRequest, ...] = ()  # oldest first
    status_url: str = ""
    editable: Editable = Editable()
    version: int = 0
    offers: tuple[str, ...] = ()  # the codes it was placed with, where the engine tells them


@dataclass(frozen=True)
class Party:
    """Who sells or buys on an invoice; `vat_number` and `registration` as the law wants them, "" for none."""

    name: str
    address: Address | None = None
    email: str = ""
    vat_number: str = ""
    registration: str = ""


@dataclass(frozen=True)
class InvoiceLine:
    """One line of an invoice; prices hold the tax."""

    title: str
    sku: str
    options: dict[str, str]
    quantity: int
    unit_price_minor: int
    total_minor: int


@dataclass(frozen=True)
class Tax:
    """The tax of one rate in an invoice's total: `net_minor` and `tax_minor` make up what is paid at that rate."""

    percent: float
    net_minor: int
    tax_minor: int


@dataclass(frozen=True)
class Invoice:
    """An order's invoice: what it says stands still once it was issued, whatever happens to the order."""

    number: str
    order_ref: OrderRef
    order_number: str
    ordered_at: datetime
    issued_at: datetime
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[InvoiceLine, ...]
    totals: Totals
    taxes: tuple[Tax, ...]


@dataclass(frozen=True)
class Location:
    """A store, where things can be picked up."""

    ref: LocationRef
    name: str
    address: Address
    opening_text: str = ""


@dataclass(frozen=True)
class PaymentMethod:
    """A way to pay that the shop keeps for a customer; `balance_minor` only for gift cards."""

    id: str
    kind: str  # credit_card | gift_card | paypal | ...
    brand: str = ""
    last_four: str = ""
    balance_minor: int | None = None


@dataclass(frozen=True)
class Offer:
    """A promotion a customer may take by its code. Offers with the same `about` are one campaign: one is enough."""

    code: str
    about: str
    names: dict[str, str]  # by language
    ends_at: datetime
    channel: str = ""  # where it is made; "" everywhere
    percent_off: int = 0
    amount_off_minor: int = 0
    min_items_minor: int = 0
    product_types: tuple[str, ...] = ()  # () for all
    has_free_shipping: bool = False


@dataclass(frozen=True)
class ShopEvent:
    """A hint that something changed: re-read the object, de-duplicate on `id`, trust no order."""

    id: str
    type: str  # order.placed, order.cancelled, shipment.tracking_changed, stock.changed, price.changed, ...
    at: datetime
    order_ref: OrderRef | None = None
    customer_ref: CustomerRef | None = None
    variant_ref: VariantRef | None = None
    location_ref: LocationRef | None = None


@dataclass(frozen=True)
class Page[Item]:
    """One page of a listing; `cursor` is "" on the last."""

    items: tuple[Item, ...]
    cursor: str = ""
