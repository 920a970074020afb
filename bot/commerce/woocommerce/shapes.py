"""What several topics read alike in WooCommerce's answers: ids, moments, money, addresses, options, versions.

Our refs are WooCommerce's own numbers. REST v3 tells money as decimals in text, the Store API as minor units in text.
"""

import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
from babel.numbers import get_currency_precision

from bot.commerce.folding import fold
from bot.commerce.types import Address
from bot.errors import FixInput
from bot.profile.resolution.normalise import normalise_phone

_ID = re.compile(r"[1-9][0-9]{0,18}")
_TAG = re.compile(r"<[^>]*>")
_KINDS = {
    "color": "colour", "couleur": "colour", "coloris": "colour", "taille": "size", "pointure": "size",
    "marque": "brand", "matiere": "material",
}
_NEEDED = ("line1", "city", "postcode", "country")

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


def minor(amount: object, currency: str) -> int:
    """Minor units of a decimal of REST v3; 0 for none."""
    return _whole(Decimal(str(amount or "0")).scaleb(get_currency_precision(currency)))


def store_minor(amount: object, prices: Native) -> int:
    """Minor units of the Store API's, which counts in as many digits as the shop shows."""
    digits = get_currency_precision(prices["currency_code"]) - int(prices["currency_minor_unit"])
    return _whole(Decimal(str(amount or "0")).scaleb(digits))


def major(amount_minor: int, currency: str) -> str:
    """Minor units as REST v3 takes them."""
    return str(Decimal(amount_minor).scaleb(-get_currency_precision(currency)))


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def version_of(content: Any) -> int:
    """A number that is another as soon as the content is: WooCommerce counts no versions."""
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest())


def require_page(cursor: str) -> int:
    """The number of a page. FixInput for what is none."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and 0 < int(cursor) < 1_000_000):
        raise FixInput("cursor", "is not one of ours")
    return int(cursor or 1)


def plain(text: str) -> str:
    """A text without its tags and entities."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def words_of(text: str) -> str:
    """A value as the bot's filters name it: `Bleu marine` is bleu_marine."""
    return fold(html.unescape(text)).replace(" ", "_")


def kind_of(name: str) -> str:
    """The bot's word for an attribute's name: Colour, Color and Couleur are one."""
    folded = words_of(name)
    return _KINDS.get(folded, folded)


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


def phone_of(text: str, country: str) -> str:
    """A number in E.164, read as one of that country's; "" for what is none."""
    return (normalise_phone(text, country) or "") if text else ""


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


def require_address(address: Address) -> Address:
    """The address, trimmed, if something can be sent there. FixInput names the field that is empty."""
    trimmed = replace(address, **{name: getattr(address, name).strip() for name in _NEEDED})
    for name in _NEEDED:
        if not getattr(trimmed, name):
            raise FixInput(name, "must not be empty")
    return trimmed


def meta_of(said: Native, key: str) -> Any:
    """The value of a thing's note; None without one."""
    return next((each["value"] for each in said.get("meta_data") or () if each["key"] == key), None)


def chunks[Item](items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Pieces of at most that size."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def joined(refs: Iterable[str]) -> str:
    """Several numbers as one parameter."""
    return ",".join(refs)


def mark_of(key: str) -> str:
    """What a write leaves in the shop's notes so that its repetition is known again. FixInput without a key."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    return hashlib.blake2b(key.encode(), digest_size=10).hexdigest()
