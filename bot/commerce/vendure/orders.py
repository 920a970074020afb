"""Orders read back. Vendure's own number is shown only with a proof: its Shop API shows it to whoever has the code."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commerce.folding import fold, fold_code
from bot.commerce.types import (
    CustomerRef,
    Editable,
    LocationRef,
    Order,
    OrderLine,
    OrderRef,
    Page,
    Payment,
    ProductRef,
    Shipment,
    Totals,
    VariantRef,
)
from bot.commerce.vendure import pickup, returns
from bot.commerce.vendure.carts import title_of
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.shapes import ADDRESS, is_id, moment, option_values, start_of, to_address
from bot.commerce.vendure.statuses import ORDERS, PENDING, SHIPMENTS, payment_status, refunded_of
from bot.errors import NotFound

_ORDER = f"""
fragment Order on Order {{
  id code state orderPlacedAt createdAt currencyCode totalWithTax total shippingWithTax couponCodes
  discounts {{ amountWithTax }} shippingAddress {{ {ADDRESS} countryCode }}
  customer {{ id emailAddress phoneNumber user {{ id }} customFields {{ locale }} }}
  history(options: {{ take: 1 }}) {{ totalItems }}
  lines {{
    id quantity orderPlacedQuantity unitPriceWithTax fulfillmentLines {{ quantity fulfillment {{ state }} }}
    productVariant {{
      id sku featuredAsset {{ preview }} options {{ code group {{ code }} }}
      product {{ id slug featuredAsset {{ preview }} translations {{ languageCode name }} }}
    }}
  }}
  payments {{ id method state amount createdAt refunds {{ total state method }} }}
  fulfillments {{ id state method trackingCode createdAt updatedAt }}
  returns: history(options: {{
    take: 100, filter: {{ type: {{ eq: "PREVENANT_RETURN" }} }}, sort: {{ createdAt: ASC }}
  }}) {{ items {{ createdAt data }} }}
  prevenantPickUp {{ locationId name readyAt missing }}
}}"""
_BY_ID = "query($id: ID!) { order(id: $id) { ...Order } }" + _ORDER
_BY_CODE = """query($code: String!) {
  orders(options: { take: 2, filter: { code: { eq: $code } } }) { items { ...Order } }
}""" + _ORDER
_OF_CUSTOMER = """query($id: ID!, $take: Int!, $skip: Int!) {
  customer(id: $id) {
    orders(options: { take: $take, skip: $skip, sort: { orderPlacedAt: DESC, id: DESC },
                      filter: { orderPlacedAt: { isNull: false } } }) { totalItems items { ...Order } }
  }
}""" + _ORDER

NOBODY = "@nobody.invalid"  # as `plugin/closing.js` has it
Native = Mapping[str, Any]


def get_order(client: VendureClient, ref: str, pages: Pages) -> Order:
    """The order. NotFound, for a basket too."""
    said = client.read(_BY_ID, id=ref)["order"] if is_id(ref) else None
    if not said or not said["orderPlacedAt"]:
        raise NotFound(f"order {ref}")
    return to_order(said, pages)


def find_order(
    client: VendureClient, number: str, *, customer_ref: str | None, email: str, postcode: str, pages: Pages
) -> Order:
    """The order whose number and every proof match, else NotFound; without a proof there is none."""
    code = fold_code(number)
    if not code or not (customer_ref or email.strip() or fold_code(postcode)):
        raise NotFound("order")
    for said in client.read(_BY_CODE, code=code)["orders"]["items"]:
        if not said["orderPlacedAt"] or fold_code(said["code"]) != code:
            continue
        order = to_order(said, pages)
        home = order.shipping_address.postcode if order.shipping_address else ""
        if (
            (not customer_ref or order.customer_ref == customer_ref)
            and (not email.strip() or fold(order.email) == fold(email))
            and (not fold_code(postcode) or fold_code(home) == fold_code(postcode))
        ):
            return order
    raise NotFound("order")


def list_orders(client: VendureClient, customer_ref: str, *, limit: int, cursor: str, pages: Pages) -> Page[Order]:
    """A page of the customer's orders, newest first. FixInput for a cursor that we did not give."""
    start = start_of(cursor)
    if not is_id(customer_ref):
        return Page(())
    said = client.read(_OF_CUSTOMER, id=customer_ref, take=limit, skip=start)["customer"]
    if not said:
        return Page(())
    found = said["orders"]
    following = start + limit if found["totalItems"] > start + limit else 0
    return Page(tuple(to_order(each, pages) for each in found["items"]), str(following or ""))


