"""A Northwind of one's own, an application that serves it, and what it answers."""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from ...application import application, settings_on
from ...postgres import ROOT, Database, Server, execute

MANUAL = ROOT / "web/retort/rest/README.md"
TABLES = Path(__file__).with_name("northwind.sql")


def steps(role: str, schema: str = "public") -> list[str]:
    """What the manual tells the owner to do, for roles that are this test's alone."""
    section = MANUAL.read_text(encoding="utf-8").split("\n## An existing database\n")[1]
    sql = section.split("```sql\n")[1].split("```")[0]
    sql = re.sub(r"\bweb\b", role, sql.replace("web_member", f"{role}_member"))
    return sql.replace("public", schema).replace("…", "hunter2").split(";\n")[:-1]


@contextmanager
def northwind(server: Server) -> Generator[Database]:
    """Give a Northwind of its own, with the roles that the manual asks for."""
    role = f"web_{secrets.token_hex(4)}"
    try:
        with server.empty() as owner:
            execute(owner, TABLES.read_text(encoding="utf-8"))
            execute(owner, *steps(role), *steps(role, '"Northwind Classic"')[3:])
            yield Database(owner, owner.set(username=role, password="hunter2"))
    finally:
        execute(server.url("postgres"), f"DROP ROLE IF EXISTS {role}, {role}_member")


@contextmanager
def serving(database: Database, **changed: str) -> Generator[FlaskClient]:
    """Give a client of an application that serves it."""
    given = {"API_SCHEMAS": "public,Northwind Classic"} | changed
    with application(settings_on(database.web, **given)) as app:
        yield app.test_client()


def rows(client: FlaskClient, path: str, **options: Any) -> Any:
    response = client.get(path, **options)
    assert response.status_code == 200, response.text
    return response.get_json()
