"""What Adobe Commerce answers, in our words: a status, and a `message` with `parameters` that says more.

    {"message": "No such entity with %fieldName = %fieldValue", "parameters": {"fieldName": "orderId", "fieldValue": 7}}

Several refusals at once come under `errors`, in calls for many things even with a 200.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.errors import (
    FixConfiguration,
    FixInput,
    NotAllowed,
    NotFound,
    PrevenantError,
    RateLimited,
    Unavailable,
)

_FIELDS = {
    "firstname": "first_name", "lastname": "last_name", "street": "line1", "countryId": "country",
    "country_id": "country", "regionId": "region_code", "region_id": "region_code", "region": "region_code",
    "telephone": "phone",
}
_NO_ROUTE = "Request does not match any route."
_EMAIL_TAKEN = "A customer with the same email"


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes = field(repr=False)
    retry_after_seconds: float = 1.0


def read_answer(answer: Answer) -> Any:
    """The body of an answer. Every error of `translate`, and Unavailable for what is not the API's own."""
    if answer.status == 429:
        raise RateLimited("Adobe Commerce asked us to slow down", answer.retry_after_seconds)
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        said = None
    if answer.status < 300:
        if said is None and answer.body.strip() != b"null":
            raise Unavailable("Adobe Commerce answered without JSON: a cache or a firewall may stand before its API")
        if isinstance(said, Mapping) and said.get("errors"):
            raise translate(400, said)
        return said
    if answer.status < 400:
        raise FixConfiguration("the shop sends us elsewhere: PREVENANT_ADOBE_URL must be its own address")
    raise translate(answer.status, said if isinstance(said, Mapping) else None)


def translate(status: int, said: Mapping[str, Any] | None) -> PrevenantError:
    """Why a call was refused; `said` is None where no API of Adobe's answered. Its own sentence may repeat what the
    customer typed: it goes no further.
    """
    if status == 401:
        return _translate_refusal(said or {})
    if status == 403:
        return FixConfiguration(
            "the shop's firewall refuses us (403): let the bot's address through to /rest/ (docs/adobe.md)")
    if status >= 500:
        return Unavailable(f"Adobe Commerce answered {status}")
    if status == 404 and (said is None or said.get("message") == _NO_ROUTE):
        return FixConfiguration(
            "there is no Adobe Commerce with this API at PREVENANT_ADOBE_URL, or the module that answers it is "
            "switched off: docs/adobe.md")
    if status == 404:
        return NotFound("Adobe Commerce has no such thing")
    return _translate_input(status, said or {})


def _translate_refusal(said: Mapping[str, Any]) -> PrevenantError:
    """The keys do not hold, or they hold and one right is missing: Adobe names it."""
    right = next((value for name, value in _parameters(said) if name == "resources"), "")
    if right:
        return FixConfiguration(
            f"the integration lacks {right}: give it in System, Integrations, and activate it again (docs/adobe.md)")
    return FixConfiguration(
        "Adobe Commerce refused our keys: check PREVENANT_ADOBE_CONSUMER_KEY, _CONSUMER_SECRET, _ACCESS_TOKEN and "
        "_ACCESS_SECRET, that the integration is active, and this machine's clock (docs/adobe.md)")


def _translate_input(status: int, said: Mapping[str, Any]) -> PrevenantError:
    if str(said.get("message") or "").startswith(_EMAIL_TAKEN):
        return FixInput("email", "Adobe Commerce refused it")
    if named := next((value for name, value in _parameters(said) if name == "fieldName"), ""):
        return FixInput(_FIELDS.get(named, named), "Adobe Commerce refused it")
    return NotAllowed("shop_refused", f"Adobe Commerce answered {status}")


def _parameters(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of the refusal, and of each of several."""
    errors = said.get("errors")
    for each in (said, *(errors if isinstance(errors, list) else ())):
        told = each.get("parameters") if isinstance(each, Mapping) else None
        if isinstance(told, Mapping):
            yield from ((str(name), str(value)[:80]) for name, value in told.items())
