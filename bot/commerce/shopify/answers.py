"""What Shopify answers, in our words: it tells errors in a status, in a 200, and in a mutation's own `userErrors`."""

import re
from collections.abc import Mapping, Sequence
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

DOWN = (500, 502, 503, 504)
_SCOPE = re.compile(r"\b(?:unauthenticated_)?(?:read|write)_[a-z_]+")
_FIELDS = {
    "address1": "line1", "address2": "line2", "zip": "postcode", "countryCode": "country", "country": "country",
    "provinceCode": "region_code", "firstName": "first_name", "lastName": "last_name", "quantity": "quantity",
}
_NOT_FOUND = ("NOT_FOUND", "INVALID_MERCHANDISE_LINE")
_CONFLICTS = ("STALE_OBJECT", "INVALID_COMPARE_DIGEST")
_BUSY = ("SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "TIMEOUT")
_REFUSED = ("NO_REFUND_PERMISSION", "NO_REFUND_TO_STORE_CREDIT_PERMISSION", "MISSING_PERMISSION", "APP_NOT_AUTHORIZED")
_STATUSES = {
    401: "does not know us: check PREVENANT_SHOPIFY_CLIENT_ID and _CLIENT_SECRET, PREVENANT_SHOPIFY_STOREFRONT_TOKEN",
    402: "says that the shop is frozen: its bill has to be paid",
    403: "refuses us: check that the app is installed in this shop",
    404: "has no such shop or version: check PREVENANT_SHOPIFY_URL",
    423: "says that the shop is locked",
}


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes = field(repr=False)
    retry_after_seconds: float = 1.0


def read_answer(answer: Answer) -> dict[str, Any]:
    """The body of a GraphQL answer, errors in it or not. RateLimited, FixConfiguration, Unavailable."""
    if answer.status == 429:
        raise RateLimited("Shopify asked us to slow down", answer.retry_after_seconds)
    if answer.status in _STATUSES:
        raise FixConfiguration(f"Shopify {_STATUSES[answer.status]}")
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        said = None
    if answer.status in DOWN or not isinstance(said, dict):
        raise Unavailable(f"Shopify answered {answer.status} without GraphQL")
    return said


def require_data(said: Mapping[str, Any], wait_seconds: float) -> dict[str, Any]:
    """The data, when nothing went wrong in the 200. RateLimited after `wait_seconds`; else as `translate`."""
    errors = said.get("errors")
    if errors:
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], Mapping) else {"message": str(errors)}
        raise translate(first, wait_seconds)
    data = said.get("data")
    if not isinstance(data, dict):
        raise Unavailable("Shopify answered without data")
    return data


def translate(error: Mapping[str, Any], wait_seconds: float = 1.0) -> PrevenantError:
    """A top-level error of GraphQL in our words. THROTTLED says that nothing was done."""
    extensions = error.get("extensions") or {}
    code, message = str(extensions.get("code", "")), str(error.get("message", ""))
    if code == "THROTTLED":
        return RateLimited("Shopify's points are spent", wait_seconds)
    if code == "ACCESS_DENIED":
        named = sorted(set(_SCOPE.findall(f"{extensions.get('requiredAccess', '')} {message}")))
        what = f"the scope {' or '.join(named)}" if named else "a scope"
        return FixConfiguration(f"Shopify refused us: the app lacks {what} (docs/shopify.md)")
    if code == "SHOP_INACTIVE":
        return FixConfiguration("Shopify says that the shop is closed")
    if code in _BUSY:
        return Unavailable("Shopify had an error of its own")
    if problems := extensions.get("problems"):  # a value that the schema refuses: no country is called XX
        path = [str(each) for each in problems[0].get("path") or () if not str(each).isdecimal()]
        return FixInput(_FIELDS.get(path[-1], path[-1]) if path else "input", "Shopify refused it")
    if "cursor" in message.lower():
        return FixInput("cursor", "is not one of ours")
    if code == "RESOURCE_NOT_FOUND" or "invalid id" in message.lower() or "global id" in message.lower():
        return NotFound("Shopify has no such thing")
    where = ".".join(str(extensions[each]) for each in ("typeName", "fieldName") if each in extensions)
    return FixConfiguration(f"this shop does not speak our version of the API: {code or 'no code'} {where}".strip())


def require_done(payload: Mapping[str, Any] | None, errors: str = "userErrors") -> Mapping[str, Any]:
    """A mutation's payload, when it was done. See `translate_user_error`."""
    if payload is None:
        raise NotFound("Shopify has no such thing")
    told: Sequence[Mapping[str, Any]] = payload.get(errors) or ()
    if told:
        raise translate_user_error(told[0])
    return payload


def translate_user_error(error: Mapping[str, Any]) -> PrevenantError:
    """Why a mutation was refused: NotFound, Conflict, FixConfiguration, Unavailable, FixInput, NotAllowed.

    Shopify's own sentence may repeat what the customer typed, so it goes no further.
    """
    code, message = str(error.get("code") or ""), str(error.get("message", "")).lower()
    path = [str(each) for each in error.get("field") or () if not str(each).isdecimal()]
    if code in _NOT_FOUND or "does not exist" in message or "not found" in message:
        return NotFound("Shopify has no such thing")
    if code in _CONFLICTS:
        return Conflict("it was changed meanwhile")
    if code in _REFUSED:
        return FixConfiguration(f"Shopify refused us with {code}: docs/shopify.md says which rights the app needs")
    if code in _BUSY:
        return Unavailable(f"Shopify says {code}")
    if path:
        return FixInput(_FIELDS.get(path[-1], path[-1]), f"Shopify refused it ({code or 'invalid'})")
    return NotAllowed("shop_refused", f"Shopify says {code or 'no'}")
