"""The Postgres that the tests run on, and a database of its own for each test."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text

ROOT = Path(__file__).parents[2]


@lru_cache(maxsize=8)
def _engine(url: URL) -> Engine:
    """It holds no connection, but knows the server, which it would ask anew each time."""
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def execute(url: URL, *statements: str, **parameters: object) -> list[Any]:
    """Run statements, each committed at once; give the rows of the last."""
    rows: list[Any] = []
    with _engine(url).connect() as connection:
        for statement in statements:
            result = connection.execute(text(statement), parameters)
            rows = list(result) if result.returns_rows else []
    return rows


@dataclass(frozen=True)
class Database:
    """A database as db-init leaves it, until the end of the test."""

    owner: URL
    web: URL

    def execute(self, *statements: str, **parameters: object) -> list[Any]:
        """As the owner would in psql."""
        return execute(self.owner, *statements, **parameters)


@dataclass(frozen=True)
class Server:
    """A running Postgres, with a database that db-init has prepared, to be cloned.

    The name of every database and role that a run makes has `run` in it: by that the
    keeper knows them. `which` of the three it is, is "docker", "embedded" or "url".
    """

    which: str
    run: str
    admin: str
    web_user: str
    web_password: str

    @classmethod
    @contextmanager
    def prepared(
        cls, wanted: str | None, report: Callable[[str], None] = print
    ) -> Generator["Server"]:
        """Let a keeper bring the Postgres that is wanted and prepare the template; report
        which it is. All of it is gone afterwards, or soon after this process is.

        Raises pytest.UsageError where it is not there.
        """
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.service.keeper", wanted or ""],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(("web", "db-init"))},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # where no signal of a terminal reaches it
        )
        try:
            for line in keeper.stdout or ():
                said = json.loads(line)
                if "problem" in said:
                    raise pytest.UsageError(said["problem"])
                if "server" in said:
                    yield cls(**said["server"])
                    return
                report(f"Postgres: {said['which']}")
            raise pytest.UsageError("the tests' Postgres does not start")
        finally:
            keeper.communicate()

    def as_dict(self) -> dict[str, str]:
        """What a parallel worker needs to use the same server."""
        return asdict(self)

    @property
    def template(self) -> str:
        """The name of the database that is cloned."""
        return f"retort_{self.run}"

    def name(self, what: str) -> str:
        """A new name for a database or role, which goes with the run at the latest."""
        return f"{what}_{self.run}_{secrets.token_hex(4)}"

    def url(self, database: str) -> URL:
        """The superuser's URL of a database here."""
        return make_url(self.admin).set(database=database)

    @contextmanager
    def used(self) -> Generator[Connection]:
        """Say to whoever sees the server's connections that the run is alive, by one of them."""
        forever = "-c idle_session_timeout=0 -c statement_timeout=0 -c lock_timeout=0"
        said = {"application_name": self.template, "options": forever}
        engine = create_engine(
            self.url("postgres"),
            poolclass=NullPool,
            connect_args=said,
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def turn(self, connection: Connection, *, alone: bool) -> Generator[None]:
        """Let a test run beside others of the run; or beside none, where it has to be alone."""
        name, run = "" if alone else "_shared", {"run": self.run}
        connection.execute(text(f"SELECT pg_advisory_lock{name}(hashtext(:run))"), run)
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock{name}(hashtext(:run))"), run)

    @cached_property
    def _rights(self) -> list[Any]:
        """What roles may do with the template, as a database."""
        rights = "SELECT privilege_type, grantee::regrole FROM pg_database, aclexplode(datacl)"
        where = "WHERE datname = :name AND grantee NOT IN (0, datdba)"
        return execute(self.url("postgres"), f"{rights} {where}", name=self.template)

    @contextmanager
    def empty(self) -> Generator[URL]:
        """Give the superuser's URL of a new, empty database."""
        name = self.name("retort")
        # Copied as files, it costs half of what it does through the log.
        execute(self.url("postgres"), f"CREATE DATABASE {name} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            execute(self.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def clone(self) -> Generator[Database]:
        """Give a copy of the prepared database."""
        name = self.name("retort")
        execute(
            self.url("postgres"),
            f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY FILE_COPY",
            # A copy has the rights of its tables, but not those of the database itself.
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            *(f"GRANT {right} ON DATABASE {name} TO {role}" for right, role in self._rights),
        )
        try:
            owner = self.url(name)
            yield Database(owner, owner.set(username=self.web_user, password=self.web_password))
        finally:
            execute(self.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")
