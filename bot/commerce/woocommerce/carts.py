"""Baskets of the Store API, opened by a token. They hold no stock, and the buyer pays on the shop's own checkout page.

A ref is `customer-<id>`, whatever basket is theirs now, or `cart-<token>`, a guest's. Which one is a customer's is kept
with them in the shop, in a note of our own, so that every process opens the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.commerce.baskets import require_pieces
from bot.commerce.types import Availability, CartRef
from bot.commerce.woocommerce import customers
from bot.commerce.woocommerce.cart_tokens import ends_at, is_token, print_of, session_of
from bot.commerce.woocommerce.client import WooCommerceClient
from bot.commerce.woocommerce.shapes import Native, is_id, meta_of
from bot.errors import Conflict, FixInput, NotAllowed, NotFound

CUSTOMERS, GUEST = "customer-", "cart-"
KEPT, JOINED = "prevenant_cart", "prevenant_joined"  # notes of a customer
_MOST_JOINED = 10
_RENEWED_SECONDS = 12 * 3_600.0  # a newer token is kept once it lasts that much longer


@dataclass(frozen=True)
class FoundCart:
    """A basket as it stands: the ref that leads to it, its customer, and WooCommerce's own, None before it is made."""

    ref: CartRef
    customer_id: str | None
    native: Native | None
    token: str = field(default="", repr=False)
    kept_token: str = field(default="", repr=False)  # as the customer's note holds it
    joined: tuple[str, ...] = ()  # prints of guests' baskets that went into it


def read_cart(client: WooCommerceClient, ref: str) -> FoundCart:
    """The basket; a guest's that was joined to a customer's gives that one. NotFound."""
    if ref.startswith(CUSTOMERS) and is_id(customer_id := ref.removeprefix(CUSTOMERS)):
        return _read_customers(client, customers.get_native(client, customer_id))
    token = ref.removeprefix(GUEST)
    if not ref.startswith(GUEST) or not is_token(token):
        raise NotFound("cart")
    native, newest = client.look_into_basket(token)
    if session_of(newest) != session_of(token):
        raise NotFound("cart")  # it has ended
    return _joined_to(client, native, token) or FoundCart(CartRef(ref), None, native, token)


def _read_customers(client: WooCommerceClient, customer: Native) -> FoundCart:
    number, kept = str(customer["id"]), str(meta_of(customer, KEPT) or "")
    joined = tuple(str(meta_of(customer, JOINED) or "").split())
    ref = CartRef(f"{CUSTOMERS}{number}")
    if not is_token(kept):
        return FoundCart(ref, number, None, joined=joined)
    native, newest = client.look_into_basket(kept)
    if session_of(newest) != session_of(kept):
        return FoundCart(ref, number, None, joined=joined)  # it has ended: the next line makes another
    return FoundCart(ref, number, native, newest, kept, joined)


def _joined_to(client: WooCommerceClient, native: Native, token: str) -> FoundCart | None:
    """The customer's basket that took a guest's in. Whoever holds a basket may write an e-mail into it: the customer's
    own note, which only the shop's key can write, has to name the basket too.
    """
    email = (native.get("billing_address") or {}).get("email") or ""
    if not email or native["items"]:
        return None
    for customer in client.read("customers", email=email, role="all"):
        if print_of(token) in str(meta_of(customer, JOINED) or "").split():
            return _read_customers(client, customer)
    return None


def make_guests(client: WooCommerceClient) -> CartRef:
    """A new basket of nobody's."""
    return CartRef(f"{GUEST}{client.look_into_basket('')[1]}")


def require_token(client: WooCommerceClient, found: FoundCart) -> FoundCart:
    """The basket with a token that opens it; a customer's is made with the first thing that is put into it. Writes."""
    if found.token:
        return found
    native, token = client.look_into_basket("")
    _keep(client, found.customer_id or "", {KEPT: token})
    kept = _read_customers(client, customers.get_native(client, found.customer_id or ""))
    return kept if kept.token else replace(found, native=native, token=token, kept_token=token)


