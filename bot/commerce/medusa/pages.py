"""Where the shop's pages and pictures are: Medusa has none of its own."""

from dataclasses import dataclass
from urllib.parse import quote

from bot.commerce.medusa.shapes import Native


@dataclass(frozen=True)
class Pages:
    """The shop's addresses; `drawings_url` is where the demo draws what has no picture, "" elsewhere."""

    storefront_url: str
    drawings_url: str = ""

    @property
    def checkout(self) -> str:
        """Where a basket is paid for."""
        return f"{self.storefront_url}/checkout"

    def product(self, handle: str, colour: str = "") -> str:
        """A product's page, in a colour."""
        return f"{self.storefront_url}/products/{quote(handle)}" + (f"?colour={quote(colour)}" if colour else "")

    def picture(self, product: Native, colour: str = "") -> str:
        """The product's picture; "" without one."""
        if product.get("thumbnail"):
            return str(product["thumbnail"])
        return f"{self.drawings_url}/{product['handle']}/{colour or 'default'}.svg" if self.drawings_url else ""
