"""Backups of `make run`'s database, and its way to the next major of Postgres. Each command takes
the checkout's folder, gives an exit code."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import stack
from .server import MAJOR, PORT, SUPERUSER, Server, major, start

SCRIPTS = Path(__file__).parents[1] / "keep"


def backup(root: Path) -> int:
    """Everything in the database, as one file in `backups/`."""
    with start(stack.data(root)) as server:
        stack.owner(server)
        return _run(server, "backup.sh", "backups")


def restore(root: Path, file: str = "") -> int:
    """The database as it was in a backup, with the passwords of this checkout."""
    with start(stack.data(root)) as server:
        stack.owner(server)
        if code := _run(server, "restore.sh", file):
            return code
        stack.prepared(root, server, lambda who, what: None)
        return 0


def upgrade(root: Path) -> int:
    """Move the data to the package's newest Postgres, if it is of an older one. The old data is
    kept beside it."""
    data = stack.data(root)
    if (before := major(data)) == MAJOR:
        print(f"upgrade: the data is of Postgres {MAJOR} already, or there is none")
        return 0
    new = data.with_name(f"postgres-{MAJOR}")
    kept = data.with_name(f"postgres-{before}")
    if kept.exists():
        sys.exit(f"upgrade: {kept} is there already, from an earlier one; remove it")
    with stack.only_one("upgrade", root, "", stack.Steps()):
        shutil.rmtree(new, ignore_errors=True)
        if not _moved(data, new):
            shutil.rmtree(new, ignore_errors=True)
            sys.exit(f"upgrade: failed; the data is as it was, of Postgres {before}")
        data.rename(kept)
        new.rename(data)
        with start(data) as server:
            stack.prepared(root, server, lambda who, what: None)
    print(
        f"upgrade: the data is of Postgres {MAJOR}; what it was is in {kept}: remove that yourself"
    )
    return 0


def _moved(data: Path, new: Path) -> bool:
    """Whether `new` has become what is in `data`, with as many rows in every table."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        with start(data, old=True) as server:
            if _run(server, "backup.sh", folder, PASSWORDS=""):
                return False
            counts = _counts(server)
        (file,) = Path(folder).glob("*.tar")
        with start(new) as server:
            stack.owner(server)
            return not _run(server, "restore.sh", str(file)) and _counts(server) == counts


def _counts(server: Server) -> str:
    with (SCRIPTS / "counts.sql").open() as sql:
        return subprocess.check_output(
            [server.programs / "psql", "-qAtX"], env=_environ(server), stdin=sql, text=True
        )


def _environ(server: Server) -> dict[str, str]:
    """What leads Postgres' programs to the database."""
    return {
        **os.environ,
        "PATH": f"{server.programs}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(server.socket),
        "PGPORT": str(PORT),
        "PGUSER": SUPERUSER,
        "PGDATABASE": stack.DATABASE,
        "RUN": "",
    }


def _run(server: Server, script: str, *arguments: str, **variables: str) -> int:
    """Run a script to its end, which tidies up if this process is told to end."""
    command = ["sh", str(SCRIPTS / script), *arguments]
    environ = _environ(server) | variables
    with subprocess.Popen(command, env=environ, start_new_session=True) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGTERM)
            raise
