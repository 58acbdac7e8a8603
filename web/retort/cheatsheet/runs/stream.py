"""A run as it happens: it has a thread of its own, which hands over what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread

from .record import Statement
from .runner import Run


def happening(run: Callable[[Callable[[Statement], None]], Run]) -> Iterator[Statement | Run]:
    """Take a function that runs a recipe and calls back with each statement; give each
    statement as it ends, then the run.

    Raises what the function raises. If nobody listens any more, the run still goes on to
    its end, within its limits.
    """
    happened: SimpleQueue[Statement | Run | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            happened.put(run(happened.put))
        except BaseException as error:  # of any kind, since somebody waits for it
            happened.put(error)

    Thread(target=work, name="cheatsheet", daemon=True).start()
    while True:
        event = happened.get()
        if isinstance(event, BaseException):
            raise event
        yield event
        if isinstance(event, Run):
            return
