"""Baskets of the Store API. Whoever has a basket's id may read and change it there, so refs are kept like keys.

A ref is `customer-<id>`, whatever basket is theirs now, or `guest-<id>`. Which one is a customer's is kept with them in
the shop, in their metadata, so that every process opens the same.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.customers import get_native
from bot.commerce.medusa.regions import Region
from bot.commerce.medusa.shapes import Native, is_id
from bot.commerce.types import Availability, CartRef
from bot.errors import FixInput, InsufficientStock, NotAllowed, NotFound

CUSTOMERS, GUEST = "customer-", "guest-"
KEPT, JOINED, MARK = "prevenant_cart", "prevenant_joined", "prevenant_key"
_FIELDS = "+metadata,+completed_at,+customer_id,*items.variant.options,*items.variant.options.option"


@dataclass(frozen=True)
class FoundCart:
    """A basket as it stands: the ref that leads to it, its customer, and Medusa's own, None before it is made.

    `ordered` is the one that the ref led to until it became an order.
    """

    ref: CartRef
    customer_id: str | None
    native: Native | None
    email: str = ""
    ordered: Native | None = None


def read_cart(client: MedusaClient, ref: str, secret: bytes) -> FoundCart:
    """The basket; a guest's that was joined to a customer's gives that one. NotFound."""
    if ref.startswith(CUSTOMERS):
        return _read_customers(client, ref.removeprefix(CUSTOMERS))
    cart_id = ref.removeprefix(GUEST)
    if not ref.startswith(GUEST) or not is_id(cart_id, "cart"):
        raise NotFound("cart")
    native = _read_native(client, cart_id)
    if owner := _joined_to(native, secret):
        return _read_customers(client, owner)
    if native["completed_at"]:
        return FoundCart(CartRef(ref), None, None, ordered=native)
    return FoundCart(CartRef(ref), None, native)


def _read_customers(client: MedusaClient, customer_id: str) -> FoundCart:
    customer = get_native(client, customer_id)
    kept = str((customer["metadata"] or {}).get(KEPT) or "")
    found = FoundCart(CartRef(f"{CUSTOMERS}{customer_id}"), customer_id, None, customer["email"] or "")
    if not is_id(kept, "cart"):
        return found
    try:
        native = _read_native(client, kept)
    except NotFound:
        return found
    return replace(found, ordered=native) if native["completed_at"] else replace(found, native=native)


def _read_native(client: MedusaClient, cart_id: str) -> Native:
    native: Native = client.read(f"store/carts/{cart_id}", fields=_FIELDS)["cart"]
    return native


def _write(client: MedusaClient, cart_id: str, path: str, body: Mapping[str, Any], *, is_repeatable: bool = True
           ) -> Native:
    where = f"store/carts/{cart_id}" + (f"/{path}" if path else "")
    native: Native = client.write(where, body, is_repeatable=is_repeatable, fields=_FIELDS)["cart"]
    return native


def make_guests(client: MedusaClient, region: Region) -> CartRef:
    """A new basket of nobody's. Writes."""
    return CartRef(f"{GUEST}{_make(client, region, {})['id']}")


def _make(client: MedusaClient, region: Region, whose: Mapping[str, str]) -> Native:
    """Seen from a country from the start, as tax and delivery depend on it."""
    body = {"region_id": region.id, "shipping_address": {"country_code": region.country}, **whose}
    native: Native = client.write("store/carts", body, is_repeatable=True)["cart"]
    return native


def require_native(client: MedusaClient, found: FoundCart, region: Region) -> Native:
    """Medusa's own basket, made with the first thing that is put into it. NotAllowed("cart_ordered"). Writes."""
    if found.native:
        return found.native
    if not found.customer_id:
        raise NotAllowed("cart_ordered")
    made = _make(client, region, {"email": found.email} if found.email else {})
    kept = {"metadata": {KEPT: made["id"]}}
    client.write(f"admin/customers/{found.customer_id}", kept, is_repeatable=True)
    return _read_native(client, made["id"])


