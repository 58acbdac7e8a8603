"""A process that brings a Postgres for a run of tests, and takes away all that the run made
there when it ends, however it ends: by itself, by a signal, or killed.

Its argument says which Postgres; it answers in lines of JSON, and stays until its standard
input ends, which is when the run does. What a run left that was killed together with its
keeper, the next one removes.
"""

import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from db_init.prepare import Failure, prepare
from retort.database import first_line

from . import sources
from .postgres import Server, execute

# Says of a role that a run made it, and so everything else that has the run in its name.
COMMENT = "A run of the tests of Retort; it is over where no connection is named like this."
PATIENCE = 30  # seconds that the workers of a run which was killed may take to end

DATABASES = """
SELECT format('DROP DATABASE IF EXISTS %I' || :force, datname)
FROM pg_database WHERE strpos(datname, :run) > 0
"""
ROLES = """
SELECT 'DROP ROLE IF EXISTS ' || string_agg(quote_ident(rolname), ', ')
FROM pg_roles WHERE strpos(rolname, :run) > 0
"""
DEAD = """
SELECT substr(rolname, 8) FROM pg_roles
WHERE rolname ~ '^retort_[0-9a-f]{16}$' AND shobj_description(oid, 'pg_authid') = :comment
AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = rolname)
"""
USERS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"


def main(wanted: str) -> None:
    """Bring the Postgres, say how to reach it, or why there is none, and wait."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: None)
    # What is printed by others, here or in what this starts, is no answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    tempfile.tempdir = sources.folder()
    try:
        which = sources.choose(wanted)
        print(json.dumps({"which": which}), file=answers)
        with sources.running(which) as admin, prepared(which, admin) as server:
            print(json.dumps({"server": server.as_dict()}), file=answers)
            sys.stdin.read()
    except sources.NotThere as problem:
        print(json.dumps({"problem": " ".join(str(problem).split())}), file=answers)


@contextmanager
def prepared(which: str, admin: URL) -> Generator[Server]:
    """Give the server with its template; on a server of somebody else's, remove afterwards
    what has the run in its name, and at first what dead runs left.

    Raises NotThere where any of it is impossible.
    """
    run = secrets.token_hex(8)
    is_ours = which != "url"
    server = Server(
        which,
        run,
        admin.render_as_string(hide_password=False),
        "web" if is_ours else f"web_{run}",  # one of theirs may be called web
        secrets.token_urlsafe(16),
    )
    template = server.url(server.template)
    try:
        with server.used():
            if not is_ours:
                _remove_the_dead(admin)
            try:
                with create_engine(admin, poolclass=NullPool).begin() as connection:
                    connection.execute(text(f"CREATE ROLE {server.template}"))
                    connection.execute(text(f"COMMENT ON ROLE {server.template} IS '{COMMENT}'"))
                execute(admin, f"CREATE DATABASE {server.template}")
                prepare(template, server.web_user, server.web_password, report=lambda line: None)
                yield server
            finally:
                if not is_ours:
                    _wait(admin, server)
                    _remove(admin, run, force=True)
    except (DBAPIError, Failure) as error:
        raise sources.NotThere(f"{which}: {first_line(error)}") from error


def _remove_the_dead(admin: URL) -> None:
    for (run,) in execute(admin, DEAD, comment=COMMENT):
        with suppress(DBAPIError):  # somebody is still connected, or removes it too
            _remove(admin, run, force=False)


def _wait(admin: URL, server: Server) -> None:
    """Wait for the processes of the run, which may still make something."""
    deadline = time.monotonic() + PATIENCE
    while execute(admin, USERS, name=server.template)[0][0] > 1 and time.monotonic() < deadline:
        time.sleep(0.1)


def _remove(admin: URL, run: str, *, force: bool) -> None:
    """Drop all databases and roles that have the run in their names."""
    found = execute(admin, DATABASES, run=run, force=" WITH (FORCE)" if force else "")
    found += execute(admin, ROLES, run=run)
    options = {"isolation_level": "AUTOCOMMIT", "no_parameters": True}
    engine = create_engine(admin, poolclass=NullPool, execution_options=options)
    with engine.connect() as connection:
        for (statement,) in found:
            if statement is not None:
                connection.exec_driver_sql(statement)


if __name__ == "__main__":
    main(sys.argv[1])
