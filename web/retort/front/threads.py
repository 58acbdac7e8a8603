"""The threads of a worker, and who may have one."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ..health import PATHS

Run = Callable[[Callable[[], None]], Awaitable[None]]


class Threads:
    """As many as there may be requests at once, and one for each of the health checks, which are
    answered though all others are taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._loop = loop
        self._common = ThreadPoolExecutor(number, "request")
        self._health = {path: ThreadPoolExecutor(1, path) for path in PATHS}
        self._most_streams = max(1, number // 4)
        self.streams = 0
        """How many answers are under way that come in pieces."""

    def run_for(self, path: str) -> Run:
        """Take a request's path; give what runs a function in a thread for it."""
        return partial(self._loop.run_in_executor, self._health.get(path, self._common))

    def may_stream(self) -> bool:
        """Whether one more stream may begin. Each keeps what the application has opened for it,
        like a connection to the database."""
        return self.streams < self._most_streams
