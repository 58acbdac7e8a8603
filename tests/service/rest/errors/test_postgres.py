"""What goes wrong in Postgres has its code, and a status that fits."""

from __future__ import annotations

from typing import Any

import pytest

from ...application import application, settings_on
from ..lab import Stack
from .problem import open_, problem

STATES = {
    "08006": 503,
    "53100": 503,
    "53200": 503,
    "53400": 500,
    "22000": 400,
    "22012": 400,
    "23000": 400,
    "23P01": 400,
    "42501": 403,
    "42P01": 404,
    "42883": 404,
    "40001": 409,
    "54001": 413,
    "55P03": 503,
    "57014": 500,
    "57P01": 503,
    "58000": 500,
    "58030": 503,
    "25000": 500,
    "25P02": 500,
    "28000": 403,
    "P0001": 400,
    "P0002": 500,
    "P0003": 500,
    "P0004": 500,
    "XX000": 500,
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_postgres_has_its_status(shared: Stack, state: str) -> None:
    options = {"json": {"name": f"raise {state}"}, "headers": shared.header()}
    response = open_(shared, "POST", "projects", options)
    body = problem(response, STATES[state], state)
    assert body["message"] == "this is how it fails"
    assert ("Retry-After" in response.headers) == (STATES[state] == 503)


def test_what_is_wrong_at_the_server_is_told_without_its_paths(shared: Stack) -> None:
    """As where a file of its own is gone."""
    shared.database.execute(
        "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
        "PERFORM pg_read_file('/no/such/file'); RETURN NEW; END $$",
        "CREATE TRIGGER gone BEFORE INSERT ON projects FOR EACH ROW "
        "WHEN (NEW.name = 'gone') EXECUTE FUNCTION gone()",
    )
    options = {"json": {"name": "gone"}, "headers": shared.header()}
    response = open_(shared, "POST", "projects", options)
    shared.database.execute("DROP FUNCTION gone CASCADE")
    body = problem(response, 500, "58P01")
    assert (body["message"], body["details"], body["hint"]) == (
        "The database has failed",
        None,
        None,
    )


def test_a_server_that_takes_no_writes_is_no_fault_of_the_method(shared: Stack) -> None:
    database = shared.database.web.database
    shared.database.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    forget_connections(shared)
    try:
        options = {"json": {"name": "no"}, "headers": shared.header()}
        response = open_(shared, "POST", "projects", options)
        assert open_(shared, "GET", "projects", {}).status_code == 200
    finally:
        shared.database.execute(
            "SET default_transaction_read_only = off",
            f'ALTER DATABASE "{database}" RESET default_transaction_read_only',
        )
        forget_connections(shared)
    body = problem(response, 503, "25006")
    assert body["message"] == "The database takes no writes now"
    assert response.headers["Retry-After"] == "5"


def forget_connections(shared: Stack) -> None:
    with shared.app.app_context():
        for engine in shared.app.extensions["sqlalchemy"].engines.values():
            engine.dispose()


def test_a_table_that_is_gone(shared: Stack) -> None:
    shared.database.execute("ALTER TABLE projects RENAME TO former")
    try:
        body = problem(open_(shared, "GET", "projects", {}), 404, "42P01")
    finally:
        shared.database.execute("ALTER TABLE former RENAME TO projects")
    assert body["message"] == 'relation "projects" does not exist'


def test_a_column_that_is_gone(shared: Stack) -> None:
    shared.database.execute("ALTER TABLE projects RENAME name TO former")
    try:
        body = problem(open_(shared, "GET", "projects", {}), 400, "42703")
    finally:
        shared.database.execute("ALTER TABLE projects RENAME former TO name")
    assert body["message"] == "column projects.name does not exist"


def test_a_right_that_postgres_does_not_give(shared: Stack) -> None:
    grantees = ", ".join(
        role
        for (role,) in shared.database.execute(
            "SELECT DISTINCT grantee FROM information_schema.table_privileges "
            "WHERE table_name = 'projects' AND grantee LIKE 'web%'"
        )
    )
    shared.database.execute(f"REVOKE SELECT ON projects FROM {grantees}")
    try:
        without = open_(shared, "GET", "projects", {})
        with_token = open_(shared, "GET", "projects", {"headers": shared.header()})
    finally:
        shared.database.execute(f"GRANT SELECT ON projects TO {grantees}")
    for response, status in ((without, 401), (with_token, 403)):
        body = problem(response, status, "42501")
        assert body["message"] == "permission denied for table projects"
    assert without.headers["WWW-Authenticate"] == "Bearer"
    assert "WWW-Authenticate" not in with_token.headers


def test_a_row_that_its_policy_refuses(shared: Stack) -> None:
    shared.database.execute("CREATE POLICY nobody ON notes AS RESTRICTIVE WITH CHECK (false)")
    options = {"json": {"text": "x"}, "headers": shared.header()}
    try:
        body = problem(open_(shared, "POST", "notes", options), 403, "42501")
    finally:
        shared.database.execute("DROP POLICY nobody ON notes")
    assert "row-level security" in body["message"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_database_that_is_away(shared: Stack, method: str) -> None:
    away = shared.database.web.set(port=1)
    options: dict[str, Any] = {"json": {"name": "x"}} if method == "POST" else {}
    with application(settings_on(away)) as app:
        response = app.test_client().open(
            "/api/projects", method=method, headers=shared.header(), **options
        )
    problem(response, 503, "PGRST001")
    assert response.headers["Retry-After"]
    assert away.password is not None
    assert away.password not in response.text
