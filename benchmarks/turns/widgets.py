"""Two kinds of socket.io clients: the widget's protocol, and the one of Rasa's stock channel; and a crowd of either."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

import socketio

from benchmarks.turns.visits import Visit, make_visit
from bot.channels.web.tokens import make_session
from bot.settings import Settings
from bot.storefront.session import widget_token

PATIENCE_SECONDS = 600.0
_CONNECT_SECONDS = 60


@dataclass(frozen=True)
class Turn:
    """A sentence and what came of it: seconds until the last reply was there, and how many there were."""

    seconds: float
    replies: int
    ended_at: float


class Widget(Protocol):
    """An open chat."""

    async def open(self, visit: Visit) -> None:
        """Connect, as a new visitor."""

    async def say(self, text: str) -> Turn:
        """Say something and wait for the whole answer; no reply within PATIENCE_SECONDS is a turn with none."""

    async def close(self) -> None:
        """Gone."""


@dataclass
class Accounts:
    """Who may sign in. Each sits at one widget at a time, as people do."""

    free: list[dict[str, Any]] = field(default_factory=list)


class OurWidget:
    """What bot/widget does: a session, receipts for what it got and showed, a turn that ends when typing does.

    Sessions are signed here with the installation's own secret: one address may ask `site` for 120 a minute only.
    """

    def __init__(self, settings: Settings, accounts: Accounts, rng: random.Random) -> None:
        """Nothing is connected yet."""
        self._settings, self._accounts, self._rng = settings, accounts, rng
        self._account: dict[str, Any] | None = None
        self._replies, self._last_at = 0, 0.0
        self._ready, self._answered = asyncio.Event(), asyncio.Event()

    async def open(self, visit: Visit) -> None:
        """A third of the visitors are signed in, as far as there are accounts."""
        self._ready.clear()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("ready", self._on_ready)
        self._socket.on("message", self._on_message)
        self._socket.on("typing", self._on_typing)
        await self._socket.connect(
            self._settings.public_url, auth=self._introduce(visit), transports=["websocket"],
            wait_timeout=_CONNECT_SECONDS,
        )
        await asyncio.wait_for(self._ready.wait(), _CONNECT_SECONDS)

    async def say(self, text: str) -> Turn:
        """Until typing ends, which follows the last reply."""
        self._replies = 0
        self._answered.clear()
        began = time.perf_counter()
        said = await self._socket.call("say", {"id": uuid4().hex, "text": text, "page": {"url": "/"}}, timeout=60)
        if not said["ok"]:
            raise RuntimeError(f"site refused a message: {said}")
        try:
            await asyncio.wait_for(self._answered.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            return Turn(PATIENCE_SECONDS, 0, time.perf_counter())
        return Turn(self._last_at - began, self._replies, self._last_at)

    async def close(self) -> None:
        """The account is free for the next visitor."""
        await self._socket.disconnect()
        if self._account:
            self._accounts.free.append(self._account)
            self._account = None

    def _introduce(self, visit: Visit) -> dict[str, Any]:
        now = datetime.now(UTC)
        if self._accounts.free and self._rng.random() < 1 / 3:
            self._account = self._accounts.free.pop(0)
        known = self._account
        token = known and widget_token(
            self._settings, now, ref=known["ref"], email=known["email"], name=known["first_name"]
        )
        return {
            "session": make_session(self._settings, now), "anonymous_id": str(uuid4()), "language": visit.language,
            "timezone": "Europe/Paris", "after": 0, **({"customer_token": token} if token else {}),
        }

    async def _on_ready(self, _told: dict[str, Any]) -> None:
        self._ready.set()

    async def _on_message(self, message: dict[str, Any]) -> None:
        if message["direction"] != "out":
            return
        if message["kind"] == "reply":
            self._replies += 1
            self._last_at = time.perf_counter()
        await self._socket.emit("receipts", {"delivered": [message["position"]]})
        await self._socket.emit("receipts", {"seen": [message["position"]]})

    async def _on_typing(self, told: dict[str, Any]) -> None:
        if not told["is_typing"] and self._replies:
            self._answered.set()


class StockWidget:
    """The client of Rasa's own socketio channel, without session_persistence: the socket is the conversation.

    With it, under python-socketio 5.10 and newer, no reply would ever arrive: the channel calls `enter_room`,
    a coroutine since, without awaiting it (rasa 3.6.21, 2026-11).
    """

    def __init__(self, url: str) -> None:
        """Nothing is connected yet."""
        self._url = url
        self._replies, self._last_at = 0, 0.0

    async def open(self, visit: Visit) -> None:
        """Its protocol knows no language."""
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("bot_uttered", self._on_uttered)
        await self._socket.connect(self._url, transports=["websocket"], wait_timeout=_CONNECT_SECONDS)

    async def say(self, text: str) -> Turn:
        """The protocol ends no turn, but the acknowledgement comes after it. What counts is the last reply's moment."""
        self._replies = 0
        began = time.perf_counter()
        try:
            await self._socket.call("user_uttered", {"message": text}, timeout=int(PATIENCE_SECONDS))
        except socketio.exceptions.TimeoutError:
            return Turn(PATIENCE_SECONDS, 0, time.perf_counter())
        ended_at = self._last_at if self._replies else time.perf_counter()
        return Turn(ended_at - began, self._replies, ended_at)

    async def close(self) -> None:
        """Its conversation is over with it."""
        await self._socket.disconnect()

    async def _on_uttered(self, _message: dict[str, Any]) -> None:
        self._replies += 1
        self._last_at = time.perf_counter()


@dataclass(frozen=True)
class Load:
    """The turns of one crowd, and the seconds in which new ones were begun."""

    turns: list[Turn]
    began_at: float
    seconds: float


async def load(
    make: Callable[[random.Random], Widget], widgets: int, seconds: float, *, think: float, seed: int
) -> Load:
    """So many open widgets, each in a loop: say, wait for the answer, think. A new visitor after five sentences."""
    crowd = [(make(rng), rng) for rng in (random.Random(f"{seed} {number}") for number in range(widgets))]
    visits = [make_visit(rng) for _, rng in crowd]
    for (widget, _), visit in zip(crowd, visits, strict=True):
        await widget.open(visit)  # one by one: how fast a crowd comes in is not what is measured
    began_at = time.perf_counter()
    talks = (
        _talk(widget, visit, rng, began_at + seconds, think) for (widget, rng), visit in zip(crowd, visits, strict=True)
    )
    turns = [turn for said in await asyncio.gather(*talks) for turn in said]
    return Load(turns, began_at, seconds)


async def _talk(widget: Widget, visit: Visit, rng: random.Random, until: float, think: float) -> list[Turn]:
    turns: list[Turn] = []
    if think:
        await asyncio.sleep(rng.uniform(0, think))  # or all would speak in the same instant
    while True:
        for sentence in visit.sentences:
            if time.perf_counter() >= until:
                await widget.close()
                return turns
            turns.append(await widget.say(sentence))
            if think:
                await asyncio.sleep(rng.uniform(0.5, 1.5) * think)
        await widget.close()
        visit = make_visit(rng)
        await widget.open(visit)
