"""Enums and domains: those that models use, those in the database, and the SQL that changes it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Column, Connection, Dialect, MetaData, Row, TypeDecorator, text
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.dialects.postgresql.named_types import CreateDomainType

# Without those of an extension, which come and go with it.
EXISTING = text("""
SELECT t.oid::regtype::text AS name,
       ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
           AS values,
       concat(format_type(nullif(typbasetype, 0), typtypmod),
              CASE WHEN typcollation NOT IN (0, '"default"'::regcollation)
                   THEN ' COLLATE ' || typcollation::regcollation END,
              ' DEFAULT ' || typdefault,
              (SELECT string_agg(concat(' CONSTRAINT ', quote_ident(conname), ' ',
                                        pg_get_constraintdef(oid)), '')
               FROM pg_constraint WHERE contypid = t.oid)) AS domain
FROM pg_type t
WHERE typtype IN ('e', 'd') AND typnamespace::regnamespace::text = ANY(:schemas)
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
ORDER BY 1
""")

# Columns of the type, or of its arrays.
COLUMNS = text("""
SELECT attrelid::regclass::text AS table, quote_ident(attname) AS column,
       pg_get_expr(adbin, adrelid) AS default,
       CASE WHEN atttypid = typarray THEN '[]' ELSE '' END AS array
FROM pg_type t
JOIN pg_attribute ON atttypid IN (t.oid, typarray) AND NOT attisdropped
JOIN pg_class c ON c.oid = attrelid AND relkind IN ('r', 'p')
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE t.oid = to_regtype(:name)
ORDER BY 1, attnum
""")

# Indexes and checks that name a value of the type, which keep a column from changing its type.
NAMING_VALUES = text("""
SELECT format('DROP INDEX %s', objid::regclass) AS drop, pg_get_indexdef(objid) AS create
FROM pg_depend JOIN pg_class i ON i.oid = objid AND relkind = 'i'
WHERE classid = 'pg_class'::regclass AND refobjid = to_regtype(:name)
UNION
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I ', conrelid::regclass, conname)
       || pg_get_constraintdef(c.oid)
FROM pg_depend JOIN pg_constraint c ON c.oid = objid AND contype = 'c'
WHERE classid = 'pg_constraint'::regclass AND refobjid = to_regtype(:name)
ORDER BY 1
""")


@dataclass(frozen=True)
class Named:
    """An enum or a domain: its name as Postgres quotes it, and what it is made of."""

    name: str
    values: tuple[str, ...]  # an enum's
    domain: str = ""

    @property
    def create(self) -> str:
        if self.domain:
            return f"CREATE DOMAIN {self.name} AS {self.domain}"
        return f"CREATE TYPE {self.name} AS ENUM ({', '.join(map(literal, self.values))})"

    @property
    def drop(self) -> str:
        return f"DROP {'DOMAIN' if self.domain else 'TYPE'} {self.name}"


def literal(value: str) -> str:
    """The value as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def unwrap(type_: Any, dialect: Dialect) -> Any:
    """The enum or domain inside a column's type (a decorator's, an array's); any other type as it
    is."""
    if isinstance(type_, TypeDecorator):
        return unwrap(type_.load_dialect_impl(dialect), dialect)
    if isinstance(type_, ARRAY):
        return unwrap(type_.item_type, dialect)  # pyright: ignore[reportUnknownMemberType]
    return type_.dialect_impl(dialect)


def used(metadata: MetaData, dialect: Dialect) -> Iterator[tuple[Any, Column[Any]]]:
    """Every enum and domain of a model, with the column that has it."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            type_ = unwrap(column.type, dialect)
            if isinstance(type_, ENUM | DOMAIN):
                yield type_, column


def named(type_: Any, dialect: Any) -> Named:
    """An enum or a domain of SQLAlchemy's as a Named."""
    name = str(dialect.identifier_preparer.format_type(type_))
    name = name.removeprefix(f"{dialect.default_schema_name}.")
    if isinstance(type_, ENUM):
        return Named(name, tuple(type_.enums))
    domain = str(CreateDomainType(type_).compile(dialect=dialect)).replace("%%", "%")
    return Named(name, (), domain.partition(" AS ")[2])


def existing(connection: Connection, schemas: list[str]) -> dict[str, Named]:
    """The enums and domains of these schemas in the database, by name."""
    rows = connection.execute(EXISTING, {"schemas": schemas})
    return {row.name: Named(row.name, tuple(row.values), row.domain) for row in rows}


def columns(connection: Connection, type_: Named) -> Sequence[Row[Any]]:
    """The database's columns of the type."""
    return connection.execute(COLUMNS, {"name": type_.name}).all()


def add_values(old: Named, new: Named) -> list[str]:
    """The SQL that adds an enum's new values. It changes no row; the new values cannot be used in
    the same transaction."""
    places = [f"BEFORE {literal(value)}" for value in old.values[:1]]
    places += [f"AFTER {literal(value)}" for value in new.values]
    return [
        f"ALTER TYPE {new.name} ADD VALUE {literal(value)} {place}"
        for value, place in zip(new.values, places, strict=False)
        if value not in old.values
    ]


def replace(connection: Connection, old: Named, new: Named) -> list[str]:
    """The SQL that makes an enum anew and rewrites its columns in the database. It fails if a row
    has a value that is gone; a default that is gone is dropped."""
    schema, dot, name = new.name.rpartition(".")
    before = '"' + name.strip('"') + '_before"'
    gone = [re.escape(value) for value in old.values if value not in new.values]
    is_gone = re.compile(rf"(?<!\w)({'|'.join(gone) or '(?!)'})(?!\w)")
    around = connection.execute(NAMING_VALUES, {"name": new.name}).all()
    statements = [f"ALTER TYPE {new.name} RENAME TO {before}", new.create]
    statements += [row.drop for row in around]
    for row in columns(connection, new):
        alter, type_ = f"ALTER {row.column}", new.name + row.array
        changes = [f"{alter} TYPE {type_} USING {row.column}::text{row.array}::{type_}"]
        if row.default:
            changes.insert(0, f"{alter} DROP DEFAULT")
            if not is_gone.search(row.default.partition("::")[0]):
                changes.append(f"{alter} SET DEFAULT {row.default}")
        statements.append(f"ALTER TABLE {row.table} {', '.join(changes)}")
    statements += [row.create for row in around]
    return [*statements, f"DROP TYPE {schema}{dot}{before}"]
