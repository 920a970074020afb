"""Stock, live: what can be sent, and what each store has. A product counts by itself, by variant, or not at all.

Stores are the locations with a way to pick up. What they hold is not promised for sending: that is in the other
locations, and in location 1, which is every shop's shipping origin; and never more than the catalogue has to sell.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commerce.bigcommerce.client import PER_PAGE, BigCommerceClient
from bot.commerce.bigcommerce.shapes import Native, is_id
from bot.commerce.forms import chunks, joined
from bot.commerce.types import Address, Availability, Location, LocationRef, LocationStock, StockState, VariantRef

_LOW = 3
_KEPT_SECONDS = 60.0
_ORIGIN = 1
_TRACKED = ("product", "variant")
_OF_VARIANTS = "product_id,inventory_level,purchasing_disabled"
_OF_PRODUCTS = "inventory_tracking,inventory_level,availability,is_visible,is_price_hidden"


@dataclass(frozen=True)
class _Store:
    """A location where orders can be picked up."""

    number: int
    name: str
    address: Address
    ready_in: str

    @property
    def line(self) -> str:
        """Where it is, in one line."""
        return f"{self.address.line1}, {self.address.postcode} {self.address.city}".strip(" ,")


class StockReader:
    """Reads stock, always live; which stores there are, it keeps for a minute."""

    def __init__(self, client: BigCommerceClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._clock = client, clock
        self._kept: tuple[float, list[_Store]] | None = None

    def list_stores(self) -> list[Location]:
        """The stores where orders can be picked up."""
        return [Location(LocationRef(str(each.number)), each.name, each.address) for each in self._stores()]

    def read_availability(self, refs: Sequence[str], now: datetime) -> list[Availability]:
        """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
        wanted = sorted({ref for ref in refs if is_id(ref)})
        variants = self._by_number("v3/catalog/variants", wanted, _OF_VARIANTS)
        parents = sorted({str(each["product_id"]) for each in variants.values()})
        products = self._by_number("v3/catalog/products", parents, _OF_PRODUCTS)
        counted = [
            (ref, products[str(each["product_id"])]["inventory_tracking"]) for ref, each in variants.items()
            if str(each["product_id"]) in products]
        shelves = self._shelves("variant_id", [ref for ref, tracked in counted if tracked == "variant"])
        together = self._shelves("product_id", sorted({
            str(variants[ref]["product_id"]) for ref, tracked in counted if tracked == "product"}))
        stores = self._stores() if counted else []
        found = {}
        for ref, tracked in counted:
            variant, product = variants[ref], products[str(variants[ref]["product_id"])]
            places = together.get(str(product["id"])) if tracked == "product" else shelves.get(ref)
            found[ref] = _availability(variant, product, places or (), stores, now)
        return [found.get(ref) or Availability(VariantRef(ref), "unknown", None, False, now) for ref in refs]

    def _by_number(self, path: str, refs: Sequence[str], fields: str) -> dict[str, Native]:
        return {
            str(each["id"]): each for some in chunks(refs, PER_PAGE)
            for each in self._client.read_every(path, {"id:in": joined(some), "include_fields": fields})
        }

    def _shelves(self, kind: str, refs: Sequence[str]) -> dict[str, Sequence[Native]]:
        return {
            str(each["identity"][kind]): each["locations"] for some in chunks(refs, PER_PAGE)
            for each in self._client.read_every("v3/inventory/items", {f"{kind}:in": joined(some)})
        }

    def _stores(self) -> list[_Store]:
        if self._kept is None or self._clock() - self._kept[0] > _KEPT_SECONDS:
            self._kept = (self._clock(), _read_stores(self._client))
        return self._kept[1]


def _read_stores(client: BigCommerceClient) -> list[_Store]:
    """Locations that shoppers may see and a way to pick up is of."""
    ways = {int(each["location_id"]): each for each in client.read_every("v3/pickup/methods")}
    return [
        _Store(int(each["id"]), each["label"], _address_of(each["address"]),
               ways[int(each["id"])].get("collection_time_description") or "")
        for each in client.read_every("v3/inventory/locations", {"is_active": "true"})
        if each["enabled"] and each["storefront_visibility"] and int(each["id"]) in ways
    ]


def _address_of(said: Native | None) -> Address:
    told: Mapping[str, str] = said or {}
    return Address(
        line1=told.get("address1") or "", line2=told.get("address2") or "", city=told.get("city") or "",
        postcode=told.get("zip") or "", country=told.get("country_code") or "", phone=told.get("phone") or "",
        region_code=told.get("state") or "",
    )


def _availability(
    said: Native, product: Native, places: Sequence[Native], stores: Sequence[_Store], now: datetime
) -> Availability:
    """`inventory_level` of the catalogue is what the shop may sell, of all places that it shows."""
    is_counted = product["inventory_tracking"] in _TRACKED
    is_together = product["inventory_tracking"] == "product"
    level = int((product if is_together else said)["inventory_level"] or 0)
    open_places = [each for each in places if each["location_enabled"]]
    left = max(min(level, _to_send(open_places, stores)) if open_places else level, 0)
    is_offered = (
        product["availability"] != "disabled" and product["is_visible"] and not said["purchasing_disabled"]
        and not product.get("is_price_hidden"))
    state = _state(product, left, is_counted=is_counted)
    levels = {int(each["location_id"]): max(int(each["available_to_sell"]), 0) for each in open_places}
    return Availability(
        VariantRef(str(said["id"])), state, left if is_counted else None, is_offered and state != "out_of_stock", now,
        tuple(
            # Who picks up chooses that on the shop's own checkout page.
            LocationStock(LocationRef(str(each.number)), each.name, each.line, levels[each.number], True, each.ready_in)
            for each in stores if is_counted and each.number in levels),
    )


def _to_send(places: Sequence[Native], stores: Sequence[_Store]) -> int:
    kept = {each.number for each in stores} - {_ORIGIN}
    return sum(max(int(each["available_to_sell"]), 0) for each in places if int(each["location_id"]) not in kept)


def _state(product: Native, left: int, *, is_counted: bool) -> StockState:
    if is_counted and left <= 0:
        return "out_of_stock"
    if product["availability"] == "preorder":
        return "preorder"
    return "low" if is_counted and left <= _LOW else "in_stock"
