"""Log-ins take time. They leave threads to others."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine

from ..postgres import Database
from ..proxy import ask, served

pytestmark = pytest.mark.timed


def test_many_that_wait_for_a_lock(database: Database, tmp_path: Path) -> None:
    owner = create_engine(database.owner, poolclass=NullPool)
    with (
        served(database, tmp_path) as (web, _),
        owner.begin() as holder,
        ThreadPoolExecutor(30) as pool,
    ):
        ask(web, "GET", "/")
        holder.exec_driver_sql("LOCK login_attempts")
        body = '{"email": "a@b", "password": "wrong"}'
        waiting = [pool.submit(ask, web, "POST", "/api/login", body) for _ in range(30)]
        time.sleep(0.3)
        reads = [ask(web, "GET", "/") for _ in range(10)]
        assert {one.result()[0] for one in waiting} == {503}
    assert [status for status, _, _ in reads] == [200] * 10
    assert max(seconds for _, _, seconds in reads) < 0.3


def test_many_that_make_a_hash(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as (web, _), ThreadPoolExecutor(50) as pool:
        ask(web, "GET", "/")
        bodies = [f'{{"email": "{n}@b", "password": "wrong"}}' for n in range(50)]
        waiting = [pool.submit(ask, web, "POST", "/api/login", body) for body in bodies]
        reads = [ask(web, "GET", "/") for _ in range(30)]
        assert {one.result()[0] for one in waiting} <= {401, 429, 503}
    assert [status for status, _, _ in reads] == [200] * 30
    assert max(seconds for _, _, seconds in reads) < 1
