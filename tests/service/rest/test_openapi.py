"""What the API says of itself: the OpenAPI document, its page, the info route."""

import json
import re
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import event

from retort.auth.models import Account
from retort.auth.tokens import tokens
from retort.database import db
from retort.models import Note, Order, Person, Project

from ..application import MakeApp
from ..postgres import Database

pytestmark = pytest.mark.reads

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
OWN = {
    ("/", "GET"),
    ("/", "POST"),
    ("/info", "GET"),
    ("/login", "POST"),
}
Document = dict[str, Any]
Make = Callable[..., FlaskClient]


@pytest.fixture
def make(make_app: MakeApp) -> Make:
    """Gives a client of an application with other settings."""

    def make(**changed: object) -> FlaskClient:
        return make_app(**changed).test_client()

    return make


def document(client: FlaskClient, path: str = "/api/", **headers: str) -> Document:
    """The document, which has to be a valid one."""
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    need_valid(response.text)
    return json.loads(response.text)


@cache
def need_valid(text: str) -> None:
    """Raise an error unless it is a valid document; it takes seconds, so each is looked at
    once, and nobody counts the lines, which takes as long again."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        OpenAPIV31SpecValidator(json.loads(text)).validate()
    finally:
        sys.settrace(tracer)


def operations(found: Document) -> set[tuple[str, str]]:
    return {
        (path, method.upper())
        for path, item in found["paths"].items()
        if "servers" not in item  # beside the API
        for method in item
        if method != "parameters"
    }


def names(found: Document, operation: Document) -> list[str]:
    """The names of an operation's parameters."""
    parameters = found["components"]["parameters"]
    return [
        parameters[each["$ref"].rpartition("/")[2]]["name"] if "$ref" in each else each["name"]
        for each in operation["parameters"]
    ]


def columns(found: Document, table: str) -> dict[str, Document]:
    return found["components"]["schemas"][table]["properties"]


def token(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}


def answered(client: FlaskClient, tables: list[str], **headers: str) -> set[tuple[str, str]]:
    """The operations on these tables that the API answers, whatever it says."""
    found: set[tuple[str, str]] = set()
    for table in tables:
        for path, address in ((f"/{table}", "?id=eq.0"), (f"/{table}/{{key}}", "/0")):
            for method in METHODS:
                response = client.open(
                    f"/api/{table}{address}", method=method, headers=token(client) | headers
                )
                not_there = '"PGRST125"' in response.text or '"PGRST205"' in response.text
                if response.status_code != 405 and not not_there:
                    found.add((path, method))
    return found


# -- which operations there are


@pytest.mark.alone
def test_it_has_what_the_api_answers_for_each_model_and_nothing_else(client: FlaskClient) -> None:
    tables = [table.name for table in db.metadata.sorted_tables]
    assert Account.__tablename__ in tables
    found = answered(client, tables)
    assert len(found) == 9 * len({path.split("/")[1] for path, _ in found})
    assert operations(document(client)) - OWN == found


def test_it_has_what_the_api_answers_beside_the_tables(client: FlaskClient) -> None:
    tables = {path for table in ("notes", "orders", "persons", "projects") for path in (table,)}
    own = {
        (path, method)
        for path, method in operations(document(client))
        if path.split("/")[1] not in tables
    }
    assert own == {
        (path, method)
        for path in ("/", "/info", "/login")
        for method in METHODS
        if client.open(f"/api{path}", method=method).status_code not in (404, 405)
    }
    assert own == OWN


@pytest.mark.alone
def test_a_view_or_a_table_without_a_key_can_only_be_read(make: Make, sales: None) -> None:
    client = make(api_schemas=["public", "sales"])
    found = document(client, **{"Accept-Profile": "sales"})
    tables = ["keyless", "shown", "pairs"]
    profiles = {"Accept-Profile": "sales", "Content-Profile": "sales"}
    there = {
        (path, method) for path, method in operations(found) if path[1:].split("/")[0] in tables
    }
    assert there >= {("/keyless", "GET"), ("/shown", "GET"), ("/pairs/{key}", "PATCH")}
    assert {each for each in there if "pairs" not in each[0]} == answered(
        client, ["keyless", "shown"], **profiles
    )
    assert "keyless.new" not in found["components"]["schemas"]


