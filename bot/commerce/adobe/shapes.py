"""What several topics read alike in Adobe Commerce's answers: ids, moments, addresses.

Our refs are Adobe's own: the SKU of what is sold, the entity's number of anything else. An order's `increment_id` is
what people see, and not its number. Money is told as numbers with decimals, sometimes more than the currency has.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.commerce.forms import phone_of
from bot.commerce.types import Address

_ID = re.compile(r"[1-9][0-9]{0,18}")
_SKU = re.compile(r"[^,\x00-\x1f]{1,64}")  # Adobe parts values by commas when it is asked for several

Native = Mapping[str, Any]


def is_id(ref: str) -> bool:
    """Whether Adobe can have given this number."""
    return bool(_ID.fullmatch(ref))


def is_sku(ref: str) -> bool:
    """Whether it can be asked for as a SKU."""
    return bool(_SKU.fullmatch(ref)) and ref == ref.strip()


def moment(text: str) -> datetime:
    """A moment: Adobe keeps UTC, and names no zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def gmt(at: datetime) -> str:
    """A moment as Adobe's filters take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def customs_of(said: Native) -> dict[str, Any]:
    """A thing's custom attributes by code."""
    return {each["attribute_code"]: each["value"] for each in said.get("custom_attributes") or () if "value" in each}


def extras_of(said: Native) -> Native:
    """A thing's extension attributes; PHP writes an empty set of them as a list."""
    told = said.get("extension_attributes")
    return told if isinstance(told, Mapping) else {}


def to_address(said: Native) -> Address:
    """An address of a customer or of an order in our words."""
    street, region = list(said.get("street") or ()), said.get("region")
    code = region.get("region_code") if isinstance(region, Mapping) else said.get("region_code") or region
    country = said.get("country_id") or ""
    return Address(
        line1=street[0] if street else "", line2=", ".join(each for each in street[1:] if each),
        city=said.get("city") or "", postcode=said.get("postcode") or "", country=country,
        id=str(said.get("id") or ""), first_name=said.get("firstname") or "", last_name=said.get("lastname") or "",
        company=said.get("company") or "", region_code=code or "", phone=phone_of(said.get("telephone") or "", country),
        is_default_shipping=bool(said.get("default_shipping")),
    )


def from_address(address: Address) -> dict[str, Any]:
    """The fields of an address that customers and orders share; what is empty is told so, except a phone."""
    told = {
        "firstname": address.first_name, "lastname": address.last_name, "company": address.company,
        "street": [each for each in (address.line1, address.line2) if each], "city": address.city,
        "postcode": address.postcode, "country_id": address.country,
    }
    return {**told, "telephone": address.phone} if address.phone else told


def is_same_place(one: Address | None, other: Address) -> bool:
    """Whether both say the same, whatever their ids; a phone or a region that is not told is not another."""
    if one is None:
        return False
    here, there = (
        replace(each, id="", is_default_shipping=False, phone=each.phone if one.phone and other.phone else "",
                region_code=each.region_code if one.region_code and other.region_code else "")
        for each in (one, other)
    )
    return here == there
