"""An order of Shopify's in our words: lines and how far they came, parcels, payments, what was asked of the shop."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from bot.commerce.forms import version_of
from bot.commerce.shopify.shapes import (
    ADDRESS,
    MONEY,
    Native,
    maybe_moment,
    minor,
    moment,
    option_values,
    ref_of,
    to_address,
)
from bot.commerce.shopify.statuses import (
    DEAD_RETURNS,
    LEFT,
    OPEN_RETURNS,
    PAYMENTS,
    PENDING,
    SHIPMENTS,
    fulfilment_status,
    has_all,
    order_status,
)
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
    ShipmentEvent,
    Totals,
    VariantRef,
)

_DELIVERIES: dict[str, Literal["ship", "pickup", "local", "digital"]] = {
    "SHIPPING": "ship", "PICKUP_POINT": "ship", "PICK_UP": "pickup", "RETAIL": "pickup", "LOCAL": "local",
    "NONE": "digital",
}
LINE = f"""
fragment Line on LineItem {{
  id title quantity currentQuantity sku
  originalUnitPriceSet {MONEY} originalTotalSet {MONEY}
  product {{ id }} variant {{ id selectedOptions {{ name value }} }} image {{ url }}
}}"""


def order_fragment(*, lines: int, parcels: int, events: int) -> str:
    """What is read of an order; how much of it, as Shopify charges for what could come back."""
    return f"""
