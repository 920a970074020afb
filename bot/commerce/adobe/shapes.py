"""What several topics read alike in Adobe Commerce's answers: ids, moments, money, addresses, words, versions.

Our refs are Adobe's own: the SKU of what is sold, the entity's number of anything else. An order's `increment_id` is
what people see, and not its number. Money is told as numbers with decimals, sometimes more than the currency has.
"""

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
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
_SKU = re.compile(r"[^,\x00-\x1f]{1,64}")  # Adobe parts values by commas when it is asked for several
_TAG = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)  # Page Builder writes styles
_KINDS = {
    "color": "colour", "couleur": "colour", "coloris": "colour", "taille": "size", "pointure": "size",
    "manufacturer": "brand", "marque": "brand", "matiere": "material",
}
_NEEDED = ("line1", "city", "postcode", "country")

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


def minor(amount: object, currency: str) -> int:
    """Minor units of an amount, half up; 0 for none."""
    exact = Decimal(str(amount or 0)).scaleb(get_currency_precision(currency))
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def version_of(content: Any) -> int:
    """A number that is another as soon as the content is: Adobe counts no versions."""
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


def kind_of(code: str) -> str:
    """The bot's word for an attribute's code: color, couleur and coloris are one."""
    folded = words_of(code)
    return _KINDS.get(folded, folded)


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


def phone_of(text: str, country: str) -> str:
    """A number in E.164, read as one of that country's; "" for what is none."""
    return (normalise_phone(text, country) or "") if text else ""


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


def require_address(address: Address) -> Address:
    """The address, trimmed, if something can be sent there. FixInput names the field that is empty."""
    trimmed = replace(address, **{name: getattr(address, name).strip() for name in _NEEDED})
    for name in _NEEDED:
        if not getattr(trimmed, name):
            raise FixInput(name, "must not be empty")
    return trimmed


def chunks[Item](items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Pieces of at most that size."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def mark_of(key: str) -> str:
    """What a write leaves in the shop so that its repetition is known again. FixInput without a key."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    return hashlib.blake2b(key.encode(), digest_size=10).hexdigest()
