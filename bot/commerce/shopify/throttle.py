"""What Shopify lets us spend: points that come back by the second, told with every answer of the Admin API."""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any


class Bucket:
    """The points left, as far as we know: other processes spend of the same. Safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known, and nothing held back, before the first answer."""
        self._clock, self._lock = clock, Lock()
        self._available, self._most, self._per_second, self._told_at = float("inf"), float("inf"), 50.0, 0.0
        self._costs: dict[str, float] = {}

    def note(self, document: str, cost: Mapping[str, Any]) -> None:
        """What an answer's `extensions.cost` says of a document and of the points left."""
        told = cost.get("throttleStatus") or {}
        with self._lock:
            self._costs[document] = float(cost.get("requestedQueryCost") or 0)
            if "currentlyAvailable" in told:
                self._available, self._told_at = float(told["currentlyAvailable"]), self._clock()
                self._most = float(told.get("maximumAvailable") or self._available)
                self._per_second = max(float(told.get("restoreRate") or 50), 1.0)

    def wait_seconds(self, document: str) -> float:
        """How long until the document can be paid for; 0 for one that was never sent."""
        with self._lock:
            needed = min(self._costs.get(document, 0.0), self._most)
            left = self._available + (self._clock() - self._told_at) * self._per_second
            return max((needed - left) / self._per_second, 0.0)
