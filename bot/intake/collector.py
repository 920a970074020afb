"""Stage B1: HTTP calls of analytics clients -> stored events; 200 is said only after the commit.

Speaks Segment's HTTP API, so that any analytics client can be pointed at it: `/v1/track` with the
write key as Basic user (servers), `/v1/t` with `writeKey` in a text/plain body (pages).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.errors import FixInput, NotAllowed, RateLimited, RetryLater
from bot.intake.bodies import TooLarge, read_json
from bot.intake.limits import FixedWindow
from bot.intake.names import SHOP_ONLY
from bot.intake.proof import Sender, WriteKeys, read_widget_token
from bot.intake.recording import Received, Reject
from bot.intake.segment import Call, read_batch, read_call
from bot.intake.writer import BatchWriter
from bot.profile.store.engine import Store
from bot.settings import Settings

PREFIX = "/v1/"
MAX_BODY_BYTES = 512_000
PAGE_CALLS_A_MINUTE = 6_000  # of one address; a server's key has no limit but the queue
KEPT_REJECT_BYTES = 4_000
_PATHS = {"identify": "i", "track": "t", "page": "p", "screen": "s", "alias": "a", "group": "g", "batch": "b"}
_KINDS = {path: kind for kind, letter in _PATHS.items() for path in (kind, letter)}
_SILOS: dict[Sender, str] = {"page": "web", "server": "server"}
_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "authorization, content-type, content-encoding, x-retry-count",
    "access-control-max-age": "86400",
    "x-content-type-options": "nosniff",
}

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]  # status, headers, body


class CollectorServices(Protocol):
    """What the collector needs of the services."""

    @property
    def settings(self) -> Settings:
        """The keys and secrets."""

    @property
    def store(self) -> Store:
        """Where events go."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The moment, in UTC."""


def build_collector(services: CollectorServices, *, calls_a_minute: int = PAGE_CALLS_A_MINUTE) -> ASGIApp:
    """What answers under PREFIX. FixConfiguration when a key could be guessed. Opens nothing until the first call.

    A bare ASGI application: a framework's layers would cost a single call more than all the rest of its reading.
    """
    return _Endpoint(Collector(services, calls_a_minute))


class Collector:
    """One request: recognise the sender, check every field, hand it to the writer, answer."""

    def __init__(self, services: CollectorServices, calls_a_minute: int) -> None:
        """Reads the keys; FixConfiguration when one could be guessed."""
        self._clock = services.clock
        self._keys = WriteKeys.from_settings(services.settings)
        self._widget_secret = services.settings.widget_secret
        self._writer = BatchWriter(services.store, services.settings.holdout_salt, services.clock)
        self._limit = FixedWindow(calls_a_minute, 60)

    async def collect(self, kind: str, headers: Mapping[str, str], receive: Receive, address: str) -> Answer:
        """Answer one request of a kind of call, or `batch`."""
        try:
            body = await read_json(headers, receive, max_bytes=MAX_BODY_BYTES)
            sender = self._keys.recognise(headers, body)
            await self._store(address, body, kind, sender)
        except TooLarge as error:
            return _refuse(413, error.message, field=error.field)
        except NotAllowed as error:
            return _refuse(401, str(error), field="writeKey")
        except FixInput as error:
            return _refuse(400, error.message, field=error.field)
        except RateLimited as error:
            return _refuse(429, str(error), retry_after_seconds=error.retry_after_seconds)
        except RetryLater as error:
            return _refuse(503, str(error), retry_after_seconds=1)
        return _TAKEN

    async def _store(self, address: str, body: dict[str, Any], kind: str, sender: Sender) -> None:
        now = self._clock()
        self._count(address, body, kind, sender, now)
        try:
            calls = read_batch(body, now) if kind == "batch" else [read_call(body, kind, now)]
            _refuse_shop_names(calls, sender, kind)
        except FixInput as error:
            await self._writer.write(rejects=[_keep(body, error, sender, now)])
            raise
        await self._writer.write([self._received(call, sender, now) for call in calls])

    def _count(self, address: str, body: dict[str, Any], kind: str, sender: Sender, now: datetime) -> None:
        batch = body.get("batch")
        number = len(batch) if kind == "batch" and isinstance(batch, list) else 1
        if sender == "page" and not self._limit.take(address, max(number, 1), now):
            raise RateLimited("too many calls from this address", retry_after_seconds=60)

    def _received(self, call: Call, sender: Sender, now: datetime) -> Received:
        proven = call.user_id if sender == "server" else read_widget_token(call.token, self._widget_secret)
        return Received(call, _SILOS[sender], proven, now)


class _Endpoint:
    """The collector as an ASGI application."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, headers, body = await self._answer(scope, receive)
        except ClientDisconnect:
            return
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        kind = _KINDS.get(scope["path"].removeprefix(PREFIX))
        if kind is None:
            return _refuse(404, "there is no such call")
        if scope["method"] == "OPTIONS":
            return _PREFLIGHT
        if scope["method"] != "POST":
            return _answer(405, {"success": False, "message": "calls are sent by POST"}, {"allow": "POST, OPTIONS"})
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        address = scope["client"][0] if scope.get("client") else ""
        return await self._collector.collect(kind, headers, receive, address)


def _refuse_shop_names(calls: Sequence[Call], sender: Sender, kind: str) -> None:
    """What only the shop can know must not be heard from a page: it would start messages about untrue things."""
    for position, call in enumerate(calls):
        if sender == "page" and call.name in SHOP_ONLY:
            field = f"batch[{position}].event" if kind == "batch" else "event"
            raise FixInput(field, "is a name that only the shop's servers may send")


def _keep(body: dict[str, Any], error: FixInput, sender: Sender, now: datetime) -> Reject:
    """The refused call as received, cut where it is long; without the key it came with."""
    row, refused = _find_refused(body, error.field)
    text = orjson.dumps(refused).decode()
    payload = refused if len(text) <= KEPT_REJECT_BYTES else {"cut": text[:KEPT_REJECT_BYTES]}
    return Reject(_SILOS[sender], row, f"{error.field}: {error.message}", payload, now)


def _find_refused(body: dict[str, Any], field: str) -> tuple[int, Any]:
    inside, _, rest = field.removeprefix("batch[").partition("]")
    if rest or field.startswith("batch["):
        return int(inside), body["batch"][int(inside)]
    return 0, {name: value for name, value in body.items() if name != "writeKey"}


def _refuse(status: int, message: str, *, field: str = "", retry_after_seconds: float = 0) -> Answer:
    headers = {"retry-after": str(round(retry_after_seconds))} if retry_after_seconds else {}
    named = {"field": field} if field else {}
    return _answer(status, {"success": False, **named, "message": message}, headers)


def _answer(status: int, body: dict[str, Any] | None, headers: Mapping[str, str]) -> Answer:
    raw = b"" if body is None else orjson.dumps(body)
    kind = {} if body is None else {"content-type": "application/json", "content-length": str(len(raw))}
    return status, [(name.encode(), value.encode()) for name, value in {**_HEADERS, **kind, **headers}.items()], raw


_TAKEN = _answer(200, {"success": True}, {})
_PREFLIGHT = _answer(204, None, {})
