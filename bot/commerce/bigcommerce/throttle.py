"""How many requests BigCommerce still takes: told with every answer, shared with every other app of the store."""

import time
from collections.abc import Callable
from threading import Lock


class Quota:
    """The requests left, as far as we know. Safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known, and nothing held back, before the first answer."""
        self._clock, self._lock = clock, Lock()
        self._spent_until = 0.0

    def note(self, left: int | None, reset_seconds: float) -> None:
        """What an answer's headers say; None where they say nothing."""
        if left is None:
            return
        with self._lock:
            self._spent_until = self._clock() + reset_seconds if left <= 0 else 0.0

    def wait_seconds(self) -> float:
        """How long until there is one to spend."""
        with self._lock:
            return max(self._spent_until - self._clock(), 0.0)
