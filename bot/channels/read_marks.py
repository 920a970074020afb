"""Stage A0: a message is taken in hand -> its channel shows that it was read, and that an answer is being written.

A courtesy: it runs beside the answer, is tried once, and whatever becomes of it changes nothing.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Protocol

import structlog

from bot.contracts.messages import InboundMessage
from bot.errors import PrevenantError
from bot.profile.conversations import get_conversation
from bot.profile.store.engine import Store

log = structlog.get_logger()
_THREADS, _MOST_WAITING = 2, 20
_TOO_LATE_SECONDS = 1.0  # the answer is there by then: a typing sign after it would promise another


class ShowsRead(Protocol):
    """A channel that shows marks."""

    def tell_read(self, message_id: str, address: str) -> None:
        """Show the message as read, and that somebody is typing; raises what `bot.channels.base` says."""


class ReadMarks:
    """Marks of every channel that shows any. Called with a message, it returns at once."""

    def __init__(self, store: Store, channels: Mapping[str, ShowsRead]) -> None:
        """Starts no thread before the first mark."""
        self._store, self._channels = store, channels
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="read-marks")
        self._room = BoundedSemaphore(_MOST_WAITING)

    def __call__(self, message: InboundMessage) -> None:
        """Show that it was read, soon or not at all."""
        channel = self._channels.get(message.channel)
        if channel and self._room.acquire(blocking=False):
            self._pool.submit(self._mark, channel, message, time.monotonic())

    def close(self) -> None:
        """Wait for the marks on their way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _mark(self, channel: ShowsRead, message: InboundMessage, asked_at: float) -> None:
        try:
            with self._store.read() as connection:
                conversation = get_conversation(connection, message.sender_id)
            if conversation and time.monotonic() - asked_at < _TOO_LATE_SECONDS:
                channel.tell_read(message.message_id, conversation.address)
        except PrevenantError as error:
            log.info("read_mark_failed", channel=message.channel, error=type(error).__name__)
        finally:
            self._room.release()
