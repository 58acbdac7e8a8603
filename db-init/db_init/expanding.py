"""Whether a migration only expands the schema, so that the code before it goes on working."""

from collections.abc import Iterator, Sequence

from alembic.operations.ops import (
    AddColumnOp,
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
    return all(map(_only_adds, _flat(container.ops)))


def _flat(operations: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    for one in operations:
        if isinstance(one, OpContainer):
            yield from _flat(one.ops)
        else:
            yield one


def _only_adds(one: MigrateOperation) -> bool:
    if isinstance(one, AddColumnOp):
        column = one.column
        return bool(column.nullable or column.server_default or column.identity)
    if isinstance(one, CreateIndexOp):
        return not one.unique
    if isinstance(one, Statements):
        return all(statement.startswith("CREATE ") for statement in one.up)
    return isinstance(one, CreateTableOp | CreateTableCommentOp)
