"""PgBouncer between `web` and the database, in transaction mode: clients share connections, and
nothing of one is left for another."""

import json
import secrets
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from ..checkout import copy
from ..ports import free_port
from .conftest import Stack

FILES = ("--file", "docker-compose.yml", "--file", "web/deploy/growing/pgbouncer.yml")
WEB = 'PGPASSWORD="$(cat /secrets/web_password)" psql -h 127.0.0.1 -U web -d retort -qAt'
WHO = "SELECT pg_backend_pid(), current_user, current_setting('request.jwt.claims', true)"


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    copy(folder := tmp_path_factory.mktemp("pooled"))
    stack = Stack(folder, f"retort-test-{secrets.token_hex(3)}", free_port())
    try:
        stack.compose(*FILES, "up", "--wait")
        yield stack
    finally:
        stack.compose(*FILES, "down", "--volumes", "--rmi", "local", "--timeout", "5")


def status(stack: Stack, path: str, token: str = "", body: object = None) -> int:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    try:
        address = f"http://127.0.0.1:{stack.port}{path}"
        with urlopen(Request(address, data, headers), timeout=20) as response:
            response.read()
            return response.status
    except HTTPError as error:
        return error.code


def test_the_stack_greets_reads_and_writes_by_it(pooled: Stack) -> None:
    assert pooled.curl() == "Hello, Amy!\n"
    token = pooled.compose("exec", "-T", "web", "flask", "token").strip()

    def ask(turn: int) -> int:
        if turn % 2:
            return status(pooled, "/api/persons", token, {"name": f"pooled {turn}"})
        return status(pooled, "/api/persons?limit=1")

    with ThreadPoolExecutor(16) as threads:
        seen = Counter(threads.map(ask, range(400)))
    assert seen == {200: 200, 201: 200}
    names = "FROM persons WHERE name ~ '^pooled '"
    assert pooled.psql(f"SELECT count(DISTINCT name) {names}") == "200"
    pooled.psql(f"DELETE {names}")
    # All of them came by PgBouncer, and it has opened no more than it may.
    ways = "SELECT count(*), count(DISTINCT client_addr) FROM pg_stat_activity"
    number, addresses = pooled.psql(f"{ways} WHERE usename = 'web'").split("|")
    assert 0 < int(number) <= 40
    assert addresses == "1"


def test_neither_role_nor_claims_are_left_for_the_next_client(pooled: Stack) -> None:
    token = pooled.compose("exec", "-T", "web", "flask", "token").strip()
    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(partial(status, pooled, "/api/notes"), [token, ""] * 40))
    assert seen == [200, 401] * 40
    asked = "; ".join([WHO] * 20)
    said = pooled.compose(*FILES, "exec", "-T", "pgbouncer", "sh", "-c", f'{WEB} -c "$0"', asked)
    pids = pooled.psql("SELECT pid FROM pg_stat_activity WHERE usename = 'web'").split()
    for line in said.split():
        pid, role, claims = line.split("|")
        assert pid in pids
        assert (role, claims) == ("web", "")


def test_recipes_need_sessions_of_their_own_and_say_that_they_do_not_run(pooled: Stack) -> None:
    assert status(pooled, "/cheatsheet/count") == 503
    assert status(pooled, "/cheatsheet") == 200
