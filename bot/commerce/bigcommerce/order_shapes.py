"""An order of BigCommerce's in our words: lines and how far they came, parcels, payments, a cancellation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from bot.commerce.bigcommerce.shapes import Native, mail_moment, moment, order_address
from bot.commerce.bigcommerce.statuses import (
    OVER,
    PENDING,
    fulfilment_status,
    order_status,
    payment_status,
)
from bot.commerce.forms import kind_of, minor, phone_of, plain, version_of, words_of
from bot.commerce.types import (
    CustomerRef,
    Editable,
    LocationRef,
    Order,
    OrderLine,
    OrderRef,
    OrderRequest,
    Payment,
    ProductRef,
    Shipment,
    Totals,
    VariantRef,
)

_PAID = ("paid", "partly_refunded", "refunded")


@dataclass(frozen=True)
class ReadOrder:
    """An order of V2 with its consignments, and beside it parcels and codes of V2, refunds of V3, our own note."""

    said: Native
    parcels: Sequence[Native] = ()
    refunds: Sequence[Native] = ()
    cancelled: str = field(default="", repr=False)  # the note of whoever cancelled it in the chat
    codes: Sequence[str] = ()


@dataclass(frozen=True)
class Cancellation:
    """What our note of a cancellation says: the key's mark, why, and whether all of it was done."""

    mark: str
    reason: str
    is_done: bool = False

    def write(self) -> str:
        """As it stands in the note."""
        return orjson.dumps({"mark": self.mark, "reason": self.reason, "is_done": self.is_done}).decode()


def read_cancellation(text: str) -> Cancellation | None:
    """The note, if it is one."""
    try:
        said: Any = orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict):
        return None
    return Cancellation(str(said.get("mark", "")), str(said.get("reason", "")), bool(said.get("is_done")))


def to_order(read: ReadOrder) -> Order:
    """The order on our three axes."""
    said = read.said
    native, currency = int(said["status_id"]), said["currency_code"]
    ways = said["consignments"]
    products = products_of(said)
    pickup = next(iter(ways.get("pickups") or ()), None)
    has_to_travel = bool(ways.get("shipping")) and pickup is None
    shipped = sum(int(each["quantity_shipped"]) for each in products)
    totals, address = _totals_of(read), order_address(ways["shipping"][0]) if has_to_travel else None
    fulfilment = fulfilment_status(
        native, ordered=sum(int(each["quantity"]) for each in products), shipped=shipped, has_to_travel=has_to_travel,
        is_pickup=pickup is not None)
    payment = payment_status(
        native, said["payment_status"] or "", grand_minor=totals.grand_minor, refunded_minor=totals.refunded_minor)
    billing = said["billing_address"]
    is_pending = native in PENDING and not shipped and not read.parcels
    return Order(
        ref=OrderRef(str(said["id"])), number=str(said["id"]), placed_at=mail_moment(said["date_created"]),
        customer_ref=CustomerRef(str(said["customer_id"])) if said["customer_id"] else None,
        email=billing["email"] or "", phone=phone_of(billing["phone"] or "", billing["country_iso2"] or ""),
        currency=currency, totals=totals,
        lines=tuple(_to_line(
            each, currency, is_sent=fulfilment == "shipped", is_cancelled=native in OVER) for each in products),
        status=order_status(native, shipped=shipped, has_to_travel=has_to_travel or pickup is not None),
        payment_status=payment, fulfilment_status=fulfilment, native_status=_named(said), shipping_address=address,
        delivery_kind=_delivery_of(has_to_travel=has_to_travel, is_pickup=pickup is not None),
        pickup_location_ref=LocationRef(str(pickup["location"]["id"])) if pickup and pickup.get("location") else None,
        shipments=tuple(_to_parcel(each) for each in read.parcels),
        payments=tuple(_payments_of(read, totals, is_paid=payment in _PAID)), requests=_requests_of(read),
        editable=Editable(address=is_pending and len(ways.get("shipping") or ()) == 1, cancel=is_pending),
        version=_version(read), offers=tuple(read.codes),
    )


def products_of(said: Native) -> list[Native]:
    """Every line, in whatever way it goes out: sent, picked up, downloaded, or a gift certificate by e-mail."""
    ways = said["consignments"]
    consignments = [
        *(ways.get("shipping") or ()), *(ways.get("pickups") or ()), *(ways.get("downloads") or ()),
        *((ways.get("email") or {}).get("gift_certificates") or ()),
    ]
    return [line for each in consignments for line in each["line_items"]]


