"""What several topics read alike in Vendure's answers: ids, moments, addresses, names, versions."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.commerce.types import Address
from bot.errors import FixInput

# Vendure numbers things, or gives them UUIDs: anything else is asked for in vain, and PostgreSQL's own error.
_ID = re.compile(r"[0-9]{1,18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ADDRESS = "fullName company streetLine1 streetLine2 city province postalCode phoneNumber"


def is_id(ref: str) -> bool:
    """Whether Vendure can have given this id."""
    return bool(_ID.fullmatch(ref))


def moment(text: str) -> datetime:
    """A moment of Vendure's, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def version_of(content: Any) -> int:
    """A number that is another as soon as the content is: Vendure counts no versions itself."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest())


def start_of(cursor: str) -> int:
    """Where a page starts. FixInput for a cursor that we did not give."""
    if cursor and not cursor.isdecimal():
        raise FixInput("cursor", "is not one of ours")
    return int(cursor or 0)


def option_values(options: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """A variant's options by kind: {"colour": "navy", "size": "M"}."""
    return {kind_of(each["group"]["code"]): each["code"] for each in options}


def kind_of(code: str) -> str:
    """The bot's word for the kind of a facet or option: `product-type` and `Product_Type` are one."""
    kind = code.lower().replace("-", "_")
    return "colour" if kind == "color" else kind


def in_languages(translations: Iterable[Mapping[str, Any]], name: str = "name") -> dict[str, str]:
    """A text by language, English at least."""
    texts = {each["languageCode"][:2]: each[name] for each in translations if each[name]}
    if texts and "en" not in texts:
        texts["en"] = next(iter(texts.values()))
    return texts


def to_address(said: Mapping[str, Any]) -> Address:
    """Vendure keeps a person's whole name: the first word counts as the first name."""
    first_name, _, last_name = (said.get("fullName") or "").partition(" ")
    country = said.get("countryCode") or (said.get("country") or {}).get("code") or ""
    return Address(
        line1=said.get("streetLine1") or "", city=said.get("city") or "", postcode=said.get("postalCode") or "",
        country=country, id=str(said.get("id") or ""), first_name=first_name, last_name=last_name,
        company=said.get("company") or "", line2=said.get("streetLine2") or "", region_code=said.get("province") or "",
        phone=said.get("phoneNumber") or "", is_default_shipping=bool(said.get("defaultShippingAddress")),
    )


def from_address(address: Address) -> dict[str, str]:
    """The fields of an address as Vendure takes them; empty ones too, so that nothing stays of a former one."""
    return {
        "fullName": f"{address.first_name} {address.last_name}".strip(), "company": address.company,
        "streetLine1": address.line1, "streetLine2": address.line2, "city": address.city,
        "province": address.region_code, "postalCode": address.postcode, "countryCode": address.country,
        "phoneNumber": address.phone,
    }
