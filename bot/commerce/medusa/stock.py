"""Stock, live: what can be sent, and what each store has.

What is sent is what the publishable key's sales channel sells: Medusa sums it up over that channel's locations. Stores
are the locations with a fulfilment set of the type `pickup`.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.commerce.forms import chunks
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.regions import RegionReader
from bot.commerce.medusa.shapes import Native, is_id, to_address
from bot.commerce.types import Address, Availability, Location, LocationRef, LocationStock, StockState, VariantRef

_LOW = 3
_KEPT_SECONDS = 60.0
_TOGETHER = 50
_SELLABLE = "id,variants.id,variants.manage_inventory,variants.allow_backorder,+variants.inventory_quantity"
_SHELVES = ",".join((
    "id", "*inventory_items", "inventory_items.required_quantity",
    "inventory_items.inventory.location_levels.location_id",
    "inventory_items.inventory.location_levels.stocked_quantity",
    "inventory_items.inventory.location_levels.reserved_quantity",
))
_PLACES = "id,name,metadata,*address,fulfillment_sets.type"


class StockReader:
    """Reads stock, always live; which stores there are, it keeps for a minute."""

    def __init__(
        self, client: MedusaClient, regions: RegionReader, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._regions, self._clock = client, regions, clock
        self._kept: tuple[float, list[Native]] | None = None

    def list_stores(self) -> list[Location]:
        """The stores where orders can be picked up."""
        return [
            Location(LocationRef(each["id"]), each["name"], _address_of(each), _told(each, "opening"))
            for each in self._places()
        ]

    def read_availability(self, refs: Sequence[str], now: datetime) -> list[Availability]:
        """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
        wanted = sorted({ref for ref in refs if is_id(ref, "variant")})
        found: dict[str, Availability] = {}
        for some in chunks(wanted, _TOGETHER):
            sold = self._read_sold(some)
            shelves = self._read_shelves(list(sold))
            for ref, said in sold.items():
                found[ref] = _availability(said, shelves.get(ref), self._places(), now)
        return [found.get(ref) or Availability(VariantRef(ref), "unknown", None, False, now) for ref in refs]

    def _read_sold(self, refs: Sequence[str]) -> dict[str, Native]:
        """Those variants that are sold, as shoppers see them."""
        asked: dict[str, Any] = {"variants[id][]": list(refs), "fields": _SELLABLE, "limit": len(refs)}
        asked |= self._regions.read().query
        said = self._client.read("store/products", **asked)
        variants = [each for product in said["products"] for each in product["variants"]]
        return {each["id"]: each for each in variants if each["id"] in refs}

    def _read_shelves(self, refs: Sequence[str]) -> dict[str, Native]:
        if not refs:
            return {}
        asked: dict[str, Any] = {"id[]": list(refs), "fields": _SHELVES, "limit": len(refs)}
        said = self._client.read("admin/product-variants", **asked)
        return {each["id"]: each for each in said["variants"]}

    def _places(self) -> list[Native]:
        if self._kept is None or self._clock() - self._kept[0] > _KEPT_SECONDS:
            said = self._client.read("admin/stock-locations", fields=_PLACES, limit=200, order="name")
            stores = [
                each for each in said["stock_locations"]
                if any(one and one["type"] == "pickup" for one in each.get("fulfillment_sets") or ())
            ]
            self._kept = (self._clock(), stores)
        return self._kept[1]


def _availability(said: Native, shelved: Native | None, places: Sequence[Native], now: datetime) -> Availability:
    is_counted, sells_on = bool(said["manage_inventory"]), bool(said["allow_backorder"])
    online = max(int(said.get("inventory_quantity") or 0), 0) if is_counted else 0
    levels = _levels_of(shelved) if shelved else {}
    shelves = tuple(
        _shelf(each, levels[each["id"]] if is_counted else None) for each in places
        if not is_counted or each["id"] in levels
    )
    return Availability(
        VariantRef(said["id"]), _state(online, is_counted=is_counted, sells_on=sells_on),
        online if is_counted and not sells_on else None, online > 0 or sells_on or not is_counted, now, shelves,
    )


def _levels_of(shelved: Native) -> dict[str, int]:
    """Pieces of a variant by location; one made of several things is there as often as the scarcest of them allows."""
    found: dict[str, int] = {}
    for part in shelved["inventory_items"] or ():
        for level in (part.get("inventory") or {}).get("location_levels") or ():
            free = int(level["stocked_quantity"] or 0) - int(level["reserved_quantity"] or 0)
            count = max(free, 0) // max(int(part.get("required_quantity") or 1), 1)
            place = level["location_id"]
            found[place] = min(found.get(place, count), count)
    return found


def _state(online: int, *, is_counted: bool, sells_on: bool) -> StockState:
    if not is_counted:
        return "in_stock"
    if online <= 0:
        return "backorder" if sells_on else "out_of_stock"
    return "low" if online <= _LOW else "in_stock"


def _shelf(place: Native, quantity: int | None) -> LocationStock:
    at = _address_of(place)
    line = f"{at.line1}, {at.postcode} {at.city}".strip(" ,")
    # Who picks up chooses that on the shop's own checkout page.
    return LocationStock(LocationRef(place["id"]), place["name"], line, quantity, False, _told(place, "ready_in"))


def _address_of(place: Native) -> Address:
    said: dict[str, Any] = dict(place.get("address") or {})
    return to_address({**said, "id": ""})


def _told(place: Native, name: str) -> str:
    return str((place.get("metadata") or {}).get(name) or "")
