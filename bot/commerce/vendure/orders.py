"""Orders read back. Vendure's own number is shown only with a proof: its Shop API shows it to whoever has the code."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commerce.folding import fold, fold_code
from bot.commerce.types import (
    CustomerRef,
    Editable,
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
from bot.commerce.vendure.carts import title_of
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.shapes import ADDRESS, is_id, moment, option_values, start_of, to_address
from bot.commerce.vendure.statuses import ORDERS, PENDING, SHIPMENTS, payment_status, refunded_of
from bot.errors import NotFound

_ORDER = f"""
fragment Order on Order {{
  id code state orderPlacedAt createdAt currencyCode totalWithTax total shippingWithTax
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
    native, grand = said["state"], said["totalWithTax"]
    status, fulfilment = ORDERS.get(native, ("unknown", "unknown"))
    customer = said["customer"] or {}
    has_account = bool(customer.get("user"))
    is_pending = native in PENDING
    address = to_address(said["shippingAddress"]) if (said["shippingAddress"] or {}).get("streetLine1") else None
    locale = (customer.get("customFields") or {}).get("locale") or ""
    return Order(
        ref=OrderRef(said["id"]), number=said["code"], placed_at=moment(said["orderPlacedAt"] or said["createdAt"]),
        customer_ref=CustomerRef(customer["id"]) if has_account else None, email=customer.get("emailAddress") or "",
        currency=said["currencyCode"], totals=_totals_of(said),
        lines=_lines_of(said["lines"], locale, pages), status=status,
        payment_status=payment_status(native, said["payments"] or (), grand), fulfilment_status=fulfilment,
        native_status=native, phone=customer.get("phoneNumber") or (address.phone if address else ""),
        shipping_address=address, shipments=tuple(_to_shipment(each) for each in said["fulfillments"] or ()),
        payments=tuple(_payments_of(said["payments"] or ())), version=said["history"]["totalItems"],
        editable=Editable(address=is_pending, cancel=is_pending, lines=is_pending),
    )


def _totals_of(said: Native) -> Totals:
    items = sum(line["unitPriceWithTax"] * line["quantity"] for line in said["lines"])
    discount = -sum(each["amountWithTax"] for each in said["discounts"])
    grand = said["totalWithTax"]
    return Totals(
        items_minor=items, shipping_minor=grand - items + discount, discount_minor=discount, grand_minor=grand,
        tax_minor=grand - said["total"], refunded_minor=sum(refunded_of(each) for each in said["payments"] or ()),
    )


def _lines_of(said: Sequence[Native], locale: str, pages: Pages) -> tuple[OrderLine, ...]:
    """Those that are still wanted first: a line that was swapped stays with nothing in it."""
    return tuple(_to_line(each, locale, pages) for each in sorted(said, key=lambda each: each["quantity"] == 0))


def _to_line(said: Native, locale: str, pages: Pages) -> OrderLine:
    variant, product = said["productVariant"], said["productVariant"]["product"]
    options = option_values(variant["options"])
    ordered = max(said["orderPlacedQuantity"], said["quantity"])
    sent = said["fulfillmentLines"] or ()
    return OrderLine(
        id=said["id"], variant_ref=VariantRef(variant["id"]), product_ref=ProductRef(product["id"]), sku=variant["sku"],
        title=title_of(product, locale), options=options,
        unit_price_minor=said["unitPriceWithTax"], ordered=ordered, cancelled=ordered - said["quantity"],
        shipped=sum(each["quantity"] for each in sent if each["fulfillment"]["state"] in ("Shipped", "Delivered")),
        delivered=sum(each["quantity"] for each in sent if each["fulfillment"]["state"] == "Delivered"),
        image_url=pages.picture(variant, product, options),
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
