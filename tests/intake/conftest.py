"""A collector in this process, driven as an ASGI server would: body in chunks, headers as given."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from starlette.types import ASGIApp

from bot.intake.collector import build_collector
from bot.profile.store.engine import Store
from bot.settings import Settings

WRITE_KEY = "page-key-0123456789"
SERVER_KEY = "server-key-0123456789"
WIDGET_SECRET = "widget-secret-0123456789-0123456789"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class CollectorClient:
    """Posts to a collector, and can move its clock."""

    store: Store
    now: datetime
    calls_a_minute: int = 6_000
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(
            write_key=WRITE_KEY, server_write_key=SERVER_KEY, widget_secret=WIDGET_SECRET, holdout_salt="salt" * 4
        )
        self.app = build_collector(self, calls_a_minute=self.calls_a_minute)

    def clock(self) -> datetime:
        """The moment that the test set."""
        return self.now

    def post(self, path: str, body: Any, *, key: str = WRITE_KEY, **headers: str) -> Answer:
        """Post JSON with the key as Basic user."""
        basic = base64.b64encode(f"{key}:".encode()).decode()
        return self.send("POST", path, [json.dumps(body).encode()], {"authorization": f"Basic {basic}", **headers})

    def send(self, method: str, path: str, chunks: Sequence[bytes], headers: dict[str, str]) -> Answer:
        """Send raw chunks, with no length declared unless the headers do."""
        return asyncio.run(_drive(self.app, method, path, chunks, headers))

    def token(self, customer_ref: str, *, secret: str = WIDGET_SECRET, lasts: timedelta = timedelta(days=3650)) -> str:
        """The shop's signed word that a customer is signed in."""
        return jwt.encode({"sub": customer_ref, "exp": datetime.now(self.now.tzinfo) + lasts}, secret, "HS256")


async def _drive(app: ASGIApp, method: str, path: str, chunks: Sequence[bytes], headers: dict[str, str]) -> Answer:
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": b"",
        "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 4711), "server": ("test", 80),
    }
    waiting = list(chunks) or [b""]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    raw = b"".join(message.get("body", b"") for message in sent[1:])
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], answered, json.loads(raw) if raw else None)


@pytest.fixture
def collector(store: Store, now: datetime) -> CollectorClient:
    """A collector with its usual limits."""
    return CollectorClient(store, now)


@pytest.fixture
def make_collector(store: Store, now: datetime) -> Callable[..., CollectorClient]:
    """Collectors with other limits."""
    return lambda **options: CollectorClient(store, now, **options)
