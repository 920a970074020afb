"""An order of WooCommerce's in our words: lines and how far they came, parcels, payments, a cancellation."""

from collections.abc import Mapping
from typing import Literal

from bot.commerce.forms import kind_of, minor, phone_of, plain, version_of, words_of
from bot.commerce.types import (
    CustomerRef,
    Editable,
    Order,
    OrderLine,
    OrderRef,
    OrderRequest,
    Payment,
    ProductRef,
    Totals,
    VariantRef,
)
from bot.commerce.woocommerce.parcels import parcels_of
from bot.commerce.woocommerce.shapes import Native, maybe_moment, moment, to_address
from bot.commerce.woocommerce.statuses import ON_DELIVERY, PENDING, fulfilment_status, order_status, payment_status

CANCELLED_BY = "_prevenant_cancelled_"  # and the key's mark: a note of its own for each who asked
_PICKUPS = ("local_pickup", "pickup_location")


def to_order(said: Native) -> Order:
    """The order on our three axes. What REST v3 tells of it is one object: nothing else is read."""
    native, currency = said["status"], said["currency"]
    totals, methods = _totals_of(said), [each["method_id"] for each in said["shipping_lines"]]
    is_pickup, was_completed = any(each in _PICKUPS for each in methods), bool(said["date_completed_gmt"])
    has_to_travel = bool(methods) and not is_pickup
    parcels, billing = parcels_of(said), said["billing"]
    address = to_address(said["shipping"]) or to_address(billing) if has_to_travel else None
    fulfilment = fulfilment_status(
        native, was_completed=was_completed, has_parcels=any(each.shipped_at for each in parcels),
        has_to_travel=has_to_travel, is_pickup=is_pickup)
    is_pending = native in PENDING and not parcels
    return Order(
        ref=OrderRef(str(said["id"])), number=str(said["number"]), placed_at=moment(said["date_created_gmt"]),
        customer_ref=CustomerRef(str(said["customer_id"])) if said["customer_id"] else None,
        email=billing["email"] or "", phone=phone_of(billing["phone"] or "", billing["country"] or ""),
        currency=currency, totals=totals, lines=_lines_of(said, is_sent=fulfilment == "shipped"),
        status=order_status(native, was_completed=was_completed, has_to_travel=has_to_travel or is_pickup),
        payment_status=payment_status(
            native, is_paid=bool(said["date_paid_gmt"]), is_on_delivery=said["payment_method"] in ON_DELIVERY,
            grand_minor=totals.grand_minor, refunded_minor=totals.refunded_minor),
        fulfilment_status=fulfilment, native_status=native, shipping_address=address,
        delivery_kind=_delivery_of(has_to_travel=has_to_travel, is_pickup=is_pickup), shipments=parcels,
        payments=tuple(_payments_of(said)), requests=_requests_of(said),
        editable=Editable(address=is_pending and bool(address), cancel=is_pending), version=_version(said),
        offers=tuple(each["code"] for each in said.get("coupon_lines") or ()),
    )


def _version(said: Native) -> int:
    """Another number as soon as something is changed that one may decide by: not when a note is."""
    return version_of([
        said["status"], bool(said["date_paid_gmt"]), said["total"], said["shipping"], said["billing"],
        [(each["id"], each["quantity"], each["total"]) for each in said["line_items"]],
        [(each["id"], each["total"]) for each in said["refunds"]], repr(parcels_of(said)),
    ])


def _delivery_of(*, has_to_travel: bool, is_pickup: bool) -> Literal["ship", "pickup", "digital"]:
    if is_pickup:
        return "pickup"
    return "ship" if has_to_travel else "digital"


def _totals_of(said: Native) -> Totals:
    currency, lines = said["currency"], said["line_items"]
    return Totals(
        items_minor=sum(_sum_of(each, currency, "subtotal", "subtotal_tax") for each in lines),
        shipping_minor=_sum_of(said, currency, "shipping_total", "shipping_tax"),
        tax_minor=minor(said["total_tax"], currency),
        discount_minor=_sum_of(said, currency, "discount_total", "discount_tax"),
        grand_minor=minor(said["total"], currency), refunded_minor=sum(_refunds_of(said)),
    )


def _sum_of(said: Native, currency: str, *names: str) -> int:
    return sum(minor(said[name], currency) for name in names)


def _refunds_of(said: Native) -> list[int]:
    return [abs(minor(each["total"], said["currency"])) for each in said["refunds"]]


def _lines_of(said: Native, *, is_sent: bool) -> tuple[OrderLine, ...]:
    is_cancelled = said["status"] in ("cancelled", "failed") or (
        said["status"] == "refunded" and not said["date_completed_gmt"])
    return tuple(
        _to_line(each, said["currency"], is_sent=is_sent, is_cancelled=is_cancelled) for each in said["line_items"])


def _to_line(said: Native, currency: str, *, is_sent: bool, is_cancelled: bool) -> OrderLine:
    quantity = int(said["quantity"])
    gross = _sum_of(said, currency, "subtotal", "subtotal_tax")
    return OrderLine(
        id=str(said["id"]), variant_ref=VariantRef(str(said["variation_id"] or said["product_id"] or "")),
        product_ref=ProductRef(str(said["product_id"] or "")), sku=said["sku"] or "",
        title=plain(said.get("parent_name") or said["name"]), options=_options_of(said),
        unit_price_minor=round(gross / quantity) if quantity else 0, ordered=quantity,
        shipped=quantity if is_sent else 0, cancelled=quantity if is_cancelled else 0,
        image_url=(said.get("image") or {}).get("src") or "",
    )


def _options_of(said: Native) -> dict[str, str]:
    """A variation's attributes are among the line's notes, with names for people beside them."""
    return {
        kind_of(str(each["display_key"])): words_of(str(each["display_value"])) for each in said["meta_data"]
        if not str(each["key"]).startswith("_") and each.get("display_key") and isinstance(each["value"], str)
    } if said["variation_id"] else {}


def _payments_of(said: Native) -> list[Payment]:
    method, grand = said["payment_method"] or "", minor(said["total"], said["currency"])
    is_paid = said["date_paid_gmt"] and (said["status"] == "completed" or method not in ON_DELIVERY)
    came_in = [Payment("payment", method, grand)] if is_paid else []
    return [*came_in, *(Payment("refund", method, each) for each in reversed(_refunds_of(said)))]


def cancellers_of(said: Native) -> list[str]:
    """The marks of those who cancelled the order through us, the first first."""
    asked = [each for each in said["meta_data"] if str(each["key"]).startswith(CANCELLED_BY)]
    return [each["key"].removeprefix(CANCELLED_BY) for each in sorted(asked, key=lambda each: int(each["id"]))]


def _requests_of(said: Native) -> tuple[OrderRequest, ...]:
    """A cancellation, whoever asked for it. WooCommerce keeps no wishes to send something back, only refunds."""
    if said["status"] not in ("cancelled", "refunded") or said["date_completed_gmt"]:
        return ()
    notes: Mapping[str, str] = {each["key"]: str(each["value"]) for each in said["meta_data"]}
    first = next(iter(cancellers_of(said)), "")
    at = maybe_moment(said["date_modified_gmt"]) or moment(said["date_created_gmt"])
    return (OrderRequest("cancel", at, reason=notes.get(f"{CANCELLED_BY}{first}", "") if first else ""),)
