"""What the shop's own people do in Medusa: stock put on a shelf, an order packed, sent, delivered."""

from bot.commerce.types import OrderRef, VariantRef
from tests.servers.medusa_shop import MedusaShop


class Merchant:
    """The back office of a live Medusa."""

    def __init__(self, shop: MedusaShop) -> None:
        self.shop = shop
        self.web = shop.places["web"]
        self.stores = [place for name, place in shop.places.items() if name != "web"]

    def set_stock(self, variant: VariantRef, place: str, free: int) -> None:
        """So many pieces of a variant can be had in a place: what is kept for orders lies beside them."""
        place = self.web if place == "web" else place
        said = self.shop.admin("product-variants", id=variant, fields="id,inventory_items.inventory_item_id")
        item = said["variants"][0]["inventory_items"][0]["inventory_item_id"]
        levels = self.shop.admin(f"inventory-items/{item}/location-levels")["inventory_levels"]
        kept = next(each["reserved_quantity"] for each in levels if each["location_id"] == place)
        self.shop.admin(f"inventory-items/{item}/location-levels/{place}", {"stocked_quantity": free + kept})

    def pack(self, order: OrderRef) -> str:
        """The whole order lies in a parcel that has not left; the parcel's id."""
        pieces = self._pieces(order)
        said = self.shop.admin(
            f"orders/{order}/fulfillments", {"items": pieces, "location_id": self.web}, fields="*fulfillments")
        return str(said["order"]["fulfillments"][0]["id"])

    def send(self, order: OrderRef) -> str:
        """The whole order leaves; the parcel's id."""
        parcel = self.pack(order)
        label = {"tracking_number": "CB0000000001FR", "tracking_url": "https://carrier.example/1", "label_url": "#"}
        self.shop.admin(
            f"orders/{order}/fulfillments/{parcel}/shipments", {"items": self._pieces(order), "labels": [label]})
        return parcel

    def deliver(self, order: OrderRef) -> None:
        """The whole order leaves, and arrives."""
        self.shop.admin(f"orders/{order}/fulfillments/{self.send(order)}/mark-as-delivered", {})

    def _pieces(self, order: OrderRef) -> list[dict[str, object]]:
        lines = self.shop.admin(f"orders/{order}", fields="id,*items")["order"]["items"]
        return [{"id": each["id"], "quantity": each["quantity"]} for each in lines]
