"""An order of Adobe Commerce's in our words: lines and how far they came, parcels, payments, a cancellation.

A configurable product stands in an order twice: as it was chosen, with what it cost, and below it the simple one that
is sent, at no price. The first is the line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.commerce.adobe.parcels import parcels_of
from bot.commerce.adobe.shapes import Native, extras_of, moment, to_address
from bot.commerce.adobe.statuses import ON_DELIVERY, PENDING, fulfilment_status, order_status, payment_status
from bot.commerce.catalogue_search import Catalogue
from bot.commerce.forms import minor, phone_of, plain, version_of
from bot.commerce.types import (
    Address,
    CustomerRef,
    Editable,
    LocationRef,
    Order,
    OrderLine,
    OrderRef,
    OrderRequest,
    Payment,
    ProductRef,
    Totals,
    VariantRef,
)

PICKUP = "instore_pickup"
_NOTED = re.compile(r"prevenant-(cancels|keeps)-([0-9a-f]{20})(?:: (.*))?", re.DOTALL)


@dataclass(frozen=True)
class Note:
    """What we wrote among the comments of an order: that somebody cancels it, or that nothing came of it."""

    kind: str
    mark: str
    reason: str
    said: Native


def note(kind: Literal["cancels", "keeps"], mark: str, reason: str = "") -> str:
    """The comment that says so."""
    return f"prevenant-{kind}-{mark}: {reason}" if reason else f"prevenant-{kind}-{mark}"


def notes_of(said: Native) -> list[Note]:
    """Ours among an order's comments, oldest first."""
    comments = sorted(said.get("status_histories") or (), key=lambda each: int(each["entity_id"]))
    found = [(_NOTED.fullmatch(each.get("comment") or ""), each) for each in comments]
    return [Note(told[1], told[2], told[3] or "", each) for told, each in found if told]


def to_order(said: Native, shipments: Sequence[Native], catalogue: Catalogue) -> Order:
    """The order on our three axes. `catalogue` tells what its lines look like."""
    state, currency = said["state"], said["order_currency_code"]
    lines, totals = tuple(_to_line(each, currency, catalogue) for each in items_of(said)), _totals_of(said)
    is_pickup = method_of(said) == PICKUP
    real = {str(each["item_id"]) for each in items_of(said) if not int(each.get("is_virtual") or 0)}
    sent, to_send = _count_pieces([each for each in lines if each.id in real])
    billing, address = said["billing_address"], shipping_address_of(said) if real and not is_pickup else None
    is_pending = state in PENDING and not sent and not totals.refunded_minor
    return Order(
        ref=OrderRef(str(said["entity_id"])), number=str(said["increment_id"]), placed_at=moment(said["created_at"]),
        customer_ref=CustomerRef(str(said["customer_id"])) if said.get("customer_id") else None,
        email=said.get("customer_email") or "",
        phone=phone_of(billing.get("telephone") or "", billing.get("country_id") or ""),
        currency=currency, totals=totals, lines=lines,
        status=order_status(state, has_left=bool(sent), has_to_travel=bool(real)),
        payment_status=payment_status(
            state, grand_minor=totals.grand_minor, paid_minor=paid_minor(said), refunded_minor=totals.refunded_minor,
            authorised_minor=minor((said.get("payment") or {}).get("amount_authorized"), currency)),
        fulfilment_status=fulfilment_status(state, to_send=to_send, sent=sent, is_pickup=is_pickup),
        native_status=state, shipping_address=address, delivery_kind=_delivery_of(real, is_pickup=is_pickup),
        pickup_location_ref=_pickup_of(said), shipments=() if is_pickup else parcels_of(shipments),
        payments=tuple(_payments_of(said)), requests=_requests_of(said),
        editable=Editable(address=is_pending and bool(address), cancel=is_pending),
        version=_version(said, shipments), offers=(said["coupon_code"],) if said.get("coupon_code") else (),
    )


def items_of(said: Native) -> list[Native]:
    """What was chosen, without the simple products below it."""
    return [each for each in said["items"] if not each.get("parent_item_id") and not each.get("parent_item")]


def method_of(said: Native) -> str:
    """How it is sent, in Adobe's code: `flatrate_flatrate`, `instore_pickup`."""
    assigned = extras_of(said).get("shipping_assignments") or ()
    return str((assigned[0].get("shipping") or {}).get("method") or "") if assigned else ""


