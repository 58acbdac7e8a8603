"""Nobody sees or does what is not theirs, by whatever way they come."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from retort.auth import accounts
from retort.auth.tokens import tokens
from retort.database import db
from retort.environment import BadSettings

from ..application import SECRET_KEY, MakeApp, application, settings_on
from ..postgres import Server
from . import lab as laboratory
from .application import application_of
from .lab import Stack, stack


@pytest.fixture(scope="module")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute(
            "CREATE SCHEMA eyes",
            """
            CREATE VIEW eyes.asker AS SELECT current_user::text AS role,
                coalesce(current_setting('request.jwt.claims', true), '') AS claims
            """,
            "GRANT USAGE ON SCHEMA eyes TO PUBLIC",
            "GRANT SELECT ON eyes.asker TO PUBLIC",
        )
        yield shared


@pytest.fixture
def client(shared: Stack) -> FlaskClient:
    return shared.app.test_client()


@pytest.fixture
def lab(shared: Stack) -> FlaskClient:
    return shared.lab.test_client()


@pytest.fixture
def another(shared: Stack) -> Generator[MakeApp]:
    """Makes applications with other settings."""
    with ExitStack() as made:

        def make(**others: str) -> Flask:
            settings = settings_on(shared.database.web, THREADS="1", **others)
            return made.enter_context(application(settings))

        yield make


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# -- hidden columns


@pytest.mark.parametrize(
    "query",
    [
        "select=tenant",
        "select=x:tenant",
        "select=tenant::text",
        "select=tenant.max()",
        "select=name,tenant->x",
        "tenant=eq.tenant-secret",
        "tenant=not.is.null",
        "tenant->>x=eq.1",
        "or=(tenant.like.t*,id.eq.1)",
        "order=tenant",
        "order=tenant->x",
        "select=*,rooms(shelves(tenant))",
        "select=*,rooms(*,shelves(*))&rooms.shelves.tenant=eq.x",
        "select=*,rooms(*,shelves(*))&rooms.shelves.order=tenant",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_a_hidden_column_cannot_be_asked_for(lab: FlaskClient, query: str, accept: str) -> None:
    response = lab.get(f"/api/shelves?{query}", headers={"Accept": accept})
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")
    assert "tenant-secret" not in response.text


def test_nor_ordered_by_from_another_table(lab: FlaskClient) -> None:
    response = lab.get("/api/boxes?select=id,shelves(id)&order=shelves(tenant)")
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_a_hidden_column_is_not_in_a_star(lab: FlaskClient, accept: str) -> None:
    for path in ("shelves", "shelves?select=*,rooms(*,shelves(*))", "rooms?select=...shelves(*)"):
        response = lab.get(f"/api/{path}", headers={"Accept": accept})
        assert response.status_code == 200
        assert "oak" in response.text
        assert "tenant" not in response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_hidden_column_cannot_be_written(lab: FlaskClient, method: str) -> None:
    path = "/api/shelves" if method == "POST" else "/api/shelves?id=eq.1"
    response = lab.open(path, method=method, json={"id": 1, "tenant": "mine"})
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST204")
    response = lab.open(
        f"{path}{'&' if '?' in path else '?'}columns=tenant", method=method, json={}
    )
    assert response.status_code in {200, 204, 400, 415}


def test_a_hidden_column_decides_no_upsert(lab: FlaskClient) -> None:
    response = lab.post(
        "/api/shelves?on_conflict=tenant,name",
        json={"name": "oak"},
        headers={"Prefer": "resolution=merge-duplicates"},
    )
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")


@pytest.mark.parametrize("wish", ["representation", "headers-only"])
def test_a_hidden_column_does_not_come_back(lab: FlaskClient, wish: str) -> None:
    headers = {"Prefer": f"return={wish},tx=rollback"}
    shelf = lab.post("/api/shelves", json={"name": f"new {wish}"}, headers=headers)
    visitor = lab.post("/api/visitors", json={"name": "Vic"}, headers=headers)
    for response in (shelf, visitor):
        assert response.status_code == 201
        assert "tenant" not in response.text
        assert "pass" not in f"{response.text}{response.headers}"
    assert ("Location" in shelf.headers) == (wish == "headers-only")


@pytest.mark.parametrize("embed", ["keeper_id(name)", "rooms!keeper_id(name)", "k:keeper_id(*)"])
def test_a_hidden_foreign_key_leads_nowhere(lab: FlaskClient, embed: str) -> None:
    response = lab.get(f"/api/shelves?select=name,{embed}")
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST200")
    assert "keeper" not in lab.get("/api/shelves?select=name,rooms(name)").text
    back = lab.get("/api/rooms?select=name,shelves!shelves_keeper_id_fkey(name)")
    assert back.status_code == 400


def test_a_value_of_a_hidden_key_is_no_address(lab: FlaskClient) -> None:
    assert lab.get("/api/visitors/pass-secret").status_code == 400


# -- tables that are not served

PRIVATE = ["accounts", "login_attempts", "alembic_version", "persons_projects", "pg_authid"]


@pytest.mark.parametrize("table", PRIVATE)
@pytest.mark.parametrize("schemas", ["", "public"])
def test_a_private_table_is_not_there(
    shared: Stack, another: MakeApp, table: str, schemas: str
) -> None:
    client = another(API_SCHEMAS=schemas).test_client()
    headers = shared.header()
    for method in ("GET", "HEAD", "FETCH", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"):
        for name in (table, f"public.{table}", f'"{table}"', f"{table}/1"):
            if method == "OPTIONS" and name.endswith("/1"):
                continue
            response = client.open(f"/api/{name}", method=method, headers=headers)
            assert response.status_code == 404
    assert client.get(f"/api/persons?select=*,{table}(*)").get_json()["code"] == "PGRST200"
    assert client.get(f"/api/persons?{table}.id=eq.1").get_json()["code"] == "PGRST108"
    answer = client.post("/api/", json=[{"path": f"/{table}"}], headers=headers)
    assert answer.get_json()["code"] == "PGRST205"


@pytest.mark.parametrize("table", ["accounts", "login_attempts", "vaults", "alembic_version"])
def test_nor_where_the_models_are_others(shared: Stack, table: str) -> None:
    """The tables of the log-in are none of the application's that has the API."""
    with application_of(
        laboratory.db, settings_on(shared.database.web, API_SCHEMAS="public")
    ) as app:
        client = app.test_client()
        assert client.get("/api/persons").status_code == 200  # reflected
        assert client.get(f"/api/{table}", headers=shared.header()).status_code == 404
        assert client.get(f"/api/rooms?select=*,{table}(*)").status_code == 400


