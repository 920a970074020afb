"""Where the shop's pages and pictures are: Vendure has none of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Pages:
    """The shop's addresses; `drawings_url` is where the demo draws what has no picture, "" elsewhere."""

    storefront_url: str
    drawings_url: str = ""

    @property
    def checkout(self) -> str:
        """Where a basket is paid for."""
        return f"{self.storefront_url}/checkout"

    def product(self, slug: str, colour: str = "") -> str:
        """A product's page, in a colour."""
        return f"{self.storefront_url}/products/{quote(slug)}" + (f"?colour={quote(colour)}" if colour else "")

    def picture(self, variant: Mapping[str, Any], product: Mapping[str, Any], options: Mapping[str, str]) -> str:
        """The variant's picture, else the product's; "" without one."""
        shown = variant["featuredAsset"] or product["featuredAsset"]
        if shown:
            return str(shown["preview"])
        colour = options.get("colour", "").replace(" ", "_") or "default"
        return f"{self.drawings_url}/{product['slug']}/{colour}.svg" if self.drawings_url else ""
