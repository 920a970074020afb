"""One writer at a time for each basket and order, within this process: Medusa itself guards neither."""

from threading import Lock
from zlib import crc32

_MANY = 64


class Locks:
    """A fixed number of locks; two things may share one."""

    def __init__(self) -> None:
        self._locks = tuple(Lock() for _ in range(_MANY))

    def of(self, name: str) -> Lock:
        """The lock of whatever has that name."""
        return self._locks[crc32(name.encode()) % _MANY]