def test_an_association_that_is_not_served_leads_nowhere(lab: FlaskClient) -> None:
    secret = lab.get("/api/guests?select=name,parties!secret_invitations(name)")
    assert (secret.status_code, secret.get_json()["code"]) == (400, "PGRST200")
    opened = lab.get("/api/guests?select=name,parties!open_invitations(name)")
    assert opened.get_json() == [{"name": "Gus", "parties": [{"name": "open"}]}]


def test_who_reads_along_an_association_reads_it(shared: Stack, lab: FlaskClient) -> None:
    path = "/api/guests?select=name,parties!staff_invitations(name)"
    assert lab.get(path).status_code == 401
    answer = lab.get(path, headers=shared.header())
    assert answer.get_json() == [{"name": "Gus", "parties": [{"name": "staff"}]}]


# -- tables that only some may read


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "boxes", {}),
        ("HEAD", "boxes?content=eq.gold", {"headers": {"Prefer": "count=exact"}}),
        ("GET", "boxes", {"headers": {"Prefer": "count=planned"}}),
        ("GET", "boxes", {"headers": {"Accept": "text/csv"}}),
        ("GET", "boxes", {"headers": {"Accept": "application/x-ndjson"}}),
        ("FETCH", "boxes", {"json": {"where": {"id": 1}}}),
        ("GET", "shelves?select=*,boxes(content)", {}),
        ("GET", "shelves?select=name,boxes!inner()&boxes.content=eq.gold", {}),
        ("GET", "shelves?select=name,boxes()&boxes=is.null", {}),
        ("GET", "rooms?select=*,shelves(*,boxes(content))", {}),
        ("POST", "shelves?select=*,boxes(*)", {"json": {"name": "x"}}),
        ("PATCH", "boxes?content=eq.gold", {"json": {"shelf_id": 2}}),
        ("PATCH", "boxes/1", {"json": {"shelf_id": 2}}),
        ("DELETE", "boxes?content=eq.gold", {}),
        ("PUT", "boxes?id=eq.1", {"json": {"content": "x"}}),
        (
            "POST",
            "boxes?on_conflict=content",
            {"json": {"content": "gold"}, "headers": {"Prefer": "resolution=ignore-duplicates"}},
        ),
    ],
)
def test_who_may_not_read_a_table_learns_nothing_of_it(
    shared: Stack, lab: FlaskClient, method: str, path: str, options: dict[str, Any]
) -> None:
    headers = {"Prefer": "return=representation"} | options.get("headers", {}) | shared.header()
    response = lab.open(f"/api/{path}", method=method, **(options | {"headers": headers}))
    assert response.status_code == 403
    assert "error=42501" in response.headers["Proxy-Status"]
    assert "gold" not in response.text


