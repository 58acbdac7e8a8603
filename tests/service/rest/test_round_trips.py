"""What a request costs: one round trip to read or to write, and one compilation."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from retort.auth.tokens import tokens
from retort.database import db
from retort.rest.statement.dml import delete_rows, insert_rows, update_rows
from retort.rest.statement.select import explain_count, select_lines, select_one, select_page

from ..postgres import Database
from ..sent import verb

PLANS = (
    select_page,
    select_one,
    explain_count,
    select_lines,
    insert_rows,
    update_rows,
    delete_rows,
)

READS = [
    "/api/persons",
    "/api/persons/1",
    "/api/persons?select=name,orders(id,amount),projects(*)&name=like.A*&order=id&limit=2",
    "/api/orders?select=status,amount.sum()",
]


@pytest.fixture
def authorized(app: Flask) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(app).issue('ann')}"}


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("prefer", ["", "count=exact"])
def test_a_read_is_one_round_trip(
    client: FlaskClient, statements: list[str], path: str, prefer: str
) -> None:
    assert client.get(path, headers={"Prefer": prefer}).status_code in (200, 206)
    (sent,) = statements
    assert verb(sent) == "SELECT"


@pytest.mark.parametrize("path", [*READS, "/api/notes"])
def test_so_it_is_as_somebody(
    client: FlaskClient, statements: list[str], authorized: dict[str, str], path: str
) -> None:
    assert client.get(path, headers=authorized).status_code == 200
    (all_,) = statements
    become, reads, statement = all_.split("; ")
    assert "set_config('role'" in become
    assert reads == "SET LOCAL transaction_read_only = on"
    assert statement.startswith("SELECT")


@pytest.mark.parametrize("path", READS)
def test_what_anybody_reads_again_is_prepared(
    client: FlaskClient, statements: list[str], path: str
) -> None:
    assert len({client.get(path).text for _ in range(3)}) == 1
    assert [verb(sent) for sent in statements] == ["SELECT", "PREPARE", "EXECUTE"]


def test_a_time_zone_costs_no_round_trip_and_spoils_no_plan(
    client: FlaskClient, statements: list[str]
) -> None:
    path = "/api/orders?select=placed_at"
    for zone in ("UTC", "No/Where") * 2:
        client.get(path, headers={"Prefer": f"timezone={zone}"})
    assert ["SET LOCAL timezone = '" in sent for sent in statements] == [True] * 4
    for _ in range(3):
        assert client.get(path).status_code == 200
    assert [verb(sent) for sent in statements[4:]] == ["SELECT", "PREPARE", "EXECUTE"]


def test_each_limit_is_planned_for_itself(client: FlaskClient, statements: list[str]) -> None:
    for limit in (1, 2, 2):
        assert len(client.get(f"/api/persons?limit={limit}").get_json()) == limit
    assert [verb(sent) for sent in statements] == ["SELECT", "SELECT", "PREPARE"]


def test_what_somebody_does_is_not_prepared(
    client: FlaskClient, statements: list[str], authorized: dict[str, str]
) -> None:
    """Of a plan's tables, Postgres asks once only who may look at their schemas."""
    for _ in range(3):
        assert client.get("/api/notes", headers=authorized).status_code == 200
        assert (
            client.patch("/api/persons/1", json={"name": "Zoe"}, headers=authorized).status_code
            == 204
        )
    assert not any("PREPARE" in sent or "EXECUTE" in sent for sent in statements)


def test_a_refused_read_is_none(client: FlaskClient, statements: list[str]) -> None:
    assert client.get("/api/notes").status_code == 401
    assert client.get("/api/persons?nothing=eq.1").status_code == 400
    assert statements == []


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("POST /api/persons?select=id", {"name": "Zoe"}),
        ("POST /api/persons?on_conflict=email", [{"name": "Zoe", "email": "z@example.com"}]),
        ("PATCH /api/persons?id=eq.1&select=id,orders(*)", {"name": "Zoe"}),
        ("PUT /api/persons/1", {"name": "Zoe"}),
        ("DELETE /api/persons/1", None),
    ],
)
def test_a_write_is_one_round_trip(
    client: FlaskClient,
    statements: list[str],
    authorized: dict[str, str],
    line: str,
    body: object,
) -> None:
    method, path = line.split()
    headers = authorized | {"Prefer": "return=representation"}
    response = client.open(path, method=method, json=body, headers=headers)
    assert response.status_code in (200, 201), response.text
    (both,) = statements
    become, statement = both.split("; ")
    assert "set_config('role'" in become
    assert statement.startswith("WITH _written AS")


