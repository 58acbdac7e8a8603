"""A checkout of its own for the tests of `make migration`: migrations, models, and what
`web` expects."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]
from sqlalchemy import Connection, MetaData, NullPool, create_engine

from db_init import migrate
from embedded.migration import write_migration
from retort import models, schema
from retort.database import Base

from ..postgres import Server

ROOT = Path(__file__).parents[3]

Models = Callable[[MetaData], object]


@dataclass(frozen=True)
class Project:
    """A checkout whose only migration, 0001, does nothing."""

    root: Path
    server: Server
    patch: pytest.MonkeyPatch

    @classmethod
    def make(cls, root: Path, server: Server, patch: pytest.MonkeyPatch) -> "Project":
        project = cls(root, server, patch)
        project.versions.mkdir(parents=True)
        project.revisions.mkdir(parents=True)
        for name in ("env.py", "script.py.mako"):
            (project.versions.parent / name).write_text((migrate.FOLDER / name).read_text())
        (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
        project.add("0001", None)
        patch.setattr(migrate, "FOLDER", project.versions.parent)
        # Bytecode does not tell one text from another of the same second and size.
        patch.setattr(sys, "dont_write_bytecode", True)
        return project

    @property
    def versions(self) -> Path:
        return self.root / "db-init/db_init/migrations/versions"

    @property
    def revisions(self) -> Path:
        return self.root / "web/retort/revisions"

    def add(self, revision: str, after: str | None, upgrade: str = "pass") -> Path:
        """A migration by hand, that `web` knows."""
        (self.revisions / f"{revision}.txt").write_text(after or "")
        (path := self.versions / f"{revision}_by_hand.py").write_text(
            f"from alembic import op\n\nrevision = {revision!r}\ndown_revision = {after!r}\n\n\n"
            f"def upgrade() -> None:\n    {upgrade}\n\n\ndef downgrade() -> None:\n    pass\n"
        )
        return path

    def say(self, *said: Models) -> None:
        """Take these for the models."""
        metadata = MetaData(naming_convention=Base.metadata.naming_convention)
        for add in said:
            add(metadata)
        self.patch.setattr(models, "db", SimpleNamespace(metadata=metadata))

    def write(self, message: str, *said: Models) -> str:
        """`make migration`, on a database of its own; what it prints."""
        with (
            self.server.empty() as url,
            create_engine(url, poolclass=NullPool).connect() as connection,
        ):
            return self.write_on(connection, message, *said)

    def write_on(self, connection: Connection, message: str, *said: Models) -> str:
        """`make migration`, on a database that the caller gives, and goes on with."""
        self.say(*said)
        printed = write_migration(connection, self.root, message)
        connection.commit()
        return printed

    def ruff(self, *arguments: str) -> None:
        """As `make migration` and `make check` run it."""
        command = [find_ruff_bin(), *arguments, "--no-cache", "--quiet", "db-init"]
        subprocess.run(command, cwd=self.root, check=True)

    def files(self) -> set[str]:
        return {path.name for path in self.versions.glob("*.py")}

    def heads(self) -> list[str]:
        """Those that `web` expects."""
        return schema.heads(self.revisions)
