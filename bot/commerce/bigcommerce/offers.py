"""Coupons that the bot may tell of: promotions whose internal name begins with `prevenant:`. No other is told.

`prevenant: 10 % off everything` is one of its own; `prevenant(spring): ...` is of the campaign spring. The name that
customers read is the promotion's display name, where it has one.
"""

import re
from datetime import UTC, datetime
from typing import Any

from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.product_shapes import LANGUAGES
from bot.commerce.bigcommerce.shapes import Native, moment
from bot.commerce.forms import minor
from bot.commerce.types import Offer

_TOLD = re.compile(r"\s*prevenant(?:\(([\w-]{1,40})\))?:\s*(.*)", re.IGNORECASE | re.DOTALL)
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_A_PAGE = 50


def list_offers(client: BigCommerceClient, currency: str, now: datetime) -> list[Offer]:
    """The told coupons that run now; one for certain people, or with many codes, is told to nobody."""
    asked = {"redemption_type": "coupon", "status": "ENABLED"}
    found: list[Offer] = []
    for said in client.read_every("v3/promotions", asked, _A_PAGE):
        if _runs(said, now):
            codes, _ = client.read_page(f"v3/promotions/{said['id']}/codes", 1, 1)
            found += [_to_offer(said, each["code"], currency) for each in codes if _is_left(each)]
    return sorted(found, key=lambda each: each.code)


def _runs(said: Native, now: datetime) -> bool:
    ends, people = said.get("end_date"), said.get("customer") or {}
    return (
        bool(_TOLD.fullmatch(said["name"] or "")) and said["status"] == "ENABLED"
        and said["redemption_type"] == "COUPON" and said.get("coupon_type") != "BULK"
        and moment(said["start_date"]) <= now and (not ends or now < moment(ends)) and _is_left(said)
        and not any(people.get(each) for each in ("group_ids", "segments", "minimum_order_count"))
    )


def _is_left(said: Native) -> bool:
    most = said.get("max_uses")
    return not most or int(said.get("current_uses") or 0) < int(most)


def _to_offer(said: Native, code: str, currency: str) -> Offer:
    found = _TOLD.fullmatch(said["name"])
    campaign, text = found.groups() if found else (None, "")
    action, condition = _first_rule(said)
    told = (each.get("discount") for each in action.values() if isinstance(each, dict))
    discount: dict[str, Any] = next(filter(None, told), {})
    return Offer(
        code=code, about=f"campaign:{campaign or code}",
        names=dict.fromkeys(LANGUAGES, (said.get("display_name") or text).strip() or code),
        ends_at=moment(said["end_date"]) if said.get("end_date") else _ENDLESS,
        percent_off=round(float(discount.get("percentage_amount") or 0)),
        amount_off_minor=minor(discount.get("fixed_amount"), currency),
        min_items_minor=minor((condition.get("cart") or {}).get("minimum_spend"), currency),
        has_free_shipping="shipping" in action and bool((action["shipping"] or {}).get("free_shipping")),
    )


def _first_rule(said: Native) -> tuple[dict[str, Any], dict[str, Any]]:
    rule: dict[str, Any] = next(iter(said["rules"]), {})
    return rule.get("action") or {}, rule.get("condition") or {}
