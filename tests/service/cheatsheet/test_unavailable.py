"""When no recipe can run: too many do, or the database is not there."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import make_url

from retort import Settings
from retort.cheatsheet.runs.runner import Runner
from retort.database import db

from ..application import MakeApp
from ..postgres import Server
from .client import HTML, cli

pytestmark = pytest.mark.reads


def test_too_many_at_once_are_told_when_to_come_back(client: FlaskClient, runner: Runner) -> None:
    for _ in range(4):
        runner.places.acquire()
    response = client.get("/cheatsheet/n-plus-one")
    for _ in range(4):
        runner.places.release()
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"
    assert "Try again in a second" in response.text
    assert client.get("/cheatsheet/n-plus-one").status_code == 200


def test_without_a_database_it_lists_and_finds_but_does_not_run(
    client: FlaskClient, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = runner.sandbox.own.url.set(host="127.0.0.1", port=1)
    monkeypatch.setattr(runner.sandbox, "own", db.create_engine(nowhere))  # type: ignore[attr-defined]
    assert client.get("/cheatsheet").status_code == 200
    assert client.get("/cheatsheet/n-plus-one").status_code == 503


def test_a_database_that_is_away_is_a_503(make_app: MakeApp) -> None:
    url = make_url("postgresql+psycopg2://nobody:nothing@127.0.0.1:1/nowhere")
    client = make_app(database_url=url).test_client()
    assert client.get("/cheatsheet/like", headers=HTML).status_code == 200
    for path in ("/cheatsheet/like", "/cheatsheet/like/run"):
        assert client.post(path, headers=HTML).status_code == 503


def test_a_database_that_db_init_has_not_seen_is_a_503_and_a_line(
    make_app: MakeApp, settings: Settings, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with server.empty() as empty:
        url = settings.url.set(database=empty.database)
        app = make_app(database_url=url)
        responses = [
            app.test_client().get("/cheatsheet/n-plus-one"),
            app.test_client().post("/cheatsheet/n-plus-one", headers={"Accept": "text/html"}),
            app.test_client().post("/cheatsheet/n-plus-one/run"),
        ]
        code, out = cli(app, "n-plus-one")
        app.extensions["cheatsheet"].sandbox.close()
    assert [response.status_code for response in responses] == [503] * 3
    assert "The database is not prepared for the cheat sheet." in responses[0].text
    said = 'relation "cheatsheet.persons" does not exist; run db-init on this database'
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == [f"cheatsheet: {said}"] * 3
    assert (code, out) == (1, f"Error: {said}\n")


def test_a_server_that_db_init_has_not_seen_is_one_too(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Settings, "role", "nobody")
    response = make_app().test_client().get("/cheatsheet/n-plus-one")
    assert response.status_code == 503
    assert "The database is not prepared for the cheat sheet." in response.text
    said = json.loads(capsys.readouterr().err)["message"]
    assert said.endswith('role "nobody_sheet" does not exist; run db-init on this database')
