"""Whether a migration only expands the schema, so that the code before it goes on working."""

from collections.abc import Iterator, Sequence

from alembic.operations.ops import (
    AddColumnOp,
    CreateForeignKeyOp,
    CreateIndexOp,
    CreateTableCommentOp,
    CreateTableOp,
    MigrateOperation,
    OpContainer,
)

from .autogenerate import Statements


def expands(container: OpContainer) -> bool:
    """Whether that code can still read and write all it knows: nothing is gone or narrower, and no
    row needs a value that it does not give."""
    operations = list(_flat(container.ops))
    new = {(one.table_name, one.column.name) for one in operations if isinstance(one, AddColumnOp)}
    return all(_only_adds(one, new) for one in operations)


def _flat(operations: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    for one in operations:
        if isinstance(one, OpContainer):
            yield from _flat(one.ops)
        else:
            yield one


def _only_adds(one: MigrateOperation, new: set[tuple[str, str]]) -> bool:
    if isinstance(one, AddColumnOp):
        column = one.column
        return bool(column.nullable or column.server_default or column.identity)
    if isinstance(one, CreateForeignKeyOp):
        return {(one.source_table, name) for name in one.local_cols} <= new
    if isinstance(one, CreateIndexOp):
        return not one.unique
    if isinstance(one, Statements):
        return all(statement.startswith("CREATE ") for statement in one.up)
    return isinstance(one, CreateTableOp | CreateTableCommentOp)
