"""Folders that are to the commands what a checkout is, and a free port."""

import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from ...ports import free_port
from .checkout import ask, folder


@pytest.fixture(autouse=True)
def ctrl_c() -> Generator[None]:
    """Ctrl-C ends what is started here, even where the tests run in a script's background,
    whose processes inherit that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def fresh(tmp_path: Path, port: int) -> Path:
    return folder(tmp_path, port)


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = folder(tmp_path_factory.mktemp("used"), 8000)
    assert "Amy" in ask(path, "shell", "db.session.get(Person, 1)\n")
    return path


@pytest.fixture
def checkout(used: Path, tmp_path: Path, port: int) -> Path:
    """A checkout whose database is made already."""
    subprocess.run(["cp", "-a", used / ".local", tmp_path], check=True)
    return folder(tmp_path, port)
