"""Prepares any database, even an empty one, so that `web` can use it: all of it or nothing.

Everything happens in one transaction that holds an advisory lock. However many run at
once, and even if one is killed half-way, the result is the same. After it comes only what Postgres
refuses in a transaction.
"""

import re
import time
from collections.abc import Callable, Collection

import psycopg2
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from retort.database import first_line
from retort.schema import MARK

from . import afterwards, auth, backup, cheatsheet, existing, extensions, roles
from .migrate import MigrationFailed, note, upgrade
from .seed import seed

LOCK = 0x7265746F7274  # any number that nothing else takes
PATIENCE = 30.0  # seconds for the server to come up
# What libpq and the server say if waiting can help: the server is not there yet, or it is full.
PASSING = re.compile(
    "refused|timeout|timed out|failed: No such file|starting up|shutting down|in recovery|too many|"
    "remaining connection slots|unreachable|No route|Temporary failure|closed the connection|reset"
)


class Failure(Exception):
    """What went wrong and what to do about it, in one line."""


def prepare(  # noqa: PLR0913 - each is one thing that it needs
    url: URL,
    web_user: str,
    web_password: str,
    report: Callable[[str], None] = print,
    patience: float = PATIENCE,
    running: Collection[str] = (),
    *,
    owns_server: bool = False,
    backup_password: str = "",
) -> None:
    """Take the owner's URL, the role that `web` connects as, how many seconds a server that
    is still starting may take, the revisions of the code that runs and has to go on, whether
    nobody else uses the server, and the password of the role for backups, which is only made with
    one; report a line for each thing done.

    Raises Failure, which says whether anything was changed.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 3})
    try:
        with _connect(engine, patience) as connection, connection.begin():
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            # A migration that waits for a lock makes everyone else wait too, so it rather fails:
            # beside a `web` that runs, before that gives up, which is after two seconds.
            patient = "1s" if running else "10s"
            connection.execute(select(func.set_config("lock_timeout", patient, True)))
            is_new = existing.is_new(connection)
            report(roles.create(connection, web_user, web_password))
            report(upgrade(connection, running))
            connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{MARK}'"))
            note(connection)
            report(seed(connection) if is_new else "seed: only for a new database, left alone")
            report(cheatsheet.prepare(connection, web_user))
            report(roles.grant(connection, web_user, owns_server))
            auth.prepare(connection, web_user)
            extensions.count_statements(connection)
            if backup_password:
                report(backup.prepare(connection, web_user, backup_password))
    except (DBAPIError, psycopg2.Error, MigrationFailed, existing.Taken, roles.Refused) as error:
        raise Failure(f"nothing was changed: {first_line(error)}") from error
    try:
        afterwards.run(engine, report)
    except (DBAPIError, MigrationFailed) as error:
        raise Failure(first_line(error)) from error


def _connect(engine: Engine, patience: float) -> Connection:
    deadline = time.monotonic() + patience
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            said, url = str(error.orig).strip(), engine.url
            # libpq says a line for each host; lines that begin with a tab are its hints.
            reason = "; ".join(line for line in said.splitlines() if not line.startswith("\t"))
            place = f"{url.host}:{url.port}" if url.host else url.query.get("host", "its socket")
            if "password authentication failed" in said:
                raise Failure(
                    f"the database refuses the password of {url.username!r}. A volume keeps the "
                    "password it was created with: put that back, or set it as the README says"
                ) from error
            if not PASSING.search(said):
                raise Failure(f"{reason}; check the settings of the database") from error
            if time.monotonic() > deadline:
                raise Failure(
                    f"no database at {place} within {patience:.0f} s; is it running, and is that "
                    f"its address? ({reason})"
                ) from error
            time.sleep(0.5)
