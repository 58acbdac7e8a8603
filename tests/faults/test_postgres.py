"""Postgres is killed, or frozen."""

import time

import pytest

from ..stack.conftest import docker
from .conftest import Breakable


@pytest.mark.brief
def test_postgres_is_killed_and_started_again(stack: Breakable) -> None:
    with stack.fault("Postgres killed and restarted"):
        docker("kill", stack.container("db"))
        time.sleep(3)
        docker("start", stack.container("db"))
        stack.wait_for_postgres()


def test_a_process_of_postgres_is_killed(stack: Breakable) -> None:
    """As the kernel does where memory is short: Postgres then ends all others, and recovers."""
    with stack.fault("A process of Postgres killed"):
        stack.run("db", "sh", "-c", 'kill -KILL $(pgrep -of "postgres: web retort")')
        stack.wait_for_postgres()


@pytest.mark.brief
@pytest.mark.parametrize("seconds", [4, 14])
def test_postgres_is_frozen(stack: Breakable, seconds: int) -> None:
    with stack.fault(f"Postgres frozen for {seconds} s"):
        stack.pause("db")
        time.sleep(seconds)
        docker("unpause", stack.container("db"))
