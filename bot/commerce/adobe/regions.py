"""The regions of a country: where Adobe Commerce knows them, an address must name one by Adobe's own number."""

from typing import Any

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.folding import fold
from bot.commerce.types import Address
from bot.errors import NotFound


class RegionReader:
    """Reads a country's once."""

    def __init__(self, client: AdobeClient) -> None:
        """Reads nothing yet."""
        self._client = client
        self._kept: dict[str, list[dict[str, Any]]] = {}

    def fields_of(self, address: Address) -> dict[str, Any]:
        """`region_id`, `region_code` and `region` of an address; what was typed where Adobe knows no such region."""
        typed = address.region_code.strip()
        if not typed:
            return {}
        known = next((each for each in self._read(address.country)
                      if fold(typed) in (fold(each.get("code") or ""), fold(each.get("name") or ""))), None)
        if known is None:
            return {"region_code": typed, "region": typed}
        return {"region_id": int(known["id"]), "region_code": known["code"], "region": known["name"]}

    def _read(self, country: str) -> list[dict[str, Any]]:
        if country not in self._kept:
            try:
                said = self._client.read(f"directory/countries/{country}") if country.isalpha() else {}
            except NotFound:
                said = {}
            self._kept[country] = said.get("available_regions") or []
        return self._kept[country]
