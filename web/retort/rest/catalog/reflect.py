"""Finds out what a database has, whoever made it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.exc import ProgrammingError, SAWarning
from sqlalchemy.types import TypeEngine

from ... import schema
from .resource import Place, place
from .types import type_schema


@dataclass(frozen=True)
class Found:
    """What the database has at the start."""

    tables: dict[Place, Table]
    """Tables and views of the schemas asked for, and what their foreign keys lead to."""
    views: set[Place]
    revision: str | None
    """Which migration db-init left it at; None where db-init has never been."""


def reflect(connection: Connection, schemas: Sequence[str]) -> Found:
    """Look at `schemas`, on a connection in autocommit.

    Raises sqlalchemy.exc.DBAPIError while the database is away.
    """
    metadata = MetaData()
    views: set[Place] = set()
    inspector = inspect(connection)
    with warnings.catch_warnings():
        # A column of a type that SQLAlchemy does not know is served, but not written.
        warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
        for name in schemas:
            metadata.reflect(connection, schema=name, views=True)
            views |= {(name, view) for view in inspector.get_view_names(name)}
            views |= {(name, view) for view in inspector.get_materialized_view_names(name)}
    tables = {place(table): table for table in metadata.tables.values()}
    return Found(tables, views, _revision(connection))


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