def test_who_may_only_write_a_table_can_add_to_it(shared: Stack, lab: FlaskClient) -> None:
    headers = shared.header() | {"Prefer": "tx=rollback"}
    assert lab.post("/api/boxes", json={"content": "tin"}, headers=headers).status_code == 201


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_a_note_is_its_owners(shared: Stack, client: FlaskClient, accept: str) -> None:
    mine, yours = shared.header("me"), shared.header("you")
    assert client.post("/api/notes", json={"text": f"of {accept}"}, headers=mine).status_code == 201
    assert f"of {accept}" in client.get("/api/notes", headers=mine | {"Accept": accept}).text
    assert f"of {accept}" not in client.get("/api/notes", headers=yours | {"Accept": accept}).text
    counted = client.get("/api/notes", headers=yours | {"Prefer": "count=exact"})
    assert counted.headers["Content-Range"] == "*/0"
    planned = client.get("/api/notes", headers=yours | {"Prefer": "count=planned"})
    assert planned.get_json() == []
    for method, path in (("PATCH", "notes?id=gt.0"), ("DELETE", "notes?id=gt.0")):
        wish = yours | {"Prefer": "return=representation"}
        assert (
            client.open(f"/api/{path}", method=method, json={"text": "x"}, headers=wish).json == []
        )
    batched = client.post("/api/", json=[{"path": "/notes"}], headers=yours)
    assert batched.get_json()[0]["body"] == []


# -- as whom


def test_a_request_runs_as_its_token_and_leaves_nothing(shared: Stack, another: MakeApp) -> None:
    app = another(API_SCHEMAS="public,eyes")
    client, eyes = app.test_client(), {"Accept-Profile": "eyes"}
    web = shared.database.web.username
    nobody = {"role": web, "claims": ""}

    def asker(headers: dict[str, str], **options: Any) -> TestResponse:
        return client.get("/api/asker", headers=eyes | headers, **options)

    assert asker({}).get_json() == [nobody]
    with_token = asker(shared.header("me")).get_json()[0]
    assert with_token["role"] == f"{web}_member"
    assert json.loads(with_token["claims"])["sub"] == "me"
    streamed = asker(shared.header("me") | {"Accept": "application/x-ndjson"})
    assert json.loads(streamed.text)["role"] == f"{web}_member"
    planned = asker(shared.header("me") | {"Prefer": "count=planned"})
    assert planned.get_json()[0]["role"] == f"{web}_member"
    # One connection serves all: whatever went before, the next request is nobody's.
    before: list[Callable[[], object]] = [
        lambda: asker(shared.header("me")),
        lambda: asker(shared.header("me", "postgres")),
        lambda: asker(shared.header("me", "nobody at all")),
        lambda: asker(shared.header("me") | {"Accept": "application/x-ndjson"}).data,
        lambda: asker(shared.header("me") | {"Prefer": "count=planned"}),
        lambda: client.get("/api/persons?id=eq.x", headers=shared.header("me")),
        lambda: client.post("/api/projects", json={"name": ""}, headers=shared.header("me")),
        lambda: client.patch("/api/persons/1", json={"name": "Amy"}, headers=shared.header("me")),
        lambda: client.post("/api/", json=[{"path": "/notes"}], headers=shared.header("me")),
        lambda: client.post(
            "/api/",
            json=[{"path": "/asker", "headers": eyes}, {"path": "/x"}],
            headers=shared.header("me"),
        ),
    ]
    for act in before:
        act()
        assert asker({}).get_json() == [nobody]
        assert json.loads(asker({"Accept": "application/x-ndjson"}).text) == nobody
        with app.app_context():
            for engine in db.engines.values():
                with engine.connect() as connection:
                    found = connection.execute(
                        text(
                            "SELECT current_user, current_setting('role'), "
                            "coalesce(current_setting('request.jwt.claims', true), '')"
                        )
                    ).one()
                    assert tuple(found) == (web, "none", "")


