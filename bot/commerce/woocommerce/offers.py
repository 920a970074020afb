"""Coupons that the bot may tell of: those whose description begins with `prevenant:`. No other is told.

`prevenant: 10 % off everything` is one of its own; `prevenant(spring): ...` is of the campaign spring.
"""

import re
from datetime import UTC, datetime

from bot.commerce.forms import minor
from bot.commerce.types import Offer
from bot.commerce.woocommerce.client import WooCommerceClient
from bot.commerce.woocommerce.product_shapes import LANGUAGES
from bot.commerce.woocommerce.shapes import Native, maybe_moment

_TOLD = re.compile(r"\s*prevenant(?:\(([\w-]{1,40})\))?:\s*(.*)", re.IGNORECASE | re.DOTALL)
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)


def list_offers(client: WooCommerceClient, currency: str, now: datetime) -> list[Offer]:
    """The told coupons that run now; one for certain people is told to nobody."""
    running = [each for each in client.read_every("coupons", search="prevenant") if _runs(each, now)]
    return sorted((_to_offer(each, currency) for each in running), key=lambda each: each.code)


def _runs(said: Native, now: datetime) -> bool:
    ends, most = maybe_moment(said["date_expires_gmt"]), said["usage_limit"]
    return (
        bool(_TOLD.fullmatch(said["description"] or "")) and (ends is None or now < ends)
        and not said["email_restrictions"] and (not most or said["usage_count"] < most)
        and said.get("status", "publish") == "publish"
    )


def _to_offer(said: Native, currency: str) -> Offer:
    found = _TOLD.fullmatch(said["description"])
    campaign, text = found.groups() if found else (None, "")
    is_percent = said["discount_type"] == "percent"
    return Offer(
        code=said["code"], about=f"campaign:{campaign or said['code']}",
        names=dict.fromkeys(LANGUAGES, text.strip() or said["code"]),
        ends_at=maybe_moment(said["date_expires_gmt"]) or _ENDLESS,
        percent_off=round(float(said["amount"] or 0)) if is_percent else 0,
        amount_off_minor=0 if is_percent else minor(said["amount"], currency),
        min_items_minor=minor(said["minimum_amount"], currency), has_free_shipping=said["free_shipping"],
    )
