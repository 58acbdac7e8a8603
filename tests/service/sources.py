"""The three places where a Postgres for the tests can come from."""

import fcntl
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage, rmtree

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from embedded import server as embedded
from retort.database import first_line

from .postgres import execute

# Nothing here outlives the run, so nothing waits for a disk.
CONF = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "file_copy_method": "clone",
}
MEMORY = Path("/dev/shm")
ROOM = 2**31  # bytes, several times what a run takes
GIVEN = "TEST_DATABASE_URL"
ELSE = "or take another Postgres: make test POSTGRES=embedded"
PREFIX = "retort_tests_"


class NotThere(Exception):
    """Why there is no such Postgres, and what to do about it."""


def folder() -> str | None:
    """Where an embedded Postgres has its data: in memory, where a clone costs a quarter of what
    it does on a disk; None is as usual, where there is no room or somebody says another place."""
    has_room = os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > ROOM
    return str(MEMORY) if has_room and "TMPDIR" not in os.environ else None


def choose(wanted: str) -> str:
    """Which Postgres it will be: the one wanted, else the first of the three that is there.

    Raises NotThere.
    """
    given = os.environ.get(GIVEN)
    if wanted == "url" and not given:
        raise NotThere(f"--postgres=url: set {GIVEN}")
    if wanted == "docker" and not _docker_answers():
        raise NotThere(f"--postgres=docker: no Docker engine answers; start it, {ELSE}")
    return wanted or ("url" if given else "docker" if _docker_answers() else "embedded")


@contextmanager
def running(which: str) -> Generator[URL]:
    """Give a superuser's URL of the Postgres chosen, which is gone afterwards.

    Raises NotThere.
    """
    with {"url": _given, "docker": _docker, "embedded": _embedded}[which]() as url:
        yield url


@contextmanager
def _given() -> Generator[URL]:
    try:
        url = make_url(os.environ[GIVEN].strip())
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise NotThere(f"{GIVEN} is no URL like postgresql://user:password@localhost:5432/postgres")
    url = url.set(drivername="postgresql+psycopg2")
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": "10"})
    try:
        role, is_super = execute(
            url, "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        )[0]
    except DBAPIError as error:
        raise NotThere(f"{GIVEN}: {first_line(error)}; mend the URL, {ELSE}") from error
    if not is_super:
        raise NotThere(
            f"{GIVEN}: the tests create databases and roles and look into the server's log, which "
            f"{role!r} may not; name a superuser, {ELSE}"
        )
    yield url


@contextmanager
def _docker() -> Generator[URL]:
    from . import container  # noqa: PLC0415 (it takes as long as all the rest)

    try:
        with container.start(CONF) as url:
            yield url
    except container.NotStarted as error:
        raise NotThere(f"{error}; mend that, {ELSE}") from error


def _docker_answers() -> bool:
    from . import container  # noqa: PLC0415

    return container.docker_answers()


@contextmanager
def _embedded() -> Generator[URL]:
    conf = "\n".join(f"{name} = {value}" for name, value in CONF.items())
    remove_orphans()
    try:
        with (
            tempfile.TemporaryDirectory(prefix=PREFIX) as name,
            _alive(Path(name)),
            embedded.start(Path(name) / "data", conf) as server,
        ):
            yield embedded.url(server, "postgres")
    except (OSError, embedded.NotStarted) as error:
        raise NotThere(f"no embedded Postgres: {error}") from error


@contextmanager
def _alive(folder: Path) -> Generator[None]:
    """Hold a lock: whoever can take it knows that this process is dead."""
    with (folder / "new").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "new").rename(folder / "alive")
        yield


def remove_orphans() -> None:
    """Stop the servers whose keepers were killed, and remove their data."""
    for alive in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/alive"):
        with suppress(OSError), alive.open() as lock:  # it is another user's, or is locked
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(embedded.NotStarted), embedded.start(alive.parent / "data"):
                pass
            rmtree(alive.parent)
