"""The sheet by hand, with `flask cheatsheet`."""

from threading import BoundedSemaphore
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.cheatsheet import commands
from retort.cheatsheet.runs.runner import Runner
from retort.database import db

from .client import cli

pytestmark = pytest.mark.reads


def test_the_command_is_the_same_as_curl(app: Flask, client: FlaskClient, runner: Runner) -> None:
    assert cli(app) == (0, client.get("/cheatsheet").text)
    assert cli(app, "get", "or", "create") == (0, client.get("/cheatsheet?q=get+or+create").text)
    code, out = cli(app, "like", "--set", "part=f", "--legacy")
    assert code == 0
    assert "Person.query" in out
    assert "icontains  ['Freya']" in out.splitlines()
    assert "Seq Scan" in out
    assert "Seq Scan" not in cli(app, "like", "--no-plan")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["like", "--set", "limit=x"], "limit: must be a whole number"),
        (["like", "--set", "limit"], "--set limit: write it as NAME=VALUE"),
        (["upsert", "--legacy"], "upsert has no form 'legacy'"),
        (["counts", "--set", "least=1"], "there is no recipe 'counts' to run"),
    ],
)
def test_the_command_says_what_is_wrong(app: Flask, arguments: list[str], said: str) -> None:
    code, out = cli(app, *arguments)
    assert code == 1
    assert said in out


def test_the_command_says_when_too_many_run(
    app: Flask, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "places", BoundedSemaphore(0))
    code, out = cli(app, "like")
    assert code == 1
    assert "Too many recipes run at once" in out


def test_the_command_says_that_the_database_is_away(
    app: Flask, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = runner.sandbox.own.url.set(host="127.0.0.1", port=1)
    monkeypatch.setattr(runner.sandbox, "own", db.create_engine(nowhere))  # type: ignore[attr-defined]
    code, out = cli(app, "like")
    assert code == 1
    assert out.startswith("Error: the database does not answer: connection to server ")
    assert len(out.splitlines()) == 1


def test_the_command_has_colours_on_a_terminal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in cli(app, "upsert")[1]
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(commands, "sys", SimpleNamespace(stdout=terminal))
    assert "\x1b[" in cli(app, "upsert")[1]
