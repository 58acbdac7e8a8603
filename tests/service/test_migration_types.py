"""`make migration` for what people have in their models: it writes the migration, which goes
up, down and up again; then there is nothing left to find, and down leaves nothing."""

import enum
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Connection,
    Date,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    NullPool,
    Numeric,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    create_engine,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    CIDR,
    CITEXT,
    DATEMULTIRANGE,
    DOMAIN,
    HSTORE,
    INET,
    INT4RANGE,
    INTERVAL,
    JSONB,
    TSTZRANGE,
    TSVECTOR,
)
from sqlalchemy.schema import SchemaItem

from db_init import migrate

from .gunicorn import UNMEASURED
from .migrations import Models, Project
from .postgres import Server
from .snapshot import snapshot


class Status(enum.StrEnum):
    OPEN = "open"
    DONE = "done"


class Shout(TypeDecorator[str]):
    """A type of the application's own, which a migration must not need."""

    impl = String(10)
    cache_ok = True


class Mail(TypeDecorator[str]):
    impl = DOMAIN("mail", Text, check="VALUE LIKE '%@%'")
    cache_ok = True


Items = Callable[[str], Sequence[SchemaItem]]


def table(items: Items, name: str = "things", **options: Any) -> Models:
    """Models with a table of a key and `items`."""

    def add(metadata: MetaData) -> None:
        key = Column("id", BigInteger, Identity(), primary_key=True)
        Table(name, metadata, key, *items(name), **options)

    return add


def a(*arguments: Any, **options: Any) -> Items:
    """A column `a`."""
    return lambda _: [Column("a", *arguments, **options)]


def refer(name: str, to: str, **options: Any) -> Column[Any]:
    """A column with a foreign key."""
    return Column(name, ForeignKey(to, **options), index=True)


def bare(_: str) -> Sequence[SchemaItem]:
    """Nothing but the key."""
    return []


def nothing(_: MetaData) -> None:
    """No model is left."""


