"""What several topics read alike in WooCommerce's answers: ids, moments, money, addresses, options, versions.

Our refs are WooCommerce's own numbers. REST v3 tells money as decimals in text, the Store API as minor units in text.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from bot.commerce.forms import phone_of, whole
from bot.commerce.types import Address

_ID = re.compile(r"[1-9][0-9]{0,18}")

Native = Mapping[str, Any]


def is_id(ref: str) -> bool:
    """Whether WordPress can have given this number."""
    return bool(_ID.fullmatch(ref))


def moment(text: str) -> datetime:
    """A moment of a field that ends in `_gmt`: it names no zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def maybe_moment(text: str | None) -> datetime | None:
    """A moment, where there is one."""
    return moment(text) if text else None


def store_minor(amount: object, prices: Native) -> int:
    """Minor units of the Store API's, which counts in as many digits as the shop shows."""
    digits = get_currency_precision(prices["currency_code"]) - int(prices["currency_minor_unit"])
    return whole(Decimal(str(amount or "0")).scaleb(digits))


def to_address(said: Native, address_id: str = "", phone: str = "") -> Address | None:
    """A billing or shipping address in our words; None where no street is told."""
    if not said.get("address_1"):
        return None
    country = said.get("country") or ""
    return Address(
        line1=said["address_1"], city=said.get("city") or "", postcode=said.get("postcode") or "", country=country,
        id=address_id, first_name=said.get("first_name") or "", last_name=said.get("last_name") or "",
        company=said.get("company") or "", line2=said.get("address_2") or "", region_code=said.get("state") or "",
        phone=phone_of(said.get("phone") or phone, country), is_default_shipping=address_id == "shipping",
    )


def from_address(address: Address) -> dict[str, str]:
    """An address as WooCommerce takes it; what is empty is told so, that nothing stays of a former one."""
    told = {
        "first_name": address.first_name, "last_name": address.last_name, "company": address.company,
        "address_1": address.line1, "address_2": address.line2, "city": address.city,
        "state": address.region_code, "postcode": address.postcode, "country": address.country,
    }
    return {**told, "phone": address.phone} if address.phone else told


def is_same_place(one: Address | None, other: Address) -> bool:
    """Whether both say the same, whatever their ids; a phone that is not told is not another."""
    if one is None:
        return False
    phone = other.phone if one.phone and other.phone else one.phone
    return replace(one, id="", is_default_shipping=False) == replace(
        other, id="", is_default_shipping=False, phone=phone)


def meta_of(said: Native, key: str) -> Any:
    """The value of a thing's note; None without one."""
    return next((each["value"] for each in said.get("meta_data") or () if each["key"] == key), None)
