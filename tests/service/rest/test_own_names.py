"""No name of a table or column is one that our own SQL has for something else."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Integer, NullPool, Text, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, registry

from retort.auth.tokens import tokens

from ..application import application, settings_on
from ..postgres import Server
from .application import application_of

pytestmark = pytest.mark.reads

COLUMNS = [
    *(
        "_is_new_",
        "_whole_",
        "_new",
        "_new_",
        "_whole",
        "_size",
        "_text",
        "_row",
        "_order0",
        "_page",
    ),
    *("_line", "_written", "c0", "row", "body", "rows", "version", "total", "cut", "new", "key"),
    *("written", "value", "v0", "match", "on_update_0", "anon_1"),
]
# Aliases of SQLAlchemy's have the name of what they are of, and a number.
TABLES = [
    *(
        "_written",
        "_body",
        "_element",
        "_page",
        "_line",
        "old",
        "new",
        "node_1",
        "node_2",
        "told_1",
    ),
    *(f"anon_{number}" for number in range(1, 8)),
]
SHOWN = "tx=rollback,return=representation"


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with server.clone() as database:
        web = database.web.username
        columns = ", ".join(f"\"{name}\" text DEFAULT '{name}'" for name in COLUMNS)
        database.execute(
            "CREATE TABLE node (id int PRIMARY KEY, name text)",
            "INSERT INTO node VALUES (1, 'one'), (2, 'two')",
            f"CREATE TABLE odd (id int PRIMARY KEY, node_id int REFERENCES node, {columns})",
            "INSERT INTO odd VALUES (1, 2)",
            "CREATE FUNCTION told(odd) RETURNS text STABLE LANGUAGE sql "
            "AS $$ SELECT 'odd ' || $1.id $$",
            "CREATE FUNCTION told(node) RETURNS SETOF odd STABLE LANGUAGE sql "
            "AS $$ SELECT * FROM odd WHERE node_id = $1.id $$",
            *(
                statement
                for table in TABLES
                for statement in (
                    f'CREATE TABLE "{table}" (id int PRIMARY KEY, name text, '
                    f'node_id int REFERENCES node, "{table}" text)',
                    f"INSERT INTO \"{table}\" VALUES (2, 'a', 1, 'x'), (3, 'b', 2, 'y')",
                )
            ),
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {web}, {web}_member",
        )
        with application(settings_on(database.web, API_SCHEMAS="public")) as app:
            client = app.test_client()
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens(app).issue('me')}"
            yield client


def sent(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    headers = {"Prefer": f"{SHOWN},resolution=merge-duplicates"}
    answer = client.open(f"/api/{path}", method=method, json=body, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return answer.get_json()


ROW = {"id": 1, "node_id": 2} | {name: name for name in COLUMNS}


def test_columns_are_read_whatever_they_are_called(client: FlaskClient) -> None:
    assert sent(client, "GET", "odd") == [ROW]
    assert sent(client, "GET", "odd/1") == ROW
    assert sent(client, "GET", "odd?select=*,told&told=eq.odd 1") == [ROW | {"told": "odd 1"}]
    assert sent(client, "GET", "node?select=odd(*,told)&id=eq.2") == [
        {"odd": [ROW | {"told": "odd 1"}]}
    ]
    assert sent(client, "GET", "odd?select=node(id,told(*))&order=node(id)") == [
        {"node": {"id": 2, "told": [ROW]}}
    ]
    assert sent(client, "GET", "node?select=id,odd!inner()&odd=not.is.null") == [{"id": 2}]


@pytest.mark.parametrize("column", COLUMNS)
def test_columns_are_written_whatever_they_are_called(client: FlaskClient, column: str) -> None:
    changed = ROW | {column: "new", "told": "odd 1", "node": {"name": "two"}}
    select = "select=*,told,node(name)"
    body = {column: "new"}
    for method, path in (("PATCH", "odd?id=eq.1&"), ("PATCH", "odd?told=eq.odd 1&")):
        assert sent(client, method, path + select, body) == [changed]
    assert sent(client, "POST", f"odd?{select}", {"id": 1, **body}) == [changed]
    assert sent(client, "PUT", f"odd/1?{select}", {"id": 1, "node_id": 2, **body}) == changed
    new = sent(client, "POST", f"odd?columns=id,{column}&{select}", [{"id": 2}])
    assert new == [ROW | {"id": 2, "node_id": None, column: None, "told": "odd 2", "node": None}]
    assert sent(client, "DELETE", f"odd?{column}=eq.{column}&select={column}") == [{column: column}]


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_read_whatever_they_are_called(client: FlaskClient, table: str) -> None:
    assert sent(client, "GET", f"{table}?select=id,{table},node(id)&order=id") == [
        {"id": 2, table: "x", "node": {"id": 1}},
        {"id": 3, table: "y", "node": {"id": 2}},
    ]
    assert sent(client, "GET", f"node?select=id,{table}(id)&order=id") == [
        {"id": 1, table: [{"id": 2}]},
        {"id": 2, table: [{"id": 3}]},
    ]
    path = f"{table}?select=id,node!inner(name,told(id),{table}(id,node(id)))&node.id=eq.2"
    assert sent(client, "GET", path) == [
        {
            "id": 3,
            "node": {"name": "two", "told": [{"id": 1}], table: [{"id": 3, "node": {"id": 2}}]},
        }
    ]


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_written_whatever_they_are_called(client: FlaskClient, table: str) -> None:
    select = f"select=id,name,{table},node(id,{table}(id,name))"
    # What is embedded is as it was before the statement.
    node = {"id": 2, table: [{"id": 3, "name": "b"}]}
    changed = [{"id": 3, "name": "n", table: "y", "node": node}]
    assert sent(client, "PATCH", f"{table}?id=eq.3&{select}", {"name": "n"}) == changed
    assert sent(client, "POST", f"{table}?{select}", {"id": 3, "name": "n"}) == changed
    assert sent(client, "DELETE", f"{table}?{table}=eq.y&{select}") == [changed[0] | {"name": "b"}]
    new = sent(client, "POST", f"{table}?{select}", {"id": 4, "node_id": 2})
    assert new == [{"id": 4, "name": None, table: None, "node": node}]
    path = f"node?id=eq.2&select=id,{table}(id)"
    assert sent(client, "PATCH", path, {"name": "n"}) == [{"id": 2, table: [{"id": 3}]}]


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={int: Integer, str: Text})


db = SQLAlchemy(model_class=Base)


class Leaf:
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    node_id: Mapped[int | None] = mapped_column(ForeignKey("node.id"))


class Numbered(Leaf, db.Model):
    __tablename__ = "node_1"


class Anonymous(Leaf, db.Model):
    __tablename__ = "anon_1"


class Written(Leaf, db.Model):
    __tablename__ = "_written"


class Body(Leaf, db.Model):
    __tablename__ = "_body"


class New(Leaf, db.Model):
    __tablename__ = "new"


class Node(db.Model):
    __tablename__ = "node"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    leaves: Mapped[int] = column_property(
        select(func.count(Numbered.id)).where(Numbered.node_id == id).scalar_subquery()
    )


MODELS = [Numbered, Anonymous, Written, Body, New]


@pytest.fixture(scope="module")
def of_models(server: Server) -> Generator[FlaskClient]:
    """Whose tables are named without a schema."""
    with server.clone() as database:
        web = database.web.username
        with create_engine(database.owner, poolclass=NullPool).begin() as connection:
            db.metadata.create_all(connection)
        database.execute(
            "INSERT INTO node VALUES (1, 'one'), (2, 'two')",
            *(
                f'INSERT INTO "{model.__tablename__}" '
                "VALUES (1, 'a', 2), (2, 'b', 2), (3, 'c', 1)"
                for model in MODELS
            ),
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {web}, {web}_member",
        )
        with application_of(db, settings_on(database.web)) as app:
            client = app.test_client()
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens(app).issue('me')}"
            yield client


@pytest.mark.parametrize("table", [model.__tablename__ for model in MODELS])
def test_so_are_tables_of_models(of_models: FlaskClient, table: str) -> None:
    two = {"id": 2, "leaves": 2, table: [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}
    node = f"node(id,leaves,{table}(id,name))"
    rows = sent(of_models, "GET", f"{table}?select=id,{node}&order=id&limit=2")
    assert rows == [{"id": 1, "node": two}, {"id": 2, "node": two}]
    assert sent(of_models, "GET", f"{table}/1?select=id,{node}") == rows[0]
    for method, path, body in (
        ("PATCH", f"{table}?id=eq.1", {"name": "n"}),
        ("POST", f"{table}?columns=id,name", {"id": 1, "name": "n"}),
    ):
        changed = sent(of_models, method, f"{path}&select=id,name,{node}", body)
        assert changed == [{"id": 1, "name": "n", "node": two}]
    assert sent(of_models, "DELETE", f"{table}?id=eq.1&select=id,{node}") == rows[:1]
