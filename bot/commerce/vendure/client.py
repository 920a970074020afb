"""The only file that talks to Vendure: GraphQL over HTTP, with a deadline, and its errors in our words.

Reads are repeated where no answer came, and writes that Vendure does once per key; any other write is sent once.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
_SESSION_SECONDS = 60
_MUCH_SECONDS = 30.0
_SIGN_IN = """mutation($token: String!) { authenticate(input: { prevenant: { token: $token } }) {
  __typename ... on ErrorResult { errorCode } } }"""
# Vendure 3.7's ErrorCode (2026-11): what a result in a 200 means for whoever asked. A test lists any that is left out.
_NOT_ALLOWED: Mapping[str, str] = {
    "ALREADY_REFUNDED_ERROR": "already_refunded",
    "CANCEL_ACTIVE_ORDER_ERROR": "not_pending",
    "CANCEL_PAYMENT_ERROR": "payment_refused",
    "COUPON_CODE_EXPIRED_ERROR": "offer_expired",
    "COUPON_CODE_LIMIT_ERROR": "offer_used_up",
    "COUPON_REMOVED_DURING_CHECKOUT_ERROR": "offer_gone",
    "INELIGIBLE_PAYMENT_METHOD_ERROR": "payment_not_offered",
    "INELIGIBLE_SHIPPING_METHOD_ERROR": "no_delivery",
    "INSUFFICIENT_STOCK_ON_HAND_ERROR": "out_of_stock",
    "ITEMS_ALREADY_FULFILLED_ERROR": "not_pending",
    "NO_CHANGES_SPECIFIED_ERROR": "nothing_to_change",
    "NOTHING_TO_REFUND_ERROR": "nothing_to_refund",
    "NO_ACTIVE_ORDER_ERROR": "cart_empty",
    "ORDER_INTERCEPTOR_ERROR": "shop_refused",
    "ORDER_MODIFICATION_ERROR": "cart_ordered",
    "ORDER_MODIFICATION_STATE_ERROR": "not_pending",
    "ORDER_PAYMENT_STATE_ERROR": "not_pending",
    "ORDER_STATE_TRANSITION_ERROR": "not_pending",
    "PAYMENT_DECLINED_ERROR": "payment_declined",
    "PAYMENT_FAILED_ERROR": "payment_failed",
    "PAYMENT_METHOD_MISSING_ERROR": "payment_not_offered",
    "PAYMENT_ORDER_MISMATCH_ERROR": "payment_refused",
    "PAYMENT_STATE_TRANSITION_ERROR": "payment_refused",
    "QUANTITY_TOO_GREAT_ERROR": "too_many",
    "REFUND_AMOUNT_ERROR": "refund_too_high",
    "REFUND_ORDER_STATE_ERROR": "not_pending",
    "REFUND_PAYMENT_ID_MISSING_ERROR": "payment_refused",
    "REFUND_STATE_TRANSITION_ERROR": "payment_refused",
    "SETTLE_PAYMENT_ERROR": "payment_refused",
    "MANUAL_PAYMENT_STATE_ERROR": "payment_refused",
    "cart_empty": "cart_empty", "cart_ordered": "cart_ordered", "no_delivery": "no_delivery",
    **{each: each for each in (
        "not_pending", "no_pickup", "nothing_missing", "several_missing", "same_store", "substitute_too_dear",
        "not_delivered", "requested_already", "refund_elsewhere",
    )},
}
_FIX_INPUT: Mapping[str, str] = {
    "EMAIL_ADDRESS_CONFLICT_ERROR": "email",
    "GUEST_CHECKOUT_ERROR": "email",
    "NEGATIVE_QUANTITY_ERROR": "quantity",
    "ORDER_LIMIT_ERROR": "quantity",
    "address_missing": "shipping_address", "email_missing": "email", "invalid": "input", "unknown_line": "changes",
}
_REFUSED = frozenset({"INVALID_CREDENTIALS_ERROR", "NATIVE_AUTH_STRATEGY_ERROR", "NOT_VERIFIED_ERROR"})


class VendureClient:
    """Vendure's Admin API with an API key, and its Shop API in the name of a verified customer."""

    def __init__(self, url: str, api_key: str, session_secret: str, *, deadline_seconds: float) -> None:
        """`url` without a path. Opens nothing until it is used."""
        self._url = url.rstrip("/")
        self._headers = {"vendure-api-key": api_key}
        self._secret = session_secret.encode()
        self._deadline_seconds = deadline_seconds
        self._tries = Tries("Vendure")
        self._session = open_session()

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def read_time(self) -> datetime:
        """What Vendure's clock shows, to the second. Unavailable, also where it does not tell."""
        return read_clock(self._session, f"{self._url}/health", "Vendure", self._deadline_seconds)

    def read(self, document: str, **variables: Any) -> dict[str, Any]:
        """What a query of the Admin API answers. Every error of this file but UnknownFate."""
        call = _Call("admin-api", document, variables, self._headers)
        return _data_of(self._send(call), is_write=False)

    def read_much(self, document: str, **variables: Any) -> dict[str, Any]:
        """As `read`, where nobody waits for it and the answer is long."""
        call = _Call("admin-api", document, variables, self._headers, least_seconds=_MUCH_SECONDS)
        return _data_of(self._send(call), is_write=False)

    def write(self, document: str, *, is_keyed: bool = False, **variables: Any) -> dict[str, Any]:
        """What a mutation answers. One that Vendure does once per key (`is_keyed`) is repeated.

        UnknownFate when it was sent and no answer came; besides that every error of this file.
        """
        call = _Call("admin-api", document, variables, self._headers, is_write=True, is_repeatable=is_keyed)
        return _data_of(self._send(call), is_write=True)

    def write_as(self, customer_id: str, document: str, **variables: Any) -> dict[str, Any]:
        """A mutation of the Shop API as a customer whom we have verified; sent once."""
        signed_in = self._send(_Call("shop-api", _SIGN_IN, {"token": self._session_token(customer_id)}, {}))
        unwrap(_data_of(signed_in, is_write=False)["authenticate"])
        headers = {"Authorization": f"Bearer {signed_in.session}"}
        call = _Call("shop-api", document, variables, headers, is_write=True, is_repeatable=False)
        return _data_of(self._send(call), is_write=True)

    def _session_token(self, customer_id: str) -> str:
        said = f"{customer_id}.{int(time.time()) + _SESSION_SECONDS}"
        return f"{said}.{hmac.new(self._secret, said.encode(), hashlib.sha256).hexdigest()}"

    def _send(self, call: "_Call") -> "_Answer":
        """The answer within the deadline, all tries together; those are for what may be repeated."""
        seconds = max(self._deadline_seconds, call.least_seconds)
        return self._tries.run(lambda until: self._once(call, until), seconds)

    def _once(self, call: "_Call", until: float) -> "_Answer":
        """One try. `TryAgain` for what may be asked again."""
        try:
            answer = self._post(call, until)
        except NO_ANSWER as error:
            raise judge_silence(
                "Vendure", error, is_write=call.is_write, is_repeatable=call.is_repeatable) from error
        if answer.status in _DOWN:
            what = Unavailable(f"Vendure answered {answer.status} without GraphQL")
            raise judge_unheard(what, is_write=call.is_write, is_repeatable=call.is_repeatable)
        return answer

    def _post(self, call: "_Call", until: float) -> "_Answer":
        left = max(until - time.monotonic(), 0.05)
        with self._session.post(
            f"{self._url}/{call.path}", json={"query": call.document, "variables": dict(call.variables)},
            headers=dict(call.headers), timeout=(min(2.0, left), left), stream=True, allow_redirects=False,
        ) as answer:
            body = read_body(answer, until)
            said = answer.headers
            return _Answer(answer.status_code, body, read_retry_after(said), said.get("vendure-auth-token", ""))