fragment Order on Order {{
  id name processedAt cancelledAt cancelReason cancellation {{ staffNote }} email phone statusPageUrl discountCodes
  displayFinancialStatus displayFulfillmentStatus presentmentCurrencyCode customer {{ id }}
  totalPriceSet {MONEY} totalShippingPriceSet {MONEY} totalTaxSet {MONEY}
  totalDiscountsSet {MONEY} totalRefundedSet {MONEY} shippingAddress {{ {ADDRESS} }}
  lineItems(first: {lines}) {{ nodes {{ ...Line }} pageInfo {{ hasNextPage endCursor }} }}
  fulfillments(first: {parcels}) {{
    id status displayStatus createdAt inTransitAt deliveredAt estimatedDeliveryAt
    trackingInfo(first: 1) {{ company number url }}
    fulfillmentLineItems(first: {lines}) {{ nodes {{ id quantity lineItem {{ id }} }} }}
    events(first: {events}, sortKey: HAPPENED_AT, reverse: true) {{ nodes {{ happenedAt status message city }} }}
  }}
  fulfillmentOrders(first: 3) {{ nodes {{ deliveryMethod {{ methodType }} assignedLocation {{ location {{ id }} }} }} }}
  transactions(first: 10) {{ kind status gateway amountSet {MONEY} }}
  returns(first: 3, reverse: true) {{
    nodes {{
      id status createdAt
      returnLineItems(first: {min(lines, 10)}) {{
        nodes {{
          quantity processedQuantity customerNote
          ... on ReturnLineItem {{ returnReasonNote fulfillmentLineItem {{ lineItem {{ id }} }} }}
        }}
      }}
    }}
  }}
}}""" + LINE


def to_order(said: Native) -> Order:
    """The order on our three axes."""
    native, financial = said["displayFulfillmentStatus"], said["displayFinancialStatus"] or ""
    payment = PAYMENTS.get(financial, "unknown")
    parcels = [each for each in said["fulfillments"] if each["status"] not in ("CANCELLED", "ERROR", "FAILURE")]
    lines, is_cancelled = _lines_of(said, parcels), bool(said["cancelledAt"])
    fulfilment = fulfilment_status(native, lines, {each["displayStatus"] or "FULFILLED" for each in parcels})
    status = order_status(native, payment, is_cancelled=is_cancelled, has_arrived=has_all(lines, "delivered"))
    requests = _requests_of(said)
    address = to_address(said["shippingAddress"]) if said["shippingAddress"] else None
    is_pending = status in PENDING and not parcels
    kind, place = _delivery_of(said["fulfillmentOrders"]["nodes"])
    return Order(
        ref=OrderRef(ref_of(said["id"])), number=said["name"], placed_at=moment(said["processedAt"]),
        customer_ref=CustomerRef(ref_of(said["customer"]["id"])) if said["customer"] else None,
        email=said["email"] or "", phone=said["phone"] or (address.phone if address else ""),
        currency=said["presentmentCurrencyCode"], totals=_totals_of(said), lines=lines, status=status,
        payment_status=payment, fulfilment_status=fulfilment,
        native_status="/".join([*(["CANCELLED"] if is_cancelled else []), financial or "NONE", native]),
        shipping_address=address, delivery_kind=kind, pickup_location_ref=place,
        shipments=tuple(_to_shipment(each, place) for each in said["fulfillments"]),
        payments=tuple(_payments_of(said["transactions"])), requests=requests, status_url=said["statusPageUrl"],
        offers=tuple(said.get("discountCodes") or ()),
        editable=Editable(
            address=is_pending and bool(address), cancel=is_pending,
            returns=bool(returnable_of(said)) and not _has_open_return(said),
        ),
        version=_version(said),
    )


def _version(said: Native) -> int:
    """Another number as soon as something is changed that one may decide by: not when a tag or a note is."""
    names = ("cancelledAt", "displayFinancialStatus", "displayFulfillmentStatus", "shippingAddress", "email", "phone")
    return version_of([
        *(said[name] for name in names), [(each["id"], each["currentQuantity"]) for each in said["lineItems"]["nodes"]],
        [(each["id"], each["status"]) for each in said["fulfillments"]],
        [(each["id"], each["status"]) for each in said["returns"]["nodes"]],
    ])


def _totals_of(said: Native) -> Totals:
    return Totals(
        items_minor=sum(minor(each["originalTotalSet"]) for each in said["lineItems"]["nodes"]),
        shipping_minor=minor(said["totalShippingPriceSet"]), tax_minor=minor(said["totalTaxSet"]),
        discount_minor=minor(said["totalDiscountsSet"]), grand_minor=minor(said["totalPriceSet"]),
        refunded_minor=minor(said["totalRefundedSet"]),
    )


def _lines_of(said: Native, parcels: Sequence[Native]) -> tuple[OrderLine, ...]:
    shipped, delivered, returned = Counter[str](), Counter[str](), Counter[str]()
    for parcel in parcels:
        state = SHIPMENTS.get(parcel["displayStatus"] or "FULFILLED", "unknown")
        for piece in parcel["fulfillmentLineItems"]["nodes"]:
            shipped[piece["lineItem"]["id"]] += piece["quantity"] if state in LEFT else 0
            delivered[piece["lineItem"]["id"]] += piece["quantity"] if state == "delivered" else 0
    for piece in _returned_of(said):
        returned[piece["fulfillmentLineItem"]["lineItem"]["id"]] += piece["processedQuantity"]
    return tuple(
        _to_line(each, shipped[each["id"]], delivered[each["id"]], returned[each["id"]])
        for each in said["lineItems"]["nodes"]
    )


def _to_line(said: Native, shipped: int, delivered: int, returned: int) -> OrderLine:
    """`currentQuantity` is less both what was taken out before it left and what came back."""
    variant = said["variant"] or {"id": "", "selectedOptions": ()}  # a product may be deleted after it was sold
    gone = said["quantity"] - said["currentQuantity"]
    return OrderLine(
        id=ref_of(said["id"]), variant_ref=VariantRef(ref_of(variant["id"])),
        product_ref=ProductRef(ref_of(said["product"]["id"]) if said["product"] else ""), sku=said["sku"] or "",
        title=said["title"], options=option_values(variant["selectedOptions"]),
        unit_price_minor=minor(said["originalUnitPriceSet"]), ordered=said["quantity"], shipped=shipped,
        delivered=delivered, cancelled=max(min(gone - returned, said["quantity"] - shipped), 0), returned=returned,
        image_url=(said["image"] or {}).get("url") or "",
    )


def _delivery_of(planned: Sequence[Native]) -> tuple[Literal["ship", "pickup", "local", "digital"], LocationRef | None]:
    """How it is delivered, and the store where it is picked up."""
    for each in planned:
        kind = _DELIVERIES.get((each["deliveryMethod"] or {}).get("methodType", ""))
        if kind:
            location = each["assignedLocation"]["location"]
            return kind, LocationRef(ref_of(location["id"])) if kind == "pickup" and location else None
    return "ship", None


def _to_shipment(said: Native, place: LocationRef | None) -> Shipment:
    state = "cancelled" if said["status"] == "CANCELLED" else SHIPMENTS.get(
        said["displayStatus"] or "FULFILLED", "unknown")
    tracking = said["trackingInfo"][0] if said["trackingInfo"] else {}
    handed_over = maybe_moment(said["inTransitAt"]) or (moment(said["createdAt"]) if state in LEFT else None)
    return Shipment(
        id=ref_of(said["id"]), carrier_name=tracking.get("company") or "", state=state,
        tracking_number=tracking.get("number") or "", tracking_url=tracking.get("url") or "", shipped_at=handed_over,
        eta=maybe_moment(said["estimatedDeliveryAt"]), delivered_at=maybe_moment(said["deliveredAt"]),
        events=tuple(
            ShipmentEvent(moment(each["happenedAt"]), SHIPMENTS.get(each["status"], "unknown"), each["message"] or "",
                          each["city"] or "")
            for each in reversed(said["events"]["nodes"])
        ),
        pickup_location_ref=place,
    )


def _payments_of(said: Iterable[Native]) -> list[Payment]:
    kinds: dict[str, Literal["payment", "refund"]] = {"SALE": "payment", "CAPTURE": "payment", "REFUND": "refund"}
    return [
        Payment(kinds[each["kind"]], each["gateway"] or "", minor(each["amountSet"]))
        for each in said if each["kind"] in kinds and each["status"] == "SUCCESS"
    ]


def _requests_of(said: Native) -> tuple[OrderRequest, ...]:
    """A cancellation and returns, oldest first; what goes back goes the way it was paid."""
    method = next((each.method_id for each in _payments_of(said["transactions"]) if each.kind == "payment"), "")
    asked = [
        OrderRequest("return", moment(each["createdAt"]), _pieces_of(each["returnLineItems"]["nodes"]),
                     method_id=method, reason=_reason_of(each), is_open=each["status"] in OPEN_RETURNS)
        for each in reversed(said["returns"]["nodes"]) if each["status"] not in DEAD_RETURNS
    ]
    if said["cancelledAt"]:
        asked.append(OrderRequest("cancel", moment(said["cancelledAt"]), reason=(said["cancelReason"] or "").lower()))
    return tuple(asked)


def _reason_of(said: Native) -> str:
    notes = [each["returnReasonNote"] for each in _own_lines(said["returnLineItems"]["nodes"])]
    return next((each for each in notes if each), "")


def _own_lines(pieces: Iterable[Native]) -> list[Native]:
    """Those of the order: a return may hold others, that the shop never sold here."""
    return [each for each in pieces if each.get("fulfillmentLineItem")]


def _pieces_of(pieces: Iterable[Native]) -> dict[str, int]:
    counted = Counter[str]()
    for each in _own_lines(pieces):
        counted[ref_of(each["fulfillmentLineItem"]["lineItem"]["id"])] += each["quantity"]
    return dict(counted)


def _returned_of(said: Native) -> list[Native]:
    return [
        piece for each in said["returns"]["nodes"] if each["status"] not in DEAD_RETURNS
        for piece in _own_lines(each["returnLineItems"]["nodes"])
    ]


def _has_open_return(said: Native) -> bool:
    return any(each["status"] in OPEN_RETURNS for each in said["returns"]["nodes"])


def returnable_of(said: Native) -> dict[str, list[tuple[str, int]]]:
    """What has arrived and was not asked back yet: line id -> fulfilment's line and how many pieces of it."""
    back = Counter[str]()
    for piece in _returned_of(said):
        back[ref_of(piece["fulfillmentLineItem"]["lineItem"]["id"])] += piece["quantity"]
    left: dict[str, list[tuple[str, int]]] = {}
    for parcel in said["fulfillments"]:
        if parcel["status"] != "SUCCESS" or parcel["displayStatus"] not in ("DELIVERED", "PICKED_UP"):
            continue
        for piece in parcel["fulfillmentLineItems"]["nodes"]:
            line = ref_of(piece["lineItem"]["id"])
            taken = min(back[line], piece["quantity"])
            back[line] -= taken
            if piece["quantity"] > taken:
                left.setdefault(line, []).append((piece["id"], piece["quantity"] - taken))
    return left
