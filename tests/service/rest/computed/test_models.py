"""A hybrid property that has an SQL side, and a column property, are columns of their model, read
where they are named."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine

from retort.auth.tokens import tokens

from ...application import settings_on
from ...postgres import Database, Server
from ..application import application_of
from .models import Clock, db

REP = {"Prefer": "return=representation,tx=rollback"}


@pytest.fixture(scope="module")
def database(server: Server) -> Generator[Database]:
    """One for all, which every test leaves as it is."""
    with server.clone() as database:
        web = database.web.username
        with create_engine(database.owner, poolclass=NullPool).begin() as connection:
            db.metadata.create_all(connection)
        database.execute(
            "INSERT INTO workers (first, last, born, kind, boss_id) VALUES "
            "('Ada', 'Byron', '2000-05-05', 'LARGE', NULL), ('Ben', 'Low', NULL, 'SMALL', 1)",
            "INSERT INTO jobs (hours, worker_id) VALUES (4, 1), (8, 1), (2, 2)",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {web}, {web}_member",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {web}, {web}_member",
            "CREATE FUNCTION twice(workers) RETURNS text STABLE LANGUAGE sql "
            "AS $$ SELECT $1.first || $1.first $$",
            "CREATE FUNCTION jobs_of(workers) RETURNS SETOF jobs STABLE LANGUAGE sql "
            "AS 'SELECT * FROM jobs WHERE worker_id = $1.id'",
            "CREATE FUNCTION pay(workers) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1.salary'",
        )
        yield database


@pytest.fixture(scope="module", params=["", "public"], ids=["models", "schemas"])
def client(database: Database, request: pytest.FixtureRequest) -> Generator[FlaskClient]:
    settings = settings_on(database.web, API_SCHEMAS=request.param, THREADS="1")
    with application_of(db, settings) as app:
        yield app.test_client()


@pytest.fixture
def member(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("workers?select=name&id=eq.1", [{"name": "Ada 100%\\ Byron"}]),
        ("workers?select=id&name=eq.Ben 100%25%5C Low", [{"id": 2}]),
        (
            "workers?select=id,initial&order=initial.desc",
            [{"id": 2, "initial": "B"}, {"id": 1, "initial": "A"}],
        ),
        ("workers?select=folded,mark&folded=eq.ada", [{"folded": "ada", "mark": "A."}]),
        ("workers?select=age&age=gt.20", [{"age": 26}]),
        ("workers?select=age::text&id=eq.1", [{"age": "26"}]),
        (
            "workers?select=id,is_large&order=is_large.desc",
            [{"id": 1, "is_large": True}, {"id": 2, "is_large": False}],
        ),
        ("workers?select=id&is_large=is.true", [{"id": 1}]),
        ("workers?select=id&is_known=is.false&id=eq.2", [{"id": 2}]),
        ("workers?select=band,count()&order=band", [{"band": "high", "count": 2}]),
        ("workers?select=name.max()", [{"max": "Ben 100%\\ Low"}]),
        ("workers?select=id&has_team=is.true", [{"id": 1}]),
        (
            "workers?select=id,boss(name,has_team)&id=eq.2",
            [{"id": 2, "boss": {"name": "Ada 100%\\ Byron", "has_team": True}}],
        ),
        ("workers?select=id,boss()&order=boss(name)&boss_id=eq.1", [{"id": 2}]),
    ],
)
def test_it_is_a_column_like_another(client: FlaskClient, path: str, found: Any) -> None:
    response = client.get(f"/api/{path}")
    assert response.status_code == 200, response.text
    assert response.get_json() == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (
            "workers?select=first,hours,by_name&order=hours",
            [
                {"first": "Ben", "hours": 2, "by_name": 1},
                {"first": "Ada", "hours": 12, "by_name": 2},
            ],
        ),
        ("workers?select=first&hours=gt.2&by_name=eq.2", [{"first": "Ada"}]),
        (
            "jobs?select=id,days,worker(hours,by_name)&id=eq.3",
            [{"id": 3, "days": 0.25, "worker": {"hours": 2, "by_name": 1}}],
        ),
        ("jobs?select=share&days=eq.1", [{"share": 1}]),
        ("workers?select=jobs(share,days)&id=eq.2", [{"jobs": [{"share": 1, "days": 0.25}]}]),
        ("workers?select=hours.sum()", [{"sum": 14}]),
        ("workers?select=boss(hours,by_name)&id=eq.2", [{"boss": {"hours": 12, "by_name": 2}}]),
    ],
)
def test_it_may_read_another_table(
    client: FlaskClient, member: dict[str, str], path: str, found: Any
) -> None:
    response = client.get(f"/api/{path}", headers=member)
    assert response.status_code == 200, response.text
    assert response.get_json() == found


@pytest.mark.parametrize(
    "path",
    [
        "workers?select=hours",
        "workers?hours=gt.2",
        "workers?or=(id.eq.1,hours.gt.2)",
        "workers?order=by_name",
        "workers?select=id,boss(hours)",
        "workers?select=id,boss()&boss.hours=gt.1",
        "workers/1?select=hours",
        "workers?select=steps",
    ],
)
def test_who_may_not_read_that_table_does_not_read_it_so(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/{path}")
    assert (response.status_code, response.get_json()["code"]) == (401, "42501")


@pytest.mark.parametrize("name", ["hours", "by_name"])
def test_nor_by_a_write(client: FlaskClient, member: dict[str, str], name: str) -> None:
    for path in (f"workers?{name}=lt.4&id=eq.2", f"workers?id=eq.2&select={name}"):
        refused = client.patch(f"/api/{path}", json={"first": "Bo"}, headers=REP)
        assert (refused.status_code, refused.get_json()["code"]) == (401, "42501")
        done = client.patch(f"/api/{path}", json={"first": "Bo"}, headers=REP | member)
        assert done.status_code == 200
        assert len(done.get_json()) == 1


def test_a_token_may_not_be_enough(client: FlaskClient, member: dict[str, str]) -> None:
    for path in ("workers?select=steps", "jobs?select=worker(steps)"):
        refused = client.get(f"/api/{path}", headers=member)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "42501")


def test_rows_just_written_have_it(client: FlaskClient, member: dict[str, str]) -> None:
    path = "/api/workers?select=name,initial,age,band,is_large,hours,by_name,has_team"
    new = client.post(path, json={"first": "Di", "last": "Moe"}, headers=REP | member)
    assert new.status_code == 201, new.text
    assert new.get_json() == [
        {
            "name": "Di 100%\\ Moe",
            "initial": "D",
            "age": None,
            "band": "high",
            "is_large": False,
            "hours": None,
            "by_name": 0,
            "has_team": False,
        }
    ]
    changed = client.patch(f"{path}&name=like.Ada*", json={"last": "Q"}, headers=REP | member)
    assert changed.get_json() == [
        {
            "name": "Ada 100%\\ Q",
            "initial": "A",
            "age": 26,
            "band": "high",
            "is_large": True,
            "hours": 12,
            "by_name": 2,
            "has_team": True,
        }
    ]
    path = "/api/jobs?select=share,days,worker(name,hours)&order=days&days=gt.0.3"
    gone = client.delete(path, headers=REP | member)
    ada = {"name": "Ada 100%\\ Byron", "hours": 12}
    assert gone.get_json() == [
        {"share": 1, "days": 0.5, "worker": ada},
        {"share": 1, "days": 1, "worker": ada},
    ]


def test_it_is_not_among_all_columns(client: FlaskClient) -> None:
    row = client.get("/api/workers/1").get_json()
    assert list(row) == ["id", "first", "last", "born", "kind", "boss_id"]


@pytest.mark.parametrize(
    "name",
    [
        "shouted",
        "formatted",
        "is_named",
        "broken",
        "crossed",
        "foreign",
        "_private",
        "asked",
        "jobs",
        "pay",
        "secret_name",
        "same_salary",
        "coerced_salary",
        "has_paper",
        "papers",
        "salary",
    ],
)
def test_what_has_no_sql_side_or_is_hidden_does_not_exist(client: FlaskClient, name: str) -> None:
    for path in (f"select={name}", f"{name}=eq.1", f"order={name}", f"select=boss({name})"):
        response = client.get(f"/api/workers?{path}")
        assert (response.status_code, response.get_json()["code"]) == (400, "42703")
    near = client.get(f"/api/workers?select={name}x").get_json()["hint"]
    assert near != f"Perhaps you meant the column {name}"


def test_it_cannot_be_written(client: FlaskClient) -> None:
    for name in ("name", "initial"):
        refused = client.post("/api/workers", json={name: "x"}, headers=REP)
        assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST204")


def test_its_python_is_asked_each_time(client: FlaskClient, monkeypatch: Any) -> None:
    path = "/api/workers?select=age,is_known&id=eq.1&age=gt.1"
    assert client.get(path).get_json() == [{"age": 26, "is_known": False}]
    monkeypatch.setattr(Clock, "today", date(2027, 1, 1))
    monkeypatch.setattr(Clock, "words", ("Ada", "Ben", "Cy"))
    assert client.get(path).get_json() == [{"age": 27, "is_known": True}]
    monkeypatch.undo()
    assert client.get(path).get_json() == [{"age": 26, "is_known": False}]


def test_functions_of_its_rows_are_beside_it(client: FlaskClient, member: dict[str, str]) -> None:
    """Where the setting names the schema. Who may not read a table does not read it by one."""
    column = client.get("/api/workers?select=twice,name&id=eq.1")
    rows = client.get("/api/workers?select=jobs_of(id)&id=eq.2")
    if client.get("/api/persons").status_code == 404:  # the setting is not there
        assert column.get_json()["code"] == "42703"
        assert rows.get_json()["code"] == "PGRST200"
        return
    assert column.get_json() == [{"twice": "AdaAda", "name": "Ada 100%\\ Byron"}]
    assert rows.status_code == 401
    assert client.get("/api/workers?select=jobs_of(id)&id=eq.2", headers=member).get_json() == [
        {"jobs_of": [{"id": 3}]}
    ]