def _named(said: Native) -> str:
    """The number that its meaning hangs on, and the shop's own word for it."""
    return f"{said['status_id']} {said.get('custom_status') or said['status']}"


def _version(read: ReadOrder) -> int:
    """Another number as soon as something is changed that one may decide by."""
    said = read.said
    return version_of([
        said["status_id"], said["payment_status"], said["total_inc_tax"], said["billing_address"],
        [repr(order_address(each)) for each in said["consignments"].get("shipping") or ()],
        [(each["id"], each["quantity"], each["quantity_shipped"]) for each in products_of(said)],
        [each["id"] for each in read.refunds], [each["id"] for each in read.parcels],
    ])


def _delivery_of(*, has_to_travel: bool, is_pickup: bool) -> Literal["ship", "pickup", "digital"]:
    if is_pickup:
        return "pickup"
    return "ship" if has_to_travel else "digital"


def _totals_of(read: ReadOrder) -> Totals:
    """What was paid back is V3's to tell: `refunded_amount` of V2 is always 0. Handling, wrapping count as sending."""
    said, currency = read.said, read.said["currency_code"]
    sums = {name: minor(said[name], currency) for name in (
        "subtotal_inc_tax", "shipping_cost_inc_tax", "handling_cost_inc_tax", "wrapping_cost_inc_tax", "total_tax",
        "discount_amount", "coupon_discount", "total_inc_tax")}
    return Totals(
        items_minor=sums["subtotal_inc_tax"], tax_minor=sums["total_tax"], grand_minor=sums["total_inc_tax"],
        shipping_minor=sums["shipping_cost_inc_tax"] + sums["handling_cost_inc_tax"] + sums["wrapping_cost_inc_tax"],
        discount_minor=sums["discount_amount"] + sums["coupon_discount"],
        refunded_minor=sum(_refunded(each, currency) for each in read.refunds),
    )


def _refunded(said: Native, currency: str) -> int:
    """What one refund gave back: a payment that the gateway declined did not."""
    return sum(minor(each["amount"], currency) for each in said["payments"] if not each.get("is_declined"))


def _to_line(said: Native, currency: str, *, is_sent: bool, is_cancelled: bool) -> OrderLine:
    quantity, shipped = int(said["quantity"]), int(said["quantity_shipped"])
    variant, product = said.get("variant_id") or "", said.get("product_id") or ""
    return OrderLine(
        id=str(said["id"]), variant_ref=VariantRef(str(variant)), product_ref=ProductRef(str(product)),
        sku=said.get("sku") or "", title=plain(said["name"]),
        options={kind_of(each["display_name"]): words_of(str(each["display_value"]))
                 for each in said.get("product_options") or ()},
        unit_price_minor=minor(said["price_inc_tax"], currency), ordered=quantity,
        shipped=quantity if is_sent else shipped, cancelled=quantity - shipped if is_cancelled else 0,
    )


def _to_parcel(said: Native) -> Shipment:
    """A parcel is made when it is handed over; BigCommerce hears nothing of its way."""
    return Shipment(
        id=str(said["id"]), carrier_name=said.get("shipping_provider_display_name") or said.get("tracking_carrier")
        or said.get("shipping_provider") or "", state="in_transit", tracking_number=said.get("tracking_number") or "",
        carrier_code=said.get("tracking_carrier") or said.get("shipping_provider") or "",
        tracking_url=said.get("tracking_link") or said.get("generated_tracking_link") or "",
        shipped_at=mail_moment(said["date_created"]),
    )


def _payments_of(read: ReadOrder, totals: Totals, *, is_paid: bool) -> list[Payment]:
    said, currency = read.said, read.said["currency_code"]
    method = words_of(said["payment_method"] or "")
    came_in = [Payment("payment", method, totals.grand_minor)] if is_paid and totals.grand_minor else []
    went_back = [
        Payment("refund", words_of(each["provider_id"]) or method, minor(each["amount"], currency))
        for refund in sorted(read.refunds, key=lambda each: int(each["id"])) for each in refund["payments"]
        if not each.get("is_declined")
    ]
    return [*came_in, *went_back]


def _requests_of(read: ReadOrder) -> tuple[OrderRequest, ...]:
    """A cancellation, whoever asked for it. Wishes to send something back BigCommerce keeps for no app."""
    if int(read.said["status_id"]) not in OVER or any(int(each["quantity_shipped"]) for each in products_of(read.said)):
        return ()
    told = read_cancellation(read.cancelled)
    at = moment(read.refunds[-1]["created"]) if read.refunds else mail_moment(read.said["date_modified"])
    return (OrderRequest("cancel", at, reason=told.reason if told else ""),)
