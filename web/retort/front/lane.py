"""Who has to wait for whom."""

from __future__ import annotations

import asyncio
from collections import deque

PATIENCE = 1  # second for which one more may wait although nobody gets on


class Busy(Exception):
    """No place comes free in time, or soon enough to wait for it."""


class Lane:
    """Lets a number of requests pass at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        self._loop, self._free = loop, most
        self._waiting = deque[asyncio.Future[None]]()
        self._moved = loop.time()

    async def enter(self, until: float) -> None:
        """Wait for a place, but not beyond the loop's time `until`. Raises Busy."""
        if self._free:
            self._free -= 1
            self._moved = self._loop.time()
            return
        if self._loop.time() > self._moved + PATIENCE:
            raise Busy
        place = self._loop.create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout_at(until):
                await place
        except TimeoutError:
            if place.done() and not place.cancelled():
                self.leave()
            raise Busy from None

    def leave(self) -> None:
        self._moved = self._loop.time()
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