@pytest.mark.parametrize(
    ("headers", "end"),
    [
        ({"Prefer": "tx=rollback"}, "ROLLBACK"),
        ({"Prefer": "handling=strict,max-affected=9"}, "COMMIT"),
        ({"Accept": "application/vnd.pgrst.object+json"}, "COMMIT"),
    ],
)
def test_a_write_that_may_have_to_be_undone_is_a_transaction(
    client: FlaskClient,
    statements: list[str],
    authorized: dict[str, str],
    headers: dict[str, str],
    end: str,
) -> None:
    path = "/api/persons?id=eq.1"
    assert client.patch(path, json={"name": "Zoe"}, headers=authorized | headers).status_code == 204
    assert (statements[0], statements[-1]) == ("BEGIN", end)
    # What is deferred to the end is looked at, although the end is none.
    checked = ["SET CONSTRAINTS ALL IMMEDIATE"] if end == "ROLLBACK" else []
    assert statements[2:-1] == checked


def compilations() -> int:
    return sum(plan.cache_info().misses for plan in PLANS)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("persons?select=id,a:name&id=eq.1&limit=1", "persons?select=id,b:name&id=eq.2&limit=2"),
        ("persons?name=in.(Amy)&offset=0", "persons?name=in.(Amy,Ben,Zoe)&offset=1"),
        ("persons?or=(id.eq.1,profile->>a.eq.b)", "persons?or=(id.eq.2,profile->>c.eq.d)"),
        ("persons/1", "persons/2"),
    ],
)
def test_a_request_of_the_same_shape_compiles_nothing(
    client: FlaskClient, first: str, again: str
) -> None:
    assert client.get(f"/api/{first}").status_code == 200
    before = compilations()
    assert client.get(f"/api/{again}").status_code == 200
    assert compilations() == before


def test_another_shape_is_compiled(client: FlaskClient) -> None:
    before = compilations()
    assert client.get("/api/persons?select=id").status_code == 200
    assert client.get("/api/persons?select=name").status_code == 200
    assert compilations() == before + 2


def test_a_write_of_the_same_shape_compiles_nothing(
    client: FlaskClient, authorized: dict[str, str]
) -> None:
    def write(name: str, email: str) -> None:
        one = client.post("/api/persons", json={"name": name, "email": email}, headers=authorized)
        two = client.patch(f"/api/persons?name=eq.{name}", json={"tags": []}, headers=authorized)
        three = client.delete(f"/api/persons?name=eq.{name}", headers=authorized)
        assert (one.status_code, two.status_code, three.status_code) == (201, 204, 204)

    write("Zoe", "zoe@example.com")
    before = compilations()
    write("Yan", "yan@example.com")
    assert compilations() == before


def test_a_read_survives_that_its_connection_was_closed(
    client: FlaskClient, database: Database
) -> None:
    assert client.get("/api/persons/1").status_code == 200
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert client.get("/api/persons/1").status_code == 200


def test_what_postgres_refuses_is_sent_once(client: FlaskClient, statements: list[str]) -> None:
    response = client.get("/api/persons?id=eq.x")
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["code"] == "22P02"
    assert len(statements) == 1
    assert client.get("/api/persons?id=eq.1").status_code == 200


def test_who_listens_to_the_engine_hears_of_reads(app: Flask, client: FlaskClient) -> None:
    heard: list[str] = []

    def hear(connection: object, cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    with app.app_context():
        event.listen(db.engines["read"], "before_cursor_execute", hear)
    assert client.get("/api/persons/1").status_code == 200
    (statement,) = heard
    assert "FROM persons" in statement


def test_the_log_shows_reads_where_it_is_asked_to(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/api/persons/1").status_code == 200
    assert "FROM persons" not in caplog.text
    with caplog.at_level("INFO", "sqlalchemy.engine"):  # as SQLALCHEMY_ECHO does
        assert client.get("/api/persons/1").status_code == 200
    assert "FROM persons" in caplog.text
