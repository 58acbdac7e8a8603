"""db-init on an empty database, and migrations that it has not run yet."""

import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import URL

from db_init import migrate
from retort.schema import HEAD

from .run import Migration


@pytest.fixture
def environ(url: URL, role: str) -> dict[str, str]:
    return {
        **{key: os.environ[key] for key in os.environ if not key.startswith("DATABASE_")},
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "PYTHONPATH": os.pathsep.join(("web", "db-init")),
        "WEB_USER": role,
        "WEB_PASSWORD": "hunter2",
    }


@pytest.fixture
def migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Migration:
    """Gives a way to add a migration 9998 whose upgrade does what it is told."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "FOLDER", folder)

    def add(upgrade: str) -> None:
        (folder / "versions/9998_more.py").write_text(
            "from alembic import op\n\n"
            f'revision = "9998"\ndown_revision = "{HEAD}"\n\n\n'
            f"def upgrade() -> None:\n    op.execute('CREATE TABLE more ()')\n    {upgrade}\n"
        )

    return add
