"""`make migration` for what people have in their models: each kind comes and goes."""

import enum
import os
import subprocess
import sys
from typing import Any

import pytest
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
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Text,
    Time,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
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

from ..gunicorn import UNMEASURED
from .kinds import Items, a, bare, go, nothing, prove, refer, table
from .project import Project


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
