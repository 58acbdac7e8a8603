"""Functions of the database that take a row of a table: computed columns, and those that give rows
of another table, computed relationships."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import NullType, TypeEngine

from .computed import RowFunction
from .resource import Cardinality, Relationship, Resource

# As PostgREST has it: of one argument, which is a row of the table, or of one that it inherits
# from. A set of anything but rows is left out, since it would multiply the rows it is asked of.
FUNCTIONS = text("""
WITH RECURSIVE kin (own, place, kin, depth) AS (
    SELECT pg_class.oid, ARRAY[nspname, relname]::text[], pg_class.oid, 0
    FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND nspname = ANY (:schemas)
    UNION ALL
    SELECT own, place, inhparent, depth + 1 FROM kin JOIN pg_inherits ON inhrelid = kin
)
SELECT kin.place, depth, n.nspname, proname, proretset, prorows = 1,
    format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL),
    given.relname IS NOT NULL, ARRAY[given_in.nspname, given.relname]::text[]
FROM pg_proc
JOIN pg_namespace AS n ON n.oid = pronamespace
JOIN pg_class AS taken ON taken.reltype = proargtypes[0]
JOIN kin ON kin.kin = taken.oid
JOIN pg_type AS t ON t.oid = prorettype
LEFT JOIN pg_class AS given ON given.oid = t.typrelid AND given.relkind <> 'c'
LEFT JOIN pg_namespace AS given_in ON given_in.oid = given.relnamespace
WHERE pronargs = 1 AND prokind = 'f' AND n.nspname = ANY (:searched)
    AND (t.typtype <> 'p' OR t.oid = 'record'::regtype)
    AND (given.oid IS NOT NULL OR NOT proretset)
""")


class Function(NamedTuple):
    """A function of a row, as the database has it."""

    table: Sequence[str]
    """The schema and the name of the table that the row is of."""
    depth: int
    """How far above that is the table that it is made for, by inheritance."""
    schema: str
    name: str
    is_set: bool
    is_one: bool
    type: str
    gives_rows: bool
    target: Sequence[str]
    """The schema and the name of the table that it gives rows of."""


def functions_of_rows(
    connection: Connection, schemas: Sequence[str], extra: Sequence[str]
) -> list[Function]:
    """Those of the rows of tables in `schemas`, which are there or in an `extra` schema."""
    searched = [*schemas, *extra]
    rows = connection.execute(FUNCTIONS, {"schemas": [*schemas], "searched": searched})
    return [Function(*row) for row in rows]


def attach(resources: Iterable[Resource], found: Sequence[Function], extra: Sequence[str]) -> None:
    """Give each resource its functions. Where several have a name, the one for the very table is
    meant, and then the first in the search path: the table's own schema, and those of `extra`."""
    served = {one.place: one for one in resources}

    def rank(one: Function) -> tuple[int, int]:
        return one.depth, [one.table[0], *extra].index(one.schema)

    for one in sorted((one for one in found if one.schema in (one.table[0], *extra)), key=rank):
        here = served.get((one.table[0], one.table[1]))
        if here is not None and one.name not in here.options.hidden:
            _add(here, one, served.get((one.target[0], one.target[1])))


def _add(here: Resource, one: Function, target: Resource | None) -> None:
    made = RowFunction(one.schema, one.name, _type(one.type), one.is_set)
    if not one.gives_rows:
        if one.name not in here.columns:  # which come first, as in Postgres
            here.computed.setdefault(one.name, made)
    elif target is not None:
        kind: Cardinality = "one-to-many" if one.is_set and not one.is_one else "many-to-one"
        way = Relationship(target, one.name, (), kind, forward=False, function=made)
        here.computed_relationships.setdefault(one.name, way)


def _type(name: str) -> TypeEngine[Any]:
    """The type that Postgres calls this."""
    item = name.removesuffix("[]")
    kind: Any = ischema_names.get(item, NullType)
    made = kind(timezone=True) if item.endswith(" with time zone") else kind()
    return made if item == name else ARRAY(made)
