"""What every engine reads and writes alike, whatever the vendor: money, words, addresses, versions, marks, pages."""

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
from babel.numbers import get_currency_precision

from bot.commerce.folding import fold
from bot.commerce.types import Address
from bot.errors import FixInput
from bot.profile.resolution.normalise import normalise_phone

_TAG = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_KINDS = {
    "color": "colour", "couleur": "colour", "coloris": "colour", "taille": "size", "pointure": "size",
    "manufacturer": "brand", "marque": "brand", "matiere": "material",
}
_NEEDED = ("line1", "city", "postcode", "country")


def minor(amount: object, currency: str) -> int:
    """Minor units of a decimal, however it is written; 0 for none."""
    return whole(Decimal(str(amount or "0")).scaleb(get_currency_precision(currency)))


def major(amount_minor: int, currency: str) -> str:
    """Minor units as a decimal in text."""
    return str(Decimal(amount_minor).scaleb(-get_currency_precision(currency)))


def whole(amount: Decimal) -> int:
    """The nearest whole number; half a unit counts as one."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def version_of(content: Any) -> int:
    """A number that is another as soon as the content is, for back ends that count no versions."""
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest())


def mark_of(key: str) -> str:
    """What a write leaves in the shop's notes so that its repetition is known again. FixInput without a key."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    return hashlib.blake2b(key.encode(), digest_size=10).hexdigest()


def require_page(cursor: str) -> int:
    """The number of a page. FixInput for what is none."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and 0 < int(cursor) < 1_000_000):
        raise FixInput("cursor", "is not one of ours")
    return int(cursor or 1)


def plain(text: str) -> str:
    """A text without its tags and entities, and without what styles and scripts say."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def words_of(text: str) -> str:
    """A value as the bot's filters name it: `Bleu marine` is bleu_marine."""
    return fold(html.unescape(text)).replace(" ", "_")


def kind_of(name: str) -> str:
    """The bot's word for an attribute's name: Colour, Color and Couleur are one."""
    folded = words_of(name)
    return _KINDS.get(folded, folded)


def phone_of(text: str, country: str) -> str:
    """A number in E.164, read as one of that country's; "" for what is none."""
    return (normalise_phone(text, country) or "") if text else ""


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


def joined(refs: Iterable[str]) -> str:
    """Several numbers as one parameter."""
    return ",".join(refs)
