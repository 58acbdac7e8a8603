"""A request runs as whom its token is for, and leaves nothing of that."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from retort.auth.tokens import tokens
from retort.database import db

from ...application import MakeApp
from ..lab import Stack
from .bearer import bearer


def test_a_request_runs_as_its_token_and_leaves_nothing(shared: Stack, another: MakeApp) -> None:
    app = another(API_SCHEMAS="public,eyes")
    client, eyes = app.test_client(), {"Accept-Profile": "eyes"}
    web = shared.database.web.username
    nobody = {"role": web, "claims": json.dumps({"role": web})}

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
            for name, engine in db.engines.items():
                # The page at `/` reads where the API does.
                claims = nobody["claims"] if name == "read" else ""
                with engine.connect() as connection:
                    found = connection.execute(
                        text(
                            "SELECT current_user, current_setting('role'), "
                            "coalesce(current_setting('request.jwt.claims', true), '')"
                        )
                    ).one()
                    assert tuple(found) == (web, "none", claims)


def test_all_of_a_batch_is_the_tokens(shared: Stack, another: MakeApp) -> None:
    client = another(API_SCHEMAS="public,eyes").test_client()
    forged = shared.header("you")["Authorization"]
    item = {"path": "/asker", "headers": {"Accept-Profile": "eyes", "Authorization": forged}}
    found = client.post("/api/", json=[item], headers=shared.header("me")).get_json()
    assert json.loads(found[0]["body"][0]["claims"])["sub"] == "me"
    found = client.post("/api/", json=[item]).get_json()
    assert "sub" not in json.loads(found[0]["body"][0]["claims"])


def claiming(shared: Stack, **claims: object) -> dict[str, str]:
    """Our own signature, under claims that we would not make."""
    given = {"iss": "retort", "sub": "me", "exp": int(time.time()) + 60} | claims
    return bearer(jwt.encode(given, tokens(shared.app).key, "HS256"))


@pytest.mark.parametrize(
    ("role", "status", "code"),
    [
        ("none", 401, "PGRST303"),
        ("NONE", 401, "PGRST303"),
        ("", 401, "PGRST303"),
        ("a\0b", 401, "PGRST303"),
        ("\ud800", 401, "PGRST303"),
        (5, 401, "PGRST303"),
        (None, 401, "PGRST303"),
        (["web"], 401, "PGRST303"),
        ("the superuser", 403, "42501"),
        ("pg_read_all_data", 403, "42501"),
        ("none ", 401, "22023"),
        ("'; DROP TABLE persons; --", 401, "22023"),
        ('web"; SET ROLE postgres; --', 401, "22023"),
        ("%(become_claims)s", 401, "22023"),
        ("r" * 3000, 401, "22023"),
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


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "Empty JWT is sent in Authorization header"),
        ("a.b", "Expected 3 parts in JWT; got 2"),
        ("a.b.c.d", "Expected 3 parts in JWT; got 4"),
    ],
)
def test_what_is_no_token_is_told_in_postgrests_words(
    client: FlaskClient, token: str, message: str
) -> None:
    answer = client.get("/api/persons", headers=bearer(token))
    assert (answer.status_code, answer.get_json()["code"]) == (401, "PGRST301")
    assert answer.get_json()["message"] == message
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer error="invalid_token", error_description="{message}"'
    )


def test_a_token_that_has_expired_is_told_in_the_head_too(
    shared: Stack, client: FlaskClient
) -> None:
    answer = client.get("/api/persons", headers=claiming(shared, exp=1446678149))
    assert (answer.status_code, answer.get_json()["code"]) == (401, "PGRST303")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer error="invalid_token", error_description="JWT expired"'
    )
