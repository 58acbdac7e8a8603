"""The processor's time that something takes."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from time import thread_time


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Check that what follows takes this thread no longer. To look for garbage meanwhile would be
    to look among that of all tests before."""
    gc.disable()
    began = thread_time()
    try:
        yield
        assert thread_time() - began < seconds
    finally:
        gc.enable()
