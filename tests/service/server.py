"""A plugin of pytest: one Postgres for all tests of a run, and a database for each test.

Which Postgres it is, the first line of a run says; see `--postgres` in `pytest --help`.
"""

from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from .postgres import Database, Server, choose

server_key = pytest.StashKey[Server]()
stack_key = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        choices=["docker", "embedded", "url"],
        help="which Postgres to use; without it TEST_DATABASE_URL, Docker or the embedded "
        "one, whichever is there first",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start one Postgres for all workers and say which."""
    config = session.config
    if (given := getattr(config, "workerinput", None)) is not None:
        config.stash[server_key] = Server(**given["server"])
        return
    which = choose(config.getoption("postgres"))
    config.get_terminal_writer().line(f"Postgres: {which}")
    config.stash[stack_key] = stack = ExitStack()
    config.stash[server_key] = stack.enter_context(Server.prepared(which))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["server"] = node.config.stash[server_key].as_dict()


def pytest_unconfigure(config: pytest.Config) -> None:
    if stack_key in config.stash:
        config.stash[stack_key].close()


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Server:
    return pytestconfig.stash[server_key]


@pytest.fixture
def database(server: Server) -> Generator[Database]:
    with server.clone() as database:
        yield database
