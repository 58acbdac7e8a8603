"""The page that a browser gets at `/`: who is in the database, how the stack is."""

from importlib.metadata import version
from platform import python_version
from time import perf_counter

import sqlparse
from flask import current_app, render_template
from sqlalchemy import func, select, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import aliased

from . import schema
from .database import read
from .models import Person

ROWS = 12

_state = select(
    func.current_setting("server_version").label("postgres"),
    func.current_user().label("role"),
    schema.REVISION.scalar_subquery().label("revision"),
).subquery("state")
_manager = aliased(Person, name="manager")

# One statement for all: the outer joins give the state where there are no persons too.
STATE_AND_PERSONS = (
    select(
        _state,
        Person.name,
        Person.email,
        _manager.name.label("manager"),
        Person.tags,
        Person.created_at,
    )
    .select_from(_state)
    .outerjoin(Person, true())
    .outerjoin(_manager, _manager.id == Person.manager_id)
    .order_by(Person.id)
    .limit(ROWS)
)
SQL = sqlparse.format(
    str(
        STATE_AND_PERSONS.compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
    ),
    reindent=True,
)
LIBRARIES = [
    f"Python {python_version()}",
    *(
        f"{name} {version(name)}"
        for name in ("Flask", "Flask-SQLAlchemy", "SQLAlchemy", "psycopg2-binary", "Gunicorn")
    ),
]


def front_page() -> str:
    """The page as HTML, made of one statement."""
    started = perf_counter()
    rows = read(STATE_AND_PERSONS)
    return render_template(
        "front_page.html",
        milliseconds=1000 * (perf_counter() - started),
        state=rows[0],
        persons=[row for row in rows if row.name],
        rows=ROWS,
        sql=SQL,
        libraries=LIBRARIES,
        misfit=schema.misfit(rows[0].revision),
        has_tables="tables" in current_app.blueprints,
        has_cheatsheet="cheatsheet" in current_app.blueprints,
    )
