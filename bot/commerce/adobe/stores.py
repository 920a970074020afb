"""The store views of a shop: each has a language, a currency and addresses of its own; they change hardly ever."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.shapes import Native
from bot.errors import FixConfiguration

_KEPT_SECONDS = 3_600.0


@dataclass(frozen=True)
class View:
    """The store view that the bot sells in, and the codes of those of its website by language."""

    code: str
    number: int
    website: int
    website_code: str
    currency: str
    language: str
    base_url: str  # both end in a slash
    media_url: str
    languages: Mapping[str, str]
    numbers: Mapping[int, str]  # every store view of the website, and its language


class ViewReader:
    """Reads it once an hour."""

    def __init__(self, client: AdobeClient, store: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; nothing is read yet."""
        self._client, self._store, self._clock = client, store, clock
        self._kept: tuple[float, View] | None = None

    def read(self) -> View:
        """The store view. FixConfiguration when there is none of that code."""
        if self._kept is None or self._clock() - self._kept[0] > _KEPT_SECONDS:
            self._kept = (self._clock(), self._read())
        return self._kept[1]

    def _read(self) -> View:
        told = self._client.read("store/storeConfigs")
        own = next((each for each in told if each["code"] == self._store), None)
        if own is None:
            codes = ", ".join(sorted(each["code"] for each in told))
            raise FixConfiguration(f"PREVENANT_ADOBE_STORE: there is no store view {self._store!r}; there are: {codes}")
        websites = {each["id"]: each["code"] for each in self._client.read("store/websites")}
        siblings = [each for each in told if each["website_id"] == own["website_id"]]
        languages = {_language_of(each): str(each["code"]) for each in reversed(siblings)}
        return View(
            code=self._store, number=int(own["id"]), website=int(own["website_id"]),
            website_code=websites[own["website_id"]], currency=own["default_display_currency_code"],
            language=_language_of(own), base_url=_slashed(own["secure_base_link_url"]),
            media_url=_slashed(own["secure_base_media_url"]), languages={**languages, _language_of(own): self._store},
            numbers={int(each["id"]): _language_of(each) for each in siblings},
        )


def _language_of(said: Native) -> str:
    return str(said["locale"])[:2].lower()


def _slashed(url: str) -> str:
    return f"{url.rstrip('/')}/"
