"""Promotion codes that the bot may tell of: those of a campaign whose identifier starts with `prevenant`."""

from datetime import UTC, datetime

from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.shapes import Native, maybe_moment, minor
from bot.commerce.types import Offer

MARK = "prevenant"
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_FIELDS = ",".join((
    "id", "code", "status", "is_automatic", "*campaign", "*application_method", "rules.attribute", "rules.operator",
    "rules.values.value",
))


def list_offers(client: MedusaClient, currency: str, now: datetime) -> list[Offer]:
    """The marked codes that run now. A campaign has one name, which stands for every language."""
    said = client.read("admin/promotions", fields=_FIELDS, limit=200)["promotions"]
    return sorted((_to_offer(each, currency) for each in said if _is_told(each, now)), key=lambda each: each.code)


def _is_told(said: Native, now: datetime) -> bool:
    campaign = said.get("campaign") or {}
    starts, ends = maybe_moment(campaign.get("starts_at")), maybe_moment(campaign.get("ends_at"))
    return (
        said["status"] == "active" and not said["is_automatic"]
        and str(campaign.get("campaign_identifier") or "").startswith(MARK)
        and (not starts or starts <= now) and (not ends or now < ends)
    )


def _to_offer(said: Native, currency: str) -> Offer:
    campaign, method = said["campaign"], said.get("application_method") or {}
    value, is_percent = method.get("value") or 0, method.get("type") == "percentage"
    is_shipping = method.get("target_type") == "shipping_methods"
    return Offer(
        code=said["code"], about=f"campaign:{campaign['campaign_identifier']}",
        names={"en": campaign["name"], "fr": campaign["name"]},
        ends_at=maybe_moment(campaign.get("ends_at")) or _ENDLESS,
        percent_off=0 if is_shipping or not is_percent else int(value),
        amount_off_minor=0 if is_shipping or is_percent else minor(value, currency),
        min_items_minor=_least_of(said, currency), has_free_shipping=is_shipping and is_percent and int(value) == 100,
    )


def _least_of(said: Native, currency: str) -> int:
    """What must be in the basket: a rule on its items' total."""
    for rule in said.get("rules") or ():
        if rule["attribute"] in ("item_total", "items_total", "subtotal") and rule["operator"] in ("gte", "gt"):
            return max((minor(each["value"], currency) for each in rule["values"]), default=0)
    return 0
