"""`web` as it runs in production: Gunicorn with its own configuration, in a process."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .application import SECRET_KEY
from .postgres import Database

ROOT = Path(__file__).parents[2]
# For a process that only does what is done in the tests' own too: to measure its coverage as
# well would take as long again.
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}
MEASURED = {name: os.environ[name] for name in UNMEASURED if name in os.environ}


def environ(database: Database, **changed: str) -> dict[str, str]:
    """The environment of `web` on `database`."""
    url = database.web.render_as_string(hide_password=False)
    return environment(**{"DATABASE_URL": url} | changed)


def environment(**changed: str) -> dict[str, str]:
    """The environment of `web`, but for its database."""
    given = {key: os.environ[key] for key in os.environ if not key.startswith("DATABASE_")}
    return given | {
        "PYTHONPATH": str(ROOT / "web"),
        "SECRET_KEY": SECRET_KEY,
        "WORKERS": "1",
        "THREADS": "4",
        **UNMEASURED,
        **changed,
    }


def start(environ: dict[str, str], log: Path, *application: str) -> subprocess.Popen[bytes]:
    """Start Gunicorn on a free port, with another application where one is named; what it
    says goes to `log`."""
    config = ROOT / "web/gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "--bind", "127.0.0.1:0"]
    command += application
    with log.open("ab") as file:
        return subprocess.Popen(command, env=environ, stdout=file, stderr=file, cwd=log.parent)


class Web:
    """A running Gunicorn."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log = process, log
        self.url = self.wait(r"Listening at: (http://[\d.:]+)")[1]

    def wait(self, pattern: str) -> re.Match[str]:
        """The first match of `pattern` in what was said, which it waits for."""
        for _ in range(1200):
            if found := re.search(pattern, self.log.read_text()):
                return found
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"{pattern} not in {self.log.read_text()}")

    def forget(self) -> None:
        """What was said until now."""
        os.truncate(self.log, 0)

    def lines(self) -> list[dict[str, Any]]:
        """What was said, where each line is JSON."""
        whole = self.log.read_text().rpartition("\n")[0]  # of the last, only a part may be there
        return [json.loads(line) for line in whole.splitlines()]


@contextmanager
def running(environ: dict[str, str], folder: Path, *application: str) -> Generator[Web]:
    """Give a Gunicorn that listens, stopped afterwards."""
    process = start(environ, log := folder / "web.log", *application)
    try:
        yield Web(process, log)
    finally:
        process.terminate()
        process.wait()
