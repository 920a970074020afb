"""Baskets of V3. They hold no stock, and the buyer pays on the shop's own checkout page.

A ref is `customer-<id>`, whatever basket is theirs now, or a guest's (`guests.py`). Which one is a customer's is kept
with them in a note of our own, so that every process opens the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bot.commerce.baskets import require_pieces
from bot.commerce.bigcommerce import notes
from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.guests import GUEST, Guests
from bot.commerce.bigcommerce.shapes import Native, is_cart_id, is_id
from bot.commerce.types import Availability, CartRef
from bot.errors import Conflict, FixInput, NotAllowed, NotFound

CUSTOMERS = "customer-"
KINDS = ("physical_items", "digital_items", "custom_items", "gift_certificates")
_WHOLE = {"include": "redirect_urls,line_items.physical_items.options,line_items.digital_items.options"}


@dataclass(frozen=True)
class FoundCart:
    """A basket as it stands: the ref that leads to it, its customer, and BigCommerce's own, None while it is empty."""

    ref: CartRef
    customer_id: str | None
    native: Native | None


class Baskets:
    """Baskets read and changed, those of one sales channel."""

    def __init__(self, client: BigCommerceClient, guests: Guests, channel: int) -> None:
        """`channel` is BigCommerce's number of the storefront that the links lead to."""
        self.client, self.guests, self._channel = client, guests, channel

    def read(self, ref: str) -> FoundCart:
        """The basket; a guest's that was joined to a customer's gives that one. NotFound."""
        if ref.startswith(CUSTOMERS) and is_id(customer_id := ref.removeprefix(CUSTOMERS)):
            return self._read_customers(customer_id)
        cart_id = self.guests.cart_of(ref)
        if not cart_id:
            return FoundCart(CartRef(ref), None, None)
        native = self._look(cart_id)
        if not native["customer_id"]:
            return FoundCart(CartRef(f"{GUEST}{cart_id}"), None, native)
        owner = str(native["customer_id"])  # joined by us, or whoever opened its link signed in: they may be another
        if self._kept_id(owner) != cart_id:
            raise NotFound("cart")
        return FoundCart(CartRef(f"{CUSTOMERS}{owner}"), owner, native)

    def _read_customers(self, customer_id: str) -> FoundCart:
        ref, kept = CartRef(f"{CUSTOMERS}{customer_id}"), self._kept_id(customer_id)
        native = None
        with suppress(NotFound):  # it was ordered, or is too old: the next line makes another
            native = self._look(kept) if kept else None
        return FoundCart(ref, customer_id, native if native and str(native["customer_id"]) == customer_id else None)

    def _kept_id(self, customer_id: str) -> str:
        """The basket that is kept with a customer; "" for none. NotFound without the customer."""
        known = notes.read_notes(self.client, f"customers/{customer_id}").get(notes.BASKET)
        return known.value if known and is_cart_id(known.value) else ""

    def _look(self, cart_id: str) -> Native:
        native: Native = self.client.read(f"v3/carts/{cart_id}", _WHOLE)
        return native

    def set_line(self, found: FoundCart, product_ref: str, quantity: int, available: Availability) -> FoundCart:
        """The basket with the quantity of a variant set; 0 removes. InsufficientStock, NotFound, Conflict. Writes."""
        line = line_of(found.native, available.variant_ref)
        before = int(line["quantity"]) if line else 0
        require_pieces(available, quantity, before)
        if not quantity and not line:
            return found
        wanted = {"product_id": int(product_ref), "variant_id": int(available.variant_ref), "quantity": quantity}
        return self._write_line(found, line, wanted)

    def _write_line(self, found: FoundCart, line: Native | None, wanted: dict[str, int]) -> FoundCart:
        """Adding adds to what is there, so it is sent once, over the version that was read; what sets a number, or
        makes a basket that nobody knows of yet, may be repeated.
        """
        native = found.native
        if native is None:
            return self._make(found, wanted)
        path = f"v3/carts/{native['id']}/items"
        if line and wanted["quantity"]:
            after = self.client.write(
                "PUT", f"{path}/{line['id']}", {"line_item": wanted}, query=_WHOLE, is_repeatable=True)
        elif line:
            after = self.client.write("DELETE", f"{path}/{line['id']}", query=_WHOLE, is_repeatable=False)
        else:
            seen = {"version": native["version"]} if "version" in native else {}
            after = self.client.write(
                "POST", path, {"line_items": [wanted], **seen}, query=_WHOLE, is_repeatable=False)
        if after is None and not found.customer_id:  # with its last line the basket is gone
            self.guests.lead(found.ref, "")
        return replace(found, native=after)

    def _make(self, found: FoundCart, wanted: dict[str, int]) -> FoundCart:
        """A new basket with its first line; of a customer's two made at once the first that is kept stays. Writes."""
        body: dict[str, Any] = {"line_items": [wanted], "channel_id": self._channel}
        if found.customer_id:
            body["customer_id"] = int(found.customer_id)
        made = self.client.write("POST", "v3/carts", body, query=_WHOLE, is_repeatable=True)
        if not found.customer_id:
            return replace(found, ref=self.guests.lead(found.ref, made["id"]), native=made)
        thing = f"customers/{found.customer_id}"
        try:
            notes.claim(self.client, thing, notes.BASKET, made["id"])
        except Conflict:
            other = self._read_customers(found.customer_id)
            if other.native:
                self.delete(made["id"])
                return self._write_line(other, line_of(other.native, str(wanted["variant_id"])), wanted)
            notes.keep(self.client, thing, notes.BASKET, made["id"])
        return replace(found, native=made)

    def delete(self, cart_id: str) -> None:
        """Take a basket away; one that is gone is no matter. Writes."""
        with suppress(NotFound):
            self.client.write("DELETE", f"v3/carts/{cart_id}", is_repeatable=True)

    def hand_over(self, found: FoundCart, customer_id: str) -> None:
        """A guest's basket becomes the customer's: kept first, so that it goes on where it broke off. Writes."""
        if found.native:
            notes.keep(self.client, f"customers/{customer_id}", notes.BASKET, found.native["id"])
            self.client.write(
                "PUT", f"v3/carts/{found.native['id']}", {"customer_id": int(customer_id)}, is_repeatable=True)

    def apply_code(self, found: FoundCart, code: str, rivals: Sequence[str]) -> FoundCart:
        """The basket with a coupon on it, in place of its rivals. NotFound, NotAllowed. Writes."""
        if not found.native:
            raise NotAllowed("cart_empty")
        before = codes_of(found.native)
        if code.upper() in (each.upper() for each in before):
            return found
        if not self.client.read("v3/promotions", {"code": code}):
            raise NotFound(f"offer {code}")
        coupons = f"v3/checkouts/{found.native['id']}/coupons"
        gone = [each for each in before if each in rivals]
        for each in gone:
            self.client.write("DELETE", f"{coupons}/{each}", is_repeatable=True)
        try:
            self.client.write("POST", coupons, {"coupon_code": code}, is_repeatable=True)
        except (NotAllowed, FixInput, Conflict) as error:
            for each in gone:
                self.client.write("POST", coupons, {"coupon_code": each}, is_repeatable=True)
            raise NotAllowed("offer_does_not_fit") from error
        return replace(found, native=self._look(found.native["id"]))


def lines_in(found: FoundCart) -> Iterator[Native]:
    """Every line: BigCommerce tells them by kind."""
    for kind in KINDS if found.native else ():
        yield from (found.native or {})["line_items"].get(kind) or ()


def line_of(native: Native | None, variant_ref: str) -> Native | None:
    """The line of a variant, not one that is part of a bundle; None without one."""
    lines = [each for kind in KINDS[:2] for each in native["line_items"].get(kind) or ()] if native else []
    return next((each for each in lines if str(each["variant_id"]) == variant_ref and not each.get("parent_id")), None)


def codes_of(native: Native) -> list[str]:
    """The coupons on it."""
    return [each["code"] for each in native["coupons"]]
