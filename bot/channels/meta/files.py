"""Stage A0: a file that Meta keeps -> its bytes, from Meta's own hosts and no others, and never more of it than asked.

The address comes in a webhook or from the Graph API: signed, but still not followed to wherever it points.
"""

import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests

from bot.calling import read_retry_after
from bot.channels.base import bearer
from bot.errors import FixConfiguration, NotAllowed, NotFound, RateLimited, Unavailable

_HOSTS = ("fbsbx.com", "fbcdn.net", "whatsapp.net")  # where Meta keeps what people send (2026-11)
_CHUNK_BYTES = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 3
_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS = 2.0, 5.0, 20.0
FETCH_SECONDS = _WHOLE_SECONDS + _READ_SECONDS  # at most, but for redirects that take their time, too


@dataclass(frozen=True)
class File:
    """Somebody's file. What its type says is the sender's word."""

    content: bytes
    content_type: str


def is_metas(url: str, graph_url: str) -> bool:
    """Whether an address is on one of Meta's hosts over TLS, or where we call the Graph API itself. Pure."""
    try:
        parts, graph = urlsplit(url), urlsplit(graph_url)
        if parts.username is not None or parts.port not in (None, 443, graph.port):
            return False
    except ValueError:
        return False
    if (parts.scheme, parts.netloc) == (graph.scheme, graph.netloc):
        return True
    host = parts.hostname or ""
    return parts.scheme == "https" and any(host == each or host.endswith(f".{each}") for each in _HOSTS)


def fetch(url: str, *, graph_url: str, most_bytes: int, token: str = "") -> File:
    """The file at one of Meta's addresses, held in memory alone.

    NotAllowed("too_large") as soon as it is more than `most_bytes`, NotAllowed("foreign_host") for an address, or one
    it redirects to, that is not Meta's; NotFound when it is gone; RetryLater when Meta is away; FixConfiguration when
    it does not know our token.
    """
    headers = {"Accept-Encoding": "identity", **(bearer(token) if token else {})}
    ends_at = time.monotonic() + _WHOLE_SECONDS
    for _ in range(_MOST_HOPS):
        if not is_metas(url, graph_url):
            raise NotAllowed("foreign_host", "a file's address is not one of Meta's")
        try:
            with requests.get(
                url, headers=headers, stream=True, allow_redirects=False, timeout=(_CONNECT_SECONDS, _READ_SECONDS)
            ) as answer:
                if answer.status_code not in _REDIRECTS:
                    return _read(answer, most_bytes, ends_at)
                url = urljoin(url, answer.headers.get("Location", ""))
        except requests.exceptions.RequestException as error:
            raise Unavailable(f"Meta did not give a file: {type(error).__name__}") from error
        headers.pop("Authorization", None)  # the token is for the first address alone
    raise NotAllowed("foreign_host", "a file's address leads nowhere")


def _read(answer: requests.Response, most_bytes: int, ends_at: float) -> File:
    _require_ok(answer)
    if int(answer.headers.get("Content-Length") or 0) > most_bytes:
        raise NotAllowed("too_large", f"a file has more than {most_bytes} bytes")
    content = bytearray()
    for chunk in answer.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            raise NotAllowed("too_large", f"a file has more than {most_bytes} bytes")
        if time.monotonic() > ends_at:
            raise Unavailable("Meta gives a file too slowly")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return File(bytes(content), kind)


def _require_ok(answer: requests.Response) -> None:
    status = answer.status_code
    if status == 200:
        return
    if status == 429:
        raise RateLimited("Meta asks us to slow down", read_retry_after(answer.headers))
    if status == 401:
        raise FixConfiguration("Meta does not know our token: check PREVENANT_WHATSAPP_TOKEN")
    if status >= 500:
        raise Unavailable(f"Meta answered {status}")
    raise NotFound(f"a file is gone: Meta answered {status}")  # an address runs out within minutes or days
