"""Baskets. A customer's is Vendure's active order, opened in their name; a guest's is a draft order of its own.

A ref is `customer-<id>`, whatever order is their active one now, or `draft-<order id>`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.commerce.baskets import require_quantity, require_version
from bot.commerce.types import Availability, Cart, CartLine, CartRef, CustomerRef, ProductRef, Totals, VariantRef
from bot.commerce.vendure.client import VendureClient, unwrap
from bot.commerce.vendure.customers import get_customer
from bot.commerce.vendure.pages import Pages
from bot.commerce.vendure.shapes import in_languages, is_id, moment, option_values, version_of
from bot.commerce.vendure.statuses import OPEN
from bot.commerce.vendure.stock import read_availability
from bot.errors import FixInput, InsufficientStock, NotAllowed, NotFound

_CUSTOMERS, _DRAFT = "customer-", "draft-"
_CART = """
fragment Cart on Order {
  id state updatedAt currencyCode couponCodes totalWithTax total shippingWithTax
  discounts { amountWithTax } customer { id user { id } customFields { locale } }
  shippingLines { shippingMethod { id } }
  lines {
    id quantity unitPriceWithTax
    productVariant {
      id sku featuredAsset { preview } options { code group { code } }
      product { id slug featuredAsset { preview } translations { languageCode name } }
    }
  }
}"""
_ACTIVE = """query($id: ID!) {
  customer(id: $id) {
    id user { id }
    orders(options: { take: 1, filter: { active: { eq: true } }, sort: { createdAt: DESC } }) { items { ...Cart } }
  }
}""" + _CART
_BY_ID = "query($id: ID!) { order(id: $id) { ...Cart } }" + _CART
_OPEN = "mutation($key: String!) { prevenantOpenBasket(key: $key) { orderId problem } }"
_SHORT = "... on ErrorResult { errorCode message } ... on InsufficientStockError { quantityAvailable }"
_ADD = """mutation($order: ID!, $variant: ID!, $quantity: Int!) {
  addItemToDraftOrder(orderId: $order, input: { productVariantId: $variant, quantity: $quantity }) {
    __typename ...Cart %s } }""" % _SHORT + _CART  # noqa: UP031  # braces are GraphQL's
_ADJUST = """mutation($order: ID!, $line: ID!, $quantity: Int!) {
  adjustDraftOrderLine(orderId: $order, input: { orderLineId: $line, quantity: $quantity }) {
    __typename ...Cart %s } }""" % _SHORT + _CART  # noqa: UP031
_FIRST = """mutation($variant: ID!, $quantity: Int!) {
  addItemToOrder(productVariantId: $variant, quantity: $quantity) { __typename %s } }""" % _SHORT  # noqa: UP031
_DELIVERIES = "query($id: ID!) { eligibleShippingMethodsForDraftOrder(orderId: $id) { id priceWithTax } }"
_DELIVER = """mutation($id: ID!, $method: ID!) {
  setDraftOrderShippingMethod(orderId: $id, shippingMethodId: $method) {
    __typename ...Cart ... on ErrorResult { errorCode message } } }""" + _CART
_APPLY = """mutation($id: ID!, $code: String!) {
  applyCouponCodeToDraftOrder(orderId: $id, couponCode: $code) {
    __typename ...Cart ... on ErrorResult { errorCode message } } }""" + _CART
_UNAPPLY = """mutation($id: ID!, $code: String!) {
  removeCouponCodeFromDraftOrder(orderId: $id, couponCode: $code) { ...Cart } }""" + _CART
_GIVE = """mutation($id: ID!, $customer: ID!) {
  setCustomerForDraftOrder(orderId: $id, customerId: $customer) {
    __typename ... on ErrorResult { errorCode message } } }"""

Native = Mapping[str, Any]


def open_cart(client: VendureClient, customer_ref: str | None, key: str) -> CartRef:
    """The customer's open basket, in the shop from its first line on; a guest's is one per key. Writes."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    if customer_ref:
        return CartRef(f"{_CUSTOMERS}{get_customer(client, customer_ref).ref}")
    opened = unwrap(client.write(_OPEN, key=key, is_keyed=True)["prevenantOpenBasket"])
    return CartRef(f"{_DRAFT}{opened['orderId']}")


