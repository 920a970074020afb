"""A request to an engine elsewhere -> its JSON, or one of our errors. Never logs what was sent."""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

import requests
import urllib3

from bot.calling import read_retry_after
from bot.errors import FixConfiguration, RateLimited, Unavailable

_CONNECT_SECONDS = 5.0
MOST_BYTES = 24_000_000  # of an answer: a picture of 16 MB, in base64
_PIECE_BYTES = 65_536


def call(
    method: str, url: str, headers: Mapping[str, str], seconds: float, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The answer's JSON object. RateLimited, Unavailable (also for what took longer than `seconds`, or has no end), or
    FixConfiguration where it is refused for good.
    """
    until = time.monotonic() + seconds
    try:
        with requests.request(
            method, url, headers=dict(headers), json=body, timeout=limits(seconds), allow_redirects=False, stream=True
        ) as answer:
            _require_ok(answer)
            return _read(_read_body(answer, until))
    except (requests.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as error:
        raise Unavailable(f"the engine of try-on does not answer: {type(error).__name__}") from error


def limits(seconds: float) -> tuple[float, float]:
    """To connect, and between two bytes of the answer, where so many are left."""
    return min(_CONNECT_SECONDS, seconds), seconds


def _require_ok(answer: requests.Response) -> None:
    if answer.status_code == requests.codes.too_many_requests:
        raise RateLimited(retry_after_seconds=read_retry_after(answer.headers))
    if answer.status_code >= requests.codes.server_error:
        raise Unavailable(f"the engine of try-on answers {answer.status_code}")
    if answer.status_code >= requests.codes.multiple_choices:  # a photo follows no redirect
        raise FixConfiguration(f"the engine of try-on refuses with {answer.status_code}: its address or key is wrong")


def _read_body(answer: requests.Response, until: float) -> bytes:
    """TimeoutError where it comes drop by drop, or will not end."""
    got = bytearray()
    while piece := answer.raw.read1(_PIECE_BYTES, decode_content=True):
        got += piece
        if time.monotonic() > until or len(got) > MOST_BYTES:
            raise TimeoutError
    return bytes(got)


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
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
