"""A circuit breaker: after failures in a row the other side is left alone for a while, then asked once.

Our own, as libraries do not do this (2026-11): pybreaker 1.4 holds its lock while the guarded call runs, so that an
engine's threads would stand in a row; purgatory 3.0 lets everybody through at once after the rest, and measures it by a
clock that may be set. urllib3's Retry and tenacity repeat, and rest for nobody.
"""

import time
from collections.abc import Callable
from threading import Lock

from bot.errors import Unavailable


class Breaker:
    """Counts failures in a row. One for each outside system; safe between threads."""

    def __init__(
        self, name: str, *, most_failures: int = 5, rest_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` is whose, for the message."""
        self._name, self._most, self._rest, self._clock = name, most_failures, rest_seconds, clock
        self._lock, self._failures, self._open_until = Lock(), 0, 0.0

    def require_rested(self) -> None:
        """Unavailable while it rests. Whoever comes first after that asks; the others wait for what they hear."""
        with self._lock:
            if self._failures < self._most:
                return
            now = self._clock()
            if now < self._open_until:
                raise Unavailable(f"{self._name} does not answer; it is asked again in a moment")
            self._open_until = now + self._rest

    def note(self, *, has_answered: bool) -> None:
        """What came of a call."""
        with self._lock:
            self._failures = 0 if has_answered else self._failures + 1
            if self._failures == self._most:
                self._open_until = self._clock() + self._rest
