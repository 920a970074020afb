"""Baskets of the Storefront API. Shopify holds no stock for them, and the buyer pays on its own checkout page.

A ref is `customer-<id>`, whatever basket is theirs now, or `cart-<token>?key=<key>`, a guest's. Which one is a
customer's is kept with them in the shop, in a metafield of our app's own, so that every process opens the same.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.commerce.baskets import require_pieces
from bot.commerce.shopify.answers import require_done
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import Native, gid, is_id
from bot.commerce.types import Availability, CartRef
from bot.errors import Conflict, InsufficientStock, NotAllowed, NotFound

CUSTOMERS, GUEST = "customer-", "cart-"
JOINED = "_prevenant_joined"  # in a basket that is empty from then on, so that no order ever shows it
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}(?:\?key=[A-Za-z0-9_-]{1,128})?")
_MONEY = "{ amount currencyCode }"
CART = f"""
fragment Cart on Cart {{
  id checkoutUrl updatedAt cost {{ subtotalAmount {_MONEY} totalAmount {_MONEY} }}
  discountCodes {{ code applicable }} joined: attribute(key: "{JOINED}") {{ value }}
  lines(first: 100) {{
    nodes {{
      id quantity cost {{ amountPerQuantity {_MONEY} subtotalAmount {_MONEY} totalAmount {_MONEY} }}
      discountAllocations(lineLevelOnly: false) {{ discountedAmount {_MONEY} }}
      merchandise {{
        ... on ProductVariant {{
          id sku title image {{ url }} selectedOptions {{ name value }}
          product {{ id handle title onlineStoreUrl featuredImage {{ url }} }}
        }}
      }}
    }}
  }}
}}"""
_ANSWER = "{ cart { ...Cart } userErrors { code field message } warnings { code message target } }"
_READ = "query($id: ID!) { cart(id: $id) { ...Cart } }" + CART
_CREATE = f"mutation($input: CartInput!) {{ cartCreate(input: $input) {_ANSWER} }}" + CART
_ADD = f"mutation($id: ID!, $lines: [CartLineInput!]!) {{ cartLinesAdd(cartId: $id, lines: $lines) {_ANSWER} }}" + CART
_CHANGE = f"""mutation($id: ID!, $lines: [CartLineUpdateInput!]!) {{
  cartLinesUpdate(cartId: $id, lines: $lines) {_ANSWER} }}""" + CART
_REMOVE = f"""mutation($id: ID!, $lines: [ID!]!) {{ cartLinesRemove(cartId: $id, lineIds: $lines) {_ANSWER} }}""" + CART
_CODES = f"""mutation($id: ID!, $codes: [String!]!) {{
  cartDiscountCodesUpdate(cartId: $id, discountCodes: $codes) {_ANSWER} }}""" + CART
_NOTE = f"""mutation($id: ID!, $attributes: [AttributeInput!]!) {{
  cartAttributesUpdate(cartId: $id, attributes: $attributes) {_ANSWER} }}""" + CART
_OWN = """query($id: ID!) {
  customer(id: $id) {
    id defaultEmailAddress { emailAddress } metafield(key: "prevenant_cart") { value compareDigest }
  }
}"""
_KEEP = """mutation($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { userErrors { code field message } }
}"""


@dataclass(frozen=True)
class FoundCart:
    """A basket as it stands: the ref that leads to it, its customer, and Shopify's own, None before it is made."""

    ref: CartRef
    customer_id: str | None
    native: Native | None
    email: str = ""
    digest: str | None = None  # of what is kept with the customer


def read_cart(client: ShopifyClient, ref: str, secret: bytes) -> FoundCart:
    """The basket; a guest's that was joined to a customer's gives that one. NotFound."""
    if ref.startswith(CUSTOMERS) and is_id(customer_id := ref.removeprefix(CUSTOMERS)):
        return _read_customers(client, customer_id)
    token = ref.removeprefix(GUEST)
    if not ref.startswith(GUEST) or not _TOKEN.fullmatch(token):
        raise NotFound("cart")
    native = client.browse(_READ, id=gid("Cart", token))["cart"]
    if not native:
        raise NotFound("cart")  # it was ordered, or is too old
    if owner := _joined_to(native, token, secret):
        return _read_customers(client, owner)
    return FoundCart(CartRef(ref), None, native)


def _read_customers(client: ShopifyClient, customer_id: str) -> FoundCart:
    customer = client.read(_OWN, id=gid("Customer", customer_id))["customer"]
    if not customer:
        raise NotFound(f"customer {customer_id}")
    kept = customer["metafield"]
    native = client.browse(_READ, id=kept["value"])["cart"] if kept else None
    email = (customer["defaultEmailAddress"] or {}).get("emailAddress") or ""
    return FoundCart(
        CartRef(f"{CUSTOMERS}{customer_id}"), customer_id, native, email, kept["compareDigest"] if kept else None)


def make_guests(client: ShopifyClient) -> CartRef:
    """A new basket of nobody's. Writes."""
    made = require_done(client.shop(_CREATE, is_repeatable=True, input={})["cartCreate"])["cart"]
    return CartRef(f"{GUEST}{made['id'].removeprefix(gid('Cart', ''))}")


