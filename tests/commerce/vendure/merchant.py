"""What the shop's own people do in Vendure: stock put on a shelf, an order sent, an order delivered."""

from typing import Any

from bot.commerce.types import OrderRef, VariantRef
from tests.servers.vendure_shop import VendureShop

_PARCEL = """mutation($input: FulfillOrderInput!) {
  addFulfillmentToOrder(input: $input) { ... on Fulfillment { id } ... on ErrorResult { errorCode message } } }"""
_MOVE = """mutation($id: ID!, $state: String!) {
  transitionFulfillmentToState(id: $id, state: $state) {
    ... on Fulfillment { state } ... on ErrorResult { errorCode message } } }"""
_STOCK = "mutation($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }"

_REFUND = """mutation($input: RefundOrderInput!) {
  refundOrder(input: $input) { ... on Refund { id } ... on ErrorResult { errorCode message } } }"""
_TAKE_OFF = """mutation($input: CancelOrderInput!) {
  cancelOrder(input: $input) { ... on Order { id } ... on ErrorResult { errorCode message } } }"""
_WAITING = "query($id: ID!) { order(id: $id) { prevenantPickUp { locationId } lines { productVariant { id } } } }"


class Merchant:
    """The back office of a live Vendure."""

    def __init__(self, shop: VendureShop) -> None:
        self.shop = shop
        places = shop.admin("{ stockLocations { items { id customFields { isStore } } } }")["stockLocations"]["items"]
        self.web = next(each["id"] for each in places if not each["customFields"]["isStore"])
        self.stores = [each["id"] for each in places if each["customFields"]["isStore"]]

    def set_stock(self, variant: VariantRef, place: str, free: int) -> None:
        """So many pieces of a variant can be had in a place: what is kept for orders lies beside them."""
        place = self.web if place == "web" else place
        levels = self.shop.admin(
            "query($id: ID!) { productVariant(id: $id) { stockLevels { stockLocationId stockAllocated } } }", id=variant
        )["productVariant"]["stockLevels"]
        kept = sum(each["stockAllocated"] for each in levels if each["stockLocationId"] == place)
        self.shop.admin(_STOCK, input=[{
            "id": variant, "trackInventory": "TRUE",
            "stockLevels": [{"stockLocationId": place, "stockOnHand": free + kept}],
        }])

    def lose_reserved_item(self, order: OrderRef) -> None:
        """A store counts again, and nothing of what the order waits for is on its shelf."""
        said = self.shop.admin(_WAITING, id=order)["order"]
        self.shop.admin(_STOCK, input=[
            {"id": line["productVariant"]["id"], "stockLevels": [
                {"stockLocationId": said["prevenantPickUp"]["locationId"], "stockOnHand": 0}]}
            for line in said["lines"]
        ])

    def send(self, order: OrderRef) -> str:
        """The whole order leaves; the parcel's id."""
        query = "query($id: ID!) { order(id: $id) { lines { id quantity } } }"
        lines = self.shop.admin(query, id=order)["order"]["lines"]
        parcel = self._require(self.shop.admin(_PARCEL, input={
            "lines": [{"orderLineId": each["id"], "quantity": each["quantity"]} for each in lines if each["quantity"]],
            "handler": {"code": "manual-fulfillment", "arguments": [
                {"name": "method", "value": "Colibri"}, {"name": "trackingCode", "value": f"CB{order:0>10}"},
            ]},
        }))
        self._require(self.shop.admin(_MOVE, id=parcel["id"], state="Shipped"))
        return str(parcel["id"])

    def deliver(self, order: OrderRef) -> None:
        """The whole order leaves, and arrives."""
        self._require(self.shop.admin(_MOVE, id=self.send(order), state="Delivered"))

    def take_back(self, order: OrderRef) -> None:
        """The whole order is here again: it is paid back, and its pieces are taken off it."""
        query = "query($id: ID!) { order(id: $id) { totalWithTax payments { id } lines { id quantity } } }"
        said = self.shop.admin(query, id=order)["order"]
        lines = [{"orderLineId": each["id"], "quantity": each["quantity"]} for each in said["lines"]]
        self._require(self.shop.admin(_REFUND, input={
            "paymentId": said["payments"][0]["id"], "amount": said["totalWithTax"], "reason": "returned", "lines": [],
            "shipping": 0, "adjustment": 0,
        }))
        self._require(self.shop.admin(_TAKE_OFF, input={"orderId": order, "lines": lines, "reason": "returned"}))

    def _require(self, data: dict[str, Any]) -> dict[str, Any]:
        (result,) = data.values()
        assert "errorCode" not in result, result
        return dict(result)
