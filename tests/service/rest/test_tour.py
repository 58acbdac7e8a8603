"""The manual's tour of the API: each line does what it says, and prints what it shows."""

import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from retort.auth.tokens import Tokens
from tests.service.gunicorn import environ, running
from tests.service.postgres import Database

from ..application import SECRET_KEY

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "web/retort/rest/README.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    """The manual's first block that is written in `language`."""
    return re.findall(rf"```{language}\n(.*?)```", MANUAL, re.DOTALL)[0]


@pytest.fixture
def url(database: Database, tmp_path: Path) -> Generator[str]:
    with running(environ(database), tmp_path) as web:
        yield web.url


def test_with_curl(url: str, database: Database) -> None:
    token = Tokens(SECRET_KEY, f"{database.web.username}_member", 60).issue("a reader")
    commands = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", example("console"), re.MULTILINE)
    assert len(commands) > 5
    script = "\n".join(f"{command}; echo; echo ---" for command, _ in commands)
    script = script.replace("localhost:8000", url.removeprefix("http://"))
    script = script.replace("$(make token)", token).replace("curl ", "curl --silent --globoff ")
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)
    printed = [said.strip() for said in done.stdout.split("---\n")[:-1]]
    assert printed == [shown.strip() for _, shown in commands]


def test_with_the_python_client(url: str) -> None:
    code = example("python").replace("http://localhost:8000", url)
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == re.findall(r"^# (.*)$", code, re.MULTILINE)


def test_the_python_client_is_written_as_it_is_installed() -> None:
    assert "pip install postgrest" in MANUAL
    assert re.search(r"^postgrest$", (ROOT / "tests/requirements.in").read_text(), re.MULTILINE)
