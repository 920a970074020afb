"""Promotions with a coupon code. Those with the same description are one campaign."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.commerce.types import Offer
from bot.commerce.vendure.client import VendureClient
from bot.commerce.vendure.shapes import in_languages, moment
from bot.errors import NotFound

_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_PROMOTIONS = """query {
  promotions(options: { take: 500, filter: { enabled: { eq: true }, couponCode: { isNull: false } } }) {
    items {
      couponCode startsAt endsAt translations { languageCode name description }
      actions { code args { name value } } conditions { code args { name value } }
    }
  }
}"""


def list_offers(client: VendureClient, now: datetime) -> list[Offer]:
    """The promotions that run now and are taken by a code. Vendure knows no channels to make them in."""
    said = client.read(_PROMOTIONS)["promotions"]["items"]
    return sorted(
        (_to_offer(each) for each in said if each["couponCode"] and _runs(each, now)), key=lambda each: each.code
    )


def find_offer(client: VendureClient, code: str, now: datetime) -> tuple[Offer, list[str]]:
    """The offer with that code, however typed, and the codes of its campaign. NotFound."""
    running = list_offers(client, now)
    for offer in running:
        if offer.code.upper() == code.strip().upper():
            return offer, [each.code for each in running if each.about == offer.about and each.code != offer.code]
    raise NotFound(f"offer {code}")


def _runs(promotion: Mapping[str, Any], now: datetime) -> bool:
    starts, ends = promotion["startsAt"], promotion["endsAt"]
    return (not starts or moment(starts) <= now) and (not ends or now < moment(ends))


def _to_offer(said: Mapping[str, Any]) -> Offer:
    actions = {each["code"]: _arguments(each) for each in said["actions"]}
    least = next((_arguments(each) for each in said["conditions"] if each["code"] == "minimum_order_amount"), {})
    percents = [_number(each.get("discount")) for code, each in actions.items() if code in (
        "order_percentage_discount", "facet_based_discount", "products_percentage_discount")]
    descriptions = [each["description"] for each in said["translations"] if each["description"]]
    about = descriptions[0] if descriptions else said["couponCode"]
    return Offer(
        code=said["couponCode"], about=about if about.startswith("campaign:") else f"campaign:{about}",
        names=in_languages(said["translations"]), ends_at=moment(said["endsAt"]) if said["endsAt"] else _ENDLESS,
        percent_off=max(percents, default=0),
        amount_off_minor=_number(actions.get("order_fixed_discount", {}).get("discount")),
        min_items_minor=_number(least.get("amount")), has_free_shipping="free_shipping" in actions,
    )


def _arguments(operation: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in operation["args"]}


def _number(text: str | None) -> int:
    return int(float(text)) if text else 0
