"""A resource: a table or view that is served, and how it leads to others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper

from .computed import Computed, RowFunction, sql_sides

Operation = Literal["insert", "update", "delete"]
OPERATIONS: frozenset[Operation] = frozenset({"insert", "update", "delete"})
Rows = list[dict[str, Any]]
Place = tuple[str, str]  # schema and name
Pairs = tuple[tuple[str, str], ...]  # of columns
Cardinality = Literal["one-to-many", "many-to-one", "one-to-one", "many-to-many"]

PUBLIC = "public"  # the schema of a model that names none


def turned(pairs: Pairs) -> Pairs:
    """The pairs as the other side has them."""
    return tuple((there, here) for here, there in pairs)


def place(table: Table) -> Place:
    return table.schema or PUBLIC, table.name


def _roles(value: object) -> object:
    return frozenset(cast(list[str], value)) if isinstance(value, list | tuple | set) else value


Who = Annotated[Literal["anyone", "token"] | frozenset[str], BeforeValidator(_roles)]


class ApiOptions(BaseModel):
    """What a model says about itself in `__api__`: a dict of these, or False for a table
    that is not served. A model without it is served with these defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: Who | None = None
    """"anyone", "token", or a list of roles; None is what API_READ says."""
    write: Who = "token"
    hidden: frozenset[str] = frozenset()
    """Columns that are neither shown, nor written, nor compared with."""
    read_only: frozenset[str] = frozenset()
    max_rows: Annotated[int, Field(ge=1)] | None = None
    """The most rows in an answer; None is what API_MAX_ROWS says."""
    keyless: bool | None = None
    """Whether it may be written without a primary key; None is what API_KEYLESS says."""
    unfiltered: bool | None = None
    """Whether PATCH and DELETE may come without a filter, for every row; None is what
    API_UNFILTERED says."""
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
    """The foreign key; with a junction, the one of it that leads here."""
    pairs: Pairs
    """Column here, column there; with a junction, column here and column of the junction."""
    cardinality: Cardinality
    forward: bool
    """Whether the foreign key is here."""
    names: frozenset[str] = frozenset()
    """What the ORM calls it."""
    junction: Table | None = None
    junction_resource: Resource | None = None
    """The junction, if it is served: who reads through it has to be allowed to read it."""
    junction_constraint: str = ""
    """The foreign key of the junction that leads there."""
    junction_pairs: Pairs = ()
    """Column of the junction, column there."""
    function: RowFunction | None = None
    """What gives the rows there for a row here, in place of all these columns."""
    by_target: bool = False
    """Whether its target's name alone means it: the foreign key leads to a table, and the target is
    a view of that."""

    @property
    def to_one(self) -> bool:
        return self.cardinality.endswith("to-one")

    def most(self, *, capped: bool) -> int | None:
        """The most rows of it in an embed; None for all, or where there are no more than one
        anyway. `capped` says whether a list has a maximum."""
        if self.to_one:
            return None if self.function is None else 1
        return self.target.max_rows if capped else None

    @property
    def foreign_key(self) -> str | None:
        """The foreign key's column, here or there, if it has only one."""
        if self.junction is not None or len(self.pairs) != 1:
            return None
        return self.pairs[0][0 if self.forward else 1]