def require_native(client: ShopifyClient, found: FoundCart) -> Native:
    """Shopify's own basket, made with the first thing that is put into it; of two made at once one stays. Writes."""
    if found.native:
        return found.native
    identity = {"buyerIdentity": {"email": found.email}} if found.email else {}
    made: Native = require_done(client.shop(_CREATE, is_repeatable=True, input=identity)["cartCreate"])["cart"]
    kept = {
        "ownerId": gid("Customer", found.customer_id or ""), "key": "prevenant_cart",
        "type": "single_line_text_field", "value": made["id"], "compareDigest": found.digest,
    }
    try:
        require_done(client.write(_KEEP, is_repeatable=True, metafields=[kept])["metafieldsSet"])
    except Conflict:
        other = _read_customers(client, found.customer_id or "").native
        if not other:
            raise
        return other
    return made


def set_line(
    client: ShopifyClient, found: FoundCart, variant_ref: str, quantity: int, available: Availability
) -> FoundCart:
    """The basket with one line's quantity set; 0 removes. InsufficientStock, NotFound. Writes."""
    line = line_of(found.native, variant_ref)
    before = line["quantity"] if line else 0
    require_pieces(available, quantity, before)
    after = _write_line(client, require_native(client, found), line, variant_ref, quantity)
    now = line_of(after, variant_ref)
    reached = now["quantity"] if now else 0
    if reached < quantity:  # Shopify puts in what it has, and tells the rest in a warning
        if reached != before:
            _write_line(client, after, now, variant_ref, before)
        raise InsufficientStock(reached)
    return replace(found, native=after)


def _write_line(
    client: ShopifyClient, cart: Native, line: Native | None, variant_ref: str, quantity: int
) -> Native:
    about = {"id": cart["id"]}
    if line and not quantity:
        told = client.shop(_REMOVE, is_repeatable=True, lines=[line["id"]], **about)
    elif line:
        told = client.shop(_CHANGE, is_repeatable=True, lines=[{"id": line["id"], "quantity": quantity}], **about)
    elif quantity:
        wanted = {"merchandiseId": gid("ProductVariant", variant_ref), "quantity": quantity}
        told = client.shop(_ADD, lines=[wanted], **about)
    else:
        return cart
    (payload,) = told.values()
    return _cart_in(payload)


def _cart_in(payload: Mapping[str, Any] | None) -> Native:
    cart = require_done(payload)["cart"]
    if not cart:
        raise NotAllowed("cart_ordered")  # paid for meanwhile
    native: Native = cart
    return native


def apply_code(client: ShopifyClient, found: FoundCart, code: str, rivals: Sequence[str]) -> FoundCart:
    """The basket with a discount code on it, in place of its rivals. NotFound, NotAllowed. Writes."""
    native = found.native
    if not native:
        raise NotAllowed("cart_empty")
    before = codes_of(native)
    if code.upper() in (each.upper() for each in before):
        return found
    wanted = [*(each for each in before if each not in rivals), code]
    payload = client.shop(_CODES, is_repeatable=True, id=native["id"], codes=wanted)["cartDiscountCodesUpdate"]
    after = _cart_in(payload)
    if any(each["code"].upper() == code.upper() and each["applicable"] for each in after["discountCodes"]):
        return replace(found, native=after)
    client.shop(_CODES, is_repeatable=True, id=native["id"], codes=before)
    if "DISCOUNT_NOT_FOUND" in (each["code"] for each in payload["warnings"]):
        raise NotFound(f"offer {code}")
    raise NotAllowed("offer_does_not_fit")


def note_joined(client: ShopifyClient, found: FoundCart, customer_id: str, secret: bytes) -> None:
    """From now on a guest's basket leads to the customer's, and holds nothing. Writes."""
    native = found.native
    if not native:
        return
    token = found.ref.removeprefix(GUEST)
    value = f"{customer_id}.{_sign(customer_id, token, secret)}"
    told = client.shop(
        _NOTE, is_repeatable=True, id=native["id"], attributes=[{"key": JOINED, "value": value}])
    _cart_in(told["cartAttributesUpdate"])
    if lines := [each["id"] for each in native["lines"]["nodes"]]:
        _cart_in(client.shop(_REMOVE, is_repeatable=True, id=native["id"], lines=lines)["cartLinesRemove"])


def _joined_to(native: Native, token: str, secret: bytes) -> str:
    """The customer whose basket took it in; "" for none. Whoever holds a basket may write its attributes: ours is
    signed, else one could be led to the basket of somebody else.
    """
    owner, _, signature = str((native["joined"] or {}).get("value") or "").partition(".")
    is_ours = is_id(owner) and hmac.compare_digest(signature, _sign(owner, token, secret))
    return owner if is_ours else ""


def _sign(customer_id: str, token: str, secret: bytes) -> str:
    return hmac.new(secret, f"joined.{customer_id}.{token}".encode(), hashlib.sha256).hexdigest()


def line_of(native: Native | None, variant_ref: str) -> Native | None:
    """The line of a variant; None without one."""
    lines = native["lines"]["nodes"] if native else ()
    wanted = gid("ProductVariant", variant_ref)
    return next((each for each in lines if each["merchandise"].get("id") == wanted), None)


def codes_of(native: Native) -> list[str]:
    """The codes that take something off."""
    return [each["code"] for each in native["discountCodes"] if each["applicable"]]
