"""The only file that talks to Adobe Commerce: REST V1, each call signed with an integration's keys, a deadline each.

Reads are repeated where no answer came, and writes that say the same twice; any other write is sent once.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote, urlencode

import orjson
from oauthlib import oauth1

from bot.calling import read_retry_after
from bot.commerce.adobe.answers import Answer, read_answer
from bot.commerce.adobe.criteria import Search
from bot.commerce.trying import (
    NO_ANSWER,
    Tries,
    TryAgain,
    judge_silence,
    judge_unheard,
    open_session,
    read_body,
    read_clock,
)
from bot.errors import RateLimited, Unavailable

_MUCH_SECONDS = 30.0
Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Keys:
    """Of an integration (System, Integrations). Since 2.4.4 a token alone opens nothing: each call is signed."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_secret: str = field(repr=False)


class AdobeClient:
    """A shop's REST API, through the store view whose words and prices customers see."""

    def __init__(self, url: str, keys: Keys, *, store: str, deadline_seconds: float) -> None:
        """`url` is where the shop is, `https://shop.example.org`; `store` is a store view's code. Opens nothing yet."""
        self._url, self._keys, self._store = url.rstrip("/"), keys, store
        self._deadline_seconds = deadline_seconds
        self._tries = Tries("Adobe Commerce")
        self._session = open_session()

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def read(self, path: str, query: Mapping[str, str] | None = None, *, store: str = "") -> Any:
        """What a GET answers; `store` is another store view. Every error of `answers.py`."""
        return self._send(_Call("GET", path, store or self._store, query))

    def search(self, path: str, asked: Search) -> tuple[list[Any], int]:
        """A page of a listing, and how many there are on all pages. Beyond the last page it is empty, though Adobe
        gives the last one again there.
        """
        said, count = self._search(path, asked, "", 0.0)
        return ([], count) if (asked.page - 1) * asked.size >= count else (said, count)

    def search_every(self, path: str, asked: Search, *, store: str = "") -> Iterator[Any]:
        """Every item of a listing, page by page; nobody waits for it."""
        while True:
            said, count = self._search(path, asked, store, _MUCH_SECONDS)
            if (asked.page - 1) * asked.size < count:
                yield from said
            if asked.page * asked.size >= count:
                return
            asked = replace(asked, page=asked.page + 1)

    def write(
        self, method: Method, path: str, body: Mapping[str, Any] | None = None, *, is_repeatable: bool
    ) -> Any:
        """What a write answers; `is_repeatable` where twice is as once.

        UnknownFate when it was sent and no answer came; besides that every error of `answers.py`.
        """
        return self._send(_Call(method, path, self._store, body=body, is_repeatable=is_repeatable))

    def read_time(self) -> datetime:
        """What the shop's clock says, to the second. Unavailable where it does not say."""
        return read_clock(self._session, self._url, "Adobe Commerce", self._deadline_seconds).astimezone(UTC)

    def _search(self, path: str, asked: Search, store: str, least_seconds: float) -> tuple[list[Any], int]:
        said = self._send(
            _Call("GET", path, store or self._store, asked.parameters(), least_seconds=least_seconds))
        return list(said.get("items") or ()), int(said["total_count"])

    def _send(self, call: "_Call") -> Any:
        """The body within the deadline, all tries together."""
        seconds = max(self._deadline_seconds, call.least_seconds)
        return self._tries.run(lambda until: self._once(call, until), seconds)

    def _once(self, call: "_Call", until: float) -> Any:
        """One try. `TryAgain` for what may be asked again."""
        try:
            return read_answer(self._reach(call, until))
        except NO_ANSWER as error:
            raise judge_silence(
                "Adobe Commerce", error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error
        except RateLimited as error:
            raise TryAgain(error, error.retry_after_seconds) from error
        except Unavailable as error:
            raise judge_unheard(error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error

    def _reach(self, call: "_Call", until: float) -> Answer:
        left = max(until - time.monotonic(), 0.05)
        query = f"?{urlencode(call.query, quote_via=quote)}" if call.query else ""
        url = f"{self._url}/rest/{call.store}/V1/{call.path}{query}"
        headers = {"Accept": "application/json", **self._sign(call.method, url)}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        with self._session.request(
            call.method, url, headers=headers, data=None if call.body is None else orjson.dumps(dict(call.body)),
            timeout=(min(2.0, left), left), stream=True, allow_redirects=False,
        ) as answer:
            return Answer(answer.status_code, read_body(answer, until), read_retry_after(answer.headers))

    def _sign(self, method: str, url: str) -> dict[str, str]:
        """OAuth 1.0a, anew for each try: its moment and its nonce are taken once only."""
        signer = oauth1.Client(
            self._keys.consumer_key, self._keys.consumer_secret, self._keys.access_token, self._keys.access_secret,
            signature_method=oauth1.SIGNATURE_HMAC_SHA256)
        _, headers, _ = signer.sign(url, http_method=method)
        return {"Authorization": headers["Authorization"]}


@dataclass(frozen=True)
class _Call:
    method: Method
    path: str
    store: str
    query: Mapping[str, str] | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    is_repeatable: bool = True
    least_seconds: float = 0.0

    @property
    def is_write(self) -> bool:
        return self.method != "GET"
