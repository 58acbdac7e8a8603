"""What Postgres has no more of: connections, disk, the right to write."""

import subprocess
import time
from contextlib import suppress

import pytest

from .conftest import Breakable

SECONDS = 5
THIEF = f"""
import os, time, psycopg2
password = open(os.environ["DATABASE_PASSWORD_FILE"]).read().strip()
held, end = [], time.time() + {SECONDS}
while time.time() < end:
    try:
        held.append(psycopg2.connect(host="db", dbname="retort", user="web", password=password))
    except psycopg2.OperationalError:
        time.sleep(0.01)
"""


def fill(stack: Breakable, disk: str) -> None:
    """Leave nothing free."""
    stack.run("disks", "sh", "-c", f"head -c 1G /dev/zero >{disk}/ballast 2>&1 || true")


def test_all_connections_are_taken(stack: Breakable) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'retort'"
    start = ("exec", "-T", "web", "python", "-c", THIEF)
    with stack.fault("Connections exhausted"), stack.start(*start) as thief:
        while thief.poll() is None:
            with suppress(subprocess.CalledProcessError):  # not even the owner may get one
                stack.psql(end)


@pytest.mark.brief
@pytest.mark.parametrize("disk", ["data", "wal"])
def test_a_disk_is_full(stack: Breakable, disk: str) -> None:
    with stack.fault(f"Disk of {disk} full"):
        fill(stack, f"/{disk}")
        with suppress(subprocess.CalledProcessError):  # without room for a new file, it ends
            stack.psql(*["SELECT pg_switch_wal()", "SELECT pg_sleep(1)"] * SECONDS)
        stack.run("disks", "rm", f"/{disk}/ballast")
        stack.wait_for_postgres()


def test_postgres_takes_no_writes(stack: Breakable) -> None:
    setting = "ALTER SYSTEM {} default_transaction_read_only {}"
    with stack.fault("Read-only"):
        stack.psql(setting.format("SET", "= on"), "SELECT pg_reload_conf()")
        time.sleep(SECONDS)
        stack.psql(
            "SET default_transaction_read_only = off",
            setting.format("RESET", ""),
            "SELECT pg_reload_conf()",
        )
