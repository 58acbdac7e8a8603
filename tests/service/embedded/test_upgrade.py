"""`make upgrade-postgres` without Docker: from the package's oldest major to its newest."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from sqlalchemy import URL

from embedded import stack
from embedded.server import (
    INSTEAD_OF_ROOT,
    MAJOR,
    POSTGRES_VERSIONS,
    SUPERUSER,
    ensure_user_exists,
    start,
)

from ..postgres import execute
from ..snapshot import SEQUENCES, TABLES
from .checkout import call, no_cover
from .test_keep import OWN, ROLES

OLD = min(POSTGRES_VERSIONS)


def make_old(data: Path) -> None:
    """Make the data of the older Postgres, which Postgres refuses to do as root."""
    data.mkdir(parents=True, mode=0o700)
    user = None
    if os.geteuid() == 0:
        ensure_user_exists(user := INSTEAD_OF_ROOT)
        shutil.chown(data, user, user)
        for folder in data.parents:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    initdb = [POSTGRES_VERSIONS[OLD] / "initdb", "--locale=C", "--encoding=UTF8"]
    subprocess.run(
        [*initdb, f"--username={SUPERUSER}", f"--pgdata={data}"],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=data,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def rows(url: URL) -> list[str]:
    """All rows, where the sequences are, and the roles; the catalog differs from major to major."""
    tables = [name for (name,) in execute(url, TABLES)]
    roles = ROLES.replace(", rolconfig", "")
    queries = [f"SELECT t::text FROM {table} t ORDER BY 1" for table in tables]
    return [str(execute(url, query)) for query in (TABLES, SEQUENCES, roles, *queries)]


@no_cover
def test_data_of_an_older_major_is_refused_and_then_moved_with_all_it_has(fresh: Path) -> None:
    make_old(data := stack.data(fresh))
    with start(data, old=True) as server:
        stack.prepared(fresh, server, lambda who, what: None)
        execute(stack.owner(server), *OWN)
        before = rows(stack.owner(server))
    done = call(fresh, "run")
    assert done.returncode == 1
    assert f"is of Postgres {OLD}, not {MAJOR}: make upgrade-postgres" in done.stderr
    done = call(fresh, "upgrade")
    assert done.returncode == 0, done.stderr
    assert f"the data is of Postgres {MAJOR}; what it was is in {data}-{OLD}" in done.stdout
    with start(data) as server:
        assert rows(stack.owner(server)) == before
        assert call(fresh, "token").returncode == 0
    with start(data.with_name(f"postgres-{OLD}"), old=True) as server:
        assert rows(stack.owner(server)) == before


@no_cover
def test_where_the_new_one_refuses_a_row_the_old_data_stays(fresh: Path) -> None:
    make_old(data := stack.data(fresh))
    with start(data, old=True) as server:
        check = "CHECK (num_nulls(current_setting('my.a', true)) = 0)"
        execute(
            stack.owner(server),
            f"CREATE TABLE only_here (a text {check})",
            "SET my.a = 'x'; INSERT INTO only_here VALUES ('x')",
        )
    done = call(fresh, "upgrade")
    assert done.returncode == 1
    assert f"upgrade: failed; the data is as it was, of Postgres {OLD}" in done.stderr
    assert not data.with_name(f"postgres-{MAJOR}").exists()
    with start(data, old=True) as server:
        assert execute(stack.owner(server), "SELECT * FROM only_here") == [("x",)]
