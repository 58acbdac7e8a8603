"""The page that a browser gets at `/`: the first persons, and the state of the stack.

Its words are in `templates/front_page.html`.
"""

from collections.abc import Collection
from functools import cache
from importlib.metadata import version
from platform import python_version
from time import perf_counter
from typing import Any

import sqlparse
from flask import Flask, current_app, render_template
from sqlalchemy import Date, Label, Select, cast, func, null, select, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import aliased

from . import schema
from .database import read
from .models import Person

ROWS = 12

_state = select(
    func.current_setting("server_version").label("postgres"),
    func.current_user().label("role"),
    *schema.STATE.subquery("schema").columns,
).subquery("state")
# Only so many are read, however many there are.
_person = aliased(Person, select(Person).order_by(Person.id).limit(ROWS).subquery("person"))
_manager = aliased(Person, name="manager")

# What the page shows of a person, each with the columns that it tells.
CELLS: dict[str, tuple[Label[Any], set[str]]] = {
    "name": (_person.name.label("name"), {"name"}),
    "email": (_person.email.label("email"), {"email"}),
    "manager": (_manager.name.label("manager"), {"manager_id", "name"}),
    "tags": (_person.tags.label("tags"), {"tags"}),
    "since": (cast(_person.created_at, Date).label("since"), {"created_at"}),
}
EVERY_COLUMN = frozenset[str]().union(*(columns for _, columns in CELLS.values()))
# For a database that has no persons like our model's, or no migrations.
STATE = select(
    func.current_setting("server_version").label("postgres"),
    func.current_user().label("role"),
    null().label("revision"),
    null().label("served"),
)


def _sql(statement: Select[*tuple[Any, ...]]) -> str:
    compiled = statement.compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    return sqlparse.format(str(compiled), reindent=True)


@cache
def _state_and_persons(cells: frozenset[str]) -> tuple[Select[*tuple[Any, ...]], str]:
    """One statement for all, and its text. Thanks to the outer joins it gives the state even
    without persons."""
    statement: Select[*tuple[Any, ...]] = (
        select(*_state.c, *(cell for name, (cell, _) in CELLS.items() if name in cells))
        .select_from(_state)
        .outerjoin(_person, true())
        .outerjoin(_manager, _manager.id == _person.manager_id)
        .order_by(_person.id)
    )
    return statement, _sql(statement)


STATE_SQL = _sql(STATE)
LIBRARIES = [
    f"Python {python_version()}",
    *(
        f"{name} {version(name)}"
        for name in ("Flask", "Flask-SQLAlchemy", "SQLAlchemy", "psycopg2-binary", "Gunicorn")
    ),
]


def show_only(app: Flask, columns: Collection[str]) -> None:
    """Let `/` show no other columns of persons."""
    app.extensions["retort.persons"] = frozenset(columns)


def shown(app: Flask) -> frozenset[str]:
    """What `/` may show of a person, by the columns that anybody may see: all of CELLS unless a
    feature knows better, and nothing without the name."""
    columns = app.extensions.get("retort.persons", EVERY_COLUMN)
    if "name" not in columns:
        return frozenset()
    return frozenset(name for name, (_, needed) in CELLS.items() if needed <= columns)


def front_page() -> str:
    """The page as HTML, from one statement."""
    cells = shown(current_app)
    statement, sql = _state_and_persons(cells)
    started = perf_counter()
    try:
        rows, has_persons = read(statement), True
    except ProgrammingError:
        started = perf_counter()
        rows, sql, has_persons = read(STATE), STATE_SQL, False
    return render_template(
        "front_page.html",
        milliseconds=1000 * (perf_counter() - started),
        state=rows[0],
        has_persons=has_persons,
        cells=cells,
        persons=[row for row in rows if has_persons and cells and row.name],
        rows=ROWS,
        sql=sql,
        libraries=LIBRARIES,
        head=schema.HEAD,
        misfit=schema.misfit(rows[0].revision, rows[0].served),
    )
