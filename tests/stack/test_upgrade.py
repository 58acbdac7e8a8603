"""`make upgrade-postgres` with Docker, from 18 to 18, as no later one is there."""

import secrets
from collections.abc import Generator

import pytest

from .conftest import Stack, docker
from .test_keep import content, make


@pytest.fixture
def version(stack: Stack) -> Generator[str]:
    """A version that is none yet; afterwards the stack is as it was."""
    version = f"test-{secrets.token_hex(3)}"
    yield version
    (stack.folder / ".env").unlink(missing_ok=True)
    stack.compose("up", "--wait")
    docker("rmi", f"postgres:{version}")


def test_the_data_moves_and_the_old_volume_stays(stack: Stack, version: str) -> None:
    docker("tag", "postgres:18", f"postgres:{version}")
    (stack.folder / ".env").write_text("LOG_LEVEL=debug\nPOSTGRES_VERSION=18")
    before = content(stack)
    code, said = make(stack, "upgrade-postgres", f"v={version}")
    assert code == 0, said
    assert f"docker volume rm {stack.volume('data')}" in said
    assert (stack.folder / ".env").read_text().splitlines() == [
        "LOG_LEVEL=debug",
        f"POSTGRES_VERSION={version}",
        f"DATA_VOLUME=data-{version}",
    ]
    # With the passwords that it had.
    stack.eventually("Hello, Amy!\n")
    assert content(stack) == before
    assert stack.inspect("db")["Config"]["Image"] == f"postgres:{version}"
    (stack.folder / ".env").unlink()
    stack.compose("up", "--wait", "db")
    assert content(stack) == before
    docker("volume", "rm", stack.volume(f"data-{version}"))


def test_if_the_new_one_does_not_start_the_old_one_serves_as_before(
    stack: Stack, version: str
) -> None:
    docker("tag", "python:3.14-slim", f"postgres:{version}")
    before = content(stack)
    code, said = make(stack, "upgrade-postgres", f"v={version}")
    assert code == 2
    assert f"upgrade: failed; goes back to {stack.volume('data')}, which is as it was" in said
    stack.eventually("Hello, Amy!\n")
    assert content(stack) == before
    assert not (stack.folder / ".env").exists()
    assert stack.volume(f"data-{version}") not in docker("volume", "ls")
