"""Stock, live: what can be sent, and what each store has. Stores are the locations that offer local pick-up."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.commerce.forms import chunks
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import gid, is_id, ref_of
from bot.commerce.types import Address, Availability, Location, LocationRef, LocationStock, StockState, VariantRef

_LOW = 3
_KEPT_SECONDS = 60.0
_TOGETHER = 10  # variants in one query, whose stock in 25 places is within the 1,000 points of one
_READY = {  # Shopify's DeliveryLocalPickupTime (2026-10)
    "ONE_HOUR": "1 h", "TWO_HOURS": "2 h", "FOUR_HOURS": "4 h", "TWENTY_FOUR_HOURS": "24 h",
    "TWO_TO_FOUR_DAYS": "2–4 d", "FIVE_OR_MORE_DAYS": "5+ d", "CUSTOM": "",
}
_PLACES = """query($after: String) {
  locations(first: 50, after: $after, sortKey: NAME) {
    nodes {
      id name isActive address { address1 address2 city zip countryCode phone }
      localPickupSettingsV2 { pickupTime instructions }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
_LEVELS = """query($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on ProductVariant {
      id availableForSale inventoryPolicy sellableOnlineQuantity
      inventoryItem {
        tracked
        inventoryLevels(first: 25) { nodes { location { id } quantities(names: ["available"]) { name quantity } } }
      }
    }
  }
}"""


class StockReader:
    """Reads stock, always live; which stores there are, it keeps for a minute."""

    def __init__(self, client: ShopifyClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._clock = client, clock
        self._kept: tuple[float, list[Mapping[str, Any]]] | None = None

    def list_stores(self) -> list[Location]:
        """The stores where orders can be picked up."""
        return [
            Location(LocationRef(ref_of(each["id"])), each["name"], _address_of(each["address"]),
                     each["localPickupSettingsV2"]["instructions"])
            for each in self._places()
        ]

    def read_availability(self, refs: Sequence[str], now: datetime) -> list[Availability]:
        """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
        wanted = sorted({ref for ref in refs if is_id(ref)})
        places = self._places() if wanted else []
        found: dict[str, Availability] = {}
        for some in chunks(wanted, _TOGETHER):
            for said in self._client.read(_LEVELS, ids=[gid("ProductVariant", ref) for ref in some])["nodes"]:
                if said:
                    found[ref_of(said["id"])] = _availability(said, places, now)
        return [found.get(ref) or Availability(VariantRef(ref), "unknown", None, False, now) for ref in refs]

    def _places(self) -> list[Mapping[str, Any]]:
        if self._kept is None or self._clock() - self._kept[0] > _KEPT_SECONDS:
            self._kept = (self._clock(), _read_places(self._client))
        return self._kept[1]


def _read_places(client: ShopifyClient) -> list[Mapping[str, Any]]:
    places: list[Mapping[str, Any]] = []
    after = None
    while True:
        said = client.read(_PLACES, after=after)["locations"]
        places += [each for each in said["nodes"] if each["isActive"] and each["localPickupSettingsV2"]]
        if not said["pageInfo"]["hasNextPage"]:
            return places
        after = said["pageInfo"]["endCursor"]


def _availability(said: Mapping[str, Any], places: Sequence[Mapping[str, Any]], now: datetime) -> Availability:
    is_counted = said["inventoryItem"]["tracked"]
    online = max(said["sellableOnlineQuantity"], 0)
    sells_on = said["inventoryPolicy"] == "CONTINUE"
    levels = {
        each["location"]["id"]: next((one["quantity"] for one in each["quantities"]), 0)
        for each in said["inventoryItem"]["inventoryLevels"]["nodes"]
    }
    shelves = tuple(
        _shelf(each, max(levels[each["id"]], 0) if is_counted else None) for each in places if each["id"] in levels
    )
    return Availability(
        VariantRef(ref_of(said["id"])), _state(online, is_counted=is_counted, sells_on=sells_on),
        online if is_counted and not sells_on else None,
        said["availableForSale"] and (online > 0 or sells_on or not is_counted), now, shelves,
    )


def _state(online: int, *, is_counted: bool, sells_on: bool) -> StockState:
    if not is_counted:
        return "in_stock"
    if online <= 0:
        return "backorder" if sells_on else "out_of_stock"
    return "low" if online <= _LOW else "in_stock"


def _shelf(place: Mapping[str, Any], quantity: int | None) -> LocationStock:
    said = place["address"]
    line = f"{said['address1'] or ''}, {said['zip'] or ''} {said['city'] or ''}".strip(" ,")
    ready_in = _READY.get(place["localPickupSettingsV2"]["pickupTime"], "")
    # Who picks up chooses that on Shopify's own checkout page.
    return LocationStock(LocationRef(ref_of(place["id"])), place["name"], line, quantity, True, ready_in)


def _address_of(said: Mapping[str, Any]) -> Address:
    return Address(
        line1=said["address1"] or "", line2=said["address2"] or "", city=said["city"] or "",
        postcode=said["zip"] or "", country=said["countryCode"] or "", phone=said["phone"] or "",
    )
