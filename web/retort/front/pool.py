"""Threads for what would hold up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from time import monotonic

from .lane import PATIENCE

# Threads that run at the same time contend for the interpreter's lock. Of 16 requests at once, two
# of which have a thread, each takes, measured, a quarter less processor time than of 16 that do.
BRISK = 2
MOMENT = 0.005  # seconds after which a call is taken to wait for something


@dataclass(eq=False)
class Call:
    """What a thread has to do. The future is done when that is, or when nobody waits any more."""

    function: Callable[[], None]
    future: asyncio.Future[None]
    ended: Callable[[], None]


@dataclass(eq=False)
class Worker:
    """What a thread is doing."""

    call: Call | None = None
    is_replaced: bool = False
    """Whether another has begun in its place, so that it rests when its call is done."""


class Pool:
    """A number of threads, of which a few run. While their calls wait for something, others run in
    their place, up to the whole number."""

    def __init__(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        self._loop = loop
        self._queue = SimpleQueue[Call]()
        self._turns = SimpleQueue[None]()  # one for each thread that may begin to run
        self._workers = [Worker() for _ in range(number)]
        self._resting = number
        self._moved = monotonic()
        self._seen: list[Call | None] = []
        self._looks = False
        for worker in self._workers:
            # A daemon, so that the process ends when the loop has: the loop waits for them, but
            # not for ever.
            Thread(target=self._work, args=(worker,), daemon=True).start()
        for _ in range(BRISK):
            self._wake_one()

    def run(
        self, function: Callable[[], None], ended: Callable[[], None] = lambda: None
    ) -> asyncio.Future[None]:
        """Have a thread call the function. Gives a future that is done when the function is, and
        raises what it raised. The loop calls `ended` when no thread has it any more."""
        call = Call(function, self._loop.create_future(), ended)
        self._queue.put(call)
        if not self._looks:
            self._look_later()
        return call.future

    def is_stuck(self) -> bool:
        """Whether every thread has a call, and has had it for PATIENCE seconds."""
        return monotonic() > self._moved + PATIENCE and all(each.call for each in self._workers)

    def _look_later(self) -> None:
        self._looks = True
        self._seen = [worker.call for worker in self._workers]
        self._loop.call_later(MOMENT, self._look)

    def _look(self) -> None:
        """While some wait for a thread, replace those whose calls have taken longer than a
        moment."""
        self._looks = False
        if self._queue.empty():
            return
        for worker, call in zip(self._workers, self._seen, strict=True):
            if call and worker.call is call and not worker.is_replaced and self._wake_one():
                worker.is_replaced = True
        self._look_later()

    def _wake_one(self) -> bool:
        if not self._resting:
            return False
        self._resting -= 1
        self._turns.put(None)
        return True

    def _work(self, worker: Worker) -> None:
        while True:
            self._turns.get()
            worker.is_replaced = False
            while not worker.is_replaced:
                self._do(worker, self._queue.get())
            self._loop.call_soon_threadsafe(self._rest)

    def _do(self, worker: Worker, call: Call) -> None:
        worker.call = call
        self._moved = monotonic()
        error = None
        try:
            if not call.future.done():
                call.function()
        except BaseException as raised:
            error = raised
        worker.call = None
        self._loop.call_soon_threadsafe(_tell, call, error)

    def _rest(self) -> None:
        self._resting += 1


def _tell(call: Call, error: BaseException | None) -> None:
    call.ended()
    if call.future.done():
        return
    if error is None:
        call.future.set_result(None)
    else:
        call.future.set_exception(error)
