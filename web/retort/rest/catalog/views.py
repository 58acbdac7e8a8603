"""Traces the columns of views to the tables below, by the rules that Postgres keeps of views."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from .resource import Operation, Place, Resource
from .types import as_default

# The views of some schemas, and what they read, be it through other views.
LOOK = text(r"""
WITH RECURSIVE reads AS (
    SELECT DISTINCT ev_class AS reader, refobjid AS relation FROM pg_rewrite
    JOIN pg_depend ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid
    WHERE refclassid = 'pg_class'::regclass AND refobjid <> ev_class
), below AS (
    SELECT pg_class.oid AS view, pg_class.oid AS relation
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('v', 'm') AND nspname = ANY(:schemas)
    UNION SELECT view, reads.relation FROM below JOIN reads ON reader = below.relation
), own AS (
    -- INSTEAD OF; INSERT or UPDATE
    SELECT tgrelid AS oid, tgtype & 4 > 0 AS inserts FROM pg_trigger
    WHERE tgtype & 64 > 0 AND tgtype & 20 > 0
    UNION SELECT ev_class, ev_type = '3' FROM pg_rewrite WHERE is_instead AND ev_type IN ('2', '3')
), relations AS (
    SELECT pg_class.oid, nspname, relname, relkind IN ('v', 'm') AS is_view, (
        SELECT ev_action::text FROM pg_rewrite
        WHERE ev_class = pg_class.oid AND ev_type = '1' AND relkind IN ('v', 'm')
    ) AS rule, pg_relation_is_updatable(pg_class.oid, true) AS events,
        pg_class.oid IN (SELECT oid FROM own) AS has_own,
        pg_class.oid IN (SELECT oid FROM own WHERE inserts) AS inserts
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid IN (SELECT relation FROM below)
), columns AS (
    SELECT relations.oid, json_object_agg(attnum, json_build_object(
        'name', attname,
        'writable', CASE
            WHEN is_view THEN has_own OR pg_column_is_updatable(relations.oid, attnum, true)
            ELSE attgenerated = '' AND attidentity <> 'a' END,
        'default', CASE WHEN attgenerated = '' THEN pg_get_expr(adbin, adrelid) END
    )) AS columns
    FROM relations JOIN pg_attribute ON attrelid = relations.oid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped GROUP BY relations.oid
)
SELECT (
    SELECT coalesce(json_object_agg(oid, json_build_object(
        'place', ARRAY[nspname, relname], 'rule', rule, 'events', events,
        'inserts', inserts, 'columns', coalesce(columns, '{}')
    )), '{}') FROM relations LEFT JOIN columns USING (oid)
), (
    SELECT coalesce(json_object_agg(view, reads), '{}') FROM (
        SELECT view, array_agg(relation::text) AS reads FROM below GROUP BY view
    ) AS _
)
""")

# What matters of a rule: what nests, and where a column of a list comes from. A backslash is in
# front of whatever of that is part of a name. It is twice as fast as it begins with a set.
PART = re.compile(
    r"([\\(){}:])(?:(?<=[\\]).|(?<=[(){}])|(?<=:)resno (\d+) |"
    r"(?<=:)resorigtbl (\d+) :resorigcol (-?\d+))",
    re.DOTALL,
)
TOP = 4  # ({QUERY :targetList ({TARGETENTRY

EVENTS: dict[Operation, int] = {"update": 1 << 2, "insert": 1 << 3, "delete": 1 << 4}


@dataclass(frozen=True)
class View:
    """A view, or a materialized one. What is by column is in the view's own order."""

    origins: dict[str, tuple[Place, str]]
    """The table and the column that a column of the view shows as it is."""
    below: frozenset[Place]
    """All tables and views that it reads."""
    operations: frozenset[Operation]
    """What Postgres lets somebody do to it."""
    writable: frozenset[str]
    defaults: dict[str, str]
    """What Postgres gives a column that an INSERT leaves out, as SQL."""


