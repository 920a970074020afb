"""Stage B5: many vendors' calls at once: an event loop in a thread of its own, and connections that stay open."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence

from bot.channels.base import MassSender, Result
from bot.channels.outbox import OutboxRow
from bot.channels.wire import Wire


class Calls:
    """Opens nothing until the first call; threads may share it."""

    def __init__(self, at_once: int) -> None:
        """`at_once`: the most connections that are open."""
        self._at_once = at_once
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wire: Wire | None = None

    def send(self, pairs: Sequence[tuple[MassSender, OutboxRow]]) -> list[Result]:
        """Every row by its sender, all at once; what came of each, in their order. Raises nothing of theirs."""
        return asyncio.run_coroutine_threadsafe(self._send_all(pairs), self._open()).result()

    def close(self) -> None:
        """Close every connection, and end the thread."""
        with self._lock:
            if self._loop is None:
                return
            loop, self._loop = self._loop, None
        asyncio.run_coroutine_threadsafe(self._close_wire(), loop).result()
        loop.call_soon_threadsafe(loop.stop)

    async def _send_all(self, pairs: Sequence[tuple[MassSender, OutboxRow]]) -> list[Result]:
        if self._wire is None:
            self._wire = Wire(self._at_once)
        calls: list[Awaitable[str]] = [sender.send_among(self._wire, row) for sender, row in pairs]
        return await asyncio.gather(*calls, return_exceptions=True)

    async def _close_wire(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _open(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="calls", daemon=True).start()
            return self._loop


class OneByOne(ABC):
    """The way to every channel for somebody who takes messages one after the other: a terminal, a test."""

    @abstractmethod
    def send(self, row: OutboxRow) -> str:
        """Send once; the id under which it was taken."""

    def at_once(self, channel: str) -> int:  # of any
        """One, on every channel."""
        return 1

    def in_order(self) -> frozenset[str]:
        """No channel: after one that failed the next would still be tried."""
        return frozenset()

    def send_all(self, rows: Sequence[OutboxRow]) -> list[Result]:
        """What came of each."""
        return [try_to_send(self.send, row) for row in rows]


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


def try_to_send(send: Callable[[OutboxRow], str], row: OutboxRow) -> Result:
    """What came of one call."""
    try:
        return send(row)
    except Exception as error:  # noqa: BLE001  # whoever reads the result says what each kind means
        return error