def test_all_of_a_batch_is_the_tokens(shared: Stack, another: MakeApp) -> None:
    client = another(API_SCHEMAS="public,eyes").test_client()
    forged = shared.header("you")["Authorization"]
    item = {"path": "/asker", "headers": {"Accept-Profile": "eyes", "Authorization": forged}}
    found = client.post("/api/", json=[item], headers=shared.header("me")).get_json()
    assert json.loads(found[0]["body"][0]["claims"])["sub"] == "me"
    found = client.post("/api/", json=[item]).get_json()
    assert found[0]["body"][0]["claims"] == ""


def claiming(shared: Stack, **claims: object) -> dict[str, str]:
    """Our own signature, under claims that we would not make."""
    given = {"iss": "retort", "sub": "me", "exp": int(time.time()) + 60} | claims
    return bearer(jwt.encode(given, tokens(shared.app).key, "HS256"))


@pytest.mark.parametrize(
    ("role", "status", "code"),
    [
        ("none", 401, "PGRST301"),
        ("NONE", 401, "PGRST301"),
        ("", 401, "PGRST301"),
        ("a\0b", 401, "PGRST301"),
        ("\ud800", 401, "PGRST301"),
        (5, 401, "PGRST301"),
        (None, 401, "PGRST301"),
        (["web"], 401, "PGRST301"),
        ("the superuser", 403, "42501"),
        ("pg_read_all_data", 403, "42501"),
        ("none ", 400, "22023"),
        ("'; DROP TABLE persons; --", 400, "22023"),
        ('web"; SET ROLE postgres; --', 400, "22023"),
        ("%(become_claims)s", 400, "22023"),
        ("r" * 3000, 400, "22023"),
    ],
)
def test_a_role_that_nobody_may_become(shared: Stack, role: object, status: int, code: str) -> None:
    if role == "the superuser":
        role = shared.database.owner.username
    client, headers = shared.app.test_client(), claiming(shared, role=role)
    for response in (
        client.get("/api/projects", headers=headers),
        client.post("/api/projects", json={"name": "x"}, headers=headers),
    ):
        assert (response.status_code, response.get_json()["code"]) == (status, code)


@pytest.mark.parametrize("subject", ["'; DROP TABLE notes; --", "%(x)s", "\\", "ü" * 500])
def test_a_subject_is_only_a_text(shared: Stack, client: FlaskClient, subject: str) -> None:
    headers = shared.header(subject) | {"Prefer": "return=representation"}
    made = client.post("/api/notes", json={"text": "x"}, headers=headers)
    assert made.get_json()[0]["owner"] == subject
    assert len(client.get("/api/notes", headers=headers).get_json()) == 1


@pytest.mark.parametrize("subject", ["\0", "\ud800"])
def test_a_subject_that_is_none(shared: Stack, client: FlaskClient, subject: str) -> None:
    response = client.get("/api/notes", headers=claiming(shared, sub=subject))
    assert response.status_code == 400


# -- tokens that are forged


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(key: rsa.RSAPrivateKey, kid: str | None = None, **claims: object) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    given = {"sub": "me", "exp": int(time.time()) + 60} | claims
    return jwt.encode(given, pem, "RS256", {"kid": kid} if kid else None)


def by_hand(header: dict[str, object], claims: dict[str, object], secret: bytes) -> str:
    """HS256 with any secret at all, which libraries refuse to do."""
    whole = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{whole}.{encoded(hmac.digest(secret, whole.encode(), hashlib.sha256))}"


def test_a_foreign_key_cannot_speak_for_us_nor_be_mistaken(
    another: MakeApp, key: rsa.RSAPrivateKey
) -> None:
    client = another(JWT_KEY=public(key).decode()).test_client()
    soon = int(time.time()) + 60
    claims: dict[str, object] = {"sub": "me", "exp": soon}
    ours: dict[str, object] = claims | {"iss": "retort"}
    other = rsa.generate_private_key(65537, 2048)
    assert client.get("/api/notes", headers=bearer(signed(key))).status_code == 200
    forged = [
        signed(key, iss="retort"),
        signed(other),
        signed(key, exp=1),
        by_hand({"alg": "HS256"}, claims, public(key)),
        by_hand({"alg": "HS256"}, claims, public(key).strip()),
        by_hand({"alg": "HS256"}, ours, public(key)),
        by_hand({"alg": "HS256"}, ours, SECRET_KEY.encode()),  # SECRET_KEY itself signs no token
        by_hand({"alg": "HS256"}, claims, b""),
        by_hand({"alg": "HS512"}, ours, b""),
        jwt.encode(claims, "", "none"),
        jwt.encode(ours, "", "none"),
        f"{encoded(b'{}')}.{encoded(json.dumps(ours).encode())}.",
        jwt.encode({"sub": "me"}, SECRET_KEY, "HS256"),
    ]
    for token in forged:
        response = client.get("/api/notes", headers=bearer(token))
        assert (response.status_code, response.get_json()["code"]) == (401, "PGRST301")
        # Nor is a forged token as good as none.
        assert client.get("/api/persons", headers=bearer(token)).status_code == 401


