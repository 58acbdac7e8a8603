"""`make migration`: a new migration with what the models say and the migrations do not."""

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, NullPool, create_engine

from db_init import afterwards, migrate
from db_init.expanding import expands
from db_init.prepare import Failure

from .server import start, url


def make_migration(root: Path, message: str) -> None:
    """Write the next migration, found with a temporary Postgres, and say what is left to do.

    Raises Failure if an existing migration does not work.
    """
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "data") as server:
        engine = create_engine(url(server, "migration"), poolclass=NullPool)
        with engine.connect() as connection:
            try:
                print(write_migration(connection, root, message))
            except migrate.MigrationFailed as failure:
                raise Failure(str(failure)) from failure


def write_migration(connection: Connection, root: Path, message: str) -> str:
    """Take a connection to an empty database; write into `root` the migration that follows every
    head, and the revision that `web` has to expect; say what was done.

    If the models say nothing new, nothing is written, unless the migration joins heads or the
    environment says EMPTY=1. Raises MigrationFailed.
    """
    heads = migrate.heads(migrate.scripts())
    config = migrate.config(connection)
    wanted = len(heads) > 1 or bool(os.environ.get("EMPTY"))

    def look_at(context: object, revision: object, directives: list[Any]) -> None:
        found = directives[0].upgrade_ops
        # What is filled in by hand is not known yet.
        config.attributes["expands"] = expands(found) and (len(heads) > 1 or not found.is_empty())
        if found.is_empty() and not wanted:
            directives.clear()

    migrate.upgrade_to_heads(connection)
    connection.commit()
    # Or what it makes would be missing again.
    autocommit = connection.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as other:
        for script in reversed(migrate.scripts()):
            afterwards.execute(other, script)
    with warnings.catch_warnings(record=True) as by_hand:
        warnings.simplefilter("always")
        written = command.revision(
            config,
            message,
            head="heads",
            autogenerate=True,
            process_revision_directives=look_at,
        )
    lines = [
        f"By hand: {warning.message}"
        for warning in by_hand
        if not issubclass(warning.category, DeprecationWarning)
    ]
    _tell_web(root / "web/retort/revisions")
    if not written:
        lines.append(
            "Nothing was written: the models say nothing beyond the migrations. For one to fill in "
            f'by hand: EMPTY=1 make migration m="{message}"'
        )
        return "\n".join(lines)
    (name,) = set(migrate.heads(migrate.scripts())) - set(heads)
    lines += [f"The code now expects {name}. Read it, and add what no model says, like data."]
    if len(heads) > 1:
        lines += [f"It joins {' and '.join(heads)}: see that they do not undo each other."]
    return "\n".join(lines)


def _tell_web(folder: Path) -> None:
    """Write the file of each migration that `web` reads, and remove all others."""
    for file in folder.glob("*.txt"):
        file.unlink()
    for script in migrate.scripts():
        before = script.down_revision or ()
        lines = [before] if isinstance(before, str) else before
        (folder / f"{script.revision}.txt").write_text("".join(f"{line}\n" for line in lines))