def test_what_nobody_may_write_can_only_be_read(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Project, "__api__", {"write": []}, raising=False)
    found = operations(document(make()))
    assert {method for path, method in found if path.startswith("/projects")} == {"GET"}


# -- who may


def test_it_says_where_a_token_is_needed(client: FlaskClient) -> None:
    found = document(client)
    needed: list[Document] = [{"bearerAuth": []}]
    assert found["components"]["securitySchemes"]["bearerAuth"]["scheme"] == "bearer"
    assert found["security"] == [{}, *needed]
    assert "security" not in found["paths"]["/persons"]["get"]
    assert found["paths"]["/persons"]["post"]["security"] == needed
    assert found["paths"]["/persons/{key}"]["delete"]["security"] == needed
    assert found["paths"]["/notes"]["get"]["security"] == needed
    assert found["paths"]["/login"]["post"]["security"] == []


def test_it_says_which_roles(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    api = {"read": "anyone", "write": ["editor", "admin"]}
    monkeypatch.setattr(Project, "__api__", api, raising=False)
    found = document(make(api_read="token"))
    assert found["paths"]["/persons"]["get"]["security"] == [{"bearerAuth": []}]
    assert "security" not in found["paths"]["/projects"]["get"]
    assert found["paths"]["/projects"]["patch"]["security"] == [
        {"bearerAuth": ["admin"]},
        {"bearerAuth": ["editor"]},
    ]


# -- what must not be told


def test_a_hidden_column_is_nowhere(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", {"hidden": {"profile", "manager_id"}}, raising=False)
    client = make()
    told = json.dumps(document(client))
    assert "updated_at" in told
    assert "profile" not in told
    assert "manager_id" not in told
    assert "profile" not in client.get("/api/info").text


def test_a_table_that_is_not_served_is_nowhere(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", False, raising=False)
    client = make()
    for told in (json.dumps(document(client)), client.get("/api/info").text):
        for table in ("persons", "accounts", "login_attempts", "alembic_version"):
            assert table not in told


def test_a_column_that_leads_to_it_stays(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", False, raising=False)
    assert "person_id" in document(make())["components"]["schemas"]["orders"]["properties"]


def test_a_hidden_key_is_no_address(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "__api__", {"hidden": {"id"}}, raising=False)
    client = make()
    found = operations(document(client))
    assert {path for path, _ in found if path.startswith("/projects")} == {"/projects"}
    assert ("/projects", "PUT") not in found
    assert client.get("/api/info").get_json()["resources"]["public"]["projects"]["key"] == []


# -- columns

BIGINT = {"type": "integer", "format": "int64"}
TEXT = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}
KEY = BIGINT | {"description": "Primary key"}


def test_the_columns_of_the_models(client: FlaskClient) -> None:
    found = document(client)
    assert columns(found, "persons") == {
        "id": KEY,
        "name": TEXT,
        "email": {"type": ["string", "null"]},
        "manager_id": {
            "type": ["integer", "null"],
            "format": "int64",
            "description": "Refers to `persons.id`",
        },
        "tags": {"type": "array", "items": TEXT},
        "profile": {},
        "version": BIGINT | {"readOnly": True},
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    assert columns(found, "projects") == {"id": KEY, "name": TEXT}
    assert columns(found, "orders") == {
        "id": KEY,
        "person_id": BIGINT | {"description": "Refers to `persons.id`"},
        "status": {"type": "string", "enum": ["pending", "paid", "shipped", "cancelled"]},
        "amount": {"type": "number"},
        "placed_at": MOMENT,
    }
    assert columns(found, "notes") == {
        "id": KEY,
        "owner": TEXT | {"readOnly": True},
        "text": TEXT,
        "created_at": MOMENT,
    }


@pytest.mark.parametrize(
    ("table", "required"),
    [
        (Person, ["name"]),
        (Project, ["name"]),
        (Order, ["person_id", "amount"]),
        (Note, ["text"]),
    ],
)
@pytest.mark.alone
def test_a_new_row_needs_what_nobody_else_fills(
    client: FlaskClient, table: type[Any], required: list[str]
) -> None:
    name = table.__tablename__
    found = document(client)
    new = found["components"]["schemas"][f"{name}.new"]
    assert new == {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "required": required}
    body = found["paths"][f"/{name}"]["post"]["requestBody"]["content"]["application/json"]
    assert {"$ref": f"#/components/schemas/{name}.new"} in body["schema"]["oneOf"]
    said = client.post(f"/api/{name}", json={"id": 99}, headers=token(client)).get_json()
    assert said["code"] == "23502"  # not null


@pytest.fixture
def sales(database: Database) -> None:
    """Another schema, which nobody has written models for."""
    database.execute(
        "CREATE SCHEMA sales",
        "CREATE DOMAIN sales.short AS varchar(5)",
        "CREATE TYPE sales.mood AS ENUM ('good', 'bad')",
        """CREATE TABLE sales.types (
            id serial PRIMARY KEY,
            always int GENERATED ALWAYS AS IDENTITY,
            twice int GENERATED ALWAYS AS (2) STORED,
            flag boolean NOT NULL DEFAULT true,
            small smallint NOT NULL DEFAULT 1,
            float_ double precision NOT NULL DEFAULT 1.5,
            number numeric NOT NULL DEFAULT 1.5,
            char_ varchar(10) NOT NULL DEFAULT 'a',
            short sales.short NOT NULL DEFAULT 'a',
            mood sales.mood DEFAULT 'good',
            day date NOT NULL DEFAULT '2026-02-03',
            clock time NOT NULL DEFAULT '12:30',
            clock_tz timetz NOT NULL DEFAULT '12:30+00',
            moment timestamp NOT NULL DEFAULT '2026-02-03 12:30',
            moment_tz timestamptz NOT NULL DEFAULT '2026-02-03 12:30+00',
            uuid uuid NOT NULL DEFAULT gen_random_uuid(),
            bytes bytea NOT NULL DEFAULT '\\x00',
            address inet NOT NULL DEFAULT '127.0.0.1',
            span interval NOT NULL DEFAULT '1 day',
            range int4range NOT NULL DEFAULT '[1,2)',
            grid int[] NOT NULL DEFAULT '{1,2}',
            json jsonb NOT NULL DEFAULT '{"a": 1}',
            point point DEFAULT '(1,2)'
        )""",
        "COMMENT ON TABLE sales.types IS 'One of each.'",
        "COMMENT ON COLUMN sales.types.flag IS 'Up or down.'",
        "INSERT INTO sales.types DEFAULT VALUES",
        "CREATE TABLE sales.pairs (a int, b int REFERENCES sales.types, PRIMARY KEY (a, b))",
        "CREATE TABLE sales.keyless (id int)",
        "CREATE VIEW sales.shown AS SELECT id FROM sales.types",
        """CREATE TABLE sales."odd {name}" (id int PRIMARY KEY, "a.b" int, "order" int)""",
        """CREATE TABLE sales."odd -name-" (id int PRIMARY KEY)""",
        "GRANT USAGE ON SCHEMA sales TO PUBLIC",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales TO PUBLIC",
    )


@pytest.mark.alone
def test_the_types_of_postgres(make: Make, sales: None) -> None:
    client = make(api_schemas=["sales"])
    found = document(client)
    assert columns(found, "types") == {
        "id": {"type": "integer", "format": "int32", "description": "Primary key"},
        "always": {"type": "integer", "format": "int32", "readOnly": True},
        "twice": {"type": ["integer", "null"], "format": "int32", "readOnly": True},
        "flag": {"type": "boolean", "description": "Up or down"},
        "small": {"type": "integer", "format": "int16"},
        "float_": {"type": "number", "format": "double"},
        "number": {"type": "number"},
        "char_": {"type": "string", "maxLength": 10},
        "short": TEXT,
        "mood": {"type": ["string", "null"], "enum": ["good", "bad", None]},
        "day": {"type": "string", "format": "date"},
        "clock": {"type": "string", "format": "time-local"},
        "clock_tz": TEXT,
        "moment": {"type": "string", "format": "date-time-local"},
        "moment_tz": MOMENT,
        "uuid": {"type": "string", "format": "uuid"},
        "bytes": TEXT,
        "address": TEXT,
        "span": TEXT,
        "range": TEXT,
        "grid": {"type": "array", "items": {"type": "integer", "format": "int32"}},
        "json": {},
        "point": {"readOnly": True},
    }
    assert found["components"]["schemas"]["types"]["description"] == "One of each."
    described = {
        name: found["components"]["parameters"][f"types.{name}"]["description"].partition(",")[0]
        for name in ("short", "mood", "moment_tz", "grid", "point")
    }
    assert described == {
        "short": "sales.short",
        "mood": "sales.mood",
        "moment_tz": "timestamp with time zone",
        "grid": "integer[]",
        "point": "unknown",
    }
    assert columns(found, "pairs")["b"]["description"] == (
        "Primary key. Refers to `sales.types.id`"
    )
    assert found["components"]["schemas"]["types.new"]["required"] == []


@pytest.mark.parametrize("table", ["persons", "projects", "orders", "types"])
@pytest.mark.alone
def test_an_answer_is_as_described(make: Make, sales: None, table: str) -> None:
    client = make(api_schemas=["public", "sales"])
    schema = "sales" if table == "types" else "public"
    profile = {"Accept-Profile": schema}
    found = document(client, **profile)
    rows = client.get(f"/api/{table}", headers=profile).get_json()
    assert rows
    row = found["components"]["schemas"][table]
    for each in rows:
        OAS31Validator(row, format_checker=oas31_format_checker).validate(each)
        assert list(each) == list(row["properties"])


def test_an_error_is_as_described(client: FlaskClient) -> None:
    found = document(client)
    said = client.get("/api/persons?nowhere=eq.1").get_json()
    answers = found["paths"]["/persons"]["get"]["responses"]
    assert answers["default"] == {"$ref": "#/components/responses/Error"}
    error = found["components"]["responses"]["Error"]["content"]["application/json"]["schema"]
    assert set(error["required"]) == set(said)
    OAS31Validator(error).validate(said)


# -- parameters


def test_every_column_can_be_compared_with(client: FlaskClient) -> None:
    found = document(client)
    item = found["paths"]["/orders"]
    for method in ("get", "patch", "delete"):
        assert set(columns(found, "orders")) <= set(names(found, item[method]))
    assert not set(columns(found, "orders")) & set(names(found, item["post"]))
    assert found["components"]["parameters"]["orders.amount"] == {
        "name": "amount",
        "in": "query",
        "description": "numeric(12, 2), as in `eq.…`",
        "schema": TEXT,
    }


def test_each_operation_has_its_parameters(client: FlaskClient) -> None:
    found = document(client)
    table, row = found["paths"]["/projects"], found["paths"]["/projects/{key}"]
    mine = ["id", "name", "and", "or"]
    assert {method: names(found, table[method]) for method in table if method != "parameters"} == {
        "get": ["select", "order", "limit", "offset", "Range", "Prefer", *mine],
        "post": ["select", "columns", "on_conflict", "Prefer"],
        "patch": ["select", "columns", "Prefer", *mine],
        "put": ["select", "Prefer", "id"],
        "delete": ["select", "Prefer", *mine],
    }
    assert {method: names(found, row[method]) for method in row if method != "parameters"} == {
        "get": ["select", "If-None-Match", "Prefer"],
        "patch": ["select", "columns", "If-Match", "Prefer"],
        "put": ["select", "If-Match", "If-None-Match", "Prefer"],
        "delete": ["select", "If-Match", "Prefer"],
    }
    assert row["parameters"][0]["name"] == "key"
    assert table["get"]["description"] == "`select` may embed `persons(*)`."


def test_names_that_need_quotes(make: Make, sales: None, database: Database) -> None:
    database.execute("""INSERT INTO sales."odd {name}" VALUES (1, 2, 3), (2, 3, 4)""")
    client = make(api_schemas=["sales"])
    found = document(client)
    paths = [path for path in found["paths"] if path.startswith("/odd")]
    assert paths == [
        "/odd%20-name-",
        "/odd%20-name-/{key}",
        "/odd%20%7Bname%7D",
        "/odd%20%7Bname%7D/{key}",
    ]
    given = names(found, found["paths"]["/odd%20%7Bname%7D"]["get"])
    assert given.count("order") == 1
    assert '"a.b"' in given
    rows = client.get("/api/odd%20%7Bname%7D", query_string={'"a.b"': "eq.3"}).get_json()
    assert rows == [{"id": 2, "a.b": 3, "order": 4}]


# -- schemas, forms, addresses


@pytest.mark.alone
def test_another_schema_is_asked_for_by_its_profile(make: Make, sales: None) -> None:
    client = make(api_schemas=["public", "sales"])
    first, other = document(client), document(client, **{"Accept-Profile": "sales"})
    assert "/persons" in first["paths"]
    assert "/types" not in first["paths"]
    assert "/persons" not in other["paths"]
    profiles = ["Accept-Profile", "Content-Profile"]
    assert names(other, other["paths"]["/types"]) == profiles
    assert names(other, other["paths"]["/pairs/{key}"]) == ["key", *profiles]
    assert other["components"]["parameters"]["Accept-Profile"]["schema"]["enum"] == ["sales"]
    assert names(first, first["paths"]["/persons"]) == []
    refused = client.get("/api/", headers={"Accept-Profile": "nowhere"})
    assert refused.get_json()["code"] == "PGRST106"


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        ("*/*", "application/json"),
        ("text/html,*/*;q=0.8", "application/json"),
        ("application/json", "application/json"),
        ("application/openapi+json", "application/openapi+json"),
    ],
)
def test_its_media_type_is_the_one_asked_for(client: FlaskClient, accept: str, type_: str) -> None:
    assert client.get("/api/", headers={"Accept": accept}).mimetype == type_


def test_no_other_media_type_is_there(client: FlaskClient) -> None:
    response = client.get("/api/", headers={"Accept": "text/csv"})
    assert (response.status_code, response.get_json()["code"]) == (406, "PGRST107")


def test_it_has_an_address_with_a_name(client: FlaskClient) -> None:
    assert document(client, "/api/openapi.json") == document(client)


@pytest.mark.parametrize(
    ("prefix", "base", "address"),
    [
        ("/api", "http://localhost", "/api"),
        ("/v1/data", "http://localhost/behind", "/behind/v1/data"),
        ("", "http://localhost", "/"),
    ],
)
def test_it_names_where_it_is(make: Make, prefix: str, base: str, address: str) -> None:
    client = make(api_prefix=prefix)
    response = client.get(f"{prefix}/openapi.json", base_url=base)
    assert response.get_json()["servers"] == [{"url": address}]
    assert "http:" not in response.text
    page = client.get(f"{prefix}/docs", base_url=base)
    assert f'data-url="{address.rstrip("/")}/openapi.json"' in page.text


def test_a_batch_is_as_described(client: FlaskClient) -> None:
    post = document(client)["paths"]["/"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    requests = [{"path": "/persons?id=eq.1", "headers": {"Prefer": "count=exact"}}]
    OAS31Validator(body).validate(requests)
    answers = client.post("/api/", json=requests)
    assert answers.status_code == 200
    said = post["responses"]["200"]["content"]["application/json"]["schema"]
    OAS31Validator(said).validate(answers.get_json())
    for wrong in ([], [{"path": "/persons", "query": ""}], [{"path": "/x", "method": "TRACE"}]):
        assert not OAS31Validator(body).is_valid(wrong)
        assert client.post("/api/", json=wrong).status_code == 400


def test_the_version_is_that_of_the_project(client: FlaskClient) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    version = project["project"]["version"]
    assert document(client)["info"]["version"] == version
    assert client.get("/api/info").get_json()["version"] == version


# -- the info route


def test_info_says_what_is_served(client: FlaskClient, database: Database) -> None:
    found = client.get("/api/info").get_json()
    assert found["name"] == "retort"
    assert found["postgres"] == database.execute("SELECT current_setting('server_version')")[0][0]
    assert set(found["resources"]) == {"public"}
    assert set(found["resources"]["public"]) == {"notes", "orders", "persons", "projects"}
    assert found["resources"]["public"]["projects"] == {
        "columns": ["id", "name"],
        "key": ["id"],
        "writable": True,
    }


@pytest.mark.alone
def test_info_says_what_can_only_be_read(make: Make, sales: None) -> None:
    found = make(api_schemas=["public", "sales"]).get("/api/info").get_json()["resources"]["sales"]
    assert found["shown"] == {"columns": ["id"], "key": [], "writable": False}
    assert found["pairs"] == {"columns": ["a", "b"], "key": ["a", "b"], "writable": True}


def test_info_is_one_round_trip(app: Flask, client: FlaskClient) -> None:
    client.get("/api/info")  # connects
    statements: list[str] = []
    with app.app_context():
        engine = db.engines["read"]

    def count(*given: Any) -> None:
        statements.append(given[2])

    event.listen(engine, "before_cursor_execute", count)
    client.get("/api/info")
    assert len(statements) == 1
    client.get("/api/")
    assert len(statements) == 1  # the document takes none


# -- the page


def test_the_page_loads_its_own_files_and_nothing_else(client: FlaskClient) -> None:
    class Page(HTMLParser):
        loaded: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            assert tag != "style"
            assert "style" not in given
            assert not any(name.startswith("on") for name in given)
            if tag in ("link", "script"):
                self.loaded.append(given.get("href") or given.get("src") or "")

        def handle_data(self, data: str) -> None:
            assert self.lasttag != "script" or not data.strip()

    parser = Page()
    parser.loaded = []
    response = client.get("/api/docs")
    assert response.mimetype == "text/html"
    parser.feed(response.text)
    types = {
        path: client.get(path, buffered=True).headers["Content-Type"].partition(";")[0]
        for path in parser.loaded
    }
    assert types == {
        "/static/retort.svg": "image/svg+xml",
        "/api/docs/swagger-ui.css": "text/css",
        "/api/docs/docs.css": "text/css",
        "/api/docs/swagger-ui-bundle.js": "text/javascript",
        "/api/docs/docs.js": "text/javascript",
    }
    address = re.findall(r'data-url="(.*)"', response.text)
    assert address == ["/api/openapi.json"]
    assert client.get(address[0]).status_code == 200


def test_only_this_page_may_run_scripts_and_only_its_own(client: FlaskClient) -> None:
    (policy,) = client.get("/api/docs").headers.getlist("Content-Security-Policy")
    given = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert given == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "script-src" not in client.get("/api/persons").headers["Content-Security-Policy"]
    for path in ("/api/docs/docs.js", "/api/docs/docs.css"):
        assert "//" not in re.sub(r"// .*", "", client.get(path, buffered=True).text)


def test_its_files_are_kept_and_asked_about(client: FlaskClient) -> None:
    response = client.get("/api/docs/swagger-ui.css", buffered=True)
    assert response.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": response.headers["ETag"]}
    assert client.get("/api/docs/swagger-ui.css", headers=known, buffered=True).status_code == 304


@pytest.mark.parametrize("name", ["index.css", "oauth2-redirect.html", "LICENSE", "..%2fREADME.md"])
def test_no_other_file_of_the_package_is_served(client: FlaskClient, name: str) -> None:
    response = client.get(f"/api/docs/{name}")
    assert (response.status_code, response.get_json()["code"]) == (404, "PGRST125")


@pytest.mark.alone
def test_the_page_leads_to_the_other_schemas(make: Make, sales: None) -> None:
    page = make(api_schemas=["public", "sales"]).get("/api/docs").text
    assert re.findall(r'href="(\?[^"]*)">(\w+)<', page) == [
        ("?schema=public", "public"),
        ("?schema=sales", "sales"),
    ]
    assert "<nav" not in make().get("/api/docs").text


def test_a_table_of_the_same_name_comes_first(make: Make, sales: None, database: Database) -> None:
    database.execute(
        "CREATE TABLE sales.docs (id int PRIMARY KEY)",
        "CREATE TABLE sales.info (id int PRIMARY KEY)",
        "INSERT INTO sales.docs VALUES (7)",
        "INSERT INTO sales.info VALUES (8)",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sales TO PUBLIC",
    )
    client = make(api_schemas=["sales"])
    assert client.get("/api/docs").get_json() == [{"id": 7}]
    assert client.get("/api/docs/7").get_json() == {"id": 7}
    assert client.get("/api/info").get_json() == [{"id": 8}]
    assert document(client)["paths"]["/info"]["get"]["tags"] == ["info"]
