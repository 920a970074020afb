"""The Admin API's token, which lives for a day: asked for by client credentials, renewed before it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

_EARLY_SECONDS = 300.0


@dataclass(frozen=True)
class Token:
    """What opens the Admin API, and for how long."""

    value: str = field(repr=False)
    seconds: float


class TokenKeeper:
    """Keeps one token. Safe between threads: one asks, the others wait for what it gets."""

    def __init__(self, ask: Callable[[], Token], clock: Callable[[], float] = time.monotonic) -> None:
        """`ask` goes to Shopify. Nothing is asked for yet."""
        self._ask, self._clock, self._lock = ask, clock, Lock()
        self._kept: Token | None = None
        self._until = 0.0

    def get(self) -> Token:
        """The token; a new one some minutes before the old one ends. The errors of `ask`."""
        with self._lock:
            if self._kept is None or self._clock() >= self._until:
                asked_at = self._clock()
                self._kept = self._ask()
                self._until = asked_at + max(self._kept.seconds - _EARLY_SECONDS, self._kept.seconds / 2)
            return self._kept

    def forget(self, token: Token) -> None:
        """A token that Shopify refused is not used again; one that came meanwhile stays."""
        with self._lock:
            if self._kept == token:
                self._kept = None
