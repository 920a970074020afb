"""A request to an engine elsewhere -> its JSON, or one of our errors. Never logs what was sent."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import requests

from bot.calling import read_retry_after
from bot.errors import FixConfiguration, RateLimited, Unavailable

SECONDS = (5, 60)  # to connect; between two bytes of the answer


def call(method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer's JSON object. RateLimited, Unavailable, or FixConfiguration where it is refused for good."""
    try:
        answer = requests.request(
            method, url, headers=dict(headers), json=body, timeout=SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        raise Unavailable(f"the engine of try-on does not answer: {type(error).__name__}") from error
    if answer.status_code == requests.codes.too_many_requests:
        raise RateLimited(retry_after_seconds=read_retry_after(answer.headers))
    if answer.status_code >= requests.codes.server_error:
        raise Unavailable(f"the engine of try-on answers {answer.status_code}")
    if answer.status_code >= requests.codes.multiple_choices:  # a photo follows no redirect
        raise FixConfiguration(f"the engine of try-on refuses with {answer.status_code}: its address or key is wrong")
    return _read(answer)


def _read(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError as error:
        raise Unavailable("the engine of try-on answers with no JSON") from error
    if not isinstance(said, dict):
        raise Unavailable("the engine of try-on answers with no object")
    return said


def encode(data: bytes) -> str:
    """The bytes as engines take them."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """The bytes of base64, with or without `data:...;base64,` before it. Unavailable where it is none."""
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unavailable("the engine of try-on sent no picture") from error
