"""Stock, live: what can be sent, and what each store has. Stores are the stock locations with our `isStore`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.commerce.types import Address, Availability, Location, LocationRef, LocationStock, StockState, VariantRef
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.shapes import is_id

_LOW = 3
_CHUNK = 200
_PLACES = """stockLocations(options: { take: 500, sort: { id: ASC } }) {
  items { id name customFields { isStore hasPickup line1 postcode city country phone opening readyIn } }
}"""
_LOCATIONS = "query { " + _PLACES + " }"
_LEVELS = """query($ids: [String!]!) {
  globalSettings { trackInventory outOfStockThreshold }
  """ + _PLACES + """
  productVariants(options: { take: 1000, filter: { id: { in: $ids } } }) {
    items {
      id enabled trackInventory outOfStockThreshold useGlobalOutOfStockThreshold
      stockLevels { stockLocationId stockOnHand stockAllocated }
    }
  }
}"""


def list_stores(client: VendureClient) -> list[Location]:
    """The stores of the shop."""
    return [
        Location(LocationRef(each["id"]), each["name"], _address_of(each["customFields"]),
                 each["customFields"]["opening"] or "")
        for each in client.read(_LOCATIONS)["stockLocations"]["items"] if each["customFields"]["isStore"]
    ]


def read_availability(client: VendureClient, refs: Sequence[str], now: datetime) -> list[Availability]:
    """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
    wanted = sorted({ref for ref in refs if is_id(ref)})
    found: dict[str, Availability] = {}
    for start in range(0, len(wanted), _CHUNK):
        said = client.read(_LEVELS, ids=wanted[start : start + _CHUNK])
        places = said["stockLocations"]["items"]
        for variant in said["productVariants"]["items"]:
            found[variant["id"]] = _availability(variant, places, said["globalSettings"], now)
    return [found.get(ref) or Availability(VariantRef(ref), "unknown", None, False, now) for ref in refs]


def _availability(
    variant: Mapping[str, Any], places: Sequence[Mapping[str, Any]], shop: Mapping[str, Any], now: datetime
) -> Availability:
    is_counted = _is_counted(variant, shop)
    levels = {each["stockLocationId"]: each["stockOnHand"] - each["stockAllocated"] for each in variant["stockLevels"]}
    online = sum(levels.get(each["id"], 0) for each in places if not each["customFields"]["isStore"])
    own = not variant["useGlobalOutOfStockThreshold"]
    online = max(online - (variant if own else shop)["outOfStockThreshold"], 0)
    is_sellable = variant["enabled"] and (online > 0 or not is_counted)
    shelves = tuple(
        _shelf(each, max(levels.get(each["id"], 0), 0) if is_counted else None)
        for each in places if each["customFields"]["isStore"]
    )
    state = _state(online) if is_counted else "in_stock"
    return Availability(VariantRef(variant["id"]), state if variant["enabled"] else "out_of_stock",
                        online if is_counted else None, is_sellable, now, shelves)


def _is_counted(variant: Mapping[str, Any], shop: Mapping[str, Any]) -> bool:
    told = variant["trackInventory"]
    return bool(shop["trackInventory"]) if told == "INHERIT" else told == "TRUE"


def _state(quantity: int) -> StockState:
    if quantity <= 0:
        return "out_of_stock"
    return "low" if quantity <= _LOW else "in_stock"


def _shelf(place: Mapping[str, Any], quantity: int | None) -> LocationStock:
    fields = place["customFields"]
    line = f"{fields['line1'] or ''}, {fields['postcode'] or ''} {fields['city'] or ''}".strip(" ,")
    has_pickup = bool(fields["hasPickup"])
    return LocationStock(LocationRef(place["id"]), place["name"], line, quantity, has_pickup, fields["readyIn"] or "")


def _address_of(fields: Mapping[str, Any]) -> Address:
    return Address(
        line1=fields["line1"] or "", postcode=fields["postcode"] or "", city=fields["city"] or "",
        country=fields["country"] or "", phone=fields["phone"] or "",
    )