def find_native(client: VendureClient, ref: str) -> tuple[CartRef, str | None, Native | None]:
    """The ref that stands today, the customer, and the order behind it: None before the first line. NotFound."""
    if ref.startswith(_CUSTOMERS) and is_id(customer_id := ref.removeprefix(_CUSTOMERS)):
        said = client.read(_ACTIVE, id=customer_id)["customer"]
        if not said or not said["user"]:
            raise NotFound(f"cart {ref}")
        return CartRef(ref), customer_id, next(iter(said["orders"]["items"]), None)
    order_id = ref.removeprefix(_DRAFT)
    order = client.read(_BY_ID, id=order_id)["order"] if ref.startswith(_DRAFT) and is_id(order_id) else None
    if not order:
        raise NotFound(f"cart {ref}")
    if order["state"] in OPEN and (owner := _account_of(order)):  # a guest's that went into this customer's
        return find_native(client, f"{_CUSTOMERS}{owner}")
    return CartRef(ref), None, order


def require_open(order: Native | None) -> None:
    """NotAllowed("cart_ordered") for a basket that has become an order."""
    if order and order["state"] not in OPEN:
        raise NotAllowed("cart_ordered")


def set_line(client: VendureClient, ref: str, variant_ref: str, quantity: int, expected_version: int | None,
             available: Availability) -> None:
    """Set one line's quantity; 0 removes. A repeat changes nothing. Conflict, InsufficientStock. Writes."""
    require_quantity(quantity)
    stands, customer_id, order = find_native(client, ref)
    require_open(order)
    line = _line_of(order, variant_ref)
    before = line["quantity"] if line else 0
    if quantity == before:
        return  # a repeat, which holds the version from before its first time
    require_version(version_of_cart(stands, order), expected_version)
    if available.state == "unknown":
        raise NotFound(f"variant {variant_ref}")
    if quantity > before and available.quantity is not None and quantity > available.quantity:
        raise InsufficientStock(available.quantity)
    if order is None:
        unwrap(client.write_as(str(customer_id), _FIRST, variant=variant_ref, quantity=quantity)["addItemToOrder"])
        order = find_native(client, ref)[2]
    else:
        order = _write_line(client, order, line, variant_ref, quantity)
    if order and order["lines"]:
        _take_cheapest_delivery(client, order)


def _write_line(
    client: VendureClient, order: Native, line: Native | None, variant_ref: str, quantity: int
) -> Native:
    """Vendure puts in what it has, and then says that it is not enough: what it put in is taken out again."""
    if line is None:
        after = client.write(_ADD, order=order["id"], variant=variant_ref, quantity=quantity)["addItemToDraftOrder"]
    else:
        after = client.write(_ADJUST, order=order["id"], line=line["id"], quantity=quantity)["adjustDraftOrderLine"]
    try:
        return unwrap(after)
    except InsufficientStock:
        _restore(client, order["id"], variant_ref, line["quantity"] if line else 0)
        raise


def _restore(client: VendureClient, order_id: str, variant_ref: str, quantity: int) -> None:
    order = client.read(_BY_ID, id=order_id)["order"]
    line = _line_of(order, variant_ref)
    if line and line["quantity"] != quantity:
        client.write(_ADJUST, order=order_id, line=line["id"], quantity=quantity)


def _take_cheapest_delivery(client: VendureClient, order: Native) -> None:
    """So that the basket says what it will cost."""
    offered = client.read(_DELIVERIES, id=order["id"])["eligibleShippingMethodsForDraftOrder"]
    if not offered:
        return
    cheapest = min(offered, key=lambda each: each["priceWithTax"])["id"]
    if [each["shippingMethod"]["id"] for each in order["shippingLines"]] != [cheapest]:
        client.write(_DELIVER, id=order["id"], method=cheapest)


def apply_offer(client: VendureClient, ref: str, code: str, rivals: Sequence[str]) -> None:
    """Put an offer on the basket in place of its rivals. NotFound, NotAllowed. Writes."""
    order = find_native(client, ref)[2]
    require_open(order)
    if order is None:
        raise NotAllowed("cart_empty")
    if code in order["couponCodes"]:
        return
    after = unwrap(client.write(_APPLY, id=order["id"], code=code)["applyCouponCodeToDraftOrder"])
    if order["lines"] and after["totalWithTax"] == order["totalWithTax"]:
        client.write(_UNAPPLY, id=order["id"], code=code)
        raise NotAllowed("offer_does_not_fit")
    for rival in rivals:
        if rival in order["couponCodes"]:
            client.write(_UNAPPLY, id=order["id"], code=rival)


