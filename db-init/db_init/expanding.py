"""Whether a migration only expands the schema, so that the code before it goes on working."""

from collections.abc import Iterator, Sequence

from alembic.operations.ops import (
    AddColumnOp,
    CreateForeignKeyOp,
    CreateIndexOp,
    CreateTableCommentOp,
    CreateTableOp,
    DropIndexOp,
    DropTableCommentOp,
    MigrateOperation,
    OpContainer,
)
from sqlalchemy import Computed, DefaultClause

from .autogenerate import Statements

Place = tuple[str | None, str, str]


def expands(container: OpContainer) -> bool:
    """Whether that code can still read and write all it knows: nothing is gone or narrower, and no
    row needs a value that it does not give."""
    operations = list(_flat(container.ops))
    added = [one for one in operations if isinstance(one, AddColumnOp)]
    new = {(one.schema, one.table_name, one.column.name) for one in added}
    return all(_only_adds(one, new) for one in operations)


def _flat(operations: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    for one in operations:
        if isinstance(one, OpContainer):
            yield from _flat(one.ops)
        else:
            yield one


def _only_adds(one: MigrateOperation, new: set[Place]) -> bool:
    """`new` are the columns that the migration adds."""
    match one:
        case AddColumnOp(column=column):
            has_value = isinstance(column.server_default, DefaultClause | Computed)
            return bool(column.nullable or has_value or column.identity)
        case CreateForeignKeyOp(source_table=table, local_cols=columns):
            schema = one.kw.get("source_schema")
            return {(schema, table, name) for name in columns} <= new
        case CreateIndexOp(unique=unique):
            return not unique
        case DropIndexOp():  # a unique one may be what an upsert names
            return not one.kw.get("unique")
        case Statements(up=up):
            return all(statement.startswith("CREATE ") for statement in up)
        case _:
            return isinstance(one, CreateTableOp | CreateTableCommentOp | DropTableCommentOp)
