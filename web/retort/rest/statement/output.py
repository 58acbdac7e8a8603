"""What of the rows is wanted, and the text that Postgres makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Subquery, Text, case, cast, func, literal, literal_column, or_
from sqlalchemy.dialects.postgresql import array

from ..request.headers import Count
from .columns import Column, cells, is_object, row
from .scope import Expression
from .size import once

Form = Literal["json", "csv"]

PAGE = "_page"
LINE = "_line"


@dataclass(frozen=True, slots=True)
class Output:
    """What of the rows is wanted, and how."""

    form: Form = "json"
    body: bool = True
    """Whether the rows themselves are wanted, and not only their number."""
    strip_nulls: bool = False
    count: Count | None = None
    capped: bool = False
    """Whether the maximum of rows applies, since the request's own limit is not lower."""
    one: bool = False
    """Whether a write fails if it is of several rows, or leaves out the one that it is of."""
    key: bool = False
    """Whether the key of a new row is wanted, for a Location."""
    version: bool = False
    """Whether the row's version is wanted, for an ETag."""
    exact: bool = True
    """Whether the bytes of all rows are counted. Else each row may have an equal part of what all
    may have, which is faster to find out."""


def as_object(columns: list[Column], output: Output) -> bool:
    # With a version beside it, the row is not the whole of what is selected.
    return output.version or is_object(columns)


def page_values(columns: list[Column], output: Output) -> list[Expression]:
    """What to select for each row, so that `line` can make a text of it."""
    if output.form == "csv":
        return [column.value.label(f"c{place}") for place, column in enumerate(columns)]
    return cells(columns, as_object=as_object(columns, output))


def line(page: Subquery, columns: list[Column], output: Output) -> Expression:
    """A row as text."""
    if output.form == "csv":
        values = [_csv(page.c[place]) for place in range(len(columns))]
        return func.array_to_string(array[Any](values, type_=Text()), ",")
    found = row(page, as_object=as_object(columns, output))
    return cast(func.json_strip_nulls(found) if output.strip_nulls else found, Text)


def lines(page: Subquery, columns: list[Column], output: Output) -> Subquery:
    """The rows as texts, with their versions if these are wanted."""
    version = [page.c.version] if output.version else []
    return once(page, line(page, columns, output).label(LINE), *version)


def joined(rows: Subquery, output: Output) -> Expression:
    """All lines as one text; NULL for no rows."""
    separator: Expression = literal_column("','" if output.form == "json" else r"E'\n'")
    return func.string_agg(rows.c[LINE], separator)


def _csv(value: Expression) -> Expression:
    """A cell: NULL is empty; an empty text, and whatever else needs quotes, has them."""
    text = cast(value, Text)
    needs = or_(text.op("~")(literal_column(r"""E'[",\r\n]'""")), text == literal(""))
    quoted = func.concat('"', func.replace(text, '"', '""'), '"')
    return func.coalesce(case((needs, quoted), else_=text), "")
