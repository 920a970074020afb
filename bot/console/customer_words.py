"""The console: what systems call things -> an English sentence, said of a customer to the shop's people. Pure data.

Where the words that customers read of themselves fit, they are those.
"""

from collections.abc import Mapping

from bot.privacy.names import NAMES

_SOURCES = {
    "inbox": "what they wrote", "double_opt_in": "their confirmation by e-mail", "erasure": "an erasure",
    "stop": "their “stop”", "unmerge": "an undone merge", "mailing": "the mailing tool",
}
_TRAITS = {
    "favourite_types": "What they like", "usual_products": "What they usually buy",
    "days_between_purchases": "Days between purchases", "satisfaction": "What they thought of it",
    "price_bands": "Price bands of what they bought", "active_hours": "When they write",
    "answer_hours": "When they answer",
}
_EVENTS = {
    "Back In Stock Requested": "Asked to be told when it is back",
    "Stock Changed": "News of the stock of something they looked at",
    "Email Sent": "An e-mail sent to them", "Nudge Declined": "Said no to a suggestion",
    "Price Changed": "News of the price of something they looked at", "Announced": "News that may interest them",
    "SMS Sent": "A text message sent to them", "Unsubscribed": "Signed off", "Signed In": "Signed in",
    "Signed Out": "Signed out", "Conversation Rated": "Rated a conversation", "Product Reviewed": "Reviewed a product",
    "Complaint Received": "Complained", "Complaint Resolved": "Their complaint was settled",
    "Return Requested": "Asked to send something back", "Return Finished": "A return was settled",
    "Support Conversation Opened": "Wrote to the support desk",
    "Support Conversation Reopened": "Their question at the support desk was taken up again",
    "Support Conversation Snoozed": "The support desk put their question off",
    "Support Conversation Pending": "The support desk gave their question to the assistant",
    "Support Conversation Resolved": "The support desk settled their question",
    "Customer Updated": "Their account changed", "Birthday": "A birthday",
}
_MERGES = {
    "verified by code": "proved an address by a code", "verified by token": "signed in",
    "verified by policy": "said who they are", "verified by whatsapp": "wrote from their number",
    "verified by link": "followed a link of ours", "joined by link": "went on on another channel",
    "identify": "signed in", "same browser": "the same browser", "reviewed": "somebody of the shop said so",
    "linked": "their records agree",
}
_DETAILS = {
    "product_id": "item number", "variant_id": "variant number", "currency": "currency", "campaign": "campaign",
    "channel": "channel", "note": "note",
}
_CONSENTS = {"granted": "yes", "withdrawn": "no", "pending": "to be confirmed", "unknown": "not asked"}
_PURPOSES = {"service": "Service", "marketing": "Advertising", "personalisation": "Personalisation"}
_AGREEMENTS = {"same": "the same", "alike": "alike", "differs": "different", "missing": "only one says it"}
_FOUND_BY = {**NAMES["identity"], "order": "Order", "id": "Our own number"}
_SPEAKERS = {"customer": "The customer", "bot": "The bot", "person": "A person of the shop"}
CUSTOMER_WORDS: Mapping[str, Mapping[str, str]] = {
    "identity": NAMES["identity"], "source": {**NAMES["source"], **_SOURCES},
    "trait": {**NAMES["trait"], **_TRAITS}, "event": {**NAMES["event"], **_EVENTS},
    "merge": {**NAMES["merge"], **_MERGES}, "consent": _CONSENTS, "purpose": _PURPOSES,
    "agreement": _AGREEMENTS, "found_by": _FOUND_BY, "speaker": _SPEAKERS, "detail": {**NAMES["field"], **_DETAILS},
}
