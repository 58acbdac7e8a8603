"""The primary is gone, and its standby takes its place. Writes go on there, without any change."""

import time
from collections.abc import Generator

import pytest

from ..stack.conftest import docker
from .conftest import Breakable, started

SECONDS = 12  # until the standby is promoted: longer than any request
MAY_REPLICATE = 'echo "host replication owner all scram-sha-256" >>"$PGDATA/pg_hba.conf"'
IS_SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Breakable]:
    """A stack with a standby, which has whatever the primary acknowledges."""
    folder = tmp_path_factory.mktemp("failover")
    with started(folder, "tests/faults/failover.yml", services=["db"]) as stack:
        secrets = f"{stack.volume('secrets')}:/secrets:ro"
        read = ("run", "--rm", "--user", "0", "--volume", secrets, "postgres:18")
        password = docker(*read, "cat", "/secrets/web_password").strip()
        with (folder / ".env").open("a") as file:
            file.write(f"DATABASE_URL=postgresql://web:{password}@db,standby/retort\n")
        stack.compose("up", "--wait")
        stack.run("db", "sh", "-c", MAY_REPLICATE)
        stack.psql("SELECT pg_reload_conf()")
        stack.compose("up", "--wait", "standby")
        stack.psql("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        while stack.psql(IS_SYNCHRONOUS) != "1":
            time.sleep(0.1)
        yield stack


def promoted(stack: Breakable) -> None:
    docker_psql = ("psql", "--username=owner", "--dbname=retort", "--command")
    stack.run("standby", *docker_psql, "SELECT pg_promote()")
    stack.primary = "standby"


def test_the_primary_is_killed(stack: Breakable) -> None:
    with stack.fault("Failover, primary killed"):
        docker("kill", stack.container("db"))
        time.sleep(SECONDS)
        promoted(stack)


@pytest.mark.brief
def test_the_primary_is_frozen(stack: Breakable) -> None:
    with stack.fault("Failover, primary frozen"):
        stack.pause("db")
        time.sleep(SECONDS)
        promoted(stack)
    docker("kill", stack.container("db"))
