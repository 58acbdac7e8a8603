"""The stack as `docker compose up` makes it, but on small disks; and what breaks it."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ..checkout import copy
from ..ports import free_port
from ..stack.conftest import Stack, docker
from .load import Load

LONGEST = 10  # seconds that a request may take
PATIENCE = 40  # seconds after which nothing comes back any more


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "brief: one of each kind, for where there is little time")


class Breakable(Stack):
    """A stack to be broken."""

    primary = "db"
    """The service whose Postgres takes writes."""

    def run(self, service: str, *command: str) -> str:
        """What a command prints in the service's container."""
        return docker("exec", self.container(service), *command)

    def inside(self, service: str, *command: str) -> None:
        """Run a command of this machine in the service's network."""
        number = str(self.inspect(service)["State"]["Pid"])
        subprocess.run(["nsenter", "--net", "--target", number, *command], check=True)

    def psql(self, *statements: str) -> str:
        """As a Stack's, but on the primary that there is now, and in less time."""
        options = [option for statement in statements for option in ("-c", statement)]
        command = ("psql", "-U", "owner", "-d", "retort", "-qAt", "-v", "ON_ERROR_STOP=1")
        return self.run(self.primary, *command, *options).strip()

    def pause(self, service: str) -> None:
        """Freeze all processes of a service. A kernel that is busy may need to be asked again."""
        command = ["docker", "pause", self.container(service)]
        while subprocess.run(command, check=False, capture_output=True).returncode:
            time.sleep(0.1)

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=30)

    def wait_for_postgres(self, service: str = "db") -> None:
        """Come back when Postgres takes connections."""
        container = self.container(service)
        ask = ["docker", "exec", container, "pg_isready", "--quiet", "--host=127.0.0.1"]
        while subprocess.run(ask, check=False, capture_output=True).returncode:
            time.sleep(0.1)

    @contextmanager
    def fault(
        self, name: str, *, within: float = 2, lost: frozenset[str] = frozenset()
    ) -> Generator[Load]:
        """A load, while whatever the caller does breaks something and heals it. Then it has to be
        well again `within` seconds; the errors `lost`, which are the connection's, are allowed."""
        token = self.compose("exec", "-T", "web", "flask", "token").strip()
        with Load(self, self.connect, token) as load:
            self.wait_until_good(load)
            yield load
            load.healed_at = load.killed_at or time.monotonic()
            self.wait_until_good(load)
            time.sleep(3)
        row = load.record(name)
        print(row)
        late = [
            one for one in load.answers if one.began > load.healed_at + within and not one.is_good
        ]
        failed = {one.why for one in load.answers if not one.is_good}
        found = load.found()
        load.forget()
        assert failed <= {"503"} | lost, row
        assert row.found == row.acknowledged, row
        assert not row.doubled, row
        assert not load.denied() & set(found), row
        assert max(one.ended - one.began for one in load.answers) < LONGEST, row
        assert (load.back() or 0) < within, row
        assert not late, late[:5]

    def wait_until_good(self, load: Load) -> None:
        since = time.monotonic()
        while not load.good_since(since) and time.monotonic() < since + PATIENCE:
            time.sleep(0.1)


@contextmanager
def started(folder: Path, file: str, services: Sequence[str] = ()) -> Generator[Breakable]:
    """A stack of its own, with another compose file laid over; these services of it, or all."""
    copy(folder)
    stack = Breakable(folder, f"retort-faults-{secrets.token_hex(3)}", free_port())
    (folder / ".env").write_text(f"COMPOSE_FILE=docker-compose.yml:{file}\n")
    try:
        stack.compose("up", "--wait", *services)
        yield stack
    finally:
        if frozen := docker(*f"ps -q -f status=paused -f name=^{stack.project}-".split()):
            docker("unpause", *frozen.split())
        everything = ("--profile", "*", "down", "--volumes", "--rmi", "local", "--timeout", "1")
        stack.compose(*everything)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Breakable]:
    with started(tmp_path_factory.mktemp("faults"), "tests/faults/compose.yml") as stack:
        yield stack
