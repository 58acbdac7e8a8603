"""A run that cannot have the Postgres it wants says in one line what it lacks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import URL

from .. import sources
from ..keeper import prepared
from ..postgres import Server, execute
from .run import PATIENCE, Traces, pytest_

# -- what is missing

ELSE = "or take another Postgres: make test POSTGRES=embedded"


NO_URL = "TEST_DATABASE_URL is no URL like postgresql://user:password@localhost:5432/postgres"


def test_without_a_server_a_run_ends_with_a_line(server: Server, tests: Path) -> None:
    url = server.url("postgres").set(username=server.web_user, password="wrong")
    # With files of its own: at the start it removes all that it takes for an earlier run's.
    process = pytest_(url, tests, "-n2", "--cov", COVERAGE_FILE=str(tests / "coverage"))
    out, _ = process.communicate(timeout=PATIENCE)
    # Not in the order of a terminal: a pipe gets one of them at the end.
    first, second, *rest = sorted(out.splitlines(), key=lambda line: line[:10] != "Postgres: ")
    assert first == "Postgres: url"
    assert second.startswith("ERROR: TEST_DATABASE_URL: ")
    assert "password authentication failed" in second
    assert second.endswith(f"; mend the URL, {ELSE}")
    assert (rest, process.returncode) == ([""], 4)


def problem(which: str) -> str:
    """What a run says that cannot have the Postgres it wants."""
    with pytest.raises(sources.NotThere) as error, sources.running(sources.choose(which)):
        pass
    return str(error.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "--postgres=url: set TEST_DATABASE_URL"),
        ("localhost:5432", NO_URL),
        ("mysql://localhost/test", NO_URL),
        ("postgresql://localhost:port/test", NO_URL),
        ("postgresql://localhost/?nothing=1", 'invalid connection option "nothing"; mend the URL'),
        ("postgresql://u:secret@127.0.0.1:1/d", "port 1 failed: Connection refused; mend the URL"),
    ],
)
def test_a_server_that_is_none(monkeypatch: pytest.MonkeyPatch, url: str, said: str) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    assert said in problem("url")
    assert "secret" not in problem("url")


@pytest.mark.parametrize("rights", ["", "CREATEDB", "CREATEDB CREATEROLE"])
def test_a_role_that_may_too_little(
    server: Server, given: URL, monkeypatch: pytest.MonkeyPatch, rights: str
) -> None:
    execute(server.url("postgres"), f"ALTER ROLE {given.username} NOSUPERUSER {rights}")
    monkeypatch.setenv("TEST_DATABASE_URL", given.render_as_string(hide_password=False))
    assert problem("url") == (
        "TEST_DATABASE_URL: the tests create databases and roles and look into the server's log, "
        f"which {given.username!r} may not; name a superuser, {ELSE}"
    )


def test_a_server_that_cannot_be_prepared_is_left_as_it_was(given: URL, traces: Traces) -> None:
    url = given.update_query_dict({"options": "-c default_transaction_read_only=on"})
    with pytest.raises(sources.NotThere) as error, prepared("url", url):
        pass
    assert str(error.value) == "url: cannot execute CREATE ROLE in a read-only transaction"
    assert traces.databases() == []


def test_no_engine_and_no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert problem("docker") == f"--postgres=docker: no Docker engine answers; start it, {ELSE}"
    folder.joinpath("bin").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "bin"))
    assert "bin" in problem("embedded")
