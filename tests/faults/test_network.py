"""The way from `web` to Postgres, and the name of Postgres."""

import time

import pytest

from ..stack.conftest import docker
from .conftest import Breakable

SECONDS = 12  # longer than any request
DROPPED = ("INPUT", "--protocol", "tcp", "--sport", "5432", "--jump", "DROP")
SILENT = ("OUTPUT", "--protocol", "udp", "--destination", "127.0.0.11", "--jump", "DROP")


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
    with stack.fault("Name gone"):
        docker("network", "disconnect", network(stack), db)
        docker("network", "connect", network(stack), db)
        time.sleep(SECONDS)
        docker("network", "disconnect", network(stack), db)
        docker("network", "connect", "--alias", "db", network(stack), db)


def test_the_server_of_names_is_silent(stack: Breakable) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'web'"
    with stack.fault("Server of names silent"):
        stack.inside("web", "iptables", "--append", *SILENT)
        stack.psql(end)  # or nobody would ask for the name
        time.sleep(SECONDS)
        stack.inside("web", "iptables", "--delete", *SILENT)
