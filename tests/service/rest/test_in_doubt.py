"""A write whose 503 may hide that it was done says so, and no other does."""

import json
import time
from pathlib import Path

import pytest

from ..postgres import Database
from ..proxy import ask, served

pytestmark = pytest.mark.timed

PROJECT = '{"name": "in doubt"}'
BATCH = f'[{{"method": "POST", "path": "/projects", "body": {PROJECT}}}]'
IN_DOUBT = {
    "code": "PGRST001",
    "message": "The database does not answer",
    "details": "The write may have been done all the same",
    "hint": "Look, or use PUT with a key of your own: it can be sent again",
}
AWAY = IN_DOUBT | {"details": None, "hint": "Try again"}


def slow(database: Database, *, when: str) -> None:
    """Have the row that a test writes take longer than a request may."""
    database.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_sleep(4); RETURN NEW; END $$",
        f"CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON projects {when} "
        "FOR EACH ROW EXECUTE FUNCTION slow()",
    )


@pytest.mark.parametrize(
    ("path", "body", "when", "answer"),
    [
        # A statement that is a transaction by itself.
        ("/api/projects", PROJECT, "NOT DEFERRABLE", IN_DOUBT),
        # A COMMIT, and a statement before it.
        ("/api/", BATCH, "DEFERRABLE INITIALLY DEFERRED", IN_DOUBT),
        ("/api/", BATCH, "NOT DEFERRABLE", AWAY),
    ],
)
def test_a_write_without_an_answer_from_postgres_is_in_doubt(
    database: Database,
    tmp_path: Path,
    member: dict[str, str],
    path: str,
    body: str,
    when: str,
    answer: dict[str, str],
) -> None:
    slow(database, when=when)
    with served(database, tmp_path) as (web, _):
        status, said, _ = ask(web, "POST", path, body, **member)
    assert status == 503
    assert {name: json.loads(said)[name] for name in answer} == answer


def test_a_write_that_postgres_never_had_is_not_in_doubt(
    database: Database, tmp_path: Path, member: dict[str, str]
) -> None:
    with served(database, tmp_path) as (web, way):
        way.close()
        status, said, _ = ask(web, "POST", "/api/projects", PROJECT, **member)
    assert (status, json.loads(said)) == (503, AWAY)


def test_a_put_with_a_key_of_the_clients_can_be_sent_again(
    database: Database, tmp_path: Path, member: dict[str, str]
) -> None:
    """Whether it was done before, or not."""
    with served(database, tmp_path) as (web, way):
        ask(web, "GET", "/api/projects")
        way.fall_silent()
        status, said, _ = ask(web, "PUT", "/api/projects/700", PROJECT, **member)
        assert (status, json.loads(said)) == (503, IN_DOUBT)
        way.speak()
        time.sleep(0.5)
        for _ in range(2):
            assert ask(web, "PUT", "/api/projects/700", PROJECT, **member)[0] in (200, 201, 204)
    assert database.execute("SELECT count(*) FROM projects WHERE name = 'in doubt'") == [(1,)]
