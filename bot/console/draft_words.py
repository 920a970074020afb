"""The console: what stands in a draft -> its words: places, values, what it may be about. Pure data."""

from collections.abc import Mapping

# Each part of a place, as `messages.2.texts.fr` has it; `texts` says nothing to anybody.
PARTS_OF_PLACES: Mapping[str, str] = {
    "kind": "about", "purpose": "purpose", "channels": "channels", "on": "begins on", "silo": "source",
    "cancels_on": "called off by", "wait_seconds": "wait", "expires_seconds": "too late after",
    "cooldown_seconds": "the same again after", "within_seconds": "what is done counts for", "values": "value",
    "messages": "message", "steps": "offer", "gamma": "how firmly the best is chosen", "where": "only where",
    "audience": "segment", "by_rhythm": "by rhythm", "follow_ups": "follow-up", "ends_on": "ends on",
    "may_move_hours": "hours it may move", "templates": "template", "template": "template",
    "subject": "subject of the letter", "subjects": "subject of the letter",
    "picture": "picture",
    "variant": "variant", "case": "when", "step": "where in the journey", "offer": "offer", "channel": "channel",
    "name": "name", "follows": "follows", "after": "comes after", "caps": "caps", "per_day": "per day",
    "per_week": "per week", "quiet_hours": "quiet hours", "begins": "begin", "ends": "end",
    "code": "code", "names": "words", "percent_off": "percent taken off", "amount_off_minor": "amount taken off",
    "min_items_minor": "basket that it asks for", "has_free_shipping": "free delivery",
    "product_types": "for products of the types", "journeys": "journeys", "owner": "who answers for it",
    "counts": "what counts", "margin_percent": "margin, in percent", "value_minor": "what one is worth",
    "window_days": "days in which it counts", "history_days": "days before that are looked at",
    "window": "days in which it counts", "history": "days before that are looked at", "key": "name",
    "marketing": "advertising", "service": "service", "quiet_channels": "channels in quiet hours",
    "target": "target", "times": "how often it is to be reached", "since": "counted from the day",
    "by": "until the day",
    "present_seconds": "how long somebody is present", "yields": "who yields", "rule": "rule",
    "events": "coming and going begin journeys", "costs": "a thousand messages", "alarms": "alarm",
    "opt_outs": "people who said no", "complaints": "people who complained", "refusals": "messages refused",
    "at_most": "share of those reached, at most",
}
# What a journey may be about: bot/decision/kinds.py.
SUBJECTS: Mapping[str, str] = {
    "cart": "a basket", "product": "a product", "news": "something new", "size": "a size that is back",
    "price_drop": "a lower price", "replenish": "something used up", "parcel": "a late parcel",
    "unshipped": "an order that has not left",
    "stuck_parcel": "a parcel without news", "delivered": "a parcel that arrived", "review": "a review of an order",
    "late_arrival": "a parcel that came late", "return_window": "the end of a return’s time",
    "pickup_ready": "an order ready at the store",
    "pickup": "something missing at the store", "offer": "an offer", "greeting": "nothing of the shop’s: a greeting",
}
# How a channel counts in quiet hours.
QUIET_MODES: Mapping[str, str] = {
    "hold": "nothing", "unless_present": "only while they are on the page", "free": "at any time",
}
STATES: Mapping[str, str] = {
    "draft": "being written", "proposed": "proposed", "agreed": "agreed on", "objected": "objected to",
    "dropped": "dropped",
}
