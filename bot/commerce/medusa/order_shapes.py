"""An order of Medusa's in our words: lines and how far they came, parcels, payments, what was asked of the shop."""

from collections.abc import Sequence
from dataclasses import replace

from bot.commerce.forms import version_of
from bot.commerce.medusa.money import totals_of, unit_minor
from bot.commerce.medusa.pages import Pages
from bot.commerce.medusa.shapes import Native, maybe_moment, minor, moment, option_values, to_address
from bot.commerce.medusa.statuses import (
    DEAD_RETURNS,
    FULFILMENTS,
    ORDERS,
    PAYMENTS,
    PENDING,
    order_status,
    shipment_state,
)
from bot.commerce.types import (
    CustomerRef,
    Editable,
    Order,
    OrderLine,
    OrderRef,
    OrderRequest,
    Payment,
    ProductRef,
    Shipment,
    VariantRef,
)

FIELDS = ",".join((
    "id", "display_id", "custom_display_id", "status", "payment_status", "fulfillment_status", "version", "email",
    "customer_id", "currency_code", "metadata", "created_at", "updated_at", "canceled_at", "total", "tax_total",
    "credit_line_total", "original_shipping_total", "customer.has_account", "*shipping_address", "*items",
    "*items.detail", "*items.tax_lines", "*items.adjustments", "*items.variant.options",
    "*items.variant.options.option", "*shipping_methods", "*shipping_methods.adjustments",
    "*payment_collections.payments", "*payment_collections.payments.captures",
    "*payment_collections.payments.refunds", "*fulfillments", "*fulfillments.items", "*fulfillments.labels",
    "*returns", "*returns.items",
))
CANCELLED_BY, REASON = "prevenant_cancel", "prevenant_reason"
_OPEN_RETURNS = frozenset({"requested", "partially_received"})


def number_of(said: Native) -> str:
    """The number that people are told: the shop's own where it makes some."""
    return str(said.get("custom_display_id") or said["display_id"])


def to_order(said: Native, pages: Pages) -> Order:
    """The order. A status that we have no word for makes all three `unknown`."""
    natives = (said["status"], said["payment_status"], said["fulfillment_status"])
    is_known = natives[0] in ORDERS and natives[1] in PAYMENTS and natives[2] in FULFILMENTS
    currency = str(said["currency_code"]).upper()
    has_account = bool((said.get("customer") or {}).get("has_account"))
    address = to_address(said["shipping_address"]) if said.get("shipping_address") else None
    payments = _payments_of(said, currency)
    lines = tuple(_to_line(each, said, pages, currency) for each in _lines_in(said))
    refunded = sum(each.amount_minor for each in payments if each.kind == "refund")
    if said["status"] == "canceled":  # what was cancelled is made good by credit lines: its total says 0 (2026-11)
        said = {**said, "total": said["total"] + said["credit_line_total"]}
    order = Order(
        ref=OrderRef(said["id"]), number=number_of(said), placed_at=moment(said["created_at"]),
        customer_ref=CustomerRef(said["customer_id"]) if has_account else None, email=said.get("email") or "",
        currency=currency, lines=lines,
        totals=totals_of(said, [(each.unit_price_minor, each.ordered) for each in lines], currency, refunded),
        status=order_status(natives[0], natives[2]) if is_known else "unknown",
        payment_status=PAYMENTS[natives[1]] if is_known else "unknown",
        fulfilment_status=FULFILMENTS[natives[2]] if is_known else "unknown", native_status="/".join(natives),
        phone=address.phone if address else "", shipping_address=address,
        shipments=tuple(_to_shipment(each, said) for each in _parcels_in(said)), payments=payments,
        requests=_requests_of(said, payments), editable=_editable(said, lines, is_known=is_known),
        offers=_codes_in(said),
    )
    return replace(order, version=version_of([repr(order), said["version"]]))


def _codes_in(said: Native) -> tuple[str, ...]:
    """The codes of what was taken off its pieces and its delivery."""
    reduced = (*said["items"], *(said.get("shipping_methods") or ()))
    codes = (taken.get("code") for each in reduced for taken in each.get("adjustments") or ())
    return tuple(dict.fromkeys(str(code) for code in codes if code))


def _lines_in(said: Native) -> list[Native]:
    return sorted(said["items"], key=lambda each: (each["created_at"], each["id"]))


def _parcels_in(said: Native) -> list[Native]:
    return sorted((each for each in said.get("fulfillments") or () if each), key=lambda each: str(each["created_at"]))