def test_a_token_of_ours_without_an_end_is_none(shared: Stack, client: FlaskClient) -> None:
    for claims in ({}, {"exp": None}, {"exp": "never"}, {"exp": 1}, {"nbf": time.time() + 999}):
        given = {"iss": "retort", "sub": "me"} | claims
        token = jwt.encode(given, tokens(shared.app).key, "HS256")
        assert client.get("/api/persons", headers=bearer(token)).status_code == 401


def test_every_key_of_a_set_is_tried(another: MakeApp, key: rsa.RSAPrivateKey) -> None:
    keys = [rsa.generate_private_key(65537, 2048), key]
    algorithm = jwt.get_algorithm_by_name("RS256")
    found = [algorithm.to_jwk(one.public_key(), as_dict=True) for one in keys]
    document = {"keys": [one | {"kid": name} for one, name in zip(found, "ab", strict=True)]}
    client = another(JWT_KEY=json.dumps(document)).test_client()
    for kid, status in ((None, 200), ("b", 200), ("a", 401), ("c", 401)):
        response = client.get("/api/notes", headers=bearer(signed(key, kid)))
        assert response.status_code == status


def test_a_set_of_keys_that_nests_too_deep_is_refused(another: MakeApp) -> None:
    with pytest.raises(BadSettings, match="JWT_KEY: must be another issuer's key"):
        another(JWT_KEY='{"keys": ' + "[" * 100_000)


@pytest.mark.parametrize(("depth", "status"), [(100, 200), (101, 401), (500, 401)])
def test_what_a_token_claims_nests_no_deeper_than_a_body(
    another: MakeApp, key: rsa.RSAPrivateKey, depth: int, status: int
) -> None:
    client = another(JWT_KEY=public(key).decode()).test_client()
    inside = json.loads("[" * (depth - 1) + "]" * (depth - 1))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = {"sub": "me", "exp": int(time.time()) + 60}
    for token in (
        signed(key, deep=inside),
        jwt.encode(claims, pem, "RS256", {"deep": inside}),
    ):
        assert client.get("/api/notes", headers=bearer(token)).status_code == status


DEEP = b"[" * 3000
HS256 = b'{"alg":"HS256"}'


def in_parts(*parts: bytes) -> str:
    return ".".join(map(encoded, parts))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "x" * 100_000,
        in_parts(DEEP, DEEP, b"x"),
        in_parts(HS256, DEEP, b"x"),
        in_parts(HS256, b'{"iss":"retort","a":' + DEEP, b"x"),
        in_parts(b'{"alg":5}', b"{}", b"x"),
        in_parts(b'{"alg":"HS256","kid":[]}', b"{}", b"x"),
        in_parts(b'{"alg":"HS256","crit":["x"]}', b"{}", b"x"),
        in_parts(b"[]", b"[]", b"x"),
        in_parts(b"\xff", b"\xff", b"x"),
    ],
    ids=range(14),
)
def test_a_token_that_is_rubbish(client: FlaskClient, token: str) -> None:
    response = client.get("/api/persons", headers=bearer(token))
    assert (response.status_code, response.get_json()["code"]) == (401, "PGRST301")


def test_another_scheme_is_no_token(client: FlaskClient) -> None:
    headers = {"Authorization": "Basic bWU6bWU="}
    assert client.get("/api/persons", headers=headers).status_code == 200
    assert client.get("/api/notes", headers=headers).status_code == 401


# -- transactions


