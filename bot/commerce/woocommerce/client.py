"""The only file that talks to WooCommerce: REST v3 with a key, the Store API with a basket's token; a deadline each.

Reads are repeated where no answer came, and writes that say the same twice; any other write is sent once.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import orjson

from bot.calling import read_retry_after
from bot.commerce.trying import NO_ANSWER, Tries, TryAgain, judge_silence, judge_unheard, open_session, read_body
from bot.commerce.woocommerce.answers import Answer, read_answer
from bot.errors import RateLimited, Unavailable

_PATHS = {"rest": "wp-json/wc/v3", "store": "wp-json/wc/store/v1"}
_MUCH_SECONDS = 30.0
PER_PAGE = 100  # WooCommerce gives no more (2026-11)


class WooCommerceClient:
    """A shop's REST API by a consumer key, and its Store API, which is open to everybody."""

    def __init__(self, url: str, key: str, secret: str, *, deadline_seconds: float) -> None:
        """`url` is where WordPress is, `https://shop.example.org`. Opens nothing until it is used."""
        self._url, self._auth, self._deadline_seconds = url.rstrip("/"), (key, secret), deadline_seconds
        self._tries = Tries("WooCommerce")
        self._session = open_session()

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def read(self, path: str, **query: Any) -> Any:
        """What a GET of the REST API answers. Every error of `answers.py`."""
        return self._send(_Call("rest", "GET", path, query))[0]

    def read_page(self, path: str, **query: Any) -> tuple[list[Any], int]:
        """A page of a listing of the REST API, and how many pages there are."""
        said, answer = self._send(_Call("rest", "GET", path, query))
        return said, answer.pages

    def read_every(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a listing of the REST API, page by page."""
        page, pages = 1, 1
        while page <= pages:
            said, pages = self.read_page(path, per_page=PER_PAGE, page=page, **query)
            yield from said
            page += 1

    def write(self, method: Literal["POST", "PUT"], path: str, body: Mapping[str, Any], *, is_repeatable: bool) -> Any:
        """What a write of the REST API answers; `is_repeatable` where twice is as once.

        UnknownFate when it was sent and no answer came; besides that every error of `answers.py`.
        """
        return self._send(_Call("rest", method, path, body=body, is_repeatable=is_repeatable))[0]

    def read_time(self) -> datetime:
        """What the shop's clock says, to the second. Unavailable where it does not say."""
        _, answer = self._send(_Call("rest", "GET", "orders", {"per_page": 1}))
        try:
            return parsedate_to_datetime(answer.date).astimezone(UTC)
        except ValueError as error:
            raise Unavailable("WooCommerce's answers carry no date") from error

    def browse(self, path: str, **query: Any) -> Any:
        """What a GET of the Store API answers, as any shopper sees it."""
        return self._send(_Call("store", "GET", path, query))[0]

    def browse_every(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a listing of the Store API; nobody waits for it."""
        page, pages = 1, 1
        while page <= pages:
            asked = {"per_page": PER_PAGE, "page": page, "orderby": "id", "order": "asc", **query}
            said, answer = self._send(_Call("store", "GET", path, asked, least_seconds=_MUCH_SECONDS))
            yield from said
            page, pages = page + 1, answer.pages

    def look_into_basket(self, token: str) -> tuple[Any, str]:
        """A basket as it stands, and the newest token that opens it; without a token a new one of nobody's."""
        said, answer = self._send(_Call("store", "GET", "cart", token=token))
        return said, answer.cart_token

    def change_basket(
        self, path: str, token: str, body: Mapping[str, Any], *, is_repeatable: bool
    ) -> tuple[Any, str]:
        """The basket after a change, and the newest token that opens it. See `write`."""
        said, answer = self._send(
            _Call("store", "POST", f"cart/{path}", token=token, body=body, is_repeatable=is_repeatable))
        return said, answer.cart_token

    def _send(self, call: "_Call") -> tuple[Any, Answer]:
        """The body within the deadline, all tries together."""
        seconds = max(self._deadline_seconds, call.least_seconds)
        return self._tries.run(lambda until: self._once(call, until), seconds)

    def _once(self, call: "_Call", until: float) -> tuple[Any, Answer]:
        """One try. `TryAgain` for what may be asked again."""
        try:
            answer = self._reach(call, until)
            return read_answer(answer), answer
        except NO_ANSWER as error:
            raise judge_silence(
                "WooCommerce", error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error
        except RateLimited as error:
            raise TryAgain(error, error.retry_after_seconds) from error
        except Unavailable as error:
            raise judge_unheard(error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error

    def _reach(self, call: "_Call", until: float) -> Answer:
        left = max(until - time.monotonic(), 0.05)
        headers = {"Accept": "application/json"} | ({"Cart-Token": call.token} if call.token else {})
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        with self._session.request(
            call.method, f"{self._url}/{_PATHS[call.api]}/{call.path}", params=call.query, headers=headers,
            data=None if call.body is None else orjson.dumps(dict(call.body)),
            auth=self._auth if call.api == "rest" else None,
            timeout=(min(2.0, left), left), stream=True, allow_redirects=False,
        ) as answer:
            body = read_body(answer, until)
            pages = answer.headers.get("X-WP-TotalPages", "")
            return Answer(
                answer.status_code, body, read_retry_after(answer.headers),
                answer.headers.get("Cart-Token", ""), int(pages) if pages.isdecimal() else 1,
                answer.headers.get("Date", ""))


@dataclass(frozen=True)
class _Call:
    api: Literal["rest", "store"]
    method: Literal["GET", "POST", "PUT"]
    path: str
    query: Mapping[str, Any] | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    is_repeatable: bool = True
    least_seconds: float = 0.0

    @property
    def is_write(self) -> bool:
        return self.method != "GET"