@pytest.fixture
def project(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project.make(tmp_path, server, monkeypatch)


@pytest.fixture
def connection(server: Server) -> Generator[Connection]:
    with server.empty() as url, create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


def go(connection: Connection, where: str) -> str:
    """Up or down, as a start of its own; what is in the database then."""
    config = migrate.config(connection)
    if where == "head":
        migrate.upgrade(connection)
    else:
        command.downgrade(config, where)
    connection.commit()
    return snapshot(connection.engine.url)


def prove(project: Project, connection: Connection, *stages: Models) -> None:
    """Each stage's migration goes up, down and up again, and then nothing is left to find."""
    revisions, states = project.heads(), [go(connection, "head")]
    for number, stage in enumerate(stages):
        assert "The code now expects" in project.write_on(connection, f"stage {number}", stage)
        states.append(go(connection, "head"))
        assert go(connection, revisions[-1]) == states[-2]
        assert go(connection, "head") == states[-1]
        command.check(migrate.config(connection))
        connection.rollback()
        revisions += project.heads()
    project.ruff("check", "--fix-only")
    project.ruff("format")
    project.ruff("check")
    assert go(connection, revisions[0]) == states[0]


KINDS: dict[str, Items] = {
    "enum": a(Enum(Status, name="status"), server_default=Status.OPEN.name, nullable=False),
    "enum with odd values": a(Enum("it's", "100% :x", 'a "b"', "\\", name="Odd One")),
    "array": a(ARRAY(Text), server_default="{}", nullable=False),
    "array of arrays": a(ARRAY(Integer, dimensions=2)),
    "array of enum": a(ARRAY(Enum("a", "b", name="item")), server_default="{a}"),
    "JSONB": a(JSONB, server_default='{"a": "it\'s"}'),
    "JSON with a default": a(JSON, server_default="{}"),
    "UUID": a(Uuid, server_default=func.gen_random_uuid()),
    "UUID by time": a(Uuid, server_default=text("uuidv7()")),
    "generated and stored": a(BigInteger, Computed("id * 2", persisted=True)),
    "generated and virtual": a(BigInteger, Computed("id * 2", persisted=False)),
    "identity, always": a(
        Integer, Identity(always=True, start=5, increment=2, minvalue=1, maxvalue=99, cycle=True)
    ),
    "identity, by default": a(Integer, Identity(start=5, cache=3)),
    "domain": a(DOMAIN("positive", Integer, check="VALUE > 0")),
    "domain with all": a(
        DOMAIN(
            "Code",
            String(20),
            collation="C",
            default=text("'a'"),
            not_null=True,
            constraint_name="Short",
            check="length(VALUE) < 5",
        ),
        nullable=False,
    ),
    "array of domain": a(ARRAY(DOMAIN("negative", Integer, check="VALUE < 0"))),
    "a type of the application's": a(Shout),
    "the application's domain": a(ARRAY(Mail)),
    "default with a quote": a(Text, server_default="it's 100 % :so"),
    "default of digits": a(Text, server_default="1"),
    "default that is random": a(Double, server_default=text("random() * 2")),
    "default that is a time": a(
        DateTime(timezone=True), server_default=text("clock_timestamp() + interval '1 day'")
    ),
    "default of NULL": a(Text, server_default=text("NULL")),
    "number": a(Numeric(12, 2), server_default="0", nullable=False),
    "boolean": a(Boolean, server_default="false"),
    "interval": a(Interval, server_default="1 day"),
    "interval of days": a(INTERVAL(fields="DAY TO SECOND")),
    "date": a(Date, server_default=func.current_date()),
    "time": a(Time, server_default="12:00"),
    "time stamp": a(DateTime),
    "bytes": a(LargeBinary, server_default="\\x00"),
    "address": a(INET, server_default="127.0.0.1"),
    "network": a(CIDR),
    "range": a(INT4RANGE, server_default="[1,10)"),
    "range of times": a(TSTZRANGE),
    "several ranges": a(DATEMULTIRANGE),
    "text to search": a(TSVECTOR, Computed("to_tsvector('english', id::text)", persisted=True)),
    "comment": a(Text, comment='it\'s :a "comment" of 100 % \\'),
    "check": lambda _: [Column("a", Text), CheckConstraint("a IN ('x', 'y: z', '%')", "a")],
    "partial index": lambda table: [
        Column("a", Text),
        Index(f"{table}_part_idx", "a", postgresql_where=text("a <> 'x'")),
    ],
    "index of an expression": lambda table: [
        Column("a", Text),
        Index(f"{table}_lower_idx", text("lower(a)")),
    ],
    "index in order": lambda table: [
        Column("a", Text),
        Index(f"{table}_down_idx", text("a DESC NULLS LAST"), postgresql_include=["id"]),
    ],
    "GIN": lambda _: [
        Column("a", JSONB),
        Index(None, "a", postgresql_using="gin", postgresql_ops={"a": "jsonb_path_ops"}),
    ],
    "unique with nulls": lambda _: [
        Column("a", Text),
        UniqueConstraint("a", "id", postgresql_nulls_not_distinct=True),
        Index(None, "a", unique=True, postgresql_nulls_not_distinct=True),
    ],
    "foreign key": lambda table: [refer("a", f"{table}.id", deferrable=True, initially="DEFERRED")],
}


@pytest.mark.no_cover  # the other tests here run all the same code
@pytest.mark.parametrize("items", KINDS.values(), ids=KINDS)
def test_a_kind_that_comes_and_goes(project: Project, connection: Connection, items: Items) -> None:
    prove(project, connection, table(bare), table(items), table(bare))


def test_all_kinds_in_new_tables(project: Project, connection: Connection) -> None:
    def everything(metadata: MetaData) -> None:
        for number, items in enumerate(KINDS.values()):
            table(items, f"things_{number}", comment="it's :a comment")(metadata)

    prove(project, connection, everything, nothing)
    checked = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable]
    written = map(str, project.versions.glob("*_stage_*.py"))
    environ = os.environ | UNMEASURED
    subprocess.run([*checked, *written], cwd=project.root, env=environ, check=True)


@pytest.mark.parametrize("type_", [CITEXT, HSTORE], ids=["citext", "hstore"])
def test_a_type_of_an_extension(project: Project, connection: Connection, type_: Any) -> None:
    name = type_.__name__.lower()
    known = text("SELECT 1 FROM pg_available_extensions WHERE name = :name")
    if not connection.scalar(known, {"name": name}):
        pytest.skip(f"this server does not have {name}")
    project.add("0002", "0001", f"op.execute('CREATE EXTENSION {name}')")
    prove(project, connection, table(a(type_)), nothing)


def two_schemas(metadata: MetaData) -> None:
    table(bare, "shops", schema="sales")(metadata)
    table(
        lambda _: [
            refer("shop_id", "sales.shops.id"),
            Column("kind", Enum("a", "b", name="kind", schema="sales"), index=True),
            Column("other", Enum("a", name="kind", schema="kinds")),
        ],
        "clerks",
    )(metadata)
    table(
        lambda _: [refer("clerk_id", "clerks.id", ondelete="CASCADE")],
        "sales",
        schema="sales",
    )(metadata)


def test_a_second_schema(project: Project, connection: Connection) -> None:
    def fewer(metadata: MetaData) -> None:
        for name in ("sales", "kinds"):
            table(bare, "shops", schema=name)(metadata)

    prove(project, connection, two_schemas, fewer)


def test_what_else_is_in_the_database_is_left_alone(
    project: Project, connection: Connection
) -> None:
    connection.execute(text("CREATE SCHEMA theirs"))
    connection.execute(text("CREATE TABLE theirs.things (id int)"))
    connection.execute(text("CREATE TYPE theirs.kind AS ENUM ('a')"))
    connection.execute(text("CREATE TYPE unused AS ENUM ('a')"))
    connection.commit()
    project.write_on(connection, "one", two_schemas)
    assert not any("theirs" in path.read_text() for path in project.versions.glob("*.py"))
    go(connection, "head")
    assert "Nothing was written" in project.write_on(connection, "two", two_schemas)


