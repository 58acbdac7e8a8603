"""Postgres, then db-init, then `web`: started in order, a line a step, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from db_init import secret_files
from db_init.prepare import prepare

from . import DATABASE, data, start, url

PATIENCE = 30  # seconds for web to come up


class Steps:
    """Prints a line for each step, with the seconds it took."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Count the seconds of the next step from now."""
        self.before = time.monotonic()

    def __call__(self, who: str, what: str) -> None:
        print(f"{time.monotonic() - self.before:5.1f} s  {who:<8}  {what}", flush=True)
        self.restart()


def refuse_used(command: str, host: str, port: int) -> None:
    """End the start, with what to do, where something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f"{command}: cannot listen on {host}:{port} ({error.strerror}); "
                f"stop what does, or take another port: PORT={port + 1} make {command}"
            )


@contextmanager
def prepared(root: Path, step: Callable[[str, str], None]) -> Generator[dict[str, str]]:
    """Give the environment for `web` on a running, prepared database; tell each step.

    At the end the server is stopped, unless another process uses it too.
    """
    (secrets := root / ".local/secrets").mkdir(parents=True, exist_ok=True)
    for name in ("web_password", "secret_key"):
        secret_files.create(secrets, name)
    with start(data(root)) as server:
        owner = url(server, DATABASE)
        step("postgres", f"embedded, data in {data(root).relative_to(root)}")
        password = (secrets / "web_password").read_text()
        prepare(owner, "web", password, report=lambda line: step("db-init", line))
        yield {
            **{key: os.environ[key] for key in os.environ if not key.startswith("DATABASE_")},
            "PYTHONPATH": str(root / "web"),
            "DATABASE_HOST": str(owner.query["host"]),
            "DATABASE_NAME": DATABASE,
            "DATABASE_USER": "web",
            "DATABASE_PASSWORD": password,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or (secrets / "secret_key").read_text(),
        }


def serve(command: list[str], environ: Mapping[str, str], address: str, step: Steps) -> int:
    """Run `command` until it ends or Ctrl-C; tell when it is ready; give its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # In a session of its own, or Ctrl-C would reach it before it is told to finish.
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if _is_ready(address):
                step("web", f"{address}  (Ctrl-C stops everything)")
                break
            time.sleep(0.1)
        return process.wait()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        step.restart()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        step("stopped", "the data is kept")
        return 0


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2):  # noqa: S310 (our own)
            return True
    except OSError:
        return False
