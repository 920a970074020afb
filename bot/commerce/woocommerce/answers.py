"""What WooCommerce answers, in our words: a status, and a `code` in the body that says more than the status."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

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
)

_FIELDS = {
    "address_1": "line1", "address_2": "line2", "state": "region_code", "email": "email", "phone": "phone",
    "quantity": "quantity", "page": "cursor", "modified_after": "cursor", "modified_before": "cursor",
}
_NO_SUCH_PATH = ("rest_no_route", "")  # without a code it is a web page, not the API's
_RIGHTS = re.compile(r"(?:rest|woocommerce_rest)_(?:cannot|forbidden|authentication_error|not_logged_in)\w*")
_SHORT = ("woocommerce_rest_product_partially_out_of_stock", "woocommerce_rest_product_out_of_stock")


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; `cart_token` and `pages` are headers of the two APIs, `date` is HTTP's."""

    status: int
    body: bytes = field(repr=False)
    retry_after_seconds: float = 1.0
    cart_token: str = field(default="", repr=False)
    pages: int = 1
    date: str = ""


def read_answer(answer: Answer) -> Any:
    """The body of an answer. Every error of `translate`, and Unavailable for what is not the API's own."""
    if answer.status == 429:
        raise RateLimited("WooCommerce asked us to slow down", answer.retry_after_seconds)
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        said = None
    if answer.status < 300:
        if said is None:
            raise Unavailable("WooCommerce answered without JSON: a cache or a plugin may stand before its API")
        return said
    if answer.status < 400:
        raise FixConfiguration("the shop sends us elsewhere: PREVENANT_WOOCOMMERCE_URL must be its own address")
    raise translate(answer.status, said if isinstance(said, Mapping) else {})


def translate(status: int, said: Mapping[str, Any]) -> PrevenantError:
    """Why a call was refused. WooCommerce's own sentence may repeat what the customer typed: it goes no further."""
    code = str(said.get("code") or "")
    if code in _SHORT:
        return InsufficientStock(0)  # whoever set the line reads how many there are
    if status in (401, 403) or (status < 500 and _RIGHTS.fullmatch(code)):
        return _translate_refusal(code)
    if status == 404 and code in _NO_SUCH_PATH:
        return FixConfiguration(
            "there is no WooCommerce at PREVENANT_WOOCOMMERCE_URL, or its permalinks are plain: docs/woocommerce.md")
    if status in (404, 410) or code.endswith("_invalid_id"):
        return NotFound("WooCommerce has no such thing")
    if status == 409:
        return Conflict("it was changed meanwhile")
    if status < 500:
        return _translate_input(code, said)
    if code.startswith("woocommerce_rest_") and code != "woocommerce_rest_unknown_server_error":
        return NotAllowed("shop_refused", f"WooCommerce says {code}")  # an answer, though with a 500
    return Unavailable(f"WooCommerce answered {status}")


def _translate_refusal(code: str) -> PrevenantError:
    if code in ("woocommerce_rest_missing_nonce", "woocommerce_rest_invalid_nonce"):
        return NotFound("cart")  # its token has ended: nobody's basket any more
    return FixConfiguration(
        f"WooCommerce refused us ({code or 'no code'}): check PREVENANT_WOOCOMMERCE_KEY and _SECRET, and that the key "
        "may read and write and is of a shop manager (docs/woocommerce.md)"
    )


def _translate_input(code: str, said: Mapping[str, Any]) -> PrevenantError:
    data = said.get("data")
    params = data.get("params") if isinstance(data, Mapping) else None
    if isinstance(params, Mapping) and params:
        name = str(next(iter(params)))
        return FixInput(_FIELDS.get(name, name), "WooCommerce refused it")
    if code in ("woocommerce_rest_customer_invalid_email", "rest_user_invalid_email"):
        return FixInput("email", "WooCommerce refused it")
    if code == "woocommerce_rest_product_invalid_quantity":
        return FixInput("quantity", "WooCommerce refused it")
    if code == "woocommerce_rest_cart_invalid_product":
        return NotFound("variant")
    return NotAllowed("shop_refused", f"WooCommerce says {code or 'no'}")