def attach_customer(client: VendureClient, ref: str, customer_ref: str, now: datetime) -> CartRef:
    """Give a guest's basket to a customer; lines join the open one, the larger quantity stays. Writes."""
    target = CartRef(f"{_CUSTOMERS}{get_customer(client, customer_ref).ref}")
    stands, owner, order = find_native(client, ref)
    require_open(order)
    if owner == customer_ref:
        return stands
    if owner:
        raise NotAllowed("cart_of_another_customer")
    own = find_native(client, target)[2]
    for line in order["lines"] if order else ():
        variant_ref = line["productVariant"]["id"]
        mine = _line_of(own, variant_ref)
        _join_line(client, target, variant_ref, max(line["quantity"], mine["quantity"] if mine else 0), now)
    if order:
        unwrap(client.write(_GIVE, id=order["id"], customer=customer_ref)["setCustomerForDraftOrder"])
    return target


def _join_line(client: VendureClient, target: str, variant_ref: str, quantity: int, now: datetime) -> None:
    """As many as there are: signing in is no reason to hear of a shortage."""
    (available,) = read_availability(client, [variant_ref], now)
    if available.quantity is not None:
        quantity = min(quantity, available.quantity)
    if quantity:
        set_line(client, target, variant_ref, quantity, None, available)


def version_of_cart(ref: str, order: Native | None) -> int:
    """Another number as soon as the basket holds something else."""
    lines = [(each["productVariant"]["id"], each["quantity"]) for each in order["lines"]] if order else []
    return version_of([ref, lines, sorted(order["couponCodes"]) if order else []])


def to_cart(
    ref: CartRef, customer_id: str | None, order: Native | None, *, problems: tuple[str, ...], pages: Pages,
    currency: str,
) -> Cart:
    """The basket in our words; one that was ordered, or holds nothing yet, is empty."""
    is_open = bool(order and order["state"] in OPEN)
    shown = order if order and is_open else {"lines": [], "couponCodes": []}
    locale = ((order or {}).get("customer") or {}).get("customFields", {}).get("locale") or ""
    lines = tuple(_to_line(each, locale, pages) for each in shown["lines"])
    return Cart(
        ref=ref, customer_ref=CustomerRef(customer_id) if customer_id else None, lines=lines,
        totals=_totals_of(order, lines) if order and lines else Totals(),
        currency=order["currencyCode"] if order else currency, version=version_of_cart(ref, order),
        checkout_url=pages.checkout, problems=problems, offers=tuple(shown["couponCodes"]),
        updated_at=moment(order["updatedAt"]) if order else None,
    )


def _to_line(said: Native, locale: str, pages: Pages) -> CartLine:
    variant, product = said["productVariant"], said["productVariant"]["product"]
    options = option_values(variant["options"])
    return CartLine(
        id=said["id"], variant_ref=VariantRef(variant["id"]), product_ref=ProductRef(product["id"]),
        title=title_of(product, locale), options=options, quantity=said["quantity"],
        unit_price_minor=said["unitPriceWithTax"], total_minor=said["unitPriceWithTax"] * said["quantity"],
        image_url=pages.picture(variant, product, options),
        url=pages.product(product["slug"], options.get("colour", "")),
    )


def title_of(product: Native, locale: str) -> str:
    """The product's name in a customer's language, else in English."""
    names = in_languages(product["translations"])
    return names.get(locale[:2]) or names.get("en", "")


def _totals_of(order: Native, lines: Sequence[CartLine]) -> Totals:
    items = sum(line.total_minor for line in lines)
    discount = -sum(each["amountWithTax"] for each in order["discounts"])
    grand = order["totalWithTax"]
    return Totals(items_minor=items, shipping_minor=grand - items + discount, discount_minor=discount,
                  grand_minor=grand, tax_minor=grand - order["total"])


def _line_of(order: Native | None, variant_ref: str) -> Native | None:
    lines = order["lines"] if order else ()
    return next((each for each in lines if each["productVariant"]["id"] == variant_ref), None)


def _account_of(order: Native) -> str | None:
    customer = order["customer"]
    return str(customer["id"]) if customer and customer["user"] else None
