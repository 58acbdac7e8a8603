"""A process of `web` comes to its end before its time."""

import subprocess
import time
from contextlib import suppress

import pytest

from .conftest import Breakable
from .load import CLIENTS

LOST = frozenset(
    ("RemoteDisconnected", "ConnectionResetError", "ConnectionRefusedError", "BrokenPipeError")
)
# Takes memory until the kernel ends the process that is named, as if that had taken too much.
HOG = """
import pathlib, sys
worker = pathlib.Path("/proc", sys.argv[1])
(worker / "oom_score_adj").write_text("1000")
held = []
try:
    while not (worker / "statm").read_text().startswith("0 "):
        held.append(b"x" * 5_000_000)
except (FileNotFoundError, ProcessLookupError):
    pass
"""


def children(stack: Breakable, process: str) -> list[str]:
    return stack.run("web", "cat", f"/proc/{process}/task/{process}/children").split()


def master(stack: Breakable) -> str:
    return children(stack, "1")[0]


@pytest.mark.brief
def test_a_worker_is_killed(stack: Breakable) -> None:
    """Each client loses the one request that it had there."""
    with stack.fault("A worker killed", within=3, lost=LOST) as load:
        stack.run("web", "sh", "-c", f"kill -KILL {children(stack, master(stack))[0]}")
    assert sum(not one.status for one in load.answers) <= CLIENTS
    assert len(children(stack, master(stack))) == 2


def test_a_worker_takes_too_much_memory(stack: Breakable) -> None:
    with stack.fault("Out of memory", within=3, lost=LOST) as load:
        before = children(stack, master(stack))
        with suppress(subprocess.CalledProcessError):  # it may be the next to be ended
            stack.run("web", "python", "-c", HOG, before[0])
        assert before[0] not in children(stack, master(stack))
    assert sum(not one.status for one in load.answers) <= CLIENTS
    assert stack.inspect("web")["RestartCount"] == 0


def test_the_master_is_killed(stack: Breakable) -> None:
    """Docker starts the container again, which takes as long as any start."""
    with stack.fault("Gunicorn's master killed", within=3, lost=LOST) as load:
        load.killed_at = time.monotonic()
        stack.run("web", "sh", "-c", f"kill -KILL {master(stack)}")
        time.sleep(3)  # until it has taken effect