def test_a_wish_to_roll_back_undoes_all_of_it(shared: Stack, client: FlaskClient) -> None:
    headers = shared.header() | {"Prefer": "tx=rollback"}
    wish = {"method": "POST", "path": "/projects", "body": {"name": "x"}}
    own = wish | {"headers": {"Prefer": "tx=rollback"}, "body": {"name": "y"}}
    assert client.post("/api/projects", json={"name": "x"}, headers=headers).status_code == 201
    assert client.post("/api/", json=[wish], headers=headers).status_code == 200
    assert client.get("/api/projects?name=eq.x").get_json() == []
    # A request of a batch has no say: all of it or none.
    assert client.post("/api/", json=[own], headers=shared.header()).status_code == 200
    assert len(client.get("/api/projects?name=eq.y").get_json()) == 1


@pytest.mark.parametrize(("end", "stays"), [("commit", True), ("rollback", False)])
def test_what_the_setting_does_not_leave_to_the_client(
    another: MakeApp, shared: Stack, end: str, stays: bool
) -> None:
    client = another(TX_END=end).test_client()
    for number, wish in enumerate(("commit", "rollback")):
        name = f"{end} {number}"
        headers = shared.header() | {"Prefer": f"tx={wish}"}
        response = client.post("/api/projects", json={"name": name}, headers=headers)
        assert "tx" not in response.headers.get("Preference-Applied", "")
        found = client.get("/api/projects", query_string={"name": f"eq.{name}"}).get_json()
        assert bool(found) == stays


# -- passwords


@pytest.fixture
def with_account(shared: Stack) -> Generator[FlaskClient]:
    with shared.app.app_context():
        accounts.save("amy@example.com", "a good password")
    shared.database.execute("DELETE FROM login_attempts")
    yield shared.app.test_client()
    shared.database.execute("DELETE FROM accounts", "DELETE FROM login_attempts")


def log_in(client: FlaskClient, email: object, password: object) -> TestResponse:
    return client.post("/api/login", json={"email": email, "password": password})


ODD = [
    "a@" + "x" * 3500,
    "a@" + "".join(chr(0x4E00 + n) for n in range(650)),
    "İ@ﬀ.example",
    "\u202emoc.elpmaxe@yma",
    "amy@example.com'; --",
    "%s%(x)s",
    "😀" * 300,
    "",
    " ",
]


@pytest.mark.parametrize("email", ODD, ids=range(len(ODD)))
def test_an_odd_address_is_an_unknown_account(with_account: FlaskClient, email: str) -> None:
    response = log_in(with_account, email, "x" * 12)
    expected = log_in(with_account, "nobody@example.com", "x" * 12)
    assert (response.status_code, response.data) == (401, expected.data)


def test_tries_with_a_long_address_are_counted_too(with_account: FlaskClient) -> None:
    email = "a@" + "x" * 3500
    statuses = [log_in(with_account, email, "x").status_code for _ in range(accounts.TRIES + 1)]
    assert statuses == [401] * accounts.TRIES + [429]


@pytest.mark.parametrize(
    ("email", "password"),
    [("a\0", "x"), ("\ud800", "x"), ("a", "\0"), ("a", "\udfff"), (5, "x"), ("a", None), ({}, [])],
)
def test_what_is_no_text_is_refused(
    with_account: FlaskClient, email: object, password: object
) -> None:
    assert log_in(with_account, email, password).status_code == 400


@pytest.mark.parametrize("password", ["x" * 3500, "ü" * 200, "a good password "])
def test_an_odd_password_is_wrong(with_account: FlaskClient, password: str) -> None:
    assert log_in(with_account, "amy@example.com", password).status_code == 401
    assert log_in(with_account, "AMY@example.com ", "a good password").status_code == 200


def test_an_address_that_is_too_long_gets_no_account(shared: Stack) -> None:
    with shared.app.app_context(), pytest.raises(ValueError, match="e-mail"):
        accounts.save("a@" + "x" * 400, "a good password")


def test_an_unknown_account_costs_what_a_wrong_password_does(
    with_account: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured in work, not in seconds: the same hash, once each."""
    checked: list[tuple[str, int]] = []
    check = accounts.check_password_hash

    def recorded(hashed: str, password: str) -> bool:
        method, _, rest = hashed.partition("$")
        checked.append((method, len(rest)))
        return check(hashed, password)

    monkeypatch.setattr(accounts, "check_password_hash", recorded)
    wrong = log_in(with_account, "amy@example.com", "a wrong password")
    unknown = log_in(with_account, "ann@example.com", "a wrong password")
    assert wrong.data == unknown.data
    assert wrong.status_code == unknown.status_code == 401
    assert len(checked) == 2
    assert checked[0] == checked[1]
    assert checked[0][0].startswith("scrypt")
