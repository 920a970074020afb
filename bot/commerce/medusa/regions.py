"""The region that the bot's customers buy in, by their country: its currency and its prices. Kept for some minutes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.commerce.medusa.client import MedusaClient
from bot.errors import FixConfiguration

_KEPT_SECONDS = 300.0


@dataclass(frozen=True)
class Region:
    """A region of Medusa's, seen from a country; `currency` in capitals, `country` ISO 3166 alpha-2, small."""

    id: str
    currency: str
    country: str

    @property
    def query(self) -> dict[str, str]:
        """What makes Medusa tell prices as shoppers of that country pay them."""
        return {"region_id": self.id, "country_code": self.country}


class RegionReader:
    """Reads the region; which country it is seen from, a setting says, else the first region's first one."""

    def __init__(self, client: MedusaClient, country: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`country` is ISO 3166 alpha-2 or ""; nothing is read yet."""
        self._client, self._country, self._clock = client, country.lower(), clock
        self._kept: tuple[float, Region] | None = None

    def read(self) -> Region:
        """The region. FixConfiguration when the shop sells nothing there."""
        if self._kept is None or self._clock() - self._kept[0] > _KEPT_SECONDS:
            self._kept = (self._clock(), self._read_now())
        return self._kept[1]

    def _read_now(self) -> Region:
        for said in self._client.read("store/regions", order="created_at", limit=100)["regions"]:
            countries = sorted(each["iso_2"] for each in said.get("countries") or ())
            if self._country in countries or (not self._country and countries):
                return Region(said["id"], said["currency_code"].upper(), self._country or countries[0])
        raise FixConfiguration("PREVENANT_MEDUSA_COUNTRY: no region of the shop sells there")
