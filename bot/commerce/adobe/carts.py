"""Baskets: a customer's is the one that they see on the shop's own pages. They hold no stock, and the buyer pays there.

A ref is `customer-<id>`, whatever basket is theirs now, or `cart-<number>-<mark>`, a guest's: a number alone, which
anybody may guess, opens nothing.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.commerce.adobe import customers
from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search
from bot.commerce.adobe.products import Choice
from bot.commerce.adobe.shapes import Native, is_id
from bot.commerce.baskets import require_pieces
from bot.commerce.types import Availability, CartRef
from bot.errors import FixInput, NotAllowed, NotFound

CUSTOMERS, GUEST = "customer-", "cart-"


@dataclass(frozen=True)
class FoundCart:
    """A basket as it stands: the ref that leads to it, its customer, Adobe's own and what it costs; both None before
    it is made.
    """

    ref: CartRef
    customer_id: str | None
    native: Native | None = None
    totals: Native | None = None


def read_cart(client: AdobeClient, ref: str, key: bytes) -> FoundCart:
    """The basket; a guest's that was joined to a customer's gives that one. NotFound, also for one that was ordered."""
    if ref.startswith(CUSTOMERS) and is_id(customer_id := ref.removeprefix(CUSTOMERS)):
        return _read_customers(client, customer_id)
    number, _, mark = ref.removeprefix(GUEST).partition("-")
    if not ref.startswith(GUEST) or not is_id(number) or not hmac.compare_digest(mark.encode(), _sign(number, key)):
        raise NotFound("cart")
    native = client.read(f"carts/{number}")
    if owner := (native.get("customer") or {}).get("id"):
        return _read_customers(client, str(owner))
    if not native["is_active"]:
        raise NotFound("cart")
    return _with_totals(client, CartRef(ref), None, native)


def _read_customers(client: AdobeClient, customer_id: str) -> FoundCart:
    ref = CartRef(f"{CUSTOMERS}{customer_id}")
    asked = Search(
        [Filter("customer_id", customer_id), Filter("is_active", "1")], sort=["-updated_at", "-entity_id"], size=1)
    found, _ = client.search("carts/search", asked)
    if not found:
        customers.get_native(client, customer_id)
        return FoundCart(ref, customer_id)
    return _with_totals(client, ref, customer_id, found[0])


def _with_totals(client: AdobeClient, ref: CartRef, customer_id: str | None, native: Native) -> FoundCart:
    totals = client.read(f"carts/{native['id']}/totals") if native["items"] else None
    return FoundCart(ref, customer_id, native, totals)


def make_guests(client: AdobeClient, key: bytes) -> CartRef:
    """A new basket of nobody's. Writes."""
    number = str(client.write("POST", "carts/", is_repeatable=True))  # one too many stands empty, and hurts nobody
    return CartRef(f"{GUEST}{number}-{_sign(number, key).decode()}")


def _sign(number: str, key: bytes) -> bytes:
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:20].encode()


def set_line(
    client: AdobeClient, found: FoundCart, variant_ref: str, quantity: int, available: Availability, choice: Choice
) -> None:
    """Set one line's quantity; 0 removes. InsufficientStock, NotFound. Writes."""
    line = line_of(found.native, variant_ref)
    before = quantity_of(line)
    require_pieces(available, quantity, before)
    if quantity or line:
        _write_line(client, _number_of(client, found), line, quantity, choice)


def _write_line(client: AdobeClient, number: str, line: Native | None, quantity: int, choice: Choice) -> None:
    """Adding adds to what is there, so it is sent once; what sets a number may be repeated."""
    if line and not quantity:
        client.write("DELETE", f"carts/{number}/items/{line['item_id']}", is_repeatable=False)
    elif line:
        wanted = {"cartItem": {"quote_id": number, "item_id": line["item_id"], "qty": quantity}}
        client.write("PUT", f"carts/{number}/items/{line['item_id']}", wanted, is_repeatable=True)
    else:
        item = {"quote_id": number, "sku": choice.sku, "qty": quantity, **_option_of(choice)}
        client.write("POST", f"carts/{number}/items", {"cartItem": item}, is_repeatable=False)


def _option_of(choice: Choice) -> Mapping[str, Any]:
    if not choice.options:
        return {}
    chosen = [{"option_id": number, "option_value": int(value)} for number, value in choice.options]
    return {"product_option": {"extension_attributes": {"configurable_item_options": chosen}}}


def _number_of(client: AdobeClient, found: FoundCart) -> str:
    """Adobe's number of the basket; a customer's is made with the first thing that is put into it. Writes."""
    if found.native:
        return str(found.native["id"])
    return str(client.write("POST", f"customers/{found.customer_id}/carts", is_repeatable=True))


def apply_code(client: AdobeClient, found: FoundCart, code: str) -> None:
    """Put a coupon on the basket, in place of any other: Adobe keeps one. NotFound, NotAllowed. Writes."""
    if not found.native or not found.native["items"]:
        raise NotAllowed("cart_empty")
    before, path = codes_of(found.totals), f"carts/{found.native['id']}/coupons"
    if [each.lower() for each in before] == [code.lower()]:
        return
    if not client.search("coupons/search", Search([Filter("code", code)], size=1))[0]:
        raise NotFound(f"offer {code}")
    try:
        client.write("PUT", f"{path}/{quote(code, safe='')}", is_repeatable=True)
    except (NotFound, NotAllowed, FixInput) as error:
        for each in before:
            client.write("PUT", f"{path}/{quote(each, safe='')}", is_repeatable=True)
        raise NotAllowed("offer_does_not_fit") from error


def line_of(native: Native | None, variant_ref: str) -> Native | None:
    """The line of a variant; None without one. A configurable product's tells the SKU of what was chosen."""
    return next((each for each in native["items"] if each["sku"] == variant_ref), None) if native else None


def quantity_of(line: Native | None) -> int:
    """How many; 0 without a line."""
    return int(line["qty"]) if line else 0


def codes_of(totals: Native | None) -> Sequence[str]:
    """The coupon on it."""
    code = totals.get("coupon_code") if totals else None
    return [str(code)] if code else []