def set_line(
    client: MedusaClient, found: FoundCart, variant_ref: str, quantity: int, available: Availability, region: Region
) -> FoundCart:
    """The basket with one line's quantity set; 0 removes. InsufficientStock, NotFound, NotAllowed. Writes."""
    line = line_of(found.native, variant_ref)
    before = line["quantity"] if line else 0
    if available.state == "unknown" and quantity > before:
        raise NotFound(f"variant {variant_ref}")
    if available.quantity is not None and quantity > max(available.quantity, before):
        raise InsufficientStock(available.quantity)
    native = require_native(client, found, region)
    after = _write_line(client, native, line, variant_ref, quantity)
    return replace(found, native=take_delivery(client, after))


def _write_line(client: MedusaClient, native: Native, line: Native | None, variant_ref: str, quantity: int) -> Native:
    if line:
        return _write(client, native["id"], f"line-items/{line['id']}", {"quantity": quantity})
    if not quantity:
        return native
    body = {"variant_id": variant_ref, "quantity": quantity}
    return _write(client, native["id"], "line-items", body, is_repeatable=False)


def take_delivery(client: MedusaClient, native: Native) -> Native:
    """The basket with the cheapest delivery chosen, where none is: so that it says what it will cost. Writes."""
    if not native["items"] or native["shipping_methods"]:
        return native
    offered = client.read("store/shipping-options", cart_id=native["id"])["shipping_options"]
    priced = [each for each in offered if each.get("amount") is not None]
    if not priced:
        return native
    cheapest = min(priced, key=lambda each: (each["amount"], each["id"]))["id"]
    return _write(client, native["id"], "shipping-methods", {"option_id": cheapest})


def apply_code(client: MedusaClient, found: FoundCart, code: str, rivals: Sequence[str]) -> FoundCart:
    """The basket with a promotion on it in place of its rivals. NotFound, NotAllowed. Writes."""
    native = found.native
    if native is None:
        raise NotAllowed("cart_ordered" if found.ordered else "cart_empty")
    if code in codes_of(native):
        return found
    try:
        after = _write(client, native["id"], "promotions", {"promo_codes": [code]})
    except FixInput as error:
        raise NotFound("offer") from error
    if code not in codes_of(after) or (native["items"] and after["total"] >= native["total"]):
        _drop_codes(client, native, [code])
        raise NotAllowed("offer_does_not_fit")
    held = [each for each in rivals if each in codes_of(after)]
    return replace(found, native=_drop_codes(client, native, held) if held else after)


def _drop_codes(client: MedusaClient, native: Native, codes: Sequence[str]) -> Native:
    client.remove(f"store/carts/{native['id']}/promotions", {"promo_codes": list(codes)})
    return _read_native(client, native["id"])


def note_joined(client: MedusaClient, guest: FoundCart, customer_id: str, secret: bytes) -> None:
    """Empty a guest's basket, which leads to its customer's from now on. Writes."""
    if not guest.native:
        return
    cart_id = guest.native["id"]
    _write(client, cart_id, "", {"metadata": {JOINED: f"{customer_id}.{_sign(customer_id, cart_id, secret)}"}})
    for line in guest.native["items"]:
        client.remove(f"store/carts/{cart_id}/line-items/{line['id']}")


def prepare(client: MedusaClient, native: Native, *, email: str, address: Mapping[str, str], mark: str) -> Native:
    """The basket with who buys, where it goes, and what says later which call ordered it. Writes."""
    body = {
        "email": email, "shipping_address": dict(address), "billing_address": dict(address), "metadata": {MARK: mark},
    }
    return take_delivery(client, _write(client, native["id"], "", body))


def _joined_to(native: Native, secret: bytes) -> str:
    """The customer whose basket took it in; "" for none. Whoever holds a basket may write its metadata: ours is
    signed, else one could be led to the basket of somebody else.
    """
    owner, _, signature = str((native["metadata"] or {}).get(JOINED) or "").partition(".")
    is_ours = is_id(owner, "cus") and hmac.compare_digest(signature, _sign(owner, native["id"], secret))
    return owner if is_ours else ""


def _sign(customer_id: str, cart_id: str, secret: bytes) -> str:
    return hmac.new(secret, f"joined.{customer_id}.{cart_id}".encode(), hashlib.sha256).hexdigest()


def line_of(native: Native | None, variant_ref: str) -> Native | None:
    """The line of a variant; None without one."""
    return next((each for each in native["items"] if each["variant_id"] == variant_ref), None) if native else None


def codes_of(native: Native) -> list[str]:
    """The codes that were put on a basket."""
    return [each["code"] for each in native.get("promotions") or () if each and not each.get("is_automatic")]