def native_address_of(said: Native) -> Native:
    """Where it goes, as Adobe tells it; empty for what goes nowhere."""
    assigned = extras_of(said).get("shipping_assignments") or ()
    told: Native = ((assigned[0].get("shipping") or {}).get("address") or {}) if assigned else {}
    return told


def shipping_address_of(said: Native) -> Address | None:
    """Where it goes."""
    told = native_address_of(said)
    return to_address(told) if told.get("street") else None


def paid_minor(said: Native) -> int:
    """What came in. What is paid on delivery was not before it left, though it may be invoiced."""
    method = (said.get("payment") or {}).get("method")
    if method in ON_DELIVERY and said["state"] not in ("complete", "closed"):
        return 0
    return minor(said.get("total_paid"), said["order_currency_code"])


def _version(said: Native, shipments: Sequence[Native]) -> int:
    """Another number as soon as something is changed that one may decide by: not when a comment is."""
    return version_of([
        said["state"], said.get("total_paid"), said.get("total_refunded"), said["grand_total"],
        {**native_address_of(said)}, [(each["item_id"], each["qty_ordered"]) for each in said["items"]],
        repr(parcels_of(shipments)),
    ])


def _count_pieces(lines: Sequence[OrderLine]) -> tuple[int, int]:
    """How many have left, and how many are to leave in all."""
    return sum(each.shipped for each in lines), sum(each.ordered - each.cancelled for each in lines)


def _delivery_of(real: set[str], *, is_pickup: bool) -> Literal["ship", "pickup", "digital"]:
    if is_pickup:
        return "pickup"
    return "ship" if real else "digital"


def _pickup_of(said: Native) -> LocationRef | None:
    code = extras_of(said).get("pickup_location_code")
    return LocationRef(str(code)) if code else None


def _totals_of(said: Native) -> Totals:
    amounts = {name: minor(said.get(name), said["order_currency_code"]) for name in (
        "subtotal_incl_tax", "shipping_incl_tax", "tax_amount", "discount_amount", "grand_total", "total_refunded")}
    return Totals(
        items_minor=amounts["subtotal_incl_tax"], shipping_minor=amounts["shipping_incl_tax"],
        tax_minor=amounts["tax_amount"], discount_minor=abs(amounts["discount_amount"]),
        grand_minor=amounts["grand_total"], refunded_minor=amounts["total_refunded"])


def _to_line(said: Native, currency: str, catalogue: Catalogue) -> OrderLine:
    """What was paid back before it left counts as cancelled, after that as returned."""
    count = {name: int(said.get(f"qty_{name}") or 0) for name in ("ordered", "shipped", "canceled", "refunded")}
    unsent = max(count["ordered"] - count["shipped"] - count["canceled"], 0)
    variant = catalogue.variants.get(said["sku"])
    return OrderLine(
        id=str(said["item_id"]), variant_ref=VariantRef(said["sku"]),
        product_ref=ProductRef(catalogue.product_of.get(said["sku"], said["sku"])), sku=said["sku"],
        title=plain(said["name"]), options=dict(variant.options) if variant else {},
        unit_price_minor=minor(said.get("price_incl_tax") or said.get("price"), currency), ordered=count["ordered"],
        shipped=count["shipped"], cancelled=count["canceled"] + min(count["refunded"], unsent),
        returned=max(count["refunded"] - unsent, 0), image_url=variant.image_url if variant else "",
    )


def _payments_of(said: Native) -> list[Payment]:
    method, refunded = (said.get("payment") or {}).get("method") or "", _totals_of(said).refunded_minor
    paid = paid_minor(said)
    return [*([Payment("payment", method, paid)] if paid else []),
            *([Payment("refund", method, refunded)] if refunded else [])]


def _requests_of(said: Native) -> tuple[OrderRequest, ...]:
    """A cancellation, whoever asked for it."""
    has_left = any(int(each.get("qty_shipped") or 0) for each in said["items"])
    if said["state"] not in ("canceled", "closed") or has_left:
        return ()
    ours = next((each for each in notes_of(said) if each.kind == "cancels"), None)
    at = moment(ours.said["created_at"] if ours else said.get("updated_at") or said["created_at"])
    return (OrderRequest("cancel", at, reason=ours.reason if ours else ""),)