@dataclass(frozen=True)
class _Call:
    path: str
    document: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)
    is_write: bool = False
    is_repeatable: bool = True
    least_seconds: float = 0.0


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)
    retry_after_seconds: float
    session: str = field(repr=False)


def unwrap(result: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A union's happy member. The errors of this file for the others: Vendure tells them inside a 200."""
    if result is None:
        raise NotFound("Vendure has no such thing")
    code = result.get("errorCode") or result.get("problem")
    if code:
        raise translate(str(code), result)
    return result


def translate(code: str, details: Mapping[str, Any]) -> PrevenantError:
    """An error of Vendure, or of our plugin, in our words."""
    if code in ("INSUFFICIENT_STOCK_ERROR", "insufficient_stock"):
        return InsufficientStock(int(details.get("quantityAvailable") or details.get("available") or 0))
    if code == "COUPON_CODE_INVALID_ERROR":
        return NotFound("offer")
    if code == "not_found":
        return NotFound("Vendure has no such thing")
    if code == "conflict":
        return Conflict("it was changed meanwhile")
    if code in _REFUSED:
        return FixConfiguration("Vendure refused a session: check PREVENANT_VENDURE_SESSION_SECRET and the plugin")
    if code in _FIX_INPUT:
        return FixInput(str(details.get("field") or _FIX_INPUT[code]), str(details.get("message") or code))
    return NotAllowed(_NOT_ALLOWED.get(code, "shop_refused"), f"Vendure says {code}")


def is_known(code: str) -> bool:
    """Whether `translate` has a word of its own for an error code."""
    return code in _NOT_ALLOWED or code in _FIX_INPUT or code in _REFUSED or code in (
        "INSUFFICIENT_STOCK_ERROR", "COUPON_CODE_INVALID_ERROR"
    )


def _data_of(answer: _Answer, *, is_write: bool) -> dict[str, Any]:
    status = answer.status
    if status == 429:
        raise RateLimited("Vendure asked us to slow down", answer.retry_after_seconds)
    if status in (401, 403):
        raise FixConfiguration("Vendure refused us: check PREVENANT_VENDURE_API_KEY")
    try:
        said = json.loads(answer.body)
        data, errors = said.get("data"), said.get("errors")
    except (ValueError, AttributeError) as error:
        what = f"Vendure answered {status} without GraphQL"
        raise (UnknownFate(what) if is_write and status >= 500 else Unavailable(what)) from error
    if errors:
        raise _error_of(errors[0], is_write=is_write)
    if not isinstance(data, dict):
        raise Unavailable(f"Vendure answered {status} without data")
    return data


def _error_of(error: Mapping[str, Any], *, is_write: bool) -> PrevenantError:
    code = (error.get("extensions") or {}).get("code", "")
    message = str(error.get("message", ""))
    if code == "FORBIDDEN" or code == "UNAUTHORIZED":
        return FixConfiguration("Vendure refused us: PREVENANT_VENDURE_API_KEY needs the rights of docs/vendure.md")
    if code == "ENTITY_NOT_FOUND":
        return NotFound("Vendure has no such thing")
    if code in ("USER_INPUT_ERROR", "BAD_USER_INPUT"):
        return FixInput("input", "Vendure refused it")
    if code == "GRAPHQL_VALIDATION_FAILED":
        return FixConfiguration(f"this shop's Vendure is not 3.7, or is without our plugin: {message[:120]}")
    what = "Vendure had an error of its own"
    return UnknownFate(what) if is_write else Unavailable(what)
