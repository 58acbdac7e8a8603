"""What Postgres refuses in a transaction, like CREATE INDEX CONCURRENTLY: the SQL that a migration
names as `afterwards` runs when all migrations are committed, statement by statement."""

import time
from collections.abc import Callable

from alembic.script import Script
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from retort.database import first_line

from .migrate import MigrationFailed, note_done, waiting

LOCK = 0x7265746F7275  # any number that nothing else takes


def run(engine: Engine, report: Callable[[str], None]) -> None:
    """Run what the database's note says is still to do, and report a line for each migration.

    What was done stays done. Raises MigrationFailed; the next start tries the rest again.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Who waits for the lock is in a transaction, for which its holder's statement would wait.
        while not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
            time.sleep(0.2)
        for script in waiting(connection):
            execute(connection, script)
            note_done(connection, script.revision)
            report(f"schema: {script.revision} is done, also what it does afterwards")


def execute(connection: Connection, script: Script) -> None:
    """Take a connection in AUTOCOMMIT, and run what the migration does afterwards.

    Raises MigrationFailed.
    """
    try:
        for statement in getattr(script.module, "afterwards", ()):
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        raise MigrationFailed(
            f"the migrations are done, but not what {script.revision} does afterwards: "
            f"{first_line(error)}; mend that and start again"
        ) from error
