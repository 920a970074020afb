"""Stage B5: HTTP/1.1 over connections that stay open, for many calls at once. A call is written once, or not at all.

`httptools` reads what comes back. What aiohttp does around a call takes four times as long as all of this; and a call
that was written has to be told from one that never was, which no library's errors say (docs/decisions/0010).
"""

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from socket import SOCK_STREAM, AddressFamily, SocketKind
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httptools
import orjson
from aiohappyeyeballs import start_connection

# Shorter than a vendor's own patience: a call over a connection that is just being closed has an unknown fate.
_KEEP_OPEN_SECONDS = 3.0
_NEXT_ADDRESS_SECONDS = 0.25  # of a host with several: the next one is tried beside the first
_LOOKUP_SECONDS = 10.0  # a host's addresses are gone by for so long
_PORTS = {"http": 80, "https": 443}
_FIRST_WHOLE_ANSWER = 200  # before it come those that announce another
_Found = Sequence[tuple[AddressFamily, SocketKind, int, str, Any]]  # a host's addresses, as `getaddrinfo` tells them
_WITH_LENGTH = frozenset({"Content-Length", "Transfer-Encoding"})


class NotReachedError(Exception):
    """Nothing of the call was written."""


class NoAnswerError(Exception):
    """The call was written, and no whole answer came: the other side may have taken it."""


@dataclass(frozen=True)
class Answer:
    """What a vendor said, whichever library heard it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self) -> dict[str, Any]:
        """The JSON object of its body; an empty one where there is none."""
        try:
            told = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return told if isinstance(told, dict) else {}


class _Place(NamedTuple):
    """Where connections lead."""

    scheme: str
    host: str
    port: int


class Wire:
    """Connections by place, `at_once` of them at most. Of one event loop; opens nothing until the first call."""

    def __init__(self, at_once: int) -> None:
        """Nothing is open."""
        self._room = asyncio.Semaphore(at_once)
        self._idle: defaultdict[_Place, deque[_Connection]] = defaultdict(deque)  # the longest idle first
        self._lookups: dict[_Place, tuple[float, asyncio.Task[_Found]]] = {}  # with the moment they are over

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, connect_seconds: float, deadline_seconds: float
    ) -> Answer:
        """POST once. NotReachedError, NoAnswerError, or ValueError for what is no address or no header."""
        place, head = _write_head(url, tuple(headers.items()))
        async with self._room:
            connection = self._take(place) or await self._connect(place, connect_seconds)
            try:
                if not connection.is_idle:  # one that was closed as soon as it was open
                    raise NotReachedError
                return await connection.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), deadline_seconds)
            finally:
                if connection.is_idle:
                    self._idle[place].append(connection)
                else:
                    connection.close()

    def close(self) -> None:
        """Close what is idle."""
        for connections in self._idle.values():
            for each in connections:
                each.close()
        self._idle.clear()

    def _take(self, place: _Place) -> "_Connection | None":
        idle, latest = self._idle[place], asyncio.get_running_loop().time() - _KEEP_OPEN_SECONDS
        while idle and idle[0].idle_since < latest:
            idle.popleft().close()
        while idle:
            connection = idle.pop()
            if connection.is_idle:
                return connection
        return None

    async def _connect(self, place: _Place, connect_seconds: float) -> "_Connection":
        loop = asyncio.get_running_loop()
        tls: dict[str, Any] = {"ssl": self._tls, "server_hostname": place.host} if place.scheme == "https" else {}
        try:
            async with asyncio.timeout(connect_seconds):
                found = await asyncio.shield(self._look_up(place))
                sock = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS)
                _, connection = await loop.create_connection(_Connection, sock=sock, **tls)
        except OSError as error:  # refused, a name that nobody knows, a certificate of somebody else, too slow
            raise NotReachedError from error
        return connection

    def _look_up(self, place: _Place) -> asyncio.Task[_Found]:
        """Once for all who connect at the same time: each lookup takes a thread."""
        loop = asyncio.get_running_loop()
        over_at, lookup = self._lookups.get(place, (0.0, None))
        if lookup is None or over_at < loop.time() or (lookup.done() and lookup.exception()):
            lookup = loop.create_task(_find_addresses(place))
            self._lookups[place] = loop.time() + _LOOKUP_SECONDS, lookup
        return lookup

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


class _Connection(asyncio.Protocol):
    """One connection, and the call that it carries."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_open = False
        self._heard: asyncio.Future[Answer] | None = None  # while an answer is waited for
        self.idle_since = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether it can carry a call."""
        return self._is_open and self._heard is None

    def ask(self, call: bytes, deadline_seconds: float) -> asyncio.Future[Answer]:
        """Write a call; what will be heard."""
        heard = self._heard = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._begin()
        self._patience = self._loop.call_later(deadline_seconds, self.close)
        self._transport.write(call)
        return heard

    def close(self) -> None:
        """At once: who waits for an answer gets none."""
        self._is_open = False
        self._transport.abort()

    def connection_made(self, transport: Any) -> None:  # uvloop's are no `asyncio.Transport` by name
        """A call can be written."""
        self._transport: asyncio.Transport = transport
        self._is_open = True

    def data_received(self, data: bytes) -> None:
        """Some of an answer. What nobody asked for ends the connection."""
        try:
            if self._heard is None:
                self.close()
            else:
                self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def eof_received(self) -> None:
        """The other side closes: it carries no further call. `connection_lost` comes a turn of the loop later."""
        self._is_open = False

    def connection_lost(self, error: Exception | None) -> None:
        """The end of an answer of no given length; of any other, none is heard any more."""
        self._is_open = False
        if self._heard is None:
            return
        if self._has_head and error is None and not _WITH_LENGTH & self._headers.keys():
            self._conclude()
        else:
            self._patience.cancel()
            if not self._heard.done():
                self._heard.set_exception(NoAnswerError())

    def on_message_begin(self) -> None:
        """An answer begins, or what nobody asked for behind one: that ends the connection, and is not read."""
        if self._heard is None:
            self._is_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of an answer's."""
        if self._heard is None:
            return
        self._headers[name.decode("latin-1").title()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """All of them."""
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        if self._heard is None:
            return
        self._body += body

    def on_message_complete(self) -> None:
        """All of it."""
        if self._heard is None:
            return
        if self._parser.get_status_code() < _FIRST_WHOLE_ANSWER:
            self._begin()
            return
        self._is_open = self._is_open and self._parser.should_keep_alive()
        self._conclude()

    def _begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._body, self._has_head = b"", False

    def _conclude(self) -> None:
        heard, self._heard = self._heard, None
        self._patience.cancel()
        self.idle_since = self._loop.time()
        if heard and not heard.done():
            heard.set_result(Answer(self._parser.get_status_code(), self._headers, self._body))


async def _find_addresses(place: _Place) -> _Found:
    return await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=SOCK_STREAM)


@lru_cache(maxsize=64)  # few: one a channel
def _write_head(url: str, headers: tuple[tuple[str, str], ...]) -> tuple[_Place, bytes]:
    """Where a call goes, and its lines up to the length of its body."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("no address that can be called")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    named = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "prevenant", "Accept": "*/*", **dict(headers)}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "Content-Length: "]
    if not all(each.isprintable() for each in lines):
        raise ValueError("a line break in a header")
    return _Place(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]), "\r\n".join(lines).encode("ascii")
