"""Runs of tests, started by these tests, and what they have on the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from ..gunicorn import UNMEASURED
from ..postgres import ROOT, Server, execute

PATIENCE = 60  # seconds


def start(url: URL | str, *command: str, **environ: str) -> subprocess.Popen[str]:
    """Start a module of Python on a server that is given, in a process group of its own."""
    given = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    ours = {
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("web", "db-init")),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TEST_DATABASE_URL": given,
        **UNMEASURED,
    }
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | ours | environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def pytest_(
    url: URL | str, tests: Path, *options: str, which: str = "url", **environ: str
) -> subprocess.Popen[str]:
    """Start a run of these tests."""
    command = ["pytest", "-p", "xdist", "-p", "pytest_cov", "-p", "tests.service.server"]
    command += [f"--postgres={which}", *options, "-c", str(ROOT / "pyproject.toml")]
    command += ["-p", "no:cacheprovider"]
    # Where pytest keeps files is a matter of the user, and each start makes it private.
    command += ["--basetemp", str(tests / "tmp"), str(tests / "test_it.py")]
    return start(url, *command, **environ)


def eventually(what: Callable[[], Any]) -> Any:
    """What is true at last."""
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


class Traces(NamedTuple):
    """Of runs on the server that is given."""

    server: Server
    role: str

    def databases(self) -> list[str]:
        owned = "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = :role ORDER BY 1"
        rows = execute(self.server.url("postgres"), owned, role=self.role)
        return [name for (name,) in rows]

    def run(self, process: subprocess.Popen[str]) -> str:
        """The one that has begun, which it waits for."""
        ended = eventually(lambda: self.databases() or process.poll() is not None) is True
        assert not ended, process.communicate()[0]
        return self.databases()[0].split("_")[1]

    def roles(self, run: str) -> list[Any]:
        with_it = "SELECT rolname FROM pg_roles WHERE strpos(rolname, :run) > 0"
        return execute(self.server.url("postgres"), with_it, run=run)


def is_away(url: URL) -> bool:
    try:
        execute(url, "SELECT 1")
    except OperationalError:
        return True
    return False
