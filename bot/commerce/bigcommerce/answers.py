"""What BigCommerce answers, in our words: V2 tells errors in a list, V3 in an object; V2 has no body for no items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.errors import (
    Conflict,
    FixConfiguration,
    FixInput,
    NotAllowed,
    NotFound,
    PrevenantError,
    RateLimited,
    Unavailable,
)

_FIELDS = {
    "address1": "line1", "street_1": "line1", "address2": "line2", "street_2": "line2", "city": "city",
    "postal_code": "postcode", "zip": "postcode", "country_code": "country", "country_iso2": "country",
    "state_or_province": "region_code", "state": "region_code", "email": "email", "phone": "phone",
    "first_name": "first_name", "last_name": "last_name", "quantity": "quantity", "page": "cursor",
}


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; `date` is HTTP's, the rest is told by X-Rate-Limit-* headers."""

    status: int
    body: bytes = field(repr=False)
    reset_seconds: float = 1.0  # until there are requests again
    requests_left: int | None = None
    date: str = ""


def read_answer(answer: Answer) -> Any:
    """The body of an answer; None for one without. Every error of `translate`, and Unavailable for what is no JSON."""
    if answer.status == 429:
        raise RateLimited("BigCommerce asked us to slow down", answer.reset_seconds)
    if answer.status == 204:
        return None
    try:
        said = orjson.loads(answer.body) if answer.body else None
    except orjson.JSONDecodeError:
        said = None
    if answer.status < 300:
        if said is None and answer.status == 200:
            raise Unavailable("BigCommerce answered without JSON")
        return said
    if answer.status < 400:
        raise FixConfiguration("BigCommerce sends us elsewhere: PREVENANT_BIGCOMMERCE_URL must be the store's API path")
    raise translate(answer.status, said)


def translate(status: int, said: Any) -> PrevenantError:
    """Why a call was refused. BigCommerce's own sentence may repeat what the customer typed: it goes no further."""
    if status == 401:
        return FixConfiguration("BigCommerce refused us: check PREVENANT_BIGCOMMERCE_TOKEN (docs/bigcommerce.md)")
    if status == 403:
        return FixConfiguration(
            "BigCommerce refused us: the API account has not every scope that docs/bigcommerce.md lists")
    if status in (404, 410):
        return NotFound("BigCommerce has no such thing")
    if status == 409:
        return Conflict("it was changed meanwhile")
    if status < 500:
        named = _field_of(said)
        return FixInput(named, "BigCommerce refused it") if named else NotAllowed(
            "shop_refused", f"BigCommerce says {status}")
    return Unavailable(f"BigCommerce answered {status}")


def _field_of(said: Any) -> str:
    """The field that V3 names among its errors, as `0.postal_code`; "" for none that is ours."""
    errors = said.get("errors") if isinstance(said, Mapping) else None
    names = [str(each).rpartition(".")[2] for each in errors] if isinstance(errors, Mapping) else []
    return next((_FIELDS[name] for name in names if name in _FIELDS), "")
