"""A plugin of pytest: one Postgres for all tests of a run, and a database for each test.

Which Postgres it is, the first line of a run says; see `--postgres` in `pytest --help`.
"""

import os
import signal
import time
from collections.abc import Generator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from sqlalchemy import Connection

from .postgres import Database, Server
from .sharing import MARKERS, is_shared

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 5  # seconds in which a second Ctrl-C means the same as the first

server_key = pytest.StashKey[Server]()
connection_key = pytest.StashKey[Connection]()
stack_key = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        choices=["docker", "embedded", "url"],
        help="which Postgres to use; without it TEST_DATABASE_URL, Docker or the embedded "
        "one, whichever is there first",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let any signal end the run as Ctrl-C does; while it ends, no other one disturbs it."""
    for marker in (*MARKERS, "timed: measures time, so no other test runs beside it"):
        config.addinivalue_line("markers", marker)
    before = -float(PATIENCE)

    def interrupt(number: int, frame: object) -> None:
        nonlocal before
        if time.monotonic() > before + PATIENCE:
            before = time.monotonic()
            raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupt)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start one Postgres for all workers and say which."""
    config = session.config
    config.stash[stack_key] = stack = ExitStack()
    if (given := getattr(config, "workerinput", None)) is not None:
        server = Server(**given["server"])
    else:
        line = config.get_terminal_writer().line
        server = stack.enter_context(Server.prepared(config.getoption("postgres"), line))
    config.stash[server_key] = server
    config.stash[connection_key] = stack.enter_context(server.used())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what measures time in the end: among others, each would wait for the test beside it."""
    items.sort(key=is_timed)


def is_timed(item: pytest.Item) -> bool:
    return item.get_closest_marker("timed") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let no other test run beside one that measures time."""
    stash = item.config.stash
    with stash[server_key].turn(stash[connection_key], alone=is_timed(item)):
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["server"] = node.config.stash[server_key].as_dict()


def pytest_unconfigure(config: pytest.Config) -> None:
    with suppress(KeyboardInterrupt):
        if stack_key in config.stash:
            config.stash[stack_key].close()
    for number in SIGNALS:  # nothing is left to be ended in order
        signal.signal(number, lambda number, frame: os._exit(2))


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Server:
    return pytestconfig.stash[server_key]


@pytest.fixture(scope="session")
def shared(server: Server) -> Generator[Database]:
    """The database of all tests that only read, in which nobody can write."""
    with server.clone() as database:
        name = database.owner.database
        database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        yield database


@pytest.fixture
def database(request: pytest.FixtureRequest, server: Server) -> Generator[Database]:
    if is_shared(request):
        yield request.getfixturevalue("shared")
        return
    with server.clone() as database:
        yield database
