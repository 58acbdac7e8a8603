"""`make recipe` asks the stack that runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask

from embedded import stack

from ..gunicorn import ROOT, Web, environ, running
from ..postgres import Database


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Generator[Web]:
    with running(environ(database), tmp_path) as web:
        yield web


def test_a_stack_that_runs_is_asked_so_that_no_other_is_started(web: Web, tmp_path: Path) -> None:
    with stack.only_one("run", tmp_path, web.url, stack.Steps()):
        asked = subprocess.run(
            [sys.executable, "-m", "embedded", "recipe", "count", "--set", "least=100"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": f"{ROOT}/web{os.pathsep}{ROOT}/db-init"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "SELECT count(*)" in asked.stdout
    assert not stack.data(tmp_path).exists()


def test_a_recipe_from_the_stack_is_as_by_flask(web: Web, app: Flask) -> None:
    for arguments, code in [
        ([], 0),
        (["count"], 0),
        (["count", "--set", "least=100", "--legacy"], 0),
        (["upsert", "rows"], 0),
        (["nothing-like-this"], 0),
        (["count", "--set", "least"], 1),
        (["count", "--set", "least=many"], 1),
        (["nothing", "--set", "least=1"], 1),
    ]:
        asked = subprocess.run(
            [sys.executable, str(ROOT / "web/retort/cheatsheet/ask.py"), web.url, *arguments],
            env={"http_proxy": "http://127.0.0.1:1"},  # which is not asked
            capture_output=True,
            text=True,
            check=False,
        )
        by_flask = app.test_cli_runner().invoke(args=["cheatsheet", *arguments])
        assert (asked.returncode, by_flask.exit_code) == (code, code)
        assert measured(asked.stdout) == measured(by_flask.stdout)
        assert bool(asked.stderr) == bool(by_flask.stderr) == bool(code)


def test_without_an_address_the_stack_of_the_checkout_is_asked(web: Web, tmp_path: Path) -> None:
    place = tmp_path / "web/retort/cheatsheet/ask.py"
    place.parent.mkdir(parents=True)
    shutil.copy(ROOT / "web/retort/cheatsheet/ask.py", place)

    def ask() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(place), "count", "--no-plan"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert ask().returncode == 3  # so that `make recipe` starts one
    with stack.only_one("run", tmp_path, web.url, stack.Steps()):
        asked = ask()
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "SELECT count(*)" in asked.stdout
    assert "Seq Scan" not in asked.stdout


def measured(text: str) -> str:
    """Without what differs from run to run."""
    return re.sub(r"[\d.]+ ms|  <- slowest", "", text)
