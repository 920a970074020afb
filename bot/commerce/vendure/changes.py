"""The change log that our plugin writes in Vendure's own transactions."""

from datetime import datetime

from bot.commerce.types import CustomerRef, LocationRef, OrderRef, ShopEvent, VariantRef
from bot.commerce.vendure.client import VendureClient

_CHANGES = """query($after: String!, $limit: Int!) {
  prevenantChanges(after: $after, limit: $limit) {
    cursor items { id type at order_ref customer_ref variant_ref location_ref }
  }
}"""


def poll_changes(client: VendureClient, cursor: str, limit: int) -> tuple[list[ShopEvent], str]:
    """Up to `limit` changes after the cursor, oldest first, and where to go on."""
    said = client.read(_CHANGES, after=cursor, limit=limit)["prevenantChanges"]
    events = [
        ShopEvent(
            id=each["id"], type=each["type"], at=datetime.fromisoformat(each["at"]),
            order_ref=OrderRef(each["order_ref"]) if each["order_ref"] else None,
            customer_ref=CustomerRef(each["customer_ref"]) if each["customer_ref"] else None,
            variant_ref=VariantRef(each["variant_ref"]) if each["variant_ref"] else None,
            location_ref=LocationRef(each["location_ref"]) if each["location_ref"] else None,
        )
        for each in said["items"]
    ]
    return events, said["cursor"]
