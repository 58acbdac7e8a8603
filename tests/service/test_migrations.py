"""The migrations make what the models say, forth and back."""

from collections.abc import Generator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, inspect, text

from db_init import migrate
from embedded.migration import make_migration
from retort import schema
from retort.models import db

from .postgres import Database, Server
from .snapshot import snapshot


@pytest.fixture
def connection(database: Database) -> Generator[Connection]:
    with create_engine(database.owner, poolclass=NullPool).connect() as connection:
        yield connection


def test_models_and_migrations_agree(connection: Connection) -> None:
    command.check(migrate.config(connection))


def test_a_model_without_its_migration_would_be_noticed(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE persons DROP COLUMN tags"))
    with pytest.raises(Exception, match=r"persons.*tags"):
        command.check(migrate.config(connection))


def test_there_is_one_head_and_the_code_expects_it() -> None:
    assert ScriptDirectory(str(migrate.FOLDER)).get_heads() == [schema.HEAD]
    assert migrate.head() == schema.HEAD


def test_down_leaves_nothing_and_up_again_makes_the_same(server: Server) -> None:
    with (
        server.empty() as url,
        create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as one,
    ):
        migrate.upgrade(one)
        first = snapshot(url)
        command.downgrade(migrate.config(one), "base")
        assert inspect(one).get_table_names() == ["alembic_version"]
        assert (
            one.scalars(text("SELECT typname FROM pg_type WHERE typname = 'order_status'")).all()
            == []
        )
        migrate.upgrade(one)
        assert snapshot(url) == first


def test_make_migration_writes_what_the_models_say_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (versions := tmp_path / "migrations/versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (versions.parent / name).write_text((migrate.FOLDER / name).read_text())
    (first := versions / "0001_nothing.py").write_text(
        'revision = "0001"\ndown_revision = None\n\n\ndef upgrade() -> None:\n    pass\n'
    )
    (tmp_path / "web/retort").mkdir(parents=True)
    (copy := tmp_path / "web/retort/schema.py").write_text(Path(schema.__file__).read_text())
    monkeypatch.setattr(migrate, "FOLDER", versions.parent)

    make_migration(tmp_path, "All of it")

    (second,) = set(versions.glob("*.py")) - {first}
    assert second.name == "0002_all_of_it.py"
    assert second.read_text().count("op.create_table(") == len(db.metadata.tables)
    assert 'HEAD = "0002"' in copy.read_text()