def statuses(*values: str, default: str = "open") -> Items:
    """An enum and its array, with an index, a check and defaults that name its values."""

    def items(name: str) -> Sequence[SchemaItem]:
        type_ = Enum(*values, name="status")
        return [
            Column("a", type_, server_default=default, nullable=False),
            Column("b", ARRAY(type_), server_default="{open}"),
            Column("c", Text),
            Index(f"{name}_open_idx", "id", postgresql_where=text("a = 'open'")),
            CheckConstraint("a <> 'done' OR id > 0", "a"),
        ]

    return items


OLD = ("open", "done")
VALUES = {
    "more": statuses(*OLD, "it's", "100 % :x"),
    "more before and between": statuses("new", "open", "half", "done"),
    "fewer and in another order": statuses("other", "done", "open"),
    "a new one that is the default": statuses(*OLD, "new", default="new"),
}


@pytest.mark.parametrize("items", VALUES.values(), ids=VALUES)
def test_an_enum_with_other_values(project: Project, connection: Connection, items: Items) -> None:
    prove(project, connection, table(statuses(*OLD, "more")), table(statuses(*OLD)), table(items))
    project.write_on(connection, "nothing", table(bare))


def test_an_enum_keeps_its_rows(project: Project, connection: Connection) -> None:
    project.write_on(connection, "one", table(statuses(*OLD)))
    go(connection, "head")
    connection.execute(text("INSERT INTO things (a, b) VALUES ('done', '{done,open}')"))
    connection.commit()
    project.write_on(connection, "two", table(statuses("done", "new", "open", default="new")))
    go(connection, "head")
    rows = connection.execute(text("SELECT a::text, b::text[] FROM things")).all()
    assert rows == [("done", ["done", "open"])]


CHANGES: dict[str, tuple[Items, Items]] = {
    "precision": (a(Numeric(10, 2)), a(Numeric(12, 3))),
    "length": (a(String(10)), a(Text)),
    "bigger": (a(Integer), a(BigInteger)),
    "not null": (a(Text), a(Text, nullable=False)),
    "default": (a(Text, server_default="x"), a(Text, server_default="y")),
    "default gone": (a(Text, server_default="x: %"), a(Text)),
    "identity": (
        a(Integer, Identity(always=True, start=5, cache=3)),
        a(Integer, Identity(increment=3, minvalue=2, start=5, cache=3)),
    ),
    "identity gone": (a(Integer, Identity()), a(Integer, nullable=False)),
    "identity now": (a(Integer, nullable=False), a(Integer, Identity())),
    "comment": (a(Text, comment="x"), a(Text, comment="it's: %")),
    "check": (
        lambda _: [Column("a", Text), CheckConstraint("a <> 'x'", "a")],
        lambda _: [Column("a", Text), CheckConstraint(r"a LIKE '%\:y %'", "a")],
    ),
    "check of a new column": (
        lambda _: [Column("a", Text), CheckConstraint("a <> 'x'", "a")],
        lambda _: [Column("a", Text), Column("b", Text), CheckConstraint("a <> b", "a")],
    ),
    "nulls": (
        lambda _: [Column("a", Text), UniqueConstraint("a")],
        lambda _: [Column("a", Text), UniqueConstraint("a", postgresql_nulls_not_distinct=True)],
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_a_change(project: Project, connection: Connection, before: Items, after: Items) -> None:
    prove(project, connection, table(before), table(after))


def test_an_enum_that_is_a_check(project: Project, connection: Connection) -> None:
    def kind(*values: str) -> Models:
        type_ = Enum(*values, native_enum=False, create_constraint=True, length=9, name="kind")
        return table(a(type_))

    for number, models in enumerate([table(bare), kind("a", "b"), kind("b", "c"), table(bare)]):
        assert "The code now expects" in project.write_on(connection, f"stage {number}", models)
        go(connection, "head")
        command.check(migrate.config(connection))
    go(connection, "0001")


def test_tables_go_before_those_that_they_refer_to(
    project: Project, connection: Connection
) -> None:
    def chain(metadata: MetaData) -> None:
        table(bare, "things_0")(metadata)
        for number in range(1, 6):
            refers = a(ForeignKey(f"things_{number - 1}.id"))
            table(refers, f"things_{number}")(metadata)

    def end(metadata: MetaData) -> None:
        table(a(BigInteger), "things_5")(metadata)

    prove(project, connection, chain, end)


def test_what_has_to_be_done_by_hand_is_said(project: Project, connection: Connection) -> None:
    project.write_on(connection, "one", table(a(BigInteger, Computed("id * 2", persisted=True))))
    go(connection, "head")
    changed = table(a(BigInteger, Computed("id * 3", persisted=True)))
    said = project.write_on(connection, "two", changed).splitlines()
    assert said[0] == "By hand: Computed default on things.a cannot be modified"
    assert said[1].startswith("Nothing was written")
