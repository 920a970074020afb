"""The only file that talks to BigCommerce: V2 and V3 of a store, with a deadline, and its errors in our words.

Reads are repeated where no answer came, and writes that say the same twice; any other write is sent once. What was
refused for its rate was not done, so that may always be sent again.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import orjson

from bot.commerce.bigcommerce.answers import Answer, read_answer
from bot.commerce.bigcommerce.throttle import Quota
from bot.commerce.trying import NO_ANSWER, Tries, TryAgain, judge_silence, judge_unheard, open_session, read_body
from bot.errors import NotFound, RateLimited, Unavailable

PER_PAGE = 250  # BigCommerce gives no more (2026-11)
Query = Mapping[str, str | int]
_A_MOMENT_SECONDS = 0.02


class BigCommerceClient:
    """A store's API by the token of an API account. A path begins with its version: `v2/orders`, `v3/customers`."""

    def __init__(self, url: str, token: str, *, deadline_seconds: float) -> None:
        """`url` is the store's API path, `https://api.bigcommerce.com/stores/<hash>`. Opens nothing yet."""
        self._url, self._token, self._deadline_seconds = url.rstrip("/"), token, deadline_seconds
        self._tries, self._quota = Tries("BigCommerce"), Quota()
        self._session = open_session()

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def read(self, path: str, query: Query | None = None) -> Any:
        """What a GET answers: V2's body or V3's `data`. NotFound for one that is empty; every error of `answers.py`."""
        said, _ = self._send(_Call("GET", path, query))
        if said is None:
            raise NotFound("BigCommerce has no such thing")
        return _data_of(path, said)

    def read_page(self, path: str, page: int, limit: int, query: Query | None = None) -> tuple[list[Any], bool]:
        """A page of a listing, and whether another may follow. V3 counts its pages; V2 gives until it has no more, and
        then answers without a body.
        """
        said, _ = self._send(_Call("GET", path, {**(query or {}), "page": page, "limit": limit}))
        if said is None:
            return [], False
        items = _data_of(path, said)
        if path.startswith("v2/"):
            return items, len(items) >= limit
        return items, page < int(said.get("meta", {}).get("pagination", {}).get("total_pages") or 1)

    def read_every(self, path: str, query: Query | None = None, limit: int = PER_PAGE) -> Iterator[Any]:
        """Every item of a listing, page by page; each page within the deadline."""
        page, has_more = 1, True
        while has_more:
            items, has_more = self.read_page(path, page, limit, query)
            yield from items
            page += 1

    def write(
        self, method: Literal["POST", "PUT", "DELETE"], path: str, body: Any = None, *, is_repeatable: bool,
        query: Query | None = None,
    ) -> Any:
        """What a write answers, None where it has no body; `is_repeatable` where twice is as once.

        UnknownFate when it was sent and no answer came; besides that every error of `answers.py`.
        """
        said, _ = self._send(_Call(method, path, query, body, is_repeatable=is_repeatable))
        return None if said is None else _data_of(path, said)

    def read_time(self) -> datetime:
        """What BigCommerce's clock says, to the second. Unavailable where it does not say."""
        _, answer = self._send(_Call("GET", "v2/store"))
        try:
            return parsedate_to_datetime(answer.date).astimezone(UTC)
        except ValueError as error:
            raise Unavailable("BigCommerce's answers carry no date") from error

    def _send(self, call: "_Call") -> tuple[Any, Answer]:
        """The body within the deadline, all tries together."""
        return self._tries.run(lambda until: self._once(call, until), self._deadline_seconds)

    def _once(self, call: "_Call", until: float) -> tuple[Any, Answer]:
        """One try. `TryAgain` for what may be asked again."""
        if (wait := self._quota.wait_seconds()) > _A_MOMENT_SECONDS:
            raise TryAgain(RateLimited("BigCommerce asked us to slow down", wait), wait)
        try:
            answer = self._reach(call, until)
            self._quota.note(0 if answer.status == 429 else answer.requests_left, answer.reset_seconds)
            return read_answer(answer), answer
        except NO_ANSWER as error:
            raise judge_silence(
                "BigCommerce", error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error
        except RateLimited as error:
            raise TryAgain(error, error.retry_after_seconds) from error
        except Unavailable as error:
            raise judge_unheard(error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error

    def _reach(self, call: "_Call", until: float) -> Answer:
        left = max(until - time.monotonic(), 0.05)
        headers = {"Accept": "application/json", "X-Auth-Token": self._token}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        with self._session.request(
            call.method, f"{self._url}/{call.path}", params=call.query, headers=headers,
            data=None if call.body is None else orjson.dumps(call.body),
            timeout=(min(2.0, left), left), stream=True, allow_redirects=False,
        ) as answer:
            body = read_body(answer, until)
            told = answer.headers
            return Answer(
                answer.status_code, body, _number(told.get("X-Rate-Limit-Time-Reset-Ms"), 1_000) / 1_000,
                int(_number(told["X-Rate-Limit-Requests-Left"], 1)) if "X-Rate-Limit-Requests-Left" in told else None,
                told.get("Date", ""))


@dataclass(frozen=True)
class _Call:
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    query: Query | None = field(default=None, repr=False)
    body: Any = field(default=None, repr=False)
    is_repeatable: bool = True

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


def _data_of(path: str, said: Any) -> Any:
    return said["data"] if path.startswith("v3/") and isinstance(said, Mapping) and "data" in said else said


def _number(text: str | None, otherwise: float) -> float:
    return float(text) if text and text.isascii() and text.isdecimal() else otherwise
