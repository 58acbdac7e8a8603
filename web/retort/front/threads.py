"""The threads of a worker, which request may have one, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ..health import PATHS
from .exchange import Exchange
from .lane import Busy, Lane
from .pool import Pool
from .room import SMALL

GRACE = 0.5  # seconds before its end in which a request can still say why it failed


class Late(Exception):
    """What a thread does has not come to its end in time."""


class Threads:
    """A pool for requests, and a thread for each health check, which is so answered even while all
    others are taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int, seconds: float) -> None:
        """Take how many threads there are, and how long a request may have one."""
        self._loop, self._seconds = loop, seconds
        self._common = Pool(loop, number)
        self._health = {path: Pool(loop, 1) for path in PATHS}
        # They may wait for one another's locks, and reads should not wait with them.
        self._writes = Lane(loop, max(1, number * 3 // 4))
        # Read as JSON, a body can take fifty times its size.
        self._large = Lane(loop, max(1, number // 8))
        self._most_streams = max(1, number // 4)
        self.streams = 0
        """The number of streams under way."""

    async def begin(self, exchange: Exchange, path: str) -> None:
        """Run the exchange up to the first piece of its answer. Raises Busy if it did not begin,
        and Late."""
        until = self._loop.time() + self._seconds
        if health := self._health.get(path):
            return await self._run(health, exchange, exchange.begin, until)
        if self._common.is_stuck():
            raise Busy
        entered: list[Lane] = []
        try:
            for lane in self._lanes(exchange):
                await lane.enter(until)
                entered.append(lane)
        except BaseException:
            _leave(entered)
            raise
        return await self._run(self._common, exchange, exchange.begin, until, entered)

    def _lanes(self, exchange: Exchange) -> list[Lane]:
        """What the exchange has to enter."""
        lanes: list[Lane] = []
        if exchange.size > SMALL:
            lanes.append(self._large)
        if not exchange.is_safe:
            lanes.append(self._writes)
        return lanes

    async def go_on(self, exchange: Exchange) -> None:
        """Get the exchange's next piece. Raises Late, and what the application raises."""
        await self._run_common(exchange, exchange.go_on)

    async def end(self, exchange: Exchange) -> None:
        """Have the exchange close what it has open, unless a thread still runs it and does so."""
        if not exchange.is_left:
            with suppress(Late):
                await self._run_common(exchange, exchange.end)

    async def refuse(self, exchange: Exchange) -> None:
        """Have the exchange answer 503 instead of what it has begun. Raises Late."""
        await self._run_common(exchange, exchange.refuse)

    def may_stream(self) -> bool:
        """Whether one more stream may begin. Each keeps open what the application opened for it,
        like a connection to the database."""
        return self.streams < self._most_streams

    async def _run_common(self, exchange: Exchange, function: Callable[[], None]) -> None:
        await self._run(self._common, exchange, function, self._loop.time() + self._seconds)

    async def _run(
        self,
        pool: Pool,
        exchange: Exchange,
        function: Callable[[], None],
        until: float,
        lanes: list[Lane] | None = None,
    ) -> None:
        def ended() -> None:
            _leave(lanes or [])
            if exchange.is_left:
                exchange.give_back()
                pool.run(exchange.end)

        future = pool.run(function, ended)
        timer = self._loop.call_at(until - GRACE, self._hurry, exchange, future, until)
        try:
            await future
        finally:
            timer.cancel()

    def _hurry(self, exchange: Exchange, future: asyncio.Future[None], until: float) -> None:
        """End what the exchange waits for in the database; a little later, leave it."""
        exchange.deadline.end()
        self._loop.call_at(until, partial(_leave_alone, exchange, future))


def _leave(lanes: list[Lane]) -> None:
    for lane in lanes:
        lane.leave()


def _leave_alone(exchange: Exchange, future: asyncio.Future[None]) -> None:
    if not future.done():
        exchange.is_left = True
        future.set_exception(Late)
