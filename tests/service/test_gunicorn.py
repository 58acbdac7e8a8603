"""Gunicorn with its own configuration: how it starts, serves and stops."""

import re
import signal
import threading
from pathlib import Path
from urllib.request import urlopen

import yaml

from . import gunicorn
from .postgres import Database


def refusal(environ: dict[str, str], tmp_path: Path) -> tuple[int, list[str]]:
    process = gunicorn.start(environ, log := tmp_path / "log")
    return process.wait(), log.read_text().splitlines()


def test_wrong_settings_end_the_start_with_a_line_each(database: Database, tmp_path: Path) -> None:
    wrong = gunicorn.environ(database, WORKERS="many", SECRET_KEY="dev", **gunicorn.MEASURED)
    assert refusal(wrong, tmp_path) == (
        1,
        [
            "SECRET_KEY: must be at least 32 characters, random and kept secret",
            "WORKERS: must be a number of processes from 1 to 64",
        ],
    )


def test_more_connections_than_the_server_gives_end_the_start(
    database: Database, tmp_path: Path
) -> None:
    greedy = gunicorn.environ(database, WORKERS="10", THREADS="100", LOG_LEVEL="error")
    code, (line,) = refusal(greedy, tmp_path)
    assert code == 1
    assert re.fullmatch(
        r"WORKERS, THREADS: together they may open 20\d\d connections, but this "
        r"server allows \d+; lower them, or raise max_connections",
        line,
    )


def test_behind_a_pooler_the_servers_limit_is_not_its_own(
    database: Database, tmp_path: Path
) -> None:
    many = gunicorn.environ(database, WORKERS="10", THREADS="100", PREPARED_STATEMENTS="0")
    with gunicorn.running(many, tmp_path) as web, urlopen(f"{web.url}/livez") as response:
        assert response.status == 200


def test_it_starts_while_the_database_is_away(database: Database, tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgresql://web:pw@127.0.0.1:1/retort"}
    with (
        gunicorn.running(gunicorn.environ(database, **away), tmp_path) as web,
        urlopen(f"{web.url}/livez") as response,
    ):
        assert response.status == 200


def test_it_uses_as_many_workers_as_it_is_told(database: Database, tmp_path: Path) -> None:
    measured = gunicorn.environ(database, WORKERS="3", **gunicorn.MEASURED)
    with gunicorn.running(measured, tmp_path) as web:
        web.wait("(?s)(Booting worker.*){3}")


def test_a_worker_looks_for_garbage_only_in_what_requests_made(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "counting.py").write_text("""
import gc
from retort import create_app

app = create_app()
app.add_url_rule("/looked-at", view_func=lambda: str(len(gc.get_objects())))
""")
    environ = gunicorn.environ(database)
    with (
        gunicorn.running(environ, tmp_path, "counting:app") as web,
        urlopen(f"{web.url}/looked-at") as response,
    ):
        assert int(response.read()) < 20_000  # objects; the application has 100,000


def test_the_workers_share_no_connection(database: Database, tmp_path: Path) -> None:
    with gunicorn.running(gunicorn.environ(database, WORKERS="2"), tmp_path) as web:
        web.wait("(?s)(Booting worker.*){2}")
        bodies: list[bytes] = []

        def greet() -> None:
            for _ in range(25):
                with urlopen(web.url) as response:
                    bodies.append(response.read())

        threads = [threading.Thread(target=greet) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert bodies == [b"Hello, Amy!\n"] * 200


def test_a_request_line_may_be_as_long_as_clients_make_it(
    database: Database, tmp_path: Path
) -> None:
    with (
        gunicorn.running(gunicorn.environ(database), tmp_path) as web,
        urlopen(f"{web.url}/?page={'1' * 8000}") as response,
    ):
        assert response.read() == b"Hello, Amy!\n"


def test_a_request_under_way_is_finished_before_the_end(database: Database, tmp_path: Path) -> None:
    database.execute(
        "CREATE FUNCTION slow() RETURNS text LANGUAGE sql AS $$ SELECT 'Amy' FROM pg_sleep(1) $$",
        "ALTER TABLE persons RENAME TO people",
        "CREATE VIEW persons AS SELECT 1 AS id, slow() AS name",
        f"GRANT SELECT ON persons TO {database.web.username}",
    )
    with gunicorn.running(gunicorn.environ(database), tmp_path) as web:
        bodies: list[bytes] = []
        thread = threading.Thread(target=lambda: bodies.append(urlopen(web.url).read()))
        thread.start()
        thread.join(0.5)
        web.process.send_signal(signal.SIGTERM)
        thread.join()
        assert web.process.wait() == 0
    assert bodies == [b"Hello, Amy!\n"]


def test_docker_waits_longer_than_gunicorn() -> None:
    compose = yaml.safe_load((gunicorn.ROOT / "docker-compose.yml").read_text())
    grace = int(compose["services"]["web"]["stop_grace_period"].removesuffix("s"))
    found = re.search(
        r"^graceful_timeout = (\d+)$",
        (gunicorn.ROOT / "web/gunicorn.conf.py").read_text(),
        re.MULTILINE,
    )
    assert found is not None
    assert grace > int(found[1])
