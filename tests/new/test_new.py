"""`make new`: what it writes is a project of its own, with every choice of parts."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from itertools import chain, combinations
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from ..ports import free_port

ROOT = Path(__file__).parents[2]
FREE = ("rest", "tables", "cheatsheet", "demo")  # `auth` goes with `rest`
# What would be left of a part: an import, a path, a setting, a route, a target.
LEFT = {
    "rest": r"\.rest\b|retort/rest|(?<![a-z}])/api\b|API_[A-Z]|TX_END|test-clients|simplejson",
    "auth": r"\.auth\b|retort/auth|JWT_|TOKEN_MINUTES|make (token|account)\b|pyjwt",
    "tables": r"retort[./]tables|service/tables|[\"'`]/tables",
    "cheatsheet": r"cheatsheet|cheat sheet|make recipe|test-browser|pygments",
    "demo": r"persons_projects|order_status|OrderStatus|/api/(orders|projects|notes)\b",
}
SMALLEST = ("rest", "cheatsheet", "demo")


def new(into: Path, name: str, *without: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dev.new", name, "--without", " ".join(without)]
    return run(ROOT, *command, "--into", str(into))


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": f"db-init{os.pathsep}web", **variables}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def python(folder: Path, *arguments: str) -> None:
    done = run(folder, sys.executable, "-m", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def files(folder: Path) -> Generator[tuple[str, str]]:
    """Path and text of each; the locks name what nobody else does."""
    for path in folder.rglob("*"):
        is_made = {".git", ".hypothesis", ".ruff_cache", "__pycache__"} & {*path.parts}
        if path.is_file() and not is_made and path.name != "requirements.txt":
            yield str(path.relative_to(folder)), path.read_bytes().decode(errors="replace")


def choices() -> list[tuple[str, ...]]:
    """Every choice that leaves nothing without what it needs."""
    every = chain.from_iterable(combinations(FREE, size) for size in range(len(FREE) + 1))
    needs = {"rest": "tables", "demo": "cheatsheet"}
    return [
        chosen
        for chosen in every
        if all(other in chosen for one, other in needs.items() if one in chosen)
    ]


@pytest.fixture
def greeted() -> int:
    return free_port()


@pytest.fixture(params=choices(), ids=" ".join)
def without(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return request.param


@pytest.fixture
def into(tmp_path: Path, without: tuple[str, ...]) -> Path:
    into = tmp_path / "shop-2"
    done = new(into, "shop-2", *without)
    assert done.returncode == 0, done.stderr
    return into


def test_nothing_is_left_of_a_part(into: Path, without: tuple[str, ...]) -> None:
    python(into, "ruff", "check")
    python(into, "ruff", "format", "--check")
    # It imports the application and all tests.
    python(into, "pytest", "--collect-only", "-q", "--postgres=embedded", "-p", "no:cacheprovider")
    assert run(into, "bash", "-n", ".ci/run").stderr == ""
    gone = [*without, *(["auth"] if "rest" in without else [])]
    old = [
        path for path, text in files(into) if re.search("retort", f"{path} {text}", re.IGNORECASE)
    ]
    assert old == ["pyproject.toml"]  # which version it was made of
    for part in gone:
        words = re.compile(LEFT[part].replace("retort", "shop_2"))
        found = [(path, m[0]) for path, text in files(into) if (m := words.search(text))]
        assert found == [], part


def test_what_is_left_is_whole(into: Path, greeted: int) -> None:
    python(into, "basedpyright", "--pythonpath", sys.executable)
    greets(into, greeted)


def greets(into: Path, port: int) -> None:
    """It runs, and says what the README shows."""
    environ = {**os.environ, "PYTHONPATH": f"db-init{os.pathsep}web", "PORT": str(port)}
    command = [sys.executable, "-m", "embedded", "run"]
    with subprocess.Popen(
        command, cwd=into, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                        assert answer.read() == b"Hello, Amy!\n"
                    break
                except OSError:
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            for path in leads(port, "/"):
                for deeper in leads(port, path)[:30]:
                    leads(port, deeper)
        finally:
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    shown = re.findall(r"(?m)^ +[\d.]+ s( +db-init .*)$", (into / "README.md").read_text())
    assert [line for line in shown if line not in said] == []


def leads(port: int, path: str) -> list[str]:
    """Where a page leads to, in the same place; nowhere, where it asks for a token.

    Raises HTTPError where there is none.
    """
    asked = Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": "text/html, */*;q=0.8"})
    try:
        with urlopen(asked, timeout=10) as answer:
            return list(dict.fromkeys(re.findall(r'href="(/[^"#]*)"', answer.read().decode())))
    except HTTPError as error:
        with error:
            if error.code != 401:
                raise
        return []


def test_the_smallest_passes_its_tests(tmp_path: Path) -> None:
    into = tmp_path / "shop"
    assert new(into, "shop", *SMALLEST).returncode == 0
    done = run(into, sys.executable, "-m", "pytest", "-q", "-n", "2", "--postgres=embedded")
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Shop", "like shop"),
        ("shop_2", "like shop-2"),
        ("2shops", "like shops"),
        ("", "like shop"),
        ("-", "like shop"),
        ("class", "like class-service"),
        ("json", "like json-service"),
        ("flask", "like flask-service"),
        ("retort", "like retort-service"),
    ],
)
def test_a_name_of_which_nothing_can_be_made_is_refused(
    tmp_path: Path, name: str, words: str
) -> None:
    done = new(tmp_path / "new", name)
    assert done.returncode == 1
    assert words in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_part_that_is_none_is_refused(tmp_path: Path) -> None:
    done = new(tmp_path / "new", "shop", "sheet")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the parts are auth, rest, tables, cheatsheet, demo" in done.stderr


def test_a_folder_that_has_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = new(tmp_path, "shop")
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_goes_along_is_said(tmp_path: Path) -> None:
    done = new(tmp_path / "new", "shop", "rest")
    assert "auth, tables: left out too" in done.stdout