def _keep(client: WooCommerceClient, customer_id: str, notes: Mapping[str, str]) -> None:
    told = [{"key": key, "value": value} for key, value in notes.items()]
    client.write("PUT", f"customers/{customer_id}", {"meta_data": told}, is_repeatable=True)


def set_line(
    client: WooCommerceClient, found: FoundCart, variant_ref: str, quantity: int, available: Availability
) -> FoundCart:
    """The basket with one line's quantity set; 0 removes. InsufficientStock, NotFound. Writes."""
    line = line_of(found.native, variant_ref)
    before = line["quantity"] if line else 0
    require_pieces(available, quantity, before)
    if not quantity and not line:
        return found
    return _write_line(client, require_token(client, found), line, variant_ref, quantity)


def _write_line(
    client: WooCommerceClient, found: FoundCart, line: Native | None, variant_ref: str, quantity: int
) -> FoundCart:
    """Adding adds to what is there, so it is sent once; what sets a number may be repeated."""
    if line and not quantity:
        path, body, is_repeatable = "remove-item", {"key": line["key"]}, False
    elif line:
        path, body, is_repeatable = "update-item", {"key": line["key"], "quantity": quantity}, True
    else:
        path, body, is_repeatable = "add-item", {"id": int(variant_ref), "quantity": quantity}, False
    return _changed(client, found, path, body, is_repeatable=is_repeatable)


def _changed(
    client: WooCommerceClient, found: FoundCart, path: str, body: Mapping[str, Any], *, is_repeatable: bool
) -> FoundCart:
    native, newest = client.change_basket(path, found.token, body, is_repeatable=is_repeatable)
    after = replace(found, native=native)
    if found.customer_id and ends_at(newest) - ends_at(found.kept_token) > _RENEWED_SECONDS:
        _keep(client, found.customer_id, {KEPT: newest})
        return replace(after, token=newest, kept_token=newest)
    return after


def apply_code(client: WooCommerceClient, found: FoundCart, code: str, rivals: Sequence[str]) -> FoundCart:
    """The basket with a coupon on it, in place of its rivals. NotFound, NotAllowed. Writes."""
    if not found.native or not found.native["items"]:
        raise NotAllowed("cart_empty")
    before = codes_of(found.native)
    if code in before:
        return found
    if not client.read("coupons", code=code):
        raise NotFound(f"offer {code}")
    gone = [each for each in before if each in rivals]
    for each in gone:
        found = _changed(client, found, "remove-coupon", {"code": each}, is_repeatable=False)
    try:
        return _changed(client, found, "apply-coupon", {"code": code}, is_repeatable=False)
    except (NotAllowed, FixInput, Conflict) as error:
        for each in gone:
            _changed(client, found, "apply-coupon", {"code": each}, is_repeatable=False)
        raise NotAllowed("offer_does_not_fit") from error


def note_joined(client: WooCommerceClient, found: FoundCart, guest: FoundCart, email: str) -> None:
    """From now on a guest's basket leads to the customer's, and holds nothing. Writes."""
    prints = [each for each in found.joined if each != print_of(guest.token)]
    _keep(client, found.customer_id or "", {JOINED: " ".join([*prints, print_of(guest.token)][-_MOST_JOINED:])})
    client.change_basket("update-customer", guest.token, {"billing_address": {"email": email}}, is_repeatable=True)
    for line in guest.native["items"] if guest.native else ():
        client.change_basket("remove-item", guest.token, {"key": line["key"]}, is_repeatable=False)


def line_of(native: Native | None, variant_ref: str) -> Native | None:
    """The line of a variant; None without one."""
    return next((each for each in native["items"] if str(each["id"]) == variant_ref), None) if native else None


def codes_of(native: Native) -> list[str]:
    """The coupons on it."""
    return [each["code"] for each in native["coupons"]]
