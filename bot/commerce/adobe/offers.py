"""Coupons that the bot may tell of: those of cart price rules whose description begins with `prevenant:`. No other is.

`prevenant: 10 % off everything` is one of its own; `prevenant(spring): ...` is of the campaign spring. A rule's label
for a store view names it in that view's language.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search, one_of
from bot.commerce.adobe.product_shapes import LANGUAGES
from bot.commerce.adobe.shapes import Native
from bot.commerce.adobe.stores import View
from bot.commerce.forms import minor
from bot.commerce.types import Offer

_TOLD = re.compile(r"\s*prevenant(?:\(([\w-]{1,40})\))?:\s*(.*)", re.IGNORECASE | re.DOTALL)
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_ANYBODY = 0  # the customer group of those who are not signed in


def list_offers(client: AdobeClient, view: View, now: datetime) -> list[Offer]:
    """The told coupons that run now; one for certain people is told to nobody."""
    asked = Search([Filter("is_active", "1"), Filter("description", "prevenant%", "like")], sort=["sort_order"])
    rules = {int(each["rule_id"]): each for each in client.search_every("salesRules/search", asked)
             if _runs(each, view, now)}
    if not rules:
        return []
    of_rules = Search([one_of("rule_id", map(str, rules))], sort=["coupon_id"])
    coupons = [each for each in client.search_every("coupons/search", of_rules) if _is_open(each)]
    return sorted((_to_offer(each, rules[int(each["rule_id"])], view) for each in coupons), key=lambda each: each.code)


def _runs(rule: Native, view: View, now: datetime) -> bool:
    starts = rule.get("from_date")
    return (
        bool(_TOLD.fullmatch(rule.get("description") or "")) and now < _end_of(rule)
        and (not starts or _day(starts) <= now) and rule.get("coupon_type") == "SPECIFIC_COUPON"
        and view.website in [int(each) for each in rule.get("website_ids") or ()]
        and _ANYBODY in [int(each) for each in rule.get("customer_group_ids") or ()]
    )


def _is_open(coupon: Native) -> bool:
    """The one that the rule is known by, as long as it may be used: generated ones are somebody's own."""
    most = int(coupon.get("usage_limit") or 0)
    return bool(coupon.get("is_primary")) and (not most or int(coupon.get("times_used") or 0) < most)


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)


def _end_of(rule: Native) -> datetime:
    """A rule runs to the end of its last day."""
    return _day(rule["to_date"]) + timedelta(days=1) if rule.get("to_date") else _ENDLESS


def _to_offer(coupon: Native, rule: Native, view: View) -> Offer:
    found = _TOLD.fullmatch(rule.get("description") or "")
    campaign, text = found.groups() if found else (None, "")
    labels = {view.numbers.get(int(each["store_id"]), ""): each["store_label"]
              for each in rule.get("store_labels") or ()}
    amount, action = rule.get("discount_amount") or 0, rule.get("simple_action")
    return Offer(
        code=coupon["code"], about=f"campaign:{campaign or coupon['code']}",
        names={each: labels.get(each) or text.strip() or coupon["code"] for each in LANGUAGES}, ends_at=_end_of(rule),
        percent_off=round(float(amount)) if action == "by_percent" else 0,
        amount_off_minor=minor(amount, view.currency) if action == "cart_fixed" else 0,
        min_items_minor=max([0, *_floors_in(rule.get("condition") or {}, view)]),
        has_free_shipping=str(rule.get("simple_free_shipping") or "0") not in ("0", "False"),
    )


def _floors_in(condition: Native, view: View) -> Iterator[int]:
    """What the basket must come to, wherever a rule's conditions say so."""
    name, operator = str(condition.get("attribute_name") or ""), condition.get("operator")
    if name.startswith("base_subtotal") and operator in (">=", ">"):
        yield minor(condition.get("value"), view.currency)
    for each in condition.get("conditions") or ():
        yield from _floors_in(each, view)
