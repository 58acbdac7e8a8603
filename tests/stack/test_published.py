"""Where the stack is reached: BIND, PORT and DB_PORT."""

import errno
import json
import os
import socket
import subprocess
from collections.abc import Generator
from urllib.request import urlopen

import psycopg2
import pytest

from ..ports import free_port
from .conftest import Stack, docker


def said(stack: Stack, **variables: str) -> tuple[int, str]:
    """The exit code of `docker compose config`, and what it printed."""
    done = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=stack.folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::", "192.0.2.7"])
def test_bind_takes_an_address_as_it_is(stack: Stack, address: str) -> None:
    code, out = said(stack, BIND=address)
    assert code == 0, out
    (port,) = json.loads(out)["services"]["web"]["ports"]
    assert (port["host_ip"], port["published"]) == (address, "8000")


@pytest.mark.parametrize("address", ["localhost", "[::1]", "127.0.0.300", "fe80::1%eth0", "*"])
def test_what_is_no_address_is_refused_in_one_line(stack: Stack, address: str) -> None:
    code, out = said(stack, BIND=address)
    assert code == 1
    assert out.strip() == f"services.web.ports.[]: invalid ip address: {address}"


@pytest.fixture(scope="module")
def moved(stack: Stack) -> Generator[tuple[str, int]]:
    """The stack with another BIND, and with a DB_PORT; both are given."""
    with socket.socket(socket.AF_INET6) as probe:
        bind = "127.0.0.2" if probe.connect_ex(("::1", 1)) == errno.EADDRNOTAVAIL else "::1"
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("BIND", bind)
        environ.setenv("DB_PORT", str(port := free_port()))
        stack.compose("up", "--wait")
        yield bind, port
    stack.compose("up", "--wait")


def test_it_answers_at_ipv6s_loopback(stack: Stack, moved: tuple[str, int]) -> None:
    bind = f"[{moved[0]}]" if ":" in moved[0] else moved[0]
    with urlopen(f"http://{bind}:{stack.port}") as response:
        assert response.read() == b"Hello, Amy!\n"


def test_db_port_publishes_the_database_to_this_machine_and_gives_it_no_way_out(
    stack: Stack, moved: tuple[str, int]
) -> None:
    port = moved[1]
    settings = stack.inspect("db")["NetworkSettings"]
    assert settings["Ports"] == {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    (network,) = settings["Networks"]
    options = json.loads(docker("network", "inspect", network))[0]["Options"]
    assert options["com.docker.network.bridge.enable_ip_masquerade"] == "false"
    password = stack.compose("exec", "db", "cat", "/secrets/owner_password")
    gui = psycopg2.connect(
        host="127.0.0.1", port=port, dbname="retort", user="owner", password=password
    )
    with gui.cursor() as cursor:
        cursor.execute("SELECT name FROM persons WHERE id = 1")
        assert cursor.fetchone() == ("Amy",)
    gui.close()


def test_down_removes_every_network_whatever_db_port_was(
    stack: Stack, moved: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DB_PORT")
    stack.compose("down")
    assert docker("network", "ls", "--quiet", "--filter", f"name={stack.project}") == ""
