"""`make migration`: what the models say beyond the migrations, as a new migration."""

import re
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import NullPool, create_engine

from db_init import migrate

from .server import start, url

HEAD = re.compile(r'^HEAD = "\w+"', re.MULTILINE)


def make_migration(root: Path, message: str) -> None:
    """Write the next migration, found on a throw-away Postgres, and make it the one that
    `web` expects."""
    revision = f"{int(migrate.head()) + 1:04}"
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "data") as server:
        engine = create_engine(url(server, "migration"), poolclass=NullPool)
        with engine.connect() as connection:
            migrate.upgrade(connection)
            command.revision(
                migrate.config(connection), message, rev_id=revision, autogenerate=True
            )
    path = next((migrate.FOLDER / "versions").glob(f"{revision}_*.py"))
    schema = root / "web/retort/schema.py"
    schema.write_text(HEAD.sub(f'HEAD = "{revision}"', schema.read_text()))
    print(
        f"The code now expects {revision} ({schema.relative_to(root)}). Read {path.name} and "
        "complete it:\nwhat no model says, like data or an enum's end, it cannot know."
    )
