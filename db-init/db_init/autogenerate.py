"""What `make migration` finds and writes, and Alembic alone does not: schemas, enums, domains, and
checks and defaults compared as Postgres words them."""

import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import NoneType
from typing import Any, Literal

from alembic.autogenerate import render, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.impl import ComparisonResult
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateCheckConstraintOp,
    DropTableOp,
    MigrateOperation,
    ModifyTableOps,
    UpgradeOps,
)
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    DefaultClause,
    Dialect,
    Identity,
    MetaData,
    Table,
    TextClause,
    TypeDecorator,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema, CreateTable, DropSchema

from . import named_types
from .named_types import Named

_alembics: Any = render  # what is needed of it here is private

PLUGINS = ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname", __name__]


class Statements(MigrateOperation):
    """SQL statements, and those that undo them."""

    def __init__(self, up: list[str], down: list[str]) -> None:
        self.up, self.down = up, down

    def reverse(self) -> "Statements":
        return Statements(self.down, self.up)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("execute", *self.up)


@renderers.dispatch_for(Statements)
def _render_statements(context: AutogenContext, operation: Statements) -> list[str]:
    return [f"op.execute({_as_text(statement)!r})" for statement in operation.up]


def _as_text(sql: str) -> str:
    """The SQL for `sa.text`, in which a colon before a word has to be escaped: it would begin a
    parameter."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)


class Implementation(PostgresqlImpl):
    """Replaces Alembic's own for Postgres."""

    __dialect__ = "postgresql"

    def render_ddl_sql_expr(
        self, expr: Any, is_server_default: bool = False, is_index: bool = False, **kw: Any
    ) -> str:
        """An expression for a migration, in which Alembic doubles the percent signs."""
        if isinstance(expr, TextClause) and not is_index:
            return _as_text(expr.text)
        sql = super().render_ddl_sql_expr(expr, is_server_default, is_index, **kw)
        return sql.replace("%%", "%")

    def autogen_column_reflect(self, inspector: Any, table: Any, column_info: Any) -> None:
        """Leave out a default that is the domain's and not the column's."""
        alembics: Any = super()
        alembics.autogen_column_reflect(inspector, table, column_info)
        type_ = column_info["type"]
        if isinstance(type_, DOMAIN) and column_info["default"] == type_.default:
            column_info["default"] = None

    def compare_check_constraint(
        self, metadata_constraint: CheckConstraint, reflected_constraint: CheckConstraint
    ) -> ComparisonResult:
        """Compare checks as Postgres words them; Alembic compares their names."""
        table = self.dialect.identifier_preparer.format_table(reflected_constraint.table)
        ours = _as_text(self._compile_element(metadata_constraint.sqltext).replace("%%", "%"))
        with _undone(self.connection) as connection:
            connection.execute(text(f"CREATE TEMPORARY TABLE probe (LIKE {table})"))
            connection.execute(text(f"ALTER TABLE probe ADD CHECK ({ours})"))
            (worded,) = inspect(connection).get_check_constraints("probe")
            if worded["sqltext"] == reflected_constraint.sqltext.text:
                return ComparisonResult.Equal()
        return ComparisonResult.Different("its expression")


@contextmanager
def _undone(connection: Any) -> Generator[Connection]:
    """Undo what the block does with the connection. If Postgres refuses something, the block ends
    there, without an error."""
    savepoint = connection.begin_nested()
    try:
        with suppress(DBAPIError):
            yield connection
    finally:
        savepoint.rollback()


def schemas(metadata: MetaData, dialect: Dialect) -> set[str | None]:
    """The schemas that models use; None is the default one."""
    types = {type_.schema for type_, _ in named_types.used(metadata, dialect)}
    return {None, *metadata.schemas, *types} - {dialect.default_schema_name}


def compare_schemas_and_types(
    context: Any, upgrade: UpgradeOps, found: set[str | None]
) -> PriorityDispatchResult:
    """Add to `upgrade` the schemas and types that tables need, before them, and the types to drop,
    after them. Put the tables to drop in an order in which nothing refers to them any more."""
    connection, metadata, inspector = context.connection, context.metadata, context.inspector
    dialect: Any = connection.dialect
    before, after = list[MigrateOperation](), list[MigrateOperation]()
    there = {None, *inspector.get_schema_names()}
    for schema in sorted(filter(None, schemas(metadata, dialect) - there)):
        create, drop = CreateSchema(schema), DropSchema(schema)
        before.append(Statements(*([str(sql.compile(dialect=dialect))] for sql in (create, drop))))
    names = [schema or dialect.default_schema_name for schema in found]
    existing = named_types.existing(connection, names)
    wanted = {
        named_types.named(type_, dialect): type_.create_type
        for type_, _ in named_types.used(metadata, dialect)
    }
    for new in (new for new, is_ours in wanted.items() if is_ours):
        if not (old := existing.get(new.name)):
            before.append(Statements([new.create], [new.drop]))
        elif old.values != new.values:
            before.append(_change(connection, metadata, old, new))
    for old in existing.values():
        if old.name not in {new.name for new in wanted} and named_types.columns(connection, old):
            after.append(Statements([old.drop], [old.create]))
    for group in upgrade.ops:
        if isinstance(group, ModifyTableOps):
            _drop_doubled(group)
    order = [table for table, _ in inspector.sort_tables_on_foreign_key_dependency(tuple(found))]
    drops = [operation for operation in upgrade.ops if isinstance(operation, DropTableOp)]
    drops.sort(key=lambda drop: order.index((drop.schema, drop.table_name)), reverse=True)
    others = [operation for operation in upgrade.ops if operation not in drops]
    upgrade.ops[:] = [*before, *others, *drops, *after]
    return PriorityDispatchResult.CONTINUE