@dataclass(eq=False)
class Resource:
    """A table or view that is served."""

    name: str
    schema: str
    table: Table
    options: ApiOptions
    mapper: Mapper[Any] | None = None
    is_view: bool = False
    has_heirs: bool = False
    """Whether other tables inherit from it, whose rows it has too."""
    operations: frozenset[Operation] = OPERATIONS
    """What Postgres, and its model, let somebody do to it."""
    fixed: frozenset[str] = frozenset()
    """The columns of a view that Postgres cannot write."""
    relationships: list[Relationship] = field(default_factory=list[Relationship])
    computed_relationships: dict[str, Relationship] = field(default_factory=dict[str, Relationship])
    """Those that functions make, by the name of each; a name means these first."""
    reads: dict[str, list[Resource]] = field(default_factory=dict[str, "list[Resource]"])
    """What else computed columns read, so that whoever asks for them has to be allowed to."""
    readers: Who = frozenset()
    """Who may read it."""
    max_rows: int = 1
    """The most rows of it in an answer to a read, and in each embed of one."""
    max_bytes: int = 1
    """The most bytes of an answer about it."""
    keyless: bool = False
    """Whether it may be written although it has no primary key."""
    unfiltered: bool = False
    """Whether PATCH and DELETE may come without a filter, for every row."""

    def __post_init__(self) -> None:
        self.columns: dict[str, Column[Any]] = {
            column.name: column
            for column in self.table.columns
            if column.name not in self.options.hidden
        }
        self.computed: dict[str, Computed] = {}
        """The computed columns, whoever computes them."""
        if self.mapper is not None:
            self.computed.update(sql_sides(self.mapper, self.options.hidden))
        primary = [*self.table.primary_key]
        if self.is_view and self.mapper is not None:  # which alone says it of a view
            primary = [*self.mapper.primary_key]
        self.key = tuple(column.name for column in primary)
        self.version: str | None = None
        """The column that counts the row's changes, which is the server's business."""
        counter = None if self.mapper is None else self.mapper.version_id_col
        if counter is not None and counter.table is self.table:
            self.version = counter.name
        names = {column.name for column in self.table.columns}
        unknown = (self.options.hidden | self.options.read_only) - names
        if self.mapper is not None:
            unknown -= self.options.hidden & {*self.mapper.all_orm_descriptors.keys()}
        if unknown:
            raise BadModel(f"__api__ of {self.name}: no such column: {', '.join(sorted(unknown))}")

    @property
    def place(self) -> Place:
        return self.schema, self.name

    @property
    def has_address(self) -> bool:
        """Whether a path can name it: a slash, even an encoded one, ends a part of it."""
        return "/" not in self.name

    @property
    def fields(self) -> list[str]:
        """What a request may select, filter by and sort by."""
        return [*self.columns, *self.computed]

    @property
    def can_write(self) -> bool:
        return bool(self.operations) and (self.is_view or bool(self.key) or self.keyless)

    @property
    def has_versions(self) -> bool:
        """Whether a row has a version, for an ETag: what changes whenever the row does."""
        return self.version is not None or not self.is_view

    @property
    def may_repeat(self) -> bool:
        """Whether there may be several rows with one key: views show a row below as often as they
        like, and each table that inherits has a key of its own."""
        return self.is_view or self.has_heirs

    @cached_property
    def shows_key(self) -> bool:
        return bool(self.key) and self.columns.keys() >= {*self.key}

    @property
    def writable(self) -> dict[str, Column[Any]]:
        """The columns that a client may give a value."""
        return {
            name: column
            for name, column in self.columns.items()
            if name not in self.options.read_only
            and name not in self.fixed
            and column.computed is None
            and not (column.identity is not None and column.identity.always)
        }

    @property
    def takes_keys(self) -> bool:
        """Whether a client may choose the key of a row."""
        return bool(self.key) and self.writable.keys() >= {*self.key}

    def tells(self, sql: str) -> bool:
        """Whether SQL about it names a hidden column."""
        return any(names(sql, hidden) for hidden in self.options.hidden)

    @property
    def label(self) -> str:
        """Its name as Postgres' messages have it."""
        return self.name if self.schema == PUBLIC else f"{self.schema}.{self.name}"


def names(sql: str, name: str) -> bool:
    """Whether the name is in the SQL, quoted or not, and not as a part of another."""
    plain = sql.replace('""', '"').replace("%%", "%")
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", plain) is not None


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that somebody may have meant by `name`, whatever the case."""
    folded = {each.casefold(): each for each in names}
    return next((folded[near] for near in get_close_matches(name.casefold(), folded, 1)), None)


def likeness(one: str, other: str) -> float:
    """How much of the longer one is in the other, in the same order and whatever the case: from 0
    to 1."""
    matcher = SequenceMatcher(None, one.casefold(), other.casefold())
    return sum(block.size for block in matcher.get_matching_blocks()) / max(len(one), len(other))