def to_order(said: Native, pages: Pages) -> Order:
    """The order on our three axes."""
    native, picked_up = said["state"], said["prevenantPickUp"]
    status, fulfilment = ORDERS.get(native, ("unknown", "unknown"))
    buyer = _buyer_of(said)
    is_pending = native in PENDING
    address = to_address(said["shippingAddress"]) if (said["shippingAddress"] or {}).get("streetLine1") else None
    lines = _lines_of(said, (buyer.get("customFields") or {}).get("locale") or "", pages)
    requests = returns.requests_of(said["returns"]["items"])
    return Order(
        ref=OrderRef(said["id"]), number=said["code"], placed_at=moment(said["orderPlacedAt"] or said["createdAt"]),
        customer_ref=CustomerRef(buyer["id"]) if buyer.get("user") else None, email=buyer.get("emailAddress") or "",
        currency=said["currencyCode"], totals=_totals_of(said), lines=lines, status=status,
        payment_status=payment_status(native, said["payments"] or (), said["totalWithTax"]),
        fulfilment_status=pickup.fulfilment_of(native, picked_up) if picked_up else fulfilment,
        native_status=native, phone=buyer.get("phoneNumber") or (address.phone if address and not picked_up else ""),
        shipping_address=None if picked_up else address, delivery_kind="pickup" if picked_up else "ship",
        pickup_location_ref=LocationRef(picked_up["locationId"]) if picked_up else None,
        shipments=(pickup.to_shipment(said, picked_up),) if picked_up else tuple(
            _to_shipment(each) for each in said["fulfillments"] or ()),
        payments=tuple(_payments_of(said["payments"] or ())), requests=requests, version=said["history"]["totalItems"],
        editable=Editable(
            address=is_pending and not picked_up, cancel=is_pending, lines=is_pending,
            returns=status != "unknown" and returns.may_return(lines, requests),
        ),
        offers=tuple(said.get("couponCodes") or ()),
    )


def _buyer_of(said: Native) -> Native:
    """Whoever bought it; nobody once they asked to be forgotten: the plugin leaves an address that says so."""
    customer: Native = said["customer"] or {}
    return {} if str(customer.get("emailAddress") or "").endswith(NOBODY) else customer


def _totals_of(said: Native) -> Totals:
    items = sum(line["unitPriceWithTax"] * line["quantity"] for line in said["lines"])
    discount = -sum(each["amountWithTax"] for each in said["discounts"])
    grand = said["totalWithTax"]
    return Totals(
        items_minor=items, shipping_minor=grand - items + discount, discount_minor=discount, grand_minor=grand,
        tax_minor=grand - said["total"], refunded_minor=sum(refunded_of(each) for each in said["payments"] or ()),
    )


def _lines_of(said: Native, locale: str, pages: Pages) -> tuple[OrderLine, ...]:
    """Those that are still wanted first: a line that was swapped stays with nothing in it."""
    missing = set((said["prevenantPickUp"] or {}).get("missing") or ())
    lines = sorted(said["lines"], key=lambda each: each["quantity"] == 0)
    return tuple(_to_line(each, locale, pages, is_missing=each["id"] in missing) for each in lines)


def _to_line(said: Native, locale: str, pages: Pages, *, is_missing: bool) -> OrderLine:
    variant, product = said["productVariant"], said["productVariant"]["product"]
    options = option_values(variant["options"])
    ordered = max(said["orderPlacedQuantity"], said["quantity"])
    sent = said["fulfillmentLines"] or ()
    delivered = sum(each["quantity"] for each in sent if each["fulfillment"]["state"] == "Delivered")
    returned = max(delivered - said["quantity"], 0)  # the shop took it off the order after it had arrived
    return OrderLine(
        id=said["id"], variant_ref=VariantRef(variant["id"]), product_ref=ProductRef(product["id"]), sku=variant["sku"],
        title=title_of(product, locale), options=options,
        unit_price_minor=said["unitPriceWithTax"], ordered=ordered, cancelled=ordered - said["quantity"] - returned,
        shipped=sum(each["quantity"] for each in sent if each["fulfillment"]["state"] in ("Shipped", "Delivered")),
        delivered=delivered, returned=returned, image_url=pages.picture(variant, product, options),
        is_missing=is_missing,
    )


def _to_shipment(said: Native) -> Shipment:
    """Vendure knows when a parcel was made and last touched, and nothing of its way: carriers tell that."""
    state = SHIPMENTS.get(said["state"], "unknown")
    return Shipment(
        id=said["id"], carrier_name=said["method"] or "", state=state, tracking_number=said["trackingCode"] or "",
        shipped_at=moment(said["createdAt"]) if state in ("in_transit", "delivered") else None,
        delivered_at=moment(said["updatedAt"]) if state == "delivered" else None,
    )


def _payments_of(said: Sequence[Native]) -> list[Payment]:
    paid = [Payment("payment", each["method"], each["amount"]) for each in said if each["state"] == "Settled"]
    back = [
        Payment("refund", each["method"], refund["total"])
        for each in said for refund in each["refunds"] if refund["state"] != "Failed"
    ]
    return paid + back
