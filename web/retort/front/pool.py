"""Threads for what would hold up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

Call = Callable[[], None]


class Pool:
    """A number of threads. With `concurrent.futures`, which makes a second future for each of the
    loop's, a small request takes, measured, a third more processor time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._loop = loop
        self._queue = SimpleQueue[tuple[asyncio.Future[None], Call, Call | None]]()
        for _ in range(number):
            # A daemon, so that the process ends when the loop has: the loop waits for them, but
            # not for ever.
            Thread(target=self._work, daemon=True).start()

    def run(self, function: Call, ended: Call | None = None) -> asyncio.Future[None]:
        """Have a thread call the function. Gives a future that is done when the function is, and
        raises what it raised. Then the loop calls `ended`, whether or not the future was done
        before: by whoever did not want to wait."""
        future = self._loop.create_future()
        self._queue.put((future, function, ended))
        return future

    def _work(self) -> None:
        while True:
            future, function, ended = self._queue.get()
            error = None
            try:
                function()
            except BaseException as raised:
                error = raised
            self._loop.call_soon_threadsafe(_tell, future, error, ended)


def _tell(future: asyncio.Future[None], error: BaseException | None, ended: Call | None) -> None:
    if ended is not None:
        ended()
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
