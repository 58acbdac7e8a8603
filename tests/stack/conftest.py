"""The stack as `docker compose up` makes it, from a copy of this checkout, under a name
and on a port of its own."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from ..checkout import copy
from ..ports import free_port

SERVICES = ("secrets", "db", "db-init", "web")


@dataclass
class Stack:
    """A Compose project, driven from the outside."""

    folder: Path
    project: str
    port: int

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `docker compose` with these arguments."""
        return subprocess.Popen(
            ["docker", "compose", *arguments],
            cwd=self.folder,
            env=os.environ | {"COMPOSE_PROJECT_NAME": self.project, "PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def compose(self, *arguments: str, code: int = 0) -> str:
        """What `docker compose` prints; it has to end with this exit code."""
        with self.start(*arguments) as process:
            out = process.communicate()[0]
        assert process.returncode == code, out
        return out

    def psql(self, *statements: str) -> str:
        """What psql answers to the owner, without alignment and headings."""
        command = ("exec", "-T", "db", "psql", "-U", "owner", "-d", "retort", "-qAt")
        options = [option for statement in statements for option in ("-c", statement)]
        return self.compose(*command, "-v", "ON_ERROR_STOP=1", *options).strip()

    def curl(self, path: str = "/", accept: str = "*/*") -> str:
        """The body of a successful GET."""
        address = f"http://127.0.0.1:{self.port}{path}"
        with urlopen(Request(address, headers={"Accept": accept}), timeout=10) as response:
            return response.read().decode()

    def eventually(self, body: str, path: str = "/", seconds: int = 60) -> None:
        """Wait until a GET gives this body."""
        seen = ""
        for _ in range(seconds * 4):
            try:
                seen = self.curl(path)
            except OSError as error:
                seen = str(error)
            if seen == body:
                return
            time.sleep(0.25)
        raise AssertionError(seen)

    def container(self, service: str) -> str:
        """The id of the service's container, running or not."""
        return self.compose("ps", "--all", "--quiet", service).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """All that the engine knows of the service's container."""
        command = ["docker", "inspect", self.container(service)]
        return json.loads(subprocess.check_output(command))[0]

    def volume(self, name: str) -> str:
        """The name of a volume, to be mounted elsewhere."""
        return f"{self.project}_{name}"


def docker(*arguments: str) -> str:
    """What `docker` prints."""
    return subprocess.check_output(["docker", *arguments], text=True)


def state(stack: Stack) -> tuple[str, str, str]:
    """What must not change by itself: the data, and which containers run."""
    dump = stack.compose("exec", "-T", "db", "pg_dump", "-U", "owner", "retort")
    # The rows of a table may lie in any order.
    lines = sorted(line for line in dump.splitlines() if "restrict" not in line)
    return "\n".join(lines), stack.container("db"), stack.container("web")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    folder = tmp_path_factory.mktemp("checkout")
    copy(folder)
    # As after `umask 077`; and what an image must not take over either.
    subprocess.run(["chmod", "-R", "go=", folder], check=True)
    for name in ("web/gunicorn.conf.py", "web/retort/models.py", "db-init/db_init/seed.py"):
        (folder / name).chmod(0o666)
    stack = Stack(folder, f"retort-test-{secrets.token_hex(3)}", free_port())
    try:
        stack.compose("up", "--wait")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local", "--timeout", "5")
