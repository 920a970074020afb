"""Stage B5: what every open tab got and showed -> one transaction for all that come within a moment."""

import asyncio
from collections.abc import Callable, Sequence

from bot.channels.web.history import Receipt

TOGETHER_SECONDS = 0.1  # a widget tells twice of each message, and nobody waits for it


class ReceiptBook:
    """Collects receipts and has them written together."""

    def __init__(self, write: Callable[[Sequence[Receipt]], None]) -> None:
        """`write` runs in a thread."""
        self._write = write
        self._waiting: list[Receipt] = []
        self._next: asyncio.Task[None] | None = None

    async def add(self, receipt: Receipt) -> None:
        """Returns once it is written; raises what writing did, for all that were written with it."""
        self._waiting.append(receipt)
        if self._next is None:
            self._next = asyncio.create_task(self._write_soon())
        await asyncio.shield(self._next)

    async def _write_soon(self) -> None:
        await asyncio.sleep(TOGETHER_SECONDS)
        taken, self._waiting, self._next = self._waiting, [], None
        await asyncio.to_thread(self._write, taken)
