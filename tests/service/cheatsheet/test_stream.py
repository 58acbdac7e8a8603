"""Runs that are streamed: each statement as it happens."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.renderers import page
from retort.cheatsheet.runs.sandbox import RUNS
from retort.database import db

from .added import recipe
from .client import HTML

pytestmark = pytest.mark.reads


class Gate:
    """A recipe that waits between its two statements until it may go on."""

    def __init__(self) -> None:
        self.open = Event()
        self.recipe = recipe("gated", self.run)

    def run(self) -> str:
        opened = self.open
        db.session.execute(text("SELECT 'first'"))
        assert opened.wait(20)
        db.session.execute(text("SELECT 'second'"))
        return "done"


@pytest.fixture
def gate(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Generator[Gate]:
    gate = Gate()
    monkeypatch.setitem(RECIPES, "gated", gate.recipe)
    yield gate
    gate.open.set()
    places = client.application.extensions["cheatsheet"].places
    for _ in range(RUNS):  # whose client has gone ends a little later
        assert places.acquire(timeout=20)
    places.release(RUNS)


def stream(client: FlaskClient, path: str) -> tuple[TestResponse, Iterator[dict[str, str]]]:
    """The answer, and its lines as they come."""
    response = client.post(f"{path}/run", buffered=False)
    return response, map(json.loads, iter(response.response))


def test_each_statement_comes_as_it_happens(client: FlaskClient, gate: Gate) -> None:
    response, lines = stream(client, "/cheatsheet/gated")
    assert response.mimetype == "application/x-ndjson"
    begin, first = next(lines), next(lines)
    assert "BEGIN" in begin["html"]
    assert "first" in first["html"]
    gate.open.set()
    rest = list(lines)
    assert [line["part"] for line in rest] == ["statements", "result", "sql", "summary"]
    assert "second" in rest[0]["html"]
    assert "done" in rest[1]["html"]


def test_a_streamed_statement_is_that_of_the_page(client: FlaskClient) -> None:
    def timeless(html: str) -> str:
        return re.sub(
            r"[\d.]+ ms|width=\"[\d.]+%\"| class=\"slowest\"| <span.*?slowest</span>", "", html
        )

    _, lines = stream(client, "/cheatsheet/like")
    html = timeless(client.post("/cheatsheet/like", headers=HTML).text)
    for line in lines:
        if line["part"] != "summary":
            assert timeless(line["html"]).strip() in html


def test_what_sqlalchemy_asks_the_catalogue_comes_together(client: FlaskClient) -> None:
    _, lines = stream(client, "/cheatsheet/automap")
    sent = [line["html"] for line in lines if line["part"] == "statements"]
    (told,) = [html for html in sent if "in the catalogue: " in html]
    assert "in the catalogue: 1 statement" not in told


def test_what_goes_wrong_before_is_a_status(client: FlaskClient) -> None:
    problem = client.post(
        "/cheatsheet/like/run", data={"limit": "x"}, headers={"Accept": "application/json"}
    )
    assert problem.status_code == 400
    assert problem.get_json()["detail"].startswith("limit: must be a whole number")
    assert client.post("/cheatsheet/nowhere/run").status_code == 404


def test_too_many_at_once_are_told_to_try_again(client: FlaskClient, gate: Gate) -> None:
    with all_places(client):
        assert client.post("/cheatsheet/like/run").status_code == 429
        response = client.post("/cheatsheet/like", headers=HTML, data={"part": "zz"})
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "1"
        assert "Try again in a second" in response.text
        assert '<button form="run">' in response.text
        assert 'value="zz"' in response.text
        assert "This run was recorded" in response.text


def test_who_goes_away_leaves_no_place_taken(client: FlaskClient, gate: Gate) -> None:
    with all_places(client):
        pass
    gate.open.set()
    gate.open = Event()
    with all_places(client):
        pass


@contextmanager
def all_places(client: FlaskClient) -> Generator[None]:
    """As many runs as may be at once, none of which ends; then whoever asked goes away."""
    end = monotonic() + 30
    with ExitStack() as stack:
        for _ in range(RUNS):
            response, lines = stream(client, "/cheatsheet/gated")
            while response.status_code == 429:  # until one of before has ended
                assert monotonic() < end
                sleep(0.1)
                response, lines = stream(client, "/cheatsheet/gated")
            stack.callback(response.close)
            assert "BEGIN" in next(lines)["html"]
        yield


def test_a_run_that_breaks_off_says_so(
    client: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def events() -> Iterator[Any]:
        raise RuntimeError("nobody expected this")
        yield

    with app.test_request_context():
        lines = [json.loads(line) for line in page.lines(events())]
    assert lines == [{"part": "problem", "html": "The run was interrupted. Run it again."}]
    assert "nobody expected this" in caplog.text
