"""Foreign keys: those of the models, and those that a database has, with its primary keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, ForeignKeyConstraint, Table, UniqueConstraint, text

from .resource import Pairs, Place, place

# Those of all schemas, since a view may read a table of one that is not served. A key to a
# partitioned table has another for each partition, with that one as its parent. One with a PERIOD,
# which Postgres has since version 18, is of rows whose periods differ. As in PostgREST, an
# index does not say that columns are unique.
KEYS = text("""
WITH uniques AS (
    SELECT conrelid, ARRAY(SELECT unnest(conkey) ORDER BY 1) AS columns
    FROM pg_constraint WHERE contype IN ('p', 'u')
)
SELECT here.nspname, near.relname, conname, there.nspname, other.relname, pairs,
    (conrelid, ARRAY(SELECT unnest(conkey) ORDER BY 1)) IN (
        SELECT conrelid, columns FROM uniques
    )
FROM pg_constraint
JOIN pg_class near ON near.oid = conrelid JOIN pg_namespace here ON here.oid = near.relnamespace
LEFT JOIN pg_class other ON other.oid = confrelid
LEFT JOIN pg_namespace there ON there.oid = other.relnamespace
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(own.attname, far.attname) ORDER BY place) AS pairs
    FROM unnest(conkey, confkey) WITH ORDINALITY AS columns (own_number, far_number, place)
    JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = own_number
    LEFT JOIN pg_attribute far ON far.attrelid = confrelid AND far.attnum = far_number
) AS columns
WHERE conparentid = 0 AND (contype = 'p' OR contype = 'f'
    AND to_jsonb(pg_constraint) ->> 'conperiod' IS DISTINCT FROM 'true')
ORDER BY conrelid, conname
""")


@dataclass(frozen=True)
class Key:
    """A foreign key."""

    table: Place
    name: str
    target: Place
    pairs: Pairs
    """Column here, column there."""
    is_unique: bool
    """Whether no two rows have the same in these columns."""

    @property
    def near(self) -> tuple[str, ...]:
        return tuple(near for near, _ in self.pairs)

    @property
    def far(self) -> tuple[str, ...]:
        return tuple(far for _, far in self.pairs)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.near)


@dataclass(frozen=True)
class Keys:
    """Those of all tables of a database."""

    foreign: Sequence[Key]
    primary: dict[Place, tuple[str, ...]]


def keys_of_database(connection: Connection) -> Keys:
    """Raises sqlalchemy.exc.DBAPIError while the database is away."""
    foreign: list[Key] = []
    primary: dict[Place, tuple[str, ...]] = {}
    for *at, name, schema, other, pairs, is_unique in connection.execute(KEYS):
        table = at[0], at[1]
        if other is None:
            primary[table] = tuple(near for near, _ in pairs)
        else:
            along = tuple((near, far) for near, far in pairs)
            foreign.append(Key(table, name, (schema, other), along, is_unique))
    return Keys(foreign, primary)


def keys_of(table: Table) -> list[Key]:
    """The foreign keys of a model's table."""
    unique = set(_unique(table))
    return [_key(table, found, unique) for found in table.foreign_key_constraints]


def _key(table: Table, found: ForeignKeyConstraint, unique: set[frozenset[str]]) -> Key:
    pairs = tuple((element.parent.name, element.column.name) for element in found.elements)
    near = [near for near, _ in pairs]
    # Without a name in the metadata it has the one that Postgres gives it.
    name = found.name or "_".join([table.name, *near, "fkey"])
    target = place(found.referred_table)
    return Key(place(table), str(name), target, pairs, frozenset(near) in unique)


def _unique(table: Table) -> Iterator[frozenset[str]]:
    """The columns of which no two rows have the same, as the key, a constraint or an index of a
    model says, which may ask for it with `unique=True`."""
    yield frozenset(column.name for column in table.primary_key)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield frozenset(column.name for column in constraint.columns)
    for index in table.indexes:
        if (
            index.unique
            and len(index.columns) == len(index.expressions)
            and index.dialect_options["postgresql"]["where"] is None
        ):
            yield frozenset(column.name for column in index.columns)