def _drop_doubled(group: ModifyTableOps) -> None:
    """Drop the check that a new column's type, like an enum, makes as well."""
    added = [operation.column for operation in group.ops if isinstance(operation, AddColumnOp)]
    constraints: set[Any] = {one for column in added for one in column.table.constraints}
    brought = {
        constraint.name
        for constraint in constraints
        if getattr(constraint, "_type_bound", False) and set(constraint.columns) <= set(added)
    }
    group.ops[:] = [
        operation
        for operation in group.ops
        if not (
            isinstance(operation, CreateCheckConstraintOp) and operation.constraint_name in brought
        )
    ]


def _change(connection: Connection, metadata: MetaData, old: Named, new: Named) -> Statements:
    """Change an enum's values, and back."""
    defaults = {
        str(column.server_default.arg).strip("'")
        for _, column in named_types.used(metadata, connection.dialect)
        if isinstance(column.server_default, DefaultClause)
    }
    kept = tuple(value for value in new.values if value in old.values)
    if kept == old.values and defaults.isdisjoint(set(new.values) - set(old.values)):
        up = named_types.add_values(old, new)
    else:
        up = named_types.replace(connection, old, new)
    return Statements(up, named_types.replace(connection, new, old))


def compare_default(
    context: Any, change: AlterColumnOp, schema: object, table: str, name: str, their: Any, our: Any
) -> PriorityDispatchResult:
    """Compare a default as Postgres words it. Alembic compares the values instead, which is an
    error for some types and quotes, and never equal for random values."""
    before, after = their.server_default, our.server_default
    kinds: set[Any] = {type(before), type(after)}
    if kinds == {NoneType} or not kinds <= {NoneType, DefaultClause}:
        return PriorityDispatchResult.CONTINUE
    if _worded_default(context.connection, our) != (before and before.arg.text):
        change.modify_server_default = after
    return PriorityDispatchResult.STOP


def _worded_default(connection: Connection, column: Any) -> str | None:
    """The column's default in Postgres' words; "" if Postgres does not accept it yet."""
    default = column.server_default and column.server_default.arg
    copy = Column("c", column.type.dialect_impl(connection.dialect), server_default=default)
    with _undone(connection):
        connection.execute(CreateTable(Table("probe", MetaData(), copy, prefixes=["TEMPORARY"])))
        return inspect(connection).get_columns("probe")[0]["default"]
    return ""


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """A type for a migration, which must not import the application's code, nor make an enum or a
    domain, since these are made once for all tables."""
    if kind != "type":
        return False
    dialect = context.migration_context.dialect
    module = type(item).__module__
    if not module.startswith("sqlalchemy."):
        if isinstance(item, TypeDecorator):
            return _render_type(item.load_dialect_impl(dialect), context)
        context.imports.add(f"import {module}")
    type_ = item.dialect_impl(dialect)
    if isinstance(type_, ENUM):
        arguments = [*map(repr, map(str, type_.enums)), f"name={str(type_.name)!r}"]
    elif isinstance(type_, DOMAIN):
        arguments = [repr(str(type_.name)), _render_type(type_.data_type, context)]
    else:
        return False
    if schema := getattr(type_, "schema", None):
        arguments.append(f"schema={str(schema)!r}")
    context.imports.add("from sqlalchemy.dialects import postgresql")
    return f"postgresql.{type(type_).__name__}({', '.join(arguments)}, create_type=False)"


def _render_type(type_: Any, context: AutogenContext) -> str:
    return _alembics._repr_type(type_, context)


@renderers.dispatch_for(AlterColumnOp, replace=True)
def _render_alter_column(context: AutogenContext, operation: AlterColumnOp) -> str:
    """To change or drop an identity, Alembic has to be told that the column has one."""
    call, before = _alembics._alter_column(context, operation), operation.existing_server_default
    if isinstance(before, Identity) and operation.modify_server_default is not False:
        was = _alembics._render_server_default(before, context)
        return f"{call[:-1]}, existing_server_default={was})"
    return call


_plugin = Plugin(__name__)
_plugin.add_autogenerate_comparator(
    compare_schemas_and_types, "schema", "types", priority=DispatchPriority.LAST
)
_plugin.add_autogenerate_comparator(compare_default, "column", "server_default")