def _to_line(said: Native, order: Native, pages: Pages, currency: str) -> OrderLine:
    variant = said.get("variant") or {}  # it may be deleted after it was sold
    options = option_values(variant.get("options") or ())
    detail = said["detail"]
    ordered, shipped = int(said["quantity"]), int(detail["shipped_quantity"] or 0)
    handle, colour = said.get("product_handle") or "", options.get("colour", "")
    return OrderLine(
        id=said["id"], variant_ref=VariantRef(said.get("variant_id") or ""),
        product_ref=ProductRef(said.get("product_id") or ""), sku=said.get("variant_sku") or "",
        title=said.get("product_title") or said["title"], options=options, unit_price_minor=unit_minor(said, currency),
        ordered=ordered, shipped=shipped, delivered=int(detail["delivered_quantity"] or 0),
        cancelled=ordered - shipped if order["status"] == "canceled" else int(detail["written_off_quantity"] or 0),
        returned=int(detail["return_received_quantity"] or 0),
        image_url=pages.picture({"thumbnail": said.get("thumbnail"), "handle": handle}, colour),
    )


def _to_shipment(said: Native, order: Native) -> Shipment:
    """Medusa knows when a parcel was packed, sent and delivered, and nothing of its way: carriers tell that."""
    labels = said.get("labels") or ()
    label: Native = labels[0] if labels else {}
    methods = {each["shipping_option_id"]: each["name"] for each in order.get("shipping_methods") or ()}
    return Shipment(
        id=said["id"], carrier_name=methods.get(said.get("shipping_option_id")) or "", state=shipment_state(said),
        tracking_number=label.get("tracking_number") or "", tracking_url=_link_of(label),
        shipped_at=maybe_moment(said.get("shipped_at")), delivered_at=maybe_moment(said.get("delivered_at")),
    )


def _link_of(label: Native) -> str:
    """The carrier's page; Medusa's own pages fill in a # where nobody gave one."""
    link = str(label.get("tracking_url") or "")
    return link if link.startswith(("https://", "http://")) else ""


def method_of(provider_id: str) -> str:
    """A way to pay as the bot names it: `pp_stripe-ideal_stripe` is stripe-ideal."""
    parts = provider_id.split("_")
    return parts[1] if len(parts) > 2 and parts[0] == "pp" else provider_id


def _payments_of(said: Native, currency: str) -> tuple[Payment, ...]:
    made = [each for one in said.get("payment_collections") or () if one for each in one.get("payments") or ()]
    paid = [
        (capture["created_at"], Payment("payment", method_of(each["provider_id"]), minor(capture["amount"], currency)))
        for each in made for capture in each.get("captures") or ()
    ]
    back = [
        (refund["created_at"], Payment("refund", method_of(each["provider_id"]), minor(refund["amount"], currency)))
        for each in made for refund in each.get("refunds") or ()
    ]
    return tuple(payment for _, payment in sorted([*paid, *back], key=lambda each: str(each[0])))


def _requests_of(said: Native, payments: Sequence[Payment]) -> tuple[OrderRequest, ...]:
    """A cancellation and returns, oldest first; what goes back goes the way it was paid."""
    method = next((each.method_id for each in payments if each.kind == "payment"), "")
    asked = [
        OrderRequest(
            "return", moment(each["requested_at"] or each["created_at"]), _pieces_of(each), method_id=method,
            reason=next((one["note"] for one in each.get("items") or () if one.get("note")), ""),
            is_open=each["status"] in _OPEN_RETURNS,
        )
        for each in returns_in(said)
    ]
    if said.get("canceled_at"):
        reason = str((said.get("metadata") or {}).get(REASON) or "")
        asked.append(OrderRequest("cancel", moment(said["canceled_at"]), reason=reason))
    return tuple(sorted(asked, key=lambda each: each.at))


def returns_in(said: Native) -> list[Native]:
    """Returns that were asked for; one that somebody is still writing is `open`."""
    return [each for each in said.get("returns") or () if each and each["status"] not in {*DEAD_RETURNS, "open"}]


def has_open_return(said: Native) -> bool:
    """Whether something is on its way back."""
    return any(each["status"] in _OPEN_RETURNS for each in returns_in(said))


def _pieces_of(said: Native) -> dict[str, int]:
    return dict(sorted((each["item_id"], int(each["quantity"])) for each in said.get("items") or ()))


def _editable(said: Native, lines: Sequence[OrderLine], *, is_known: bool) -> Editable:
    is_pending = is_known and said["status"] == "pending" and said["fulfillment_status"] in PENDING
    may_return = is_known and any(each.delivered > each.returned for each in lines) and not has_open_return(said)
    return Editable(address=is_pending, cancel=is_pending, returns=may_return)
