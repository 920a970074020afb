"""The only file that talks to Shopify: Admin and Storefront GraphQL, with a deadline, and its errors in our words.

Reads are repeated where no answer came, and writes that say the same twice; any other write is sent once. What Shopify
throttled was not done, so that may always be sent again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

import orjson

from bot.calling import read_retry_after
from bot.commerce.shopify.answers import DOWN, Answer, read_answer, require_data
from bot.commerce.shopify.throttle import Bucket
from bot.commerce.shopify.token import Token, TokenKeeper
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
from bot.errors import FixConfiguration, RateLimited, Unavailable

API_VERSION = "2026-10"
_ADMIN, _STOREFRONT = f"admin/api/{API_VERSION}/graphql.json", f"api/{API_VERSION}/graphql.json"
_MUCH_SECONDS = 30.0


class ShopifyClient:
    """A shop's Admin API with a token of a day, and its Storefront API with a private one."""

    def __init__(
        self, url: str, client_id: str, client_secret: str, storefront_token: str, *, deadline_seconds: float
    ) -> None:
        """`url` is `https://<shop>.myshopify.com`. Opens nothing until it is used."""
        self._url = url.rstrip("/")
        self._client_id, self._client_secret, self._storefront_token = client_id, client_secret, storefront_token
        self._deadline_seconds = deadline_seconds
        self._tries, self._bucket = Tries("Shopify"), Bucket()
        self._session = open_session()
        self._tokens = TokenKeeper(self._ask_for_token)

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def read_time(self) -> datetime:
        """What Shopify's clock shows, to the second. Unavailable, also where it does not tell."""
        return read_clock(self._session, self._url, "Shopify", self._deadline_seconds)

    def read(self, document: str, **variables: Any) -> dict[str, Any]:
        """What a query of the Admin API answers. Every error of `answers.py` but UnknownFate."""
        return self._send(_Call("admin", document, variables))

    def write(self, document: str, *, is_repeatable: bool = False, **variables: Any) -> dict[str, Any]:
        """What a mutation of the Admin API answers; `is_repeatable` where twice is as once.

        UnknownFate when it was sent and no answer came; besides that every error of `answers.py`.
        """
        return self._send(_Call("admin", document, variables, is_write=True, is_repeatable=is_repeatable))

    def browse(self, document: str, *, is_long: bool = False, **variables: Any) -> dict[str, Any]:
        """What a query of the Storefront API answers; `is_long` where nobody waits for it."""
        least = _MUCH_SECONDS if is_long else 0.0
        return self._send(_Call("storefront", document, variables, least_seconds=least))

    def shop(self, document: str, *, is_repeatable: bool = False, **variables: Any) -> dict[str, Any]:
        """What a mutation of the Storefront API answers; see `write`."""
        return self._send(_Call("storefront", document, variables, is_write=True, is_repeatable=is_repeatable))

    def _send(self, call: "_Call") -> dict[str, Any]:
        """The data within the deadline, all tries together."""
        seconds = max(self._deadline_seconds, call.least_seconds)
        return self._tries.run(lambda until: self._once(call, until), seconds)

    def _once(self, call: "_Call", until: float) -> dict[str, Any]:
        """One try. `TryAgain` for what may be asked again."""
        is_admin = call.api == "admin"
        token = self._tokens.get() if is_admin else None
        if is_admin and (wait := self._bucket.wait_seconds(call.document)):
            raise TryAgain(RateLimited("Shopify's points are spent", wait), wait)
        answer = self._reach(call, token, until)
        if token and answer.status == 401:  # ended before its time, or was taken back; nothing was done
            self._tokens.forget(token)
            raise TryAgain(FixConfiguration("Shopify refuses a token that it gave: is the app still installed?"))
        return self._read(call, answer)

    def _read(self, call: "_Call", answer: Answer) -> dict[str, Any]:
        try:
            said = read_answer(answer)
        except RateLimited as error:
            raise TryAgain(error, error.retry_after_seconds) from error
        except Unavailable as error:
            raise judge_unheard(error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error
        cost = (said.get("extensions") or {}).get("cost")
        if cost and call.api == "admin":
            self._bucket.note(call.document, cost)
        try:
            wait = self._bucket.wait_seconds(call.document) if call.api == "admin" else 0.0
            return require_data(said, wait or 1.0)
        except RateLimited as error:
            raise TryAgain(error, error.retry_after_seconds) from error
        except Unavailable as error:
            raise judge_unheard(error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error

    def _reach(self, call: "_Call", token: Token | None, until: float) -> Answer:
        headers = {"X-Shopify-Access-Token": token.value} if token else {
            "Shopify-Storefront-Private-Token": self._storefront_token
        }
        path = _ADMIN if call.api == "admin" else _STOREFRONT
        body = orjson.dumps({"query": call.document, "variables": dict(call.variables)})
        try:
            return self._post(path, body, {"Content-Type": "application/json", **headers}, until)
        except NO_ANSWER as error:
            raise judge_silence(
                "Shopify", error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error

    def _ask_for_token(self) -> Token:
        """A token for a day, by client credentials. FixConfiguration, Unavailable."""
        asked = {"grant_type": "client_credentials", "client_id": self._client_id, "client_secret": self._client_secret}
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            until = time.monotonic() + self._deadline_seconds
            answer = self._post("admin/oauth/access_token", urlencode(asked).encode(), form, until)
        except NO_ANSWER as error:
            raise TryAgain(Unavailable(f"Shopify gave no token: {type(error).__name__}")) from error
        if answer.status in DOWN:
            raise TryAgain(Unavailable(f"Shopify answered {answer.status} instead of a token"))
        if answer.status == 400:
            raise FixConfiguration(
                "Shopify gives no token: check PREVENANT_SHOPIFY_CLIENT_ID and _CLIENT_SECRET, and that the app is "
                "installed in this shop and of the same organisation"
            )
        said = read_answer(answer)
        if "access_token" not in said:
            raise FixConfiguration("what answers at PREVENANT_SHOPIFY_URL gives no token: it is no shop of Shopify's")
        return Token(str(said["access_token"]), float(said.get("expires_in") or 86_399))

    def _post(self, path: str, body: bytes, headers: Mapping[str, str], until: float) -> Answer:
        left = max(until - time.monotonic(), 0.05)
        with self._session.post(
            f"{self._url}/{path}", data=body, headers={"Accept": "application/json", **headers},
            timeout=(min(2.0, left), left), stream=True, allow_redirects=False,
        ) as answer:
            body = read_body(answer, until)
            return Answer(answer.status_code, body, read_retry_after(answer.headers))


@dataclass(frozen=True)
class _Call:
    api: Literal["admin", "storefront"]
    document: str
    variables: Mapping[str, Any] = field(repr=False)
    is_write: bool = False
    is_repeatable: bool = True
    least_seconds: float = 0.0
