"""The migrations make what the models say, forth and back; `make migration` writes them."""

import re
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from alembic import command
from flask.testing import FlaskClient
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    NullPool,
    Table,
    create_engine,
    inspect,
    text,
)

from db_init import migrate
from embedded.migration import make_migration
from retort import schema
from retort.models import db

from ..postgres import Database, Server
from ..snapshot import snapshot
from .project import Project


@pytest.fixture
def migrated(database: Database) -> Generator[Connection]:
    with create_engine(database.owner, poolclass=NullPool).connect() as connection:
        yield connection


def test_models_and_migrations_agree(migrated: Connection) -> None:
    command.check(migrate.config(migrated))


def test_a_model_without_its_migration_would_be_noticed(migrated: Connection) -> None:
    migrated.execute(text("ALTER TABLE persons DROP COLUMN tags"))
    with pytest.raises(Exception, match=r"persons.*tags"):
        command.check(migrate.config(migrated))


def test_there_is_one_head() -> None:
    heads = migrate.heads(migrate.scripts())
    assert len(heads) == 1, f"{' and '.join(heads)}: make migration joins them"


def test_web_expects_the_migrations_that_are_there() -> None:
    """If it fails: `make migration` puts it right, even where it has nothing to write."""
    there = {script.revision: script.down_revision for script in migrate.scripts()}
    told = {file.stem: file.read_text().split() for file in schema.FOLDER.glob("*.txt")}
    assert told.keys() == there.keys()
    for revision, before in there.items():
        assert told[revision] == ([before] if isinstance(before, str) else list(before or ()))


def test_down_leaves_nothing_and_up_again_makes_the_same(server: Server) -> None:
    with (
        server.empty() as url,
        create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as one,
    ):
        migrate.upgrade(one)
        first = snapshot(url)
        command.downgrade(migrate.config(one), "base")
        assert inspect(one).get_table_names() == ["alembic_version"]
        assert one.scalars(text("SELECT typname FROM pg_type WHERE typtype = 'e'")).all() == []
        migrate.upgrade(one)
        assert snapshot(url) == first


