"""A primary and its streaming standby, both of the embedded package."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from db_init.prepare import prepare
from embedded import server

from .. import sources
from ..postgres import Database, execute

PASSWORD = "secret"
CONF = "\n".join(f"{name} = {value}" for name, value in sources.CONF.items())
# A table whose rows tell which server was asked, and a view that only a primary can show.
PLACES = (
    "CREATE VIEW place AS SELECT 1 AS id, pg_is_in_recovery() AS standby",
    "CREATE SEQUENCE visits",
    "CREATE VIEW visit AS SELECT pg_current_xact_id() AS number, pg_is_in_recovery() AS standby",
    "CREATE VIEW slow AS SELECT pg_sleep(60)::text AS slept",
    "GRANT SELECT ON place, visit, slow TO PUBLIC",
)


@dataclass
class Pair:
    """Where the two are: the database, and the same as the standby has it."""

    database: Database
    standby: Database

    def pause(self) -> None:
        """Let the standby take nothing over from now on."""
        self.standby.execute("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self.standby.execute("SELECT pg_wal_replay_resume()")

    def write(self) -> None:
        """Write something that reads do not see."""
        self.database.execute("SELECT nextval('visits')", "SELECT pg_switch_wal()")


def database(url: URL) -> Database:
    return Database(url, url.set(username="web", password=PASSWORD))


@contextmanager
def pair() -> Generator[Pair]:
    """Give a prepared primary and its standby, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=sources.PREFIX, dir=sources.folder()) as folder:
        data, copy = Path(folder, "primary"), Path(folder, "standby")
        with server.start(data, CONF) as primary:
            owner = server.url(primary, "retort")
            prepare(owner, "web", PASSWORD, report=lambda line: None)
            execute(owner, *PLACES)
            with (data / "pg_hba.conf").open("a") as file:
                file.write(f"local replication {server.SUPERUSER} trust\n")
            execute(owner, "SELECT pg_reload_conf()")
            _copy(primary, copy)
            with server.start(copy) as standby:
                yield Pair(database(owner), database(server.url(standby, "retort")))


def _copy(primary: server.Server, folder: Path) -> None:
    """Make a standby's data."""
    folder.mkdir(mode=0o700)
    user = server.INSTEAD_OF_ROOT if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)
    subprocess.run(
        [
            server.BIN / "pg_basebackup",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            f"--pgdata={folder}",
            f"--host={primary.socket}",
            f"--port={server.PORT}",
            f"--username={server.SUPERUSER}",
        ],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=folder,
        check=True,
    )
