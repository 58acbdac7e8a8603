"""Starts Postgres, db-init and `web`, in this order; prints each step; stops all together."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import psutil
from sqlalchemy import URL, NullPool, create_engine, inspect

from db_init import secret_files
from db_init.prepare import prepare

from .server import PORT, Server, url

DATABASE = "retort"
GRACE = 40  # seconds for web to finish its requests

_open = build_opener(ProxyHandler({})).open  # not by a proxy, which cannot reach this machine


def data(root: Path) -> Path:
    """The folder of a checkout's data, which git ignores, and which only people delete."""
    return root / ".local/postgres"


def owner(server: Server) -> URL:
    """The URL of the checkout's database, for its owner."""
    return url(server, DATABASE)


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


class Record:
    """What a running stack notes of itself, in a file that it locks: its address, and the process
    of its `web`. If the stack is killed, the kernel releases the lock; the file remains."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def read(self) -> dict[str, Any]:
        self.file.seek(0)
        return json.loads(self.file.read() or "{}")

    def write(self, **said: object) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.file.write(json.dumps(said))
        self.file.flush()


@contextmanager
def _record(root: Path) -> Generator[tuple[Record, bool]]:
    """The checkout's record, and whether a stack holds its lock; if none does, this takes it."""
    (file := root / ".local/stack.json").parent.mkdir(exist_ok=True)
    with file.open("a+", encoding="utf-8") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Record(opened), True
        else:
            yield Record(opened), False


def running(root: Path) -> str | None:
    """The address of the checkout's stack, if it runs."""
    with _record(root) as (record, is_running):
        return record.read().get("address") if is_running else None


@contextmanager
def only_one(command: str, root: Path, address: str, step: Steps) -> Generator[Record]:
    """Be the checkout's only stack; end the `web` that a killed one has left.

    If another runs, the process ends with a line that says so.
    """
    with _record(root) as (record, is_running):
        said = record.read()
        if is_running:
            sys.exit(
                f"{command}: the stack of this checkout runs already, at {said.get('address')}; "
                "stop that with Ctrl-C where it was started, or clone the repository once more"
            )
        if web := _process(said):
            end(web)
            step("web", "ended: it was left by a start that was killed")
        record.write(address=address)
        yield record
        record.write()


def _process(said: Mapping[str, Any]) -> psutil.Process | None:
    """The `web` that a record names, if it still runs."""
    try:
        process = psutil.Process(said["pid"])
        return process if process.create_time() == said["created"] else None
    except (KeyError, psutil.NoSuchProcess):
        return None


def end(web: psutil.Process) -> None:
    """Stop a process and its group, by force after GRACE seconds. In a container without an init
    process it stays a zombie, which `psutil` would wait for, for ever."""
    os.killpg(web.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    with suppress(psutil.NoSuchProcess):
        while web.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                os.killpg(web.pid, signal.SIGKILL)
            time.sleep(0.02)


def refuse_used(command: str, host: str, port: int) -> None:
    """End the start, with a line that says what to do, if `web` cannot listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = "BIND has to be an address of this machine"
            if error.errno == errno.EADDRINUSE:
                remedy = f"stop what does, or take another port: PORT={port + 1} make {command}"
            sys.exit(f"{command}: cannot listen on {host}:{port} ({error.strerror}); {remedy}")


def prepared(root: Path, server: Server, step: Callable[[str, str], None]) -> dict[str, str]:
    """Prepare the database in `server` as db-init does, and report each step; give the environment
    for `web`.

    Raises db_init.prepare.Failure.
    """
    step("postgres", f"embedded, data in {data(root).relative_to(root)}")
    environ, _ = _environ(root, server)
    password = environ["DATABASE_PASSWORD"]
    prepare(
        owner(server),
        "web",
        password,
        report=lambda line: step("db-init", line),
        owns_server=True,
    )
    return environ


def environ(root: Path, server: Server) -> dict[str, str]:
    """The environment for `web`, for commands that only look at the database: migrations are run
    only if none ever was.

    Raises db_init.prepare.Failure.
    """
    found, is_new = _environ(root, server)
    with create_engine(owner(server), poolclass=NullPool).connect() as connection:
        is_new |= not inspect(connection).has_table("alembic_version")
    return prepared(root, server, lambda who, what: None) if is_new else found


def _environ(root: Path, server: Server) -> tuple[dict[str, str], bool]:
    """The environment for `web`; and whether its secrets are new, so that db-init has to give them
    to the database."""
    (secrets := root / ".local/secrets").mkdir(exist_ok=True)
    is_new = [secret_files.create(secrets, name) for name in ("web_password", "secret_key")]
    ours = ("DATABASE_", "SECRET_KEY")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(ours)},
        "PYTHONPATH": str(root / "web"),
        "FLASK_SKIP_DOTENV": "1",  # .env was read already; flask would read it again
        "DATABASE_HOST": str(server.socket),
        "DATABASE_PORT": str(PORT),
        "DATABASE_NAME": DATABASE,
        "DATABASE_USER": "web",
        "DATABASE_PASSWORD": (secrets / "web_password").read_text(),
        "SECRET_KEY_FILE": str(secrets / "secret_key"),
    }, any(is_new)


def serve(
    command: list[str], environ: Mapping[str, str], address: str, step: Steps, record: Record
) -> int:
    """Run `command` until it ends or Ctrl-C; tell when it is ready; give its exit code."""
    _end_with_parent()
    # In a session of its own, since Ctrl-C would end it at once, and not when it has finished.
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    try:
        created = psutil.Process(process.pid).create_time()
        record.write(address=address, pid=process.pid, created=created)
        _tell(process, address, step)
        return process.wait()
    except KeyboardInterrupt:
        step.restart()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        step("stopped", "the data is kept")
        return 0


def _tell(process: subprocess.Popen[bytes], address: str, step: Steps) -> None:
    """Say when `web` is ready and, until then, why it is not, whenever the reason changes."""
    said = None
    while process.poll() is None and said != "":
        time.sleep(0.1)
        with suppress(OSError):  # it does not answer yet
            if (problem := _problem(address)) != said:
                state = f"is not ready: {problem}" if problem else " (Ctrl-C stops everything)"
                step("web", f"{address} {state}")
                said = problem


def _end_with_parent() -> None:
    """Stop everything if `make` is killed, since nobody could press Ctrl-C any more."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, daemon=True).start()


def _problem(address: str) -> str:
    """Why `web` is not ready, in its own words; an empty text if it is.

    Raises OSError if it does not answer.
    """
    try:
        with _open(f"{address}/readyz", timeout=2):
            return ""
    except HTTPError as error:
        return error.read().decode().strip()
