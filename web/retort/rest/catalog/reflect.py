"""Finds out what a database has, whoever made it."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Column,
    Computed,
    Connection,
    Engine,
    Identity,
    Inspector,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import DOMAIN, MONEY, REGCLASS, REGCONFIG
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import ProgrammingError, SAWarning
from sqlalchemy.types import NullType, TypeEngine

from ... import schema
from .functions import Function, functions_of_rows
from .keys import Keys, keys_of_database
from .resource import Place
from .types import Named, as_default, base_type, type_schema
from .views import View, trace

# A partition is a part of its table's rows, and no table of its own.
RELATIONS = text("""
SELECT nspname, relname,
    relkind <> 'p' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = pg_class.oid)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = ANY (:schemas) AND relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT relispartition
ORDER BY nspname, relname
""")

# The types of all columns. What has a cast to JSON, like PostGIS' own types, may be anything there.
TYPES = text("""
SELECT nspname, relname, attname, format_type(atttypid, atttypmod), CASE
    WHEN kind.typtype = 'c' THEN 'object'
    WHEN kind.typtype <> 'd' AND NOT EXISTS (
        SELECT FROM pg_cast WHERE castsource = kind.oid AND casttarget = 'json'::regtype
    ) THEN 'string' END
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid
JOIN pg_namespace ON pg_namespace.oid = relnamespace
JOIN pg_type ON pg_type.oid = atttypid
JOIN pg_type kind ON kind.oid = CASE
    WHEN pg_type.typcategory = 'A' AND pg_type.typtype <> 'd' THEN pg_type.typelem
    ELSE pg_type.oid END
WHERE attnum > 0 AND NOT attisdropped AND nspname = ANY(:schemas)
""")

# SQLAlchemy has no operators of these, or has Postgres read a name in a filter as a number.
UNKNOWN = NullType | MONEY | REGCLASS | REGCONFIG


@dataclass(frozen=True)
class Found:
    """What the database has at the start."""

    tables: dict[Place, Table]
    """Tables and views of the schemas asked for."""
    ancestors: Set[Place]
    """Those of them that other tables inherit from."""
    keys: Keys
    views: dict[Place, View]
    """What the views among them are made of."""
    revision: str | None
    """Which migration db-init left it at; None where db-init has never been."""
    functions: Sequence[Function]
    """Those that take a row of a table of the schemas asked for."""


def reflect(engine: Engine, schemas: Sequence[str], extra: Sequence[str]) -> Found:
    """Look at `schemas`, and in `extra` ones for functions, by an engine in autocommit. More tables
    take no more statements.

    Raises sqlalchemy.exc.DBAPIError while the database is away.
    """
    with engine.connect() as connection:
        revision = _revision(connection)
    with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
        # So that types, and functions in defaults, have their schemas beside their names, and these
        # no quotes, by which SQLAlchemy would not know them.
        connection.exec_driver_sql("SET LOCAL search_path = ''")
        connection.exec_driver_sql("SET LOCAL quote_all_identifiers = off")
        relations = connection.execute(RELATIONS, {"schemas": [*schemas]}).all()
        return Found(
            _tables(connection, schemas, [(at[0], at[1]) for *at, _ in relations]),
            {(at[0], at[1]) for *at, is_ancestor in relations if is_ancestor},
            keys_of_database(connection),
            trace(connection, schemas),
            revision,
            functions_of_rows(connection, schemas, extra),
        )


def _tables(
    connection: Connection, schemas: Sequence[str], relations: Sequence[Place]
) -> dict[Place, Table]:
    names: dict[str, list[str]] = defaultdict(list)
    for in_schema, name in relations:
        names[in_schema].append(name)
    inspector = inspect(connection)
    tables: dict[Place, Table] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
        for in_schema, some in names.items():
            tables |= _in_schema(inspector, in_schema, some)
    _name_types(connection, tables, schemas)
    return tables


def _in_schema(inspector: Inspector, in_schema: str, names: Sequence[str]) -> dict[Place, Table]:
    """The tables with their columns, keys and what is unique. MetaData.reflect() leaves foreign
    tables out, and fails where a foreign key has a name with a comma or a dot."""
    asked: dict[str, Any] = {"schema": in_schema, "filter_names": names, "kind": ObjectKind.ANY}
    columns = inspector.get_multi_columns(**asked)
    primary = inspector.get_multi_pk_constraint(**asked)
    unique = inspector.get_multi_unique_constraints(**asked)
    comments = inspector.get_multi_table_comment(**asked)
    metadata = MetaData(schema=in_schema)
    tables: dict[Place, Table] = {}
    for at, found in columns.items():
        key, others = primary.get(at), unique.get(at) or []
        tables[in_schema, at[1]] = Table(
            at[1],
            metadata,
            *map(_column, found),
            PrimaryKeyConstraint(*(key["constrained_columns"] if key else ())),
            *(UniqueConstraint(*one["column_names"]) for one in others),
            comment=comments[at]["text"] if at in comments else None,
        )
    return tables


def _column(found: ReflectedColumn) -> Column[Any]:
    return Column(
        found["name"],
        found["type"],
        *([Computed(**found["computed"])] if "computed" in found else ()),
        *([Identity(**found["identity"])] if "identity" in found else ()),
        nullable=found["nullable"],
        server_default=as_default(found["default"]) if found["default"] else None,
        autoincrement=found.get("autoincrement", False),
        comment=found.get("comment"),
    )


def _name_types(
    connection: Connection, tables: Mapping[Place, Table], schemas: Sequence[str]
) -> None:
    """Make the types that SQLAlchemy does not know, or whose operators it does not, `Named`."""
    for *at, column, name, json in connection.execute(TYPES, {"schemas": [*schemas]}):
        table = tables.get((at[0], at[1]))
        if table is None:
            continue
        found = cast(Any, table.columns[column])
        base = base_type(found.type)
        if isinstance(found.type, UNKNOWN):
            one = Named(name.removesuffix("[]"), json)
            found.type = ARRAY(one) if name.endswith("[]") else one
        elif isinstance(found.type, DOMAIN):
            found.type = Named(name, json, None if isinstance(base, UNKNOWN) else base)


def _revision(connection: Connection) -> str | None:
    try:
        return connection.scalar(schema.BY_DB_INIT)
    except ProgrammingError:  # no such table, or no right to read it
        return None


def misfit(model: Table, found: Table | None) -> list[str]:
    """The model's columns that the table lacks, or has with values of another kind."""
    return [
        column.name
        for column in model.columns
        if found is None
        or column.name not in found.columns
        or not _alike(column.type, found.columns[column.name].type)
    ]


def _alike(one: TypeEngine[object], other: TypeEngine[object]) -> bool:
    """Whether values look alike in JSON. How long or how exact they may be is Postgres'
    business, and what SQLAlchemy does not know may be anything."""
    kinds = {type_schema(type_).get("type") for type_ in (one, other)}
    return kinds == {"integer", "number"} or len(kinds - {None}) <= 1
