"""The threads of a worker, and who may have one."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from ..health import PATHS

Run = Callable[[Callable[[], None]], asyncio.Future[None]]


class Pool:
    """Threads for what would hold up the loop. With `concurrent.futures`, which makes a second
    future for each of the loop's, a small request takes, measured, a third more processor time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._loop = loop
        self._queue = SimpleQueue[tuple[asyncio.Future[None], Callable[[], None]]]()
        for _ in range(number):
            # A daemon, so that the process ends when the loop has: the loop waits for them, but
            # not for ever.
            Thread(target=self._work, daemon=True).start()

    def run(self, function: Callable[[], None]) -> asyncio.Future[None]:
        """Have a thread call the function. Gives a future that is done when the function is, and
        raises what it raised."""
        future = self._loop.create_future()
        self._queue.put((future, function))
        return future

    def _work(self) -> None:
        while True:
            future, function = self._queue.get()
            error = None
            try:
                function()
            except BaseException as raised:
                error = raised
            self._loop.call_soon_threadsafe(_tell, future, error)


def _tell(future: asyncio.Future[None], error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


class Threads:
    """A pool for requests, and a thread for each health check, which is so answered even while all
    others are taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._common = Pool(loop, number)
        self._health = {path: Pool(loop, 1) for path in PATHS}
        self._most_streams = max(1, number // 4)
        self.streams = 0
        """The number of streams under way."""

    def run_for(self, path: str) -> Run:
        """Take the path of a request; give what runs a function in a thread for it."""
        return self._health.get(path, self._common).run

    def may_stream(self) -> bool:
        """Whether one more stream may begin. Each keeps open what the application opened for it,
        like a connection to the database."""
        return self.streams < self._most_streams
