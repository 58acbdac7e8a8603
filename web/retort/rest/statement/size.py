"""How many bytes a statement may make of its rows. It fails at the row that is too much, before
Postgres and we have the memory for all."""

from __future__ import annotations

from sqlalchemy import Integer, Subquery, case, func, literal_column, select, true

from .scope import Expression

SIZE = "_size"  # names that no column has
TEXT = "_text"
NOTHING = literal_column("0", Integer())


def once(rows: Subquery, *values: Expression) -> Subquery:
    """Values of each row. Where they are used several times, they are still made only once."""
    return select(*values).select_from(rows).offset(literal_column("0")).subquery()


def sized(rows: Subquery, text: Expression) -> Subquery:
    """The rows, each with its text, and with the bytes of this and of all texts before it."""
    size = func.sum(func.octet_length(text)).over(rows=(None, 0))
    return select(rows, text.label(TEXT), size.label(SIZE)).subquery()


def fits(rows: Subquery, most: int, before: Expression) -> Expression:
    """True of `sized` rows as long as they have, with those that were there `before`, no more bytes
    than `most`; then Postgres' error 54000, which repeat() raises instead of taking memory."""
    return _or_error(rows.c[SIZE] + before <= literal_column(str(most)), rows.c[TEXT])


def fits_alone(text: Expression, most: Expression) -> Expression:
    """The same of each row by itself."""
    return _or_error(func.octet_length(text) <= most, text)


def _or_error(fits: Expression, text: Expression) -> Expression:
    too_long = func.repeat(func.concat(text, "  "), literal_column(str(2**31 - 1)))
    return case((fits, true()), else_=too_long.is_(None))
