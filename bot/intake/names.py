"""The names of events, as the Segment Spec's e-commerce part and the shop's own changes write them."""

ORDER_COMPLETED = "Order Completed"
ORDER_UPDATED = "Order Updated"
ORDER_CANCELLED = "Order Cancelled"
ORDER_REFUNDED = "Order Refunded"
SHIPMENT_UPDATED = "Shipment Updated"
STOCK_CHANGED = "Stock Changed"
PICKUP_ITEM_MISSING = "Pickup Item Missing"
PRODUCT_VIEWED = "Product Viewed"
PRODUCT_ADDED = "Product Added"
SEGMENT_ENTERED, SEGMENT_LEFT = "Segment Entered", "Segment Left"  # as bot/profile/segments/members.py writes them

# What no page may say: it would be believed, and messages would be sent about it.
SHOP_ONLY = frozenset({
    ORDER_UPDATED, ORDER_CANCELLED, ORDER_REFUNDED, SHIPMENT_UPDATED, STOCK_CHANGED, PICKUP_ITEM_MISSING,
    SEGMENT_ENTERED, SEGMENT_LEFT,
})
