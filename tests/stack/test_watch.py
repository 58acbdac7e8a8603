"""`make watch`: the stack while `web` is being changed."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from tests.dap import configuration, connected, line_of

from ..ports import free_port
from .conftest import Stack, docker

FILES = ("-f", "docker-compose.yml", "-f", "web/dev/compose.yml")


@pytest.fixture(scope="module")
def debug_port() -> Generator[int]:
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("DEBUG_PORT", str(port := free_port()))
        yield port


@pytest.fixture(scope="module", autouse=True)
def watched(stack: Stack, debug_port: int) -> Generator[None]:
    """The stack under watch, and then as it was."""
    with stack.start(*FILES, "watch") as watch:
        assert watch.stdout is not None
        said: list[str] = []
        for line in watch.stdout:
            said.append(line)
            if "Watch enabled" in line:
                break
        # What it says later is read, or it would wait for that.
        Thread(target=watch.stdout.read, daemon=True).start()
        try:
            assert watch.poll() is None, said
            stack.eventually("Hello, Amy!\n")
            yield
        finally:
            watch.terminate()
            watch.wait()
            stack.compose("up", "--wait")
            docker("rmi", f"{stack.project}-web-dev")


def save(stack: Stack, name: str, old: str, new: str) -> None:
    path = stack.folder / "web/retort" / name
    path.write_text(path.read_text().replace(old, new))


def test_a_saved_change_is_shown_at_once_and_no_image_is_built(stack: Stack) -> None:
    before = stack.inspect("web")["Id"], stack.inspect("web")["Image"]
    seconds: list[float] = []
    for old, new in (("Hello", "Salut"), ("Salut", "Hallo"), ("Hallo", "Hello")):
        started = time.monotonic()
        save(stack, "greeting.py", f'"{old}, ', f'"{new}, ')
        stack.eventually(f"{new}, Amy!\n")
        seconds.append(time.monotonic() - started)
    # One or two where nothing else runs.
    assert min(seconds) < 6, seconds
    assert (stack.inspect("web")["Id"], stack.inspect("web")["Image"]) == before


def test_so_is_a_template_a_style_and_a_file_that_is_new_or_gone(stack: Stack) -> None:
    new = stack.folder / "web/retort/static/new.txt"
    new.write_text("new")
    stack.eventually("new", "/static/new.txt")
    new.unlink()
    stack.eventually("HTTP Error 404: Not Found", "/static/new.txt")
    style = stack.folder / "web/retort/static/retort.css"
    before = style.read_text()
    style.write_text("/* saved */\n")
    stack.eventually("/* saved */\n", "/static/retort.css")
    style.write_text(before)
    stack.eventually(before, "/static/retort.css")


def test_a_syntax_error_is_told_and_the_next_save_is_shown(stack: Stack) -> None:
    save(stack, "greeting.py", "def hello()", "def hello(")
    stack.eventually("HTTP Error 500: INTERNAL SERVER ERROR")
    assert "SyntaxError" in stack.compose("logs", "web")
    save(stack, "greeting.py", "def hello(", "def hello()")
    stack.eventually("Hello, Amy!\n")


def test_an_editor_stops_at_a_breakpoint_also_after_a_save(stack: Stack, debug_port: int) -> None:
    view = stack.folder / "web/retort/greeting.py"
    attach = configuration("make watch", stack.folder)
    attach["connect"]["port"] = debug_port
    with connected("127.0.0.1", debug_port) as editor:
        editor.begin(attach)
        for _ in range(2):
            process = editor.event("debugpyAttach")
            with connected(**process["connect"]) as session, ThreadPoolExecutor() as threads:
                line = line_of(view, r"greeting = f")
                session.begin(process, source={"path": str(view)}, breakpoints=[{"line": line}])
                answer = threads.submit(stack.curl)
                assert session.local("persons") == "[Record(name='Amy')]"
                assert answer.result() == "Hello, Amy!\n"
            view.write_text(f"{view.read_text()}\n")


def test_the_debugger_is_published_to_this_machine_alone(stack: Stack, debug_port: int) -> None:
    published = stack.inspect("web")["NetworkSettings"]["Ports"]
    assert published["5678/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": str(debug_port)}]


def test_it_runs_without_any_capability(stack: Stack) -> None:
    status = stack.compose("exec", "-T", "web", "cat", "/proc/1/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert fields["CapEff"] == fields["CapPrm"] == fields["CapBnd"] == "0" * 16
    assert fields["NoNewPrivs"] == "1"
