"""How many bytes a worker holds for its clients."""

from threading import Lock

SMALL = 64 * 1024  # bytes that are nowhere too many


class Room:
    """Bodies that have come, and answers that are not yet sent, of all connections together."""

    def __init__(self, size: int) -> None:
        self._lock = Lock()
        self._free = size

    def take(self, size: int, *, always: bool = False) -> bool:
        """Take so many bytes; gives whether there was room for them. If it is `always` so, what
        comes after has less."""
        with self._lock:
            if size > self._free and not always:
                return False
            self._free -= size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self._free += size
