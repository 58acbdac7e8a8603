"""What is served: a resource for each mapped table, and how one leads to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal, cast

from flask_sqlalchemy import SQLAlchemy
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper
from sqlalchemy.types import NullType

from .errors import ApiError

Operation = Literal["insert", "update", "delete"]
Rows = list[dict[str, Any]]
Place = tuple[str, str]  # schema and name

PUBLIC = "public"  # where a model is that names no schema


def place(table: Table) -> Place:
    return table.schema or PUBLIC, table.name


def _roles(value: object) -> object:
    return frozenset(cast(list[str], value)) if isinstance(value, list | tuple | set) else value


Who = Annotated[Literal["anyone", "token"] | frozenset[str], BeforeValidator(_roles)]


class Api(BaseModel):
    """What a model says about itself in `__api__`: a dict of these, or False for a table
    that is not served. A model without it is served with these defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: Who | None = None
    """"anyone", "token", or a list of roles; None is what API_READ says."""
    write: Who = "token"
    hidden: frozenset[str] = frozenset()
    """Columns that are neither shown, nor written, nor compared with."""
    read_only: frozenset[str] = frozenset()
    max_rows: int | None = None
    """Rows in an answer at the most; None is what API_MAX_ROWS says."""
    unfiltered: bool = False
    """Whether PATCH and DELETE may meet every row."""
    before: Callable[[Operation, Rows], None] | None = None
    """Called with the rows that are to be written, which it may change; a ValueError
    refuses them."""
    after: Callable[[Operation, Rows], None] | None = None
    """Called with the rows as written, in the same transaction; a ValueError undoes it."""


class BadModel(Exception):
    """A model's `__api__` is not what it may be."""


@dataclass(frozen=True)
class Relationship:
    """The way from a resource to another."""

    target: Resource
    constraint: str
    pairs: tuple[tuple[str, str], ...]
    """Column here, column there; with a junction, column here and column of the junction."""
    to_one: bool
    forward: bool
    """Whether the foreign key is here."""
    names: frozenset[str] = frozenset()
    """What the ORM calls it."""
    junction: Table | None = None
    junction_resource: Resource | None = None
    """The junction, if it is served: whoever reads along it reads it."""
    junction_pairs: tuple[tuple[str, str], ...] = ()
    """Column of the junction, column there."""

    @property
    def foreign_key(self) -> str | None:
        """The one column that holds the key, here or there."""
        if self.junction is not None or len(self.pairs) != 1:
            return None
        return self.pairs[0][0 if self.forward else 1]

    def described(self, origin: str) -> dict[str, str]:
        """As PGRST201 lists it."""
        there = self.target.name
        here, far = zip(*self.pairs, strict=True)
        if self.junction is not None:
            kind = "many-to-many"
            using = f"{self.junction.name} using {self.constraint}"
        else:
            kind = "many-to-one" if self.forward else "one-to-one" if self.to_one else "one-to-many"
            using = (
                f"{self.constraint} using {origin}({', '.join(here)}) and {there}({', '.join(far)})"
            )
        return {"cardinality": kind, "embedding": f"{origin} with {there}", "relationship": using}


@dataclass(eq=False)
class Resource:
    """A table or view that is served."""

    name: str
    schema: str
    table: Table
    api: Api
    mapper: Mapper[Any] | None = None
    is_view: bool = False
    relationships: list[Relationship] = field(default_factory=list[Relationship])

    def __post_init__(self) -> None:
        self.columns: dict[str, Column[Any]] = {
            column.name: column
            for column in self.table.columns
            if column.name not in self.api.hidden
        }
        self.key = tuple(column.name for column in self.table.primary_key)
        self.version: str | None = None
        """The column that counts the row's changes, which is the server's business."""
        counter = None if self.mapper is None else self.mapper.version_id_col
        if counter is not None and counter.table is self.table:
            self.version = counter.name
        self.can_write = bool(self.key) and not self.is_view
        unknown = (self.api.hidden | self.api.read_only) - {c.name for c in self.table.columns}
        if unknown:
            raise BadModel(f"__api__ of {self.name}: no such column: {', '.join(sorted(unknown))}")

    @property
    def shows_key(self) -> bool:
        return all(name in self.columns for name in self.key)

    @property
    def writable(self) -> dict[str, Column[Any]]:
        """The columns that a client may give a value."""
        return {
            name: column
            for name, column in self.columns.items()
            if name not in self.api.read_only
            and column.computed is None
            and not (column.identity is not None and column.identity.always)
            and not isinstance(column.type, NullType)
        }

    @property
    def label(self) -> str:
        """Its name as Postgres' messages have it."""
        return self.name if self.schema == PUBLIC else f"{self.schema}.{self.name}"


class Catalog:
    """All resources, by schema and name."""

    def __init__(
        self, resources: Iterable[Resource], schemas: tuple[str, ...], *, by_db_init: bool
    ) -> None:
        self.resources = {(resource.schema, resource.name): resource for resource in resources}
        self.schemas = schemas
        self.by_db_init = by_db_init
        """Whether the database is db-init's, whose migrations then have to fit the code."""

    def in_schema(self, schema: str) -> list[Resource]:
        return sorted(
            (resource for resource in self.resources.values() if resource.schema == schema),
            key=lambda resource: resource.name,
        )

    def shows(self, schema: str, table: str, expressions: Iterable[str]) -> bool:
        """Whether the table is served, and none of the expressions is about a hidden column."""
        resource = self.resources.get((schema, table))
        return resource is not None and not any(
            hidden in expression for hidden in resource.api.hidden for expression in expressions
        )

    def get(self, schema: str, name: str) -> Resource:
        """Raises ApiError PGRST205."""
        resource = self.resources.get((schema, name))
        if resource is None:
            near = closest(name, [found.name for found in self.in_schema(schema)])
            raise ApiError(
                404,
                "PGRST205",
                f"Could not find the table '{schema}.{name}' in the schema cache",
                hint=f"Perhaps you meant the table '{schema}.{near}'" if near else None,
            )
        return resource


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that somebody may have meant, in whatever case."""
    folded = {each.casefold(): each for each in names}
    return next((folded[near] for near in get_close_matches(name.casefold(), folded, 1)), None)


def api_of(model: type[Any]) -> Api | None:
    """What a model says of itself; None if it is not served. Raises BadModel."""
    said: Mapping[str, Any] | bool = getattr(model, "__api__", {})
    if said is False:
        return None
    try:
        return Api.model_validate({} if said is True else said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadModel(f"__api__ of {model.__name__}: {where}: {first['msg']}") from None


def closed(db: SQLAlchemy) -> set[Table]:
    """The tables of models that are not served. Raises BadModel."""
    base: Any = db.Model
    tables = {mapper.local_table: api_of(mapper.class_) for mapper in base.registry.mappers}
    return {table for table, api in tables.items() if isinstance(table, Table) and api is None}


def mapped(db: SQLAlchemy) -> list[Resource]:
    """A resource for each model of `db` that is served. Raises BadModel."""
    found: list[Resource] = []
    base: Any = db.Model
    base.registry.configure()  # as the first query would, which may come later
    for mapper in base.registry.mappers:
        table: Any = mapper.local_table
        api = api_of(mapper.class_)
        # A table that two models share is served as the one that others inherit from.
        if api is None or not issubclass(type(table), Table) or mapper.single:
            continue
        schema, name = place(table)
        found.append(Resource(name, schema, table, api, mapper))
    return found
