"""Discount codes that the bot may tell of: those for everybody that the shop tagged `prevenant`. No other is told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import minor, moment
from bot.commerce.types import Offer

TAG, _CAMPAIGN = "prevenant", "campaign:"
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_WHAT = """title startsAt endsAt tags codes(first: 1) { nodes { code } }
      minimumRequirement { ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount currencyCode } } }"""
_OFFERS = f"""query($query: String!) {{
  discountNodes(first: 50, query: $query) {{
    nodes {{ discount {{
      __typename
      ... on DiscountCodeBasic {{
        {_WHAT}
        customerGets {{ value {{
          ... on DiscountPercentage {{ percentage }} ... on DiscountAmount {{ amount {{ amount currencyCode }} }}
        }} }}
      }}
      ... on DiscountCodeFreeShipping {{ {_WHAT} }}
    }} }}
  }}
}}"""
_TOLD = f"method:code AND status:active AND context:all AND tag:{TAG}"


def list_offers(client: ShopifyClient, languages: Sequence[str], now: datetime) -> list[Offer]:
    """The tagged codes that run now. Shopify keeps one title, which stands for every language."""
    said = [each["discount"] for each in client.read(_OFFERS, query=_TOLD)["discountNodes"]["nodes"]]
    running = [each for each in said if each.get("codes") and _runs(each, now)]
    return sorted((_to_offer(each, languages) for each in running), key=lambda each: each.code)


def _runs(said: Mapping[str, Any], now: datetime) -> bool:
    ends = said["endsAt"]
    return bool(said["codes"]["nodes"]) and moment(said["startsAt"]) <= now and (not ends or now < moment(ends))


def _to_offer(said: Mapping[str, Any], languages: Sequence[str]) -> Offer:
    """Codes with the same tag `campaign:<word>` are one campaign; else each is its own."""
    code = said["codes"]["nodes"][0]["code"]
    value = (said.get("customerGets") or {}).get("value") or {}
    least = (said["minimumRequirement"] or {}).get("greaterThanOrEqualToSubtotal")
    return Offer(
        code=code, about=next((each for each in said["tags"] if each.startswith(_CAMPAIGN)), f"{_CAMPAIGN}{code}"),
        names=dict.fromkeys(languages, said["title"]), ends_at=moment(said["endsAt"]) if said["endsAt"] else _ENDLESS,
        percent_off=round(100 * (value.get("percentage") or 0)), amount_off_minor=minor(value.get("amount")),
        min_items_minor=minor(least), has_free_shipping=said["__typename"] == "DiscountCodeFreeShipping",
    )