def test_make_migration_writes_what_the_models_say_beyond(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.versions.joinpath("0001_by_hand.py").rename(project.versions / "0001_nothing.py")

    make_migration(project.root, "All of it")

    (name,) = project.files() - {"0001_nothing.py"}
    matched = re.fullmatch(r"\d{4}_\d\d_\d\d_\d{4}_([0-9a-f]{12})_all_of_it\.py", name)
    assert matched is not None
    written = (project.versions / name).read_text()
    assert written.count("op.create_table(") == len(db.metadata.tables)
    assert project.heads() == [matched[1]]
    assert f"The code now expects {matched[1]} ({name}). Read" in capsys.readouterr().out


def a(metadata: MetaData) -> None:
    Table("a", metadata, Column("id", BigInteger, primary_key=True))


def b(metadata: MetaData) -> None:
    Table("b", metadata, Column("id", BigInteger, primary_key=True))


@pytest.mark.parametrize("message", ['Say "hi"', "It's \\ 100 %", 'ends in quotes"""\'', "Größe\n"])
def test_a_migration_may_be_called_anything(project: Project, message: str) -> None:
    project.write(message, a)
    (script,) = [script for script in migrate.scripts() if script.is_head]
    assert script.doc == message.strip()


def test_where_the_models_say_nothing_new_nothing_is_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("first", a)
    files, heads = project.files(), project.heads()

    said = project.write("again", a)

    assert (project.files(), project.heads()) == (files, heads)
    assert said == (
        "Nothing was written: the models say nothing beyond the migrations. For one to fill in "
        'by hand: EMPTY=1 make migration m="again"'
    )
    monkeypatch.setenv("EMPTY", "1")
    assert "The code now expects" in project.write("again", a)
    (added,) = project.files() - files
    assert (project.versions / added).read_text().count("    pass\n") == 2
    assert project.heads() != heads


def test_a_migration_that_was_deleted_by_hand_is_no_longer_expected(project: Project) -> None:
    project.write("first", a)
    (written,) = project.files() - {"0001_by_hand.py"}
    (project.versions / written).unlink()
    assert project.heads() != ["0001"]
    project.write("nothing")
    assert project.heads() == ["0001"]


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.check_output(["git", *who, *arguments], cwd=folder, text=True)


@pytest.fixture
def merged(project: Project) -> Project:
    """Two branches that each made a migration, merged by git."""
    (project.root / ".gitignore").write_text("__pycache__/\n")
    git(project.root, "init", "--quiet", "--initial-branch=main")
    for branch, model in (("main", None), ("amy", a), ("ben", b)):
        if model:
            git(project.root, "switch", "--quiet", "--create", branch, "main")
            project.write(f"{branch}'s", model)
        git(project.root, "add", ".")
        git(project.root, "commit", "--quiet", "--message", branch)
    git(project.root, "merge", "--quiet", "--no-edit", "amy")
    return project


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@needs_git
def test_git_merges_two_branches_that_each_made_a_migration(merged: Project) -> None:
    assert git(merged.root, "status", "--short") == ""
    assert len(merged.files()) == 3
    assert len(merged.heads()) == 2


@needs_git
def test_two_heads_are_said_by_all_who_see_them(
    merged: Project,
    connection: Connection,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heads = merged.heads()
    files = {head: next(name for name in merged.files() if head in name) for head in heads}
    with pytest.raises(migrate.MigrationFailed) as failure:
        migrate.upgrade(connection)
    assert re.fullmatch(
        r"2 heads: (\w+ \(\S+\.py\)), (\w+ \(\S+\.py\)); make migration joins them",
        str(failure.value),
    )
    for head, file in files.items():
        assert f"{head} ({file})" in str(failure.value)

    at = schema.HEAD
    monkeypatch.setattr(schema, "HEADS", heads)
    monkeypatch.setattr(schema, "HEAD", ", ".join(heads))
    response = client.get("/readyz")
    said = f"at {at}, but this code has 2 heads, {schema.HEAD}: "
    said += "make migration joins them"
    assert (response.status_code, response.json) == (
        503,
        {"ready": False, "database": "ok", "schema": said},
    )
    page = client.get("/", headers={"Accept": "text/html"}).text
    assert said.replace('"', "&#34;") in page


@needs_git
def test_make_migration_joins_two_heads(merged: Project, connection: Connection) -> None:
    heads = merged.heads()
    files = merged.files()

    said = merged.write("join", a, b)

    (joined,) = merged.heads()
    (name,) = merged.files() - files
    assert f"The code now expects {joined} ({name})" in said
    assert re.search(r"It joins \w+ \(\S+\) and \w+ \(\S+\): see that they do not undo", said)
    migrate.upgrade(connection)
    assert set(inspect(connection).get_table_names()) == {"a", "alembic_version", "b"}
    command.check(migrate.config(connection))
    assert all(head in (merged.versions / name).read_text() for head in heads)


@needs_git
def test_a_database_of_one_branch_is_joined_too(merged: Project, connection: Connection) -> None:
    one, _ = merged.heads()
    command.upgrade(migrate.config(connection), one)
    merged.write("join", a, b)
    assert migrate.upgrade(connection) == f"schema: {one} to {merged.heads()[0]}"
    command.check(migrate.config(connection))


@needs_git
def test_a_database_of_another_branch_is_left_alone(
    merged: Project, connection: Connection
) -> None:
    migrate.upgrade_to_heads(connection)
    git(merged.root, "switch", "--quiet", "amy")
    with pytest.raises(migrate.MigrationFailed) as failure:
        migrate.upgrade(connection)
    assert re.fullmatch(
        r"this database is of another version of the code: it is at \w+, which is no migration "
        r"here, where the newest is \w+ \(\S+_amy_s\.py\); run the code that has it, or restore "
        r"a dump that fits this one",
        str(failure.value),
    )


@needs_git
def test_branches_that_cannot_both_be_are_said_so(merged: Project) -> None:
    amys = next(merged.versions.glob("*_amy_s.py"))
    amys.write_text(amys.read_text().replace("create_table('a'", "create_table('b'"))
    with pytest.raises(migrate.MigrationFailed, match=r'\.py, line \d+: relation "b" already'):
        merged.write("join", b)


def test_a_revision_that_is_there_twice_is_said_so(
    project: Project, connection: Connection
) -> None:
    twin = project.add("0002", "0001")
    twin.rename(twin.with_name("0002_twin.py"))
    project.add("0002", "0001")
    with pytest.raises(migrate.MigrationFailed, match="Revision 0002 is present more than once"):
        migrate.upgrade(connection)


def test_a_migration_whose_predecessor_is_gone_is_said_so(
    project: Project, connection: Connection
) -> None:
    project.add("0003", "0002")
    with pytest.raises(migrate.MigrationFailed, match=r"Revision 0002 .* is not present"):
        migrate.upgrade(connection)
