"""What several topics read alike in Medusa's answers: ids, moments, money, addresses, options, versions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import get_currency_precision

from bot.commerce import forms
from bot.commerce.forms import words_of
from bot.commerce.types import Address
from bot.errors import FixInput

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
ADDRESS = (
    "id", "first_name", "last_name", "company", "address_1", "address_2", "city", "province", "postal_code",
    "country_code", "phone",
)

Native = Mapping[str, Any]


def is_id(ref: str, kind: str) -> bool:
    """Whether Medusa can have given this id to a thing of that kind: `order`, `cus`, `prod`, `variant`, `cart`."""
    return ref.startswith(f"{kind}_") and bool(_ID.fullmatch(ref))


def moment(text: str) -> datetime:
    """A moment of Medusa's, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def maybe_moment(text: str | None) -> datetime | None:
    """A moment, where there is one."""
    return moment(text) if text else None


def minor(amount: Decimal | int | None, currency: str) -> int:
    """Minor units of an amount in Medusa's own, main ones, which it does not round; half up. 0 without one."""
    digits = get_currency_precision(currency.upper())
    return int(Decimal(amount or 0).scaleb(digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def start_of(cursor: str) -> int:
    """Where a page starts. FixInput for a cursor that we did not give."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise FixInput("cursor", "is not one of ours")
    return int(cursor or 0)


def kind_of(name: str) -> str:
    """The bot's word for an option's name or a piece of metadata: Colour, Color and Couleur are one."""
    return forms.kind_of(name.replace("-", "_"))


def option_values(options: Iterable[Native]) -> dict[str, str]:
    """A variant's options by kind: {"colour": "navy", "size": "m"}; Medusa tells them in any order."""
    told = [(kind_of(each["option"]["title"]), words_of(each["value"])) for each in options if each.get("option")]
    return dict(sorted(told))


def to_address(said: Native) -> Address:
    """An address in our words; Medusa writes countries small."""
    return Address(
        line1=said.get("address_1") or "", city=said.get("city") or "", postcode=said.get("postal_code") or "",
        country=(said.get("country_code") or "").upper(), id=said.get("id") or "",
        first_name=said.get("first_name") or "", last_name=said.get("last_name") or "",
        company=said.get("company") or "", line2=said.get("address_2") or "", region_code=said.get("province") or "",
        phone=said.get("phone") or "", is_default_shipping=bool(said.get("is_default_shipping")),
    )


def from_address(address: Address) -> dict[str, str]:
    """The fields of an address as Medusa takes them; empty ones too, so that nothing stays of a former one."""
    return {
        "first_name": address.first_name, "last_name": address.last_name, "company": address.company,
        "address_1": address.line1, "address_2": address.line2, "city": address.city, "province": address.region_code,
        "postal_code": address.postcode, "country_code": address.country.lower(), "phone": address.phone,
    }


def is_same_place(one: Address | None, other: Address) -> bool:
    """Whether both say the same, whatever their ids."""
    return one is not None and replace(one, id="", is_default_shipping=False) == replace(
        other, id="", is_default_shipping=False)
