"""The names of events, as the Segment Spec's e-commerce part and the shop's own changes write them."""

ORDER_COMPLETED = "Order Completed"
ORDER_UPDATED = "Order Updated"
ORDER_CANCELLED = "Order Cancelled"
ORDER_REFUNDED = "Order Refunded"
COUPON_APPLIED = "Coupon Applied"
SHIPMENT_UPDATED = "Shipment Updated"
# What is open between a customer and the shop, until it is settled: bot/decision/matters.py
RETURN_REQUESTED, RETURN_FINISHED = "Return Requested", "Return Finished"
SUPPORT_OPENED = (
    "Support Conversation Opened", "Support Conversation Reopened", "Support Conversation Snoozed",
)
SUPPORT_WRITTEN = "Support Message Received"
SUPPORT_SETTLED = ("Support Conversation Resolved", "Support Conversation Pending")  # pending: a bot has it
STOCK_CHANGED = "Stock Changed"
PRICE_CHANGED = "Price Changed"
ANNOUNCED = "Announced"  # a business event, told to those it may interest: bot/nudges/announce.py
PICKUP_ITEM_MISSING = "Pickup Item Missing"
BACK_IN_STOCK_REQUESTED = "Back In Stock Requested"
PRODUCT_VIEWED = "Product Viewed"
PRODUCT_ADDED = "Product Added"
PRODUCT_DISLIKED, PRODUCT_DISLIKE_TAKEN_BACK = "Product Disliked", "Product Dislike Taken Back"
PRODUCT_WISHED, PRODUCT_UNWISHED = "Product Added to Wishlist", "Product Removed from Wishlist"
NUDGE_DECLINED = "Nudge Declined"  # somebody said no to the question of a message of ours
SEGMENT_ENTERED, SEGMENT_LEFT = "Segment Entered", "Segment Left"  # as bot/profile/segments/members.py writes them
# A mailing tool's, as the Segment Spec's e-mail part writes them; `Email Sent` and `SMS Sent` count in the caps.
EMAIL_SENT = "Email Sent"
SMS_SENT = "SMS Sent"
EMAIL_LINK_CLICKED, PROMOTION_CLICKED = "Email Link Clicked", "Promotion Clicked"
UNSUBSCRIBED = "Unsubscribed"
MARKED_AS_SPAM = "Email Marked as Spam"
UNSUBSCRIBED_NAMES = (UNSUBSCRIBED, MARKED_AS_SPAM)

# What no page may say: it would be believed, and messages would be sent about it.
SHOP_ONLY = frozenset({
    ORDER_UPDATED, ORDER_CANCELLED, ORDER_REFUNDED, SHIPMENT_UPDATED, STOCK_CHANGED, PRICE_CHANGED,
    PICKUP_ITEM_MISSING, ANNOUNCED,
    SEGMENT_ENTERED, SEGMENT_LEFT, "Birthday",  # bot/decision/calendar.py tells it
    RETURN_REQUESTED, RETURN_FINISHED, *SUPPORT_SETTLED, "Complaint Resolved",  # bot/profile/satisfaction.py
    NUDGE_DECLINED, EMAIL_SENT, SMS_SENT, *UNSUBSCRIBED_NAMES,
})
