"""How these tests call the commands of a checkout, and what they see of them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from ..gunicorn import ROOT

# Where all that is started has run in another test: to measure it takes half as long again.
no_cover = pytest.mark.no_cover


def folder(path: Path, port: int) -> Path:
    """A folder that is to the commands what a fresh checkout is."""
    (path / "web").symlink_to(ROOT / "web")
    (path / ".env").write_text(f"PORT={port}\nWORKERS=1\nLOG_FORMAT=text\n")
    return path


def environ() -> dict[str, str]:
    ours = ("DATABASE_", "SECRET_KEY", "PORT", "BIND", "PG")
    given = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return given | {"PYTHONPATH": f"{ROOT}/web{os.pathsep}{ROOT}/db-init"}


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "embedded", name, *arguments]


def call(
    checkout: Path, name: str, *arguments: str, lines: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """A command that has come to its end, after `lines` on its standard input."""
    return subprocess.run(
        command(name, *arguments),
        cwd=checkout,
        env=environ() | variables,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )


def ask(checkout: Path, name: str, lines: str) -> str:
    """What the command answers to `lines` on its standard input."""
    done = call(checkout, name, lines=lines)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


class Run:
    """`make run` or `make dev`, until Ctrl-C."""

    def __init__(self, checkout: Path, name: str, **variables: str) -> None:
        self.log = checkout / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command(name), cwd=checkout, env=environ() | variables, stdout=log, stderr=log
            )
        self.wait("s  web       http")

    def wait(self, text: str) -> None:
        for _ in range(1200):
            if text in self.log.read_text():
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def greeting(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}") as response:
        return response.read().decode()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_stopped(checkout: Path) -> bool:
    return not (checkout / ".local/postgres/postmaster.pid").exists()
