"""The Postgres that the tests run on, and a database of its own for each test."""

import os
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from testcontainers.community.postgres import PostgresContainer

from db_init import roles
from db_init.prepare import prepare
from embedded import server as embedded

IMAGE = "postgres:18"
# Nothing here outlives the run, so nothing waits for a disk.
CONF = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def docker_answers() -> bool:
    """Whether a Docker engine can be asked for a container."""
    try:
        client = docker.from_env(timeout=5)
    except DockerException:
        return False
    client.close()
    return True


def choose(wanted: str | None) -> str:
    """Which Postgres it will be: the one wanted, else the first of the three that is
    there. Raises pytest.UsageError where the one wanted is not."""
    given = os.environ.get("TEST_DATABASE_URL")
    if wanted == "url" and not given:
        raise pytest.UsageError("--postgres=url: set TEST_DATABASE_URL")
    if wanted == "docker" and not docker_answers():
        raise pytest.UsageError("--postgres=docker: no Docker engine answers")
    return wanted or ("url" if given else "docker" if docker_answers() else "embedded")


@contextmanager
def running(which: str) -> Generator[URL]:
    """Give a superuser's URL of the Postgres chosen, which is gone afterwards."""
    if which == "url":
        url = make_url(os.environ["TEST_DATABASE_URL"])
        yield url.set(drivername="postgresql+psycopg2")
    elif which == "docker":
        container = PostgresContainer(IMAGE, driver="psycopg2")
        command = " ".join(f"-c {name}={value}" for name, value in CONF.items())
        try:
            container.with_command(f"postgres {command}").start()
        except DockerException as error:
            raise pytest.UsageError(
                f"Docker cannot start {IMAGE}: {error}; try make test POSTGRES=embedded"
            ) from error
        try:
            yield make_url(container.get_connection_url())
        finally:
            container.stop()
    else:
        conf = "\n".join(f"{name} = {value}" for name, value in CONF.items())
        with (
            tempfile.TemporaryDirectory(prefix="retort") as folder,
            embedded.start(Path(folder) / "data", conf) as server,
        ):
            yield embedded.url(server, "postgres")


def execute(url: URL, *statements: str, **parameters: object) -> list[Any]:
    """Run statements, each committed at once; give the rows of the last."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    rows: list[Any] = []
    with engine.connect() as connection:
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
    """A running Postgres, with a database that db-init has prepared, to be cloned."""

    admin: str
    template: str
    web_user: str
    web_password: str

    @classmethod
    @contextmanager
    def prepared(cls, which: str) -> Generator["Server"]:
        """Start one of the three and prepare the template; remove what was made."""
        suffix = secrets.token_hex(4)
        with running(which) as admin:
            server = cls(
                admin.render_as_string(hide_password=False),
                f"retort_{suffix}",
                # On a server of somebody else's, a role of ours must not be one of theirs.
                f"web_{suffix}" if which == "url" else "web",
                secrets.token_urlsafe(16),
            )
            execute(admin, f"CREATE DATABASE {server.template}")
            template = admin.set(database=server.template)
            try:
                prepare(template, server.web_user, server.web_password, report=lambda line: None)
                yield server
            finally:
                execute(
                    admin,
                    f"DROP DATABASE {server.template} WITH (FORCE)",
                    f"DROP ROLE IF EXISTS {server.web_user}, {roles.member(server.web_user)}, "
                    f"{roles.sheet(server.web_user)}",
                )

    def as_dict(self) -> dict[str, str]:
        """What a parallel worker needs to use the same server."""
        return asdict(self)

    def url(self, database: str) -> URL:
        """The superuser's URL of a database here."""
        return make_url(self.admin).set(database=database)

    @contextmanager
    def empty(self) -> Generator[URL]:
        """Give the superuser's URL of a new, empty database."""
        name = f"{self.template}_{secrets.token_hex(4)}"
        execute(self.url("postgres"), f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            execute(self.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def clone(self) -> Generator[Database]:
        """Give a copy of the prepared database."""
        name = f"{self.template}_{secrets.token_hex(4)}"
        execute(self.url("postgres"), f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            owner = self.url(name)
            # A copy has the rights of its tables, but not those of the database itself.
            with create_engine(owner, poolclass=NullPool).begin() as connection:
                roles.grant(connection, self.web_user)
            yield Database(owner, owner.set(username=self.web_user, password=self.web_password))
        finally:
            execute(self.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")
