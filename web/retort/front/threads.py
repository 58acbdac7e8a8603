"""The threads of a worker, and who may have one."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from ..health import PATHS

Run = Callable[[Callable[[], None]], asyncio.Future[None]]


class Pool:
    """So many threads for what must not hold up the loop. `concurrent.futures` does the same for
    a third more of the loop's time: its own future, and a second that follows it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._loop = loop
        self._queue = SimpleQueue[tuple[asyncio.Future[None], Callable[[], None]]]()
        for _ in range(number):
            # The end of the process waits for none of them: the loop has, for as long as it may.
            Thread(target=self._work, daemon=True).start()

    def run(self, function: Callable[[], None]) -> asyncio.Future[None]:
        """Have a thread call the function; give what tells when it has, or what it raised."""
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
    """As many as there may be requests at once, and one for each of the health checks, which are
    answered though all others are taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._common = Pool(loop, number)
        self._health = {path: Pool(loop, 1) for path in PATHS}
        self._most_streams = max(1, number // 4)
        self.streams = 0
        """How many answers are under way that come in pieces."""

    def run_for(self, path: str) -> Run:
        """Take a request's path; give what runs a function in a thread for it."""
        return self._health.get(path, self._common).run

    def may_stream(self) -> bool:
        """Whether one more stream may begin. Each keeps what the application has opened for it,
        like a connection to the database."""
        return self.streams < self._most_streams
