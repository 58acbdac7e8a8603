"""The page that a browser gets at `/`: the first persons, and the state of the stack.

Its words are in `templates/front_page.html`.
"""

from importlib.metadata import version
from platform import python_version
from time import perf_counter
from typing import Any

import sqlparse
from flask import Flask, current_app, render_template
from sqlalchemy import Date, Select, cast, func, null, select, true
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

# One statement for all: thanks to the outer joins it gives the state even without persons.
STATE_AND_PERSONS = (
    select(
        _state,
        _person.name,
        _person.email,
        _manager.name.label("manager"),
        _person.tags,
        cast(_person.created_at, Date).label("since"),
    )
    .select_from(_state)
    .outerjoin(_person, true())
    .outerjoin(_manager, _manager.id == _person.manager_id)
    .order_by(_person.id)
)
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


SQL, STATE_SQL = _sql(STATE_AND_PERSONS), _sql(STATE)
LIBRARIES = [
    f"Python {python_version()}",
    *(
        f"{name} {version(name)}"
        for name in ("Flask", "Flask-SQLAlchemy", "SQLAlchemy", "psycopg2-binary", "Gunicorn")
    ),
]


def lead_to(app: Flask, endpoint: str, text: str) -> None:
    """Add a link from `/` to a feature's page; `text` follows the page's address there."""
    onward(app)[endpoint] = text


def onward(app: Flask) -> dict[str, str]:
    """The endpoints that `/` leads to, with their texts."""
    return app.extensions.setdefault("retort.front_page", {})


def front_page() -> str:
    """The page as HTML, from one statement."""
    started = perf_counter()
    try:
        rows, sql, has_persons = read(STATE_AND_PERSONS), SQL, True
    except ProgrammingError:
        started = perf_counter()
        rows, sql, has_persons = read(STATE), STATE_SQL, False
    return render_template(
        "front_page.html",
        milliseconds=1000 * (perf_counter() - started),
        state=rows[0],
        has_persons=has_persons,
        persons=[row for row in rows if has_persons and row.name],
        rows=ROWS,
        sql=sql,
        libraries=LIBRARIES,
        head=schema.HEAD,
        misfit=schema.misfit(rows[0].revision, rows[0].served),
        onward=onward(current_app),
    )
