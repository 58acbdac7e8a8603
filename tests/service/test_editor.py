"""`make dev` under an editor's debugger, as .vscode/launch.json has it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from tests.dap import ROOT, Session, configuration, connected, line_of
from tests.ports import free_port


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("web", "db-init"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.fixture
def editor() -> Generator[Session]:
    adapter = [sys.executable, "-m", "debugpy.adapter"]
    with subprocess.Popen(adapter, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Session(process.stdout, process.stdin)


def flask(session: Session) -> dict[str, Any]:
    """How to attach to the next process of Flask that the session's process starts."""
    while True:
        process = session.event("debugpyAttach")
        if "flask" in psutil.Process(process["subProcessId"]).cmdline():
            return process


def answer(port: int) -> str:
    for _ in range(300):
        try:
            with urlopen(f"http://127.0.0.1:{port}") as response:
                return response.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it does not answer")


@pytest.mark.no_cover  # a debugger is slow enough
@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="there debugpy 1.8.22 tells of no process of Flask's"
)
def test_an_editor_starts_make_dev_and_stops_at_a_breakpoint(
    checkout: Path, editor: Session
) -> None:
    (checkout / ".env").write_text(f"PORT={(port := free_port())}\n")
    launch = configuration("make dev", checkout) | {"console": "internalConsole"}
    view = checkout / "web/retort/greeting.py"
    editor.begin(launch)
    pid = editor.event("process")["systemProcessId"]
    try:
        first = flask(editor)
        with connected(**first["connect"]) as reloader:
            reloader.begin(first)
            # Flask starts it with its own arguments, and so as a process of the editor's.
            second = flask(editor)
            with connected(**second["connect"]) as session, ThreadPoolExecutor() as threads:
                line = line_of(view, r"greeting = f")
                session.begin(second, source={"path": str(view)}, breakpoints=[{"line": line}])
                greeting = threads.submit(answer, port)
                assert session.local("persons") == "[Record(name='Amy')]"
                assert greeting.result() == "Hello, Amy!\n"
    finally:
        os.kill(pid, signal.SIGINT)
        editor.event("terminated")
