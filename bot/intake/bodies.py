"""Reading a request's body with a limit, whatever its headers declare, gzip included."""

import zlib
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from bot.errors import FixInput

_GZIP_WINDOW = 31  # zlib's number for a gzip header


class TooLarge(FixInput):
    """The body is longer than allowed."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__("body", f"must be at most {max_bytes} bytes, unpacked")


async def read_json(headers: Mapping[str, str], receive: Receive, *, max_bytes: int) -> dict[str, Any]:
    """The JSON object of a body. TooLarge as soon as it is known; FixInput "body" when it is none.

    ClientDisconnect when the client goes away before the end.
    """
    raw = await _read_limited(headers, receive, max_bytes)
    if headers.get("content-encoding", "").lower() == "gzip":
        raw = _gunzip(raw, max_bytes)
    if b"\\u0000" in raw:
        raise FixInput("body", "must not hold the character U+0000")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise FixInput("body", "must be JSON") from error
    if not isinstance(body, dict):
        raise FixInput("body", "must be a JSON object")
    return body


async def _read_limited(headers: Mapping[str, str], receive: Receive, max_bytes: int) -> bytes:
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise TooLarge(max_bytes)
    parts: list[bytes] = []
    size, is_complete = 0, False
    while not is_complete:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > max_bytes:
            raise TooLarge(max_bytes)
        is_complete = not message.get("more_body")
    return b"".join(parts)


def _gunzip(raw: bytes, max_bytes: int) -> bytes:
    """Unpack no further than the limit: a few kilobytes can hold gigabytes."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        text = unpacker.decompress(raw, max_bytes + 1)
    except zlib.error as error:
        raise FixInput("body", "is not gzip") from error
    if len(text) > max_bytes:
        raise TooLarge(max_bytes)
    if not unpacker.eof:
        raise FixInput("body", "is gzip cut short")
    return text
