"""The web channel on a free port, and tabs that connect to it with the real client."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import socketio

from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.servers.web import WebSite, run_web_site

_WAIT_SECONDS = 15.0


@dataclass
class Clock:
    """A moment that moves when it is told."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class Refused(Exception):  # the server's word for it
    """The server let nobody in."""


@dataclass
class Tab:
    """One open tab: what it was told, by event."""

    site: WebSite
    loop: asyncio.AbstractEventLoop
    client: socketio.AsyncClient = field(default_factory=lambda: socketio.AsyncClient(reconnection=False))
    told: dict[str, "queue.Queue[Any]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("ready", "message", "typing", "seen", "ended", "disconnect", "connect_error"):
            self.told[name] = queue.Queue()
            self.client.on(name, lambda *data, name=name: self.told[name].put(data[0] if data else None))

    def enter(self, session: Any = None, **auth: Any) -> dict[str, Any]:
        """Connect; what the server says when it is ready. Refused with the server's word when it is not."""
        said = {"session": session, **auth} if session is not None else auth
        try:
            self.wait(self.client.connect(self.site.url, auth=said, transports=["websocket"]))
        except socketio.exceptions.ConnectionError as error:
            raise Refused(self.hears("connect_error")["message"]) from error
        ready: dict[str, Any] = self.hears("ready")
        return ready

    def leave(self) -> None:
        self.wait(self._close())

    async def _close(self) -> None:
        """A client that was refused leaves its connections open."""
        await self.client.disconnect()
        if self.client.eio.http is not None:
            await self.client.eio.http.close()

    def wait(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(_WAIT_SECONDS + 2)

    def say(self, text: str, **more: Any) -> Any:
        said = {"id": uuid4().hex, "text": text, **more}
        return self.ask("say", said)

    def ask(self, event: str, data: Any) -> Any:
        return self.wait(self.client.call(event, data, timeout=_WAIT_SECONDS))

    def hears(self, name: str) -> Any:
        return self.told[name].get(timeout=_WAIT_SECONDS)

    def heard_nothing(self, name: str, seconds: float = 0.3) -> bool:
        try:
            self.told[name].get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def site(store: Store, settings: Settings, clock: Clock) -> Iterator[WebSite]:
    with run_web_site(store, settings, clock) as running:
        yield running


@pytest.fixture
def open_tab(site: WebSite) -> Iterator[Callable[..., Tab]]:
    """Make tabs; all are closed at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with ExitStack() as stack:

        def make(where: WebSite = site) -> Tab:
            tab = Tab(where, loop)
            stack.callback(tab.leave)
            return tab

        yield make
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def vouch(settings: Settings, clock: Clock) -> Callable[..., str]:
    """The shop's word on who is signed in; any claim may be forged."""

    def make(ref: str = "camille", *, secret: str = "", **claims: Any) -> str:
        whole = {
            "sub": ref, "email": f"{ref}@example.com", "iss": "prevenant-shop", "aud": "prevenant-widget",
            "jti": uuid4().hex, "iat": clock.now, "exp": clock.now + timedelta(minutes=5), **claims,
        }
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, secret or settings.widget_secret, algorithm="HS256")

    return make
