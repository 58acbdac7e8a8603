"""The way from `web` to Postgres, and the name of Postgres."""

import time

import pytest

from ..stack.conftest import docker
from .conftest import Breakable

SECONDS = 12  # longer than any request
DROPPED = ("INPUT", "--protocol", "tcp", "--sport", "5432", "--jump", "DROP")
# Docker's server of names. What is dropped in OUTPUT, its client would learn at once.
SILENT = ("INPUT", "--protocol", "udp", "--destination", "127.0.0.11", "--jump", "DROP")
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'web'"


def network(stack: Breakable) -> str:
    return f"{stack.project}_internal"


def test_the_network_is_cut(stack: Breakable) -> None:
    db = stack.container("db")
    with stack.fault("Network cut"):
        docker("network", "disconnect", network(stack), db)
        time.sleep(SECONDS)
        docker("network", "connect", "--alias", "db", network(stack), db)


@pytest.mark.brief
def test_packets_are_dropped(stack: Breakable) -> None:
    with stack.fault("Packets dropped"):
        stack.inside("web", "iptables", "--append", *DROPPED)
        time.sleep(SECONDS)
        stack.inside("web", "iptables", "--delete", *DROPPED)


def test_the_name_is_gone(stack: Breakable) -> None:
    db = stack.container("db")
    with stack.fault("Name gone") as load:
        docker("network", "disconnect", network(stack), db)
        docker("network", "connect", network(stack), db)
        stack.psql(END)  # or nobody would ask for the name
        time.sleep(SECONDS)
        docker("network", "disconnect", network(stack), db)
        docker("network", "connect", "--alias", "db", network(stack), db)
    assert sum(not one.is_good for one in load.answers) > 100


def test_the_server_of_names_is_silent(stack: Breakable) -> None:
    """What waits for it is not ended by the request's time, but by the image's RES_OPTIONS."""
    with stack.fault("Server of names silent") as load:
        stack.inside("web", "iptables", "--append", *SILENT)
        stack.psql(END)  # or nobody would ask for the name
        time.sleep(SECONDS)
        stack.inside("web", "iptables", "--delete", *SILENT)
    assert max(one.ended - one.began for one in load.answers) > 1
