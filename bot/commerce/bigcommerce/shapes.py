"""What several topics read alike in BigCommerce's answers: ids, moments, addresses.

Our refs are BigCommerce's own numbers. V2 tells money as decimals in text with four places and moments as e-mail does
(RFC 2822); V3 tells money as numbers and moments as ISO 8601. V2 and V3 name the fields of an address otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from babel import Locale

from bot.commerce.forms import phone_of
from bot.commerce.types import Address

_ID = re.compile(r"[1-9][0-9]{0,17}")
_CART = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Native = Mapping[str, Any]


def is_id(ref: str) -> bool:
    """Whether BigCommerce can have given this number: 0 stands for nobody, and lists what is nobody's."""
    return bool(_ID.fullmatch(ref))


def is_cart_id(ref: str) -> bool:
    """Whether BigCommerce can have given a basket this id."""
    return bool(_CART.fullmatch(ref))


def moment(text: str) -> datetime:
    """A moment of V3's, in UTC."""
    told = datetime.fromisoformat(text)
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def mail_moment(text: str) -> datetime:
    """A moment of V2's, `Tue, 05 Mar 2019 21:40:11 +0000`, in UTC."""
    return parsedate_to_datetime(text).astimezone(UTC)


def order_address(said: Native) -> Address | None:
    """Where an order of V2 goes, or who pays for it; None where no street is told."""
    if not said.get("street_1"):
        return None
    country = said.get("country_iso2") or ""
    return Address(
        line1=said["street_1"], city=said.get("city") or "", postcode=said.get("zip") or "", country=country,
        first_name=said.get("first_name") or "", last_name=said.get("last_name") or "",
        company=said.get("company") or "", line2=said.get("street_2") or "", region_code=said.get("state") or "",
        phone=phone_of(said.get("phone") or "", country),
    )


def from_order_address(address: Address) -> dict[str, str]:
    """An address as V2 takes it; what is empty is told so, that nothing stays of a former one."""
    told = {
        "first_name": address.first_name, "last_name": address.last_name, "company": address.company,
        "street_1": address.line1, "street_2": address.line2, "city": address.city, "state": address.region_code,
        "zip": address.postcode, "country": Locale("en").territories.get(address.country, address.country),
        "country_iso2": address.country,
    }
    return {**told, "phone": address.phone} if address.phone else told


def book_address(said: Native, default_id: str = "") -> Address:
    """An address of a customer's book, of V3."""
    country, number = said.get("country_code") or "", str(said["id"])
    return Address(
        line1=said.get("address1") or "", city=said.get("city") or "", postcode=said.get("postal_code") or "",
        country=country, id=number, first_name=said.get("first_name") or "", last_name=said.get("last_name") or "",
        company=said.get("company") or "", line2=said.get("address2") or "",
        region_code=said.get("state_or_province") or "", phone=phone_of(said.get("phone") or "", country),
        is_default_shipping=number == default_id,
    )


def from_book_address(address: Address) -> dict[str, str]:
    """An address as V3 takes it for a customer's book."""
    told = {
        "first_name": address.first_name, "last_name": address.last_name, "company": address.company,
        "address1": address.line1, "address2": address.line2, "city": address.city,
        "state_or_province": address.region_code, "postal_code": address.postcode, "country_code": address.country,
    }
    return {**told, "phone": address.phone} if address.phone else told


def is_same_place(one: Address | None, other: Address) -> bool:
    """Whether both say the same, whatever their ids; a phone that is not given leaves the one that is there."""
    return one is not None and replace(one, id="", is_default_shipping=False) == replace(
        other, id="", is_default_shipping=False, phone=other.phone or one.phone)
