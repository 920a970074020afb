"""The only file that talks to Medusa: its Admin and Store API, with a deadline, and its errors in our words.

Reads are repeated where no answer came, and writes that say the same twice; any other write is sent once. Amounts come
as decimals, never as binary fractions.
"""

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.calling import read_retry_after
from bot.commerce.trying import NO_ANSWER, Tries, judge_silence, judge_unheard, open_session, read_body, read_clock
from bot.errors import (
    Conflict,
    FixConfiguration,
    FixInput,
    InsufficientStock,
    NotAllowed,
    NotFound,
    PrevenantError,
    RateLimited,
    Unavailable,
    UnknownFate,
)

_DOWN = (502, 503, 504)
_MUCH_SECONDS = 30.0
_FIELD = re.compile(r"'([a-z_0-9, ]+)'")
_FIELDS = {
    "address_1": "line1", "address_2": "line2", "postal_code": "postcode", "country_code": "country",
    "province": "region_code",
}

Values = Mapping[str, Any]


class MedusaClient:
    """A shop's Admin API with a secret key, and its Store API with a publishable one."""

    def __init__(self, url: str, secret_key: str, publishable_key: str, *, deadline_seconds: float) -> None:
        """`url` without a path. Opens nothing until it is used."""
        self._url = url.rstrip("/")
        basic = base64.b64encode(f"{secret_key}:".encode()).decode()
        self._headers = {
            "admin": {"Authorization": f"Basic {basic}"}, "store": {"x-publishable-api-key": publishable_key},
        }
        self._deadline_seconds = deadline_seconds
        self._tries = Tries("Medusa")
        self._session = open_session()

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def read_time(self) -> datetime:
        """What Medusa's clock shows, to the second. Unavailable, also where it does not tell."""
        return read_clock(self._session, f"{self._url}/health", "Medusa", self._deadline_seconds)

    def read(self, path: str, *, is_long: bool = False, **query: Any) -> dict[str, Any]:
        """What a GET answers; `path` starts with `admin/` or `store/`, `is_long` where nobody waits for it.

        Every error of this file but UnknownFate.
        """
        least = _MUCH_SECONDS if is_long else 0.0
        return self._send(_Call("GET", path, query, None, least_seconds=least))

    def write(self, path: str, body: Values, *, is_repeatable: bool = False, **query: Any) -> dict[str, Any]:
        """What a POST answers; `is_repeatable` where twice is as once.

        UnknownFate when it was sent and no answer came; besides that every error of this file.
        """
        return self._send(_Call("POST", path, query, body, is_repeatable=is_repeatable))

    def remove(self, path: str, body: Values | None = None) -> dict[str, Any]:
        """What a DELETE answers; as `write`."""
        return self._send(_Call("DELETE", path, {}, body))

    def _send(self, call: "_Call") -> dict[str, Any]:
        """The answer within the deadline, all tries together; those are for what may be repeated."""
        seconds = max(self._deadline_seconds, call.least_seconds)
        answer = self._tries.run(lambda until: self._once(call, until), seconds)
        return _read_answer(answer, is_write=call.is_write)

    def _once(self, call: "_Call", until: float) -> "_Answer":
        """One try. `TryAgain` for what may be asked again."""
        try:
            answer = self._reach(call, until)
        except NO_ANSWER as error:
            raise judge_silence(
                "Medusa", error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error
        if answer.status in _DOWN:
            what = Unavailable(f"Medusa answered {answer.status} without a word of its own")
            raise judge_unheard(what, is_write=call.is_write, is_repeatable=call.is_repeatable)
        return answer

    def _reach(self, call: "_Call", until: float) -> "_Answer":
        left = max(until - time.monotonic(), 0.05)
        with self._session.request(
            call.method, f"{self._url}/{call.path}", params=dict(call.query), json=call.body,
            headers=self._headers[call.path.partition("/")[0]], timeout=(min(2.0, left), left), stream=True,
            allow_redirects=False,
        ) as answer:
            body = read_body(answer, until)
            return _Answer(answer.status_code, body, read_retry_after(answer.headers))


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    query: Values = field(repr=False)
    body: Values | None = field(repr=False)
    is_repeatable: bool = False
    least_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.method == "GET":
            object.__setattr__(self, "is_repeatable", True)

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)
    retry_after_seconds: float


def _read_answer(answer: _Answer, *, is_write: bool) -> dict[str, Any]:
    status = answer.status
    if status == 429:
        raise RateLimited("Medusa asked us to slow down", answer.retry_after_seconds)
    try:
        said = json.loads(answer.body, parse_float=Decimal)
    except ValueError:
        said = None
    if status < 300 and isinstance(said, dict):
        return said
    if status == 401:
        raise FixConfiguration("Medusa does not know us: check PREVENANT_MEDUSA_SECRET_KEY")
    if status == 403:
        raise FixConfiguration("Medusa refused us: check the rights of PREVENANT_MEDUSA_SECRET_KEY")
    if not isinstance(said, dict) or "type" not in said:
        what = f"Medusa answered {status} without a word of its own"
        raise UnknownFate(what) if is_write and status >= 500 else Unavailable(what)
    raise translate(status, said, is_write=is_write)


def translate(status: int, said: Values, *, is_write: bool) -> PrevenantError:
    """An error of Medusa's in our words. Its sentence may repeat what the customer typed, so it goes no further."""
    kind, code, message = (str(said.get(name) or "") for name in ("type", "code", "message"))
    if code == "insufficient_inventory" or "required inventory" in message or "Not enough stock" in message:
        return InsufficientStock(0)
    if kind == "not_found" or status == 404:
        return NotFound("Medusa has no such thing")
    if kind in ("conflict", "idempotency_error") or status == 409:
        return Conflict("it was changed meanwhile")
    if "publishable" in message.lower():
        return FixConfiguration("Medusa refused us: check PREVENANT_MEDUSA_PUBLISHABLE_KEY")
    if kind in ("unauthorized", "forbidden"):
        return FixConfiguration("Medusa refused us: check PREVENANT_MEDUSA_SECRET_KEY")
    if kind == "not_allowed":
        return NotAllowed("shop_refused", "Medusa says no")
    if kind in ("invalid_data", "invalid_argument", "duplicate_error", "invalid_request_error"):
        return FixInput(_field_in(message), f"Medusa refused it ({kind})")
    what = f"Medusa had an error of its own: {kind}"
    return UnknownFate(what) if is_write and status >= 500 else Unavailable(what)


def _field_in(message: str) -> str:
    named = _FIELD.search(message)
    name = named.group(1).rpartition(",")[2].strip() if named else ""
    if not name:
        return next((each for each in ("email", "country", "quantity") if each in message.lower()), "input")
    return _FIELDS.get(name, name)
