"""Stock, live, by Adobe's inventory modules: what the website can still sell, and what each store has on its shelves.

What can be sold is what lies in every source of the website's stock without what is ordered and has not left; what a
store has is what lies there: orders are set against a source only once they leave.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search, one_of
from bot.commerce.adobe.product_shapes import SOLD
from bot.commerce.adobe.shapes import Native, is_sku
from bot.commerce.adobe.stores import ViewReader
from bot.commerce.forms import chunks, phone_of
from bot.commerce.types import Address, Availability, Location, LocationRef, LocationStock, StockState, VariantRef
from bot.errors import FixConfiguration, NotFound

_LOW = 3
_KEPT_SECONDS = 60.0
_TOGETHER = 40  # SKUs in a URL


class StockReader:
    """Reads stock, always live; which stores there are, it keeps for a minute."""

    def __init__(self, client: AdobeClient, views: ViewReader, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._views, self._clock = client, views, clock
        self._kept: tuple[float, list[Native]] | None = None

    def list_stores(self) -> list[Location]:
        """The stores of the website where orders can be picked up."""
        return [Location(LocationRef(each["pickup_location_code"]), each["name"], _address_of(each))
                for each in self._places()]

    def read_availability(self, refs: Sequence[str], now: datetime) -> list[Availability]:
        """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
        found: dict[str, Availability] = {}
        for some in chunks(sorted({ref for ref in refs if is_sku(ref)}), _TOGETHER):
            shelves = self._read_shelves(some)
            for said in self._read_salable(some):
                found[said["sku"]] = self._availability(said, shelves.get(said["sku"], {}), now)
        return [found.get(ref) or Availability(VariantRef(ref), "unknown", None, False, now) for ref in refs]

    def read_sellable(self, refs: Sequence[str]) -> set[str]:
        """Which of the variants can be bought, live, whatever lies in the stores."""
        wanted = chunks(sorted({ref for ref in refs if is_sku(ref)}), _TOGETHER)
        return {each["sku"] for some in wanted for each in self._read_salable(some) if each["is_salable"]}

    def _read_salable(self, skus: Sequence[str]) -> Iterable[Native]:
        asked = Search([one_of("sku", skus), Filter("status", "1"), one_of("type_id", SOLD)], sort=["entity_id"])
        channel = self._views.read().website_code
        return self._client.search_every(f"inventory/export-stock-salable-qty/website/{channel}", asked)

    def _read_shelves(self, skus: Sequence[str]) -> dict[str, dict[str, int]]:
        """Pieces by SKU and store."""
        found: dict[str, dict[str, int]] = {}
        if places := [each["pickup_location_code"] for each in self._places()]:
            asked = Search([one_of("sku", skus), one_of("source_code", places)], sort=["source_item_id"])
            for each in self._client.search_every("inventory/source-items", asked):
                count = max(int(each["quantity"]), 0) if int(each["status"]) == 1 else 0
                found.setdefault(each["sku"], {})[each["source_code"]] = count
        return found

    def _places(self) -> list[Native]:
        """A shop without the module for picking up has none."""
        if self._kept is None or self._clock() - self._kept[0] > _KEPT_SECONDS:
            told: list[Native] = []
            with suppress(FixConfiguration):
                told = self._client.read("inventory/in-store-pickup/pickup-locations", {
                    "searchRequest[scopeCode]": self._views.read().website_code})["items"]
            self._kept = (self._clock(), told)
        return self._kept[1]

    def _availability(self, said: Native, shelves: dict[str, int], now: datetime) -> Availability:
        left, is_salable = max(int(said["qty"] or 0), 0), bool(said["is_salable"])
        is_counted = left > 0 or not is_salable
        state = _state(left) if is_salable and left else "out_of_stock"
        if not is_counted:
            state = self._uncounted_state(said["sku"])
        return Availability(
            VariantRef(said["sku"]), state, (left if is_salable else 0) if is_counted else None, is_salable, now,
            tuple(_shelf(each, shelves[each["pickup_location_code"]]) for each in self._places()
                  if each["pickup_location_code"] in shelves))

    def _uncounted_state(self, sku: str) -> StockState:
        """Of what sells on with none left: it is not counted at all, or ordered anew, which `stockItems` tells."""
        try:
            said = self._client.read(f"stockItems/{quote(sku, safe='')}")
        except NotFound:
            return "unknown"
        return "backorder" if said["manage_stock"] and int(said["backorders"]) else "in_stock"


def _state(left: int) -> StockState:
    return "low" if left <= _LOW else "in_stock"


def _shelf(place: Native, quantity: int) -> LocationStock:
    at = _address_of(place)
    line = f"{at.line1}, {at.postcode} {at.city}".strip(" ,")
    # Who picks up chooses that on the shop's own checkout page.
    return LocationStock(LocationRef(place["pickup_location_code"]), place["name"], line, quantity, False)


def _address_of(place: Native) -> Address:
    country = place.get("country_id") or ""
    return Address(
        line1=place.get("street") or "", city=place.get("city") or "", postcode=place.get("postcode") or "",
        country=country, phone=phone_of(place.get("phone") or "", country))