def trace(connection: Connection, schemas: Sequence[str]) -> dict[Place, View]:
    """Look at the views of `schemas`, in one query.

    Raises sqlalchemy.exc.DBAPIError while the database is away.
    """
    relations, reads = connection.execute(LOOK, {"schemas": [*schemas]}).one()
    sources = {oid: _sources(found["rule"]) for oid, found in relations.items() if found["rule"]}
    return {
        _place(relations[oid]): _view(oid, below, relations, sources)
        for oid, below in reads.items()
    }


def _place(relation: dict[str, Any]) -> Place:
    schema, name = relation["place"]
    return schema, name


def _sources(rule: str) -> dict[str, tuple[str, str]]:
    """For each column of a view, by its number, the table or view and the column that it shows."""
    return {number: source for number, source in _top(rule) if source[0] != "0"}


def _top(rule: str) -> Iterator[tuple[str, tuple[str, str]]]:
    depth, number = 0, ""
    for part in PART.finditer(rule):
        sign, resno, table, column = part.groups()
        if sign in "({":
            depth += 1
        elif sign in ")}":
            depth -= 1
        elif depth == TOP and resno:
            number = resno
        elif depth == TOP and table:
            yield number, (table, column)


def _view(
    oid: str,
    below: Collection[str],
    relations: dict[str, Any],
    sources: dict[str, dict[str, tuple[str, str]]],
) -> View:
    view, origins = relations[oid], dict[str, tuple[Place, str]]()
    writable, defaults = set[str](), dict[str, str]()
    for number, column in sorted(view["columns"].items(), key=lambda item: int(item[0])):
        name, is_writable, default = column["name"], column["writable"], column["default"]
        relation = view
        for there, place in _down((oid, number), sources):
            found = relations.get(there, {"columns": {}})["columns"].get(place)
            if found is None:  # a table of Postgres' own, or a column that every table has
                break
            if not relation["inserts"]:  # else its own trigger gets NULL for what is left out
                default = default or found["default"]
            relation = relations[there]
            if relation["rule"] is None:
                origins[name] = _place(relation), found["name"]
                is_writable = is_writable and found["writable"]
        if is_writable:
            writable.add(name)
        if default:
            defaults[name] = default
    return View(
        origins,
        frozenset(_place(relations[other]) for other in below if other != oid),
        frozenset(name for name, event in EVENTS.items() if view["events"] & event),
        frozenset(writable),
        defaults,
    )


def _down(
    at: tuple[str, str], sources: dict[str, dict[str, tuple[str, str]]]
) -> Iterator[tuple[str, str]]:
    """What a column shows, what that shows if it is a view's too, and so on."""
    seen = set[tuple[str, str]]()
    while at not in seen and (found := sources.get(at[0], {}).get(at[1])):
        seen.add(at)  # Postgres lets views be made that read one another
        yield (at := found)


def fit(resource: Resource, view: View, primary: dict[Place, tuple[str, ...]]) -> None:
    """Give the resource of a view what Postgres lets it do, and the key of the tables below."""
    resource.is_view = True
    resource.operations = view.operations
    resource.fixed = frozenset(resource.columns) - view.writable
    if resource.mapper is not None:
        return  # which knows its key and its defaults
    resource.key = _key(view, primary)
    for name, default in view.defaults.items():
        resource.columns[name].server_default = as_default(default)


def _key(view: View, primary: dict[Place, tuple[str, ...]]) -> tuple[str, ...]:
    """The primary keys of those tables below of which all is shown, each column once."""
    shown: dict[tuple[Place, str], str] = {}
    for name, origin in view.origins.items():
        shown.setdefault(origin, name)
    tables = dict.fromkeys(table for table, _ in shown)
    keys = [[shown.get((table, column)) for column in primary.get(table, ())] for table in tables]
    return tuple(name for key in keys if None not in key for name in key if name is not None)
