"""What several topics read alike in Shopify's answers: ids, moments, money, addresses, options, versions.

Our refs are the numbers in Shopify's ids: `gid://shopify/Order/42` is order 42, as its webhooks and its pages say too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import get_currency_precision

from bot.commerce import forms
from bot.commerce.forms import kind_of, words_of
from bot.commerce.types import Address
from bot.errors import FixInput

_ID = re.compile(r"[0-9]{1,20}")
_CURSOR = re.compile(r"[A-Za-z0-9+/=_-]{0,2000}")
ADDRESS = "firstName lastName company address1 address2 city provinceCode zip countryCodeV2 phone"
MONEY = "{ presentmentMoney { amount currencyCode } }"

Native = Mapping[str, Any]


def is_id(ref: str) -> bool:
    """Whether Shopify can have given this number."""
    return bool(_ID.fullmatch(ref))


def gid(kind: str, ref: str) -> str:
    """Shopify's own id of a thing."""
    model = "?model_name=CustomerAddress" if kind == "MailingAddress" else ""
    return f"gid://shopify/{kind}/{ref}{model}"


def ref_of(native: str) -> str:
    """The number in one of Shopify's ids."""
    return native.rpartition("/")[2].partition("?")[0]


def moment(text: str) -> datetime:
    """A moment of Shopify's, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def maybe_moment(text: str | None) -> datetime | None:
    """A moment, where there is one."""
    return moment(text) if text else None


def minor(money: Native | None) -> int:
    """Minor units of a MoneyV2, or of what the buyer saw of a MoneyBag; 0 without one."""
    if not money:
        return 0
    money = money.get("presentmentMoney", money)
    digits = get_currency_precision(money["currencyCode"])
    return int(Decimal(money["amount"]).scaleb(digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def require_cursor(cursor: str) -> str | None:
    """Shopify's own cursor, as it takes it. FixInput for what cannot be one."""
    if not _CURSOR.fullmatch(cursor):
        raise FixInput("cursor", "is not one of ours")
    return cursor or None


def option_values(selected: Iterable[Native]) -> dict[str, str]:
    """A variant's options by kind; a product without any has Shopify's placeholder, which is none."""
    return {
        kind_of(each["name"]): words_of(each["value"]) for each in selected
        if (each["name"], each["value"]) != ("Title", "Default Title")
    }


def to_address(said: Native, default_id: str = "") -> Address:
    """A MailingAddress in our words; the default one is known by its id."""
    return Address(
        line1=said["address1"] or "", city=said["city"] or "", postcode=said["zip"] or "",
        country=said["countryCodeV2"] or "", id=ref_of(said["id"]) if said.get("id") else "",
        first_name=said["firstName"] or "", last_name=said["lastName"] or "", company=said["company"] or "",
        line2=said["address2"] or "", region_code=said["provinceCode"] or "", phone=said["phone"] or "",
        is_default_shipping=bool(default_id) and said.get("id") == default_id,
    )


def from_address(address: Address) -> dict[str, str | None]:
    """A MailingAddressInput; what is empty is told so, that nothing stays of a former one."""
    return {
        "firstName": address.first_name, "lastName": address.last_name, "company": address.company,
        "address1": address.line1, "address2": address.line2, "city": address.city,
        "provinceCode": address.region_code or None, "zip": address.postcode, "countryCode": address.country,
        "phone": address.phone or None,
    }


def is_same_place(one: Address | None, other: Address) -> bool:
    """Whether both say the same, whatever their ids."""
    return one is not None and replace(one, id="", is_default_shipping=False) == replace(
        other, id="", is_default_shipping=False)


def quoted(text: str) -> str:
    """A word for Shopify's search syntax that cannot end its quotes."""
    return '"' + re.sub(r'["\\]', " ", text).strip() + '"'


def mark_of(key: str) -> str:
    """What a write leaves in the shop's notes so that its repetition is known again. FixInput without a key."""
    return f"prevenant:{forms.mark_of(key)}"
