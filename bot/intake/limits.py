"""How much one address may send: counted in memory, for it guards this process."""

from collections import OrderedDict
from datetime import datetime, timedelta

MAX_ADDRESSES = 50_000


class FixedWindow:
    """So many a window for each key; the keys longest not seen are forgotten first."""

    def __init__(self, limit: int, window_seconds: float) -> None:
        """`limit` calls in `window_seconds`."""
        self._limit = limit
        self._window = timedelta(seconds=window_seconds)
        self._used: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def take(self, key: str, number: int, now: datetime) -> bool:
        """Count `number` calls of `key`; False when they do not fit into its window any more."""
        started, used = self._used.get(key, (now, 0))
        if now - started >= self._window:
            started, used = now, 0
        if used + number > self._limit:
            return False
        self._used[key] = (started, used + number)
        self._used.move_to_end(key)
        if len(self._used) > MAX_ADDRESSES:
            self._used.popitem(last=False)
        return True
