"""`docker compose up`, from the outside."""

import json

import pytest

from retort.schema import HEAD

from .conftest import Stack, state


def test_it_greets_with_a_name_out_of_postgres(stack: Stack) -> None:
    assert stack.curl() == "Hello, Amy!\n"
    assert json.loads(stack.curl(accept="application/json"))["greeting"] == "Hello, Amy!"
    assert "<h1>Hello, Amy!</h1>" in stack.curl(accept="text/html")


def test_a_row_changed_with_psql_is_greeted_next(stack: Stack) -> None:
    stack.psql("INSERT INTO persons (id, name) VALUES (0, 'Zoe')")
    assert stack.curl() == "Hello, Zoe!\n"
    stack.psql("DELETE FROM persons WHERE id = 0")
    assert stack.curl() == "Hello, Amy!\n"


def test_it_is_ready(stack: Stack) -> None:
    assert json.loads(stack.curl("/readyz")) == {"ready": True, "database": "ok", "schema": HEAD}


def test_up_again_returns_0_and_changes_nothing(stack: Stack) -> None:
    before = state(stack)
    stack.compose("up", "--wait")
    assert state(stack) == before


def test_down_and_up_keeps_the_data(stack: Stack) -> None:
    stack.psql("UPDATE persons SET name = 'Amélie' WHERE id = 1")
    stack.compose("down")
    stack.compose("up", "--wait")
    assert stack.curl() == "Hello, Amélie!\n"
    stack.psql("UPDATE persons SET name = 'Amy' WHERE id = 1")


def test_the_greeting_is_one_round_trip_counted_at_the_server(stack: Stack) -> None:
    stack.curl()
    stack.psql("ALTER SYSTEM SET log_line_prefix = '%u '", "ALTER SYSTEM SET log_statement = 'all'")
    stack.psql("SELECT pg_reload_conf()", "SELECT pg_sleep(0.5)")
    # The health check asks too, with a statement of its own.
    marker = stack.psql("SELECT 'marker'")
    for _ in range(20):
        stack.curl()
    stack.psql("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")
    log = stack.compose("logs", "--no-log-prefix", "db").rpartition(f"SELECT '{marker}'")[2]
    # Of one that is prepared, a second line of the same entry says what it is.
    sent = [line for line in log.splitlines() if line.startswith("web ")]
    assert sum("persons" in line for line in sent) == 20
    assert not any(word in line for line in sent for word in ("BEGIN", "ROLLBACK", "COMMIT"))


def test_web_connects_as_its_own_role(stack: Stack) -> None:
    stack.curl()
    who = "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'retort'"
    assert stack.psql(who) == "web"


def test_its_logs_are_json(stack: Stack) -> None:
    stack.curl("/?token=hunter2")
    lines = stack.compose("logs", "--no-log-prefix", "--no-color", "web").splitlines()
    requests = [json.loads(line) for line in lines]
    assert any(line.get("path") == "/?token" for line in requests)
    assert "hunter2" not in "".join(lines)


def test_the_shell_opens(stack: Stack) -> None:
    code = "print(db.session.get(Person, 1))"
    out = stack.compose("exec", "-T", "web", "sh", "-c", f"echo '{code}' | flask shell")
    assert "<Person 1 'Amy'>" in out


def test_while_the_database_is_away_it_is_a_503_and_then_well_again(stack: Stack) -> None:
    stack.compose("stop", "db")
    with pytest.raises(OSError, match="503"):
        stack.curl()
    with pytest.raises(OSError, match="503"):
        stack.curl("/readyz")
    assert stack.curl("/livez") == "ok\n"
    stack.compose("start", "db")
    stack.eventually("Hello, Amy!\n")


def test_it_stops_in_good_order(stack: Stack) -> None:
    stack.compose("stop", "web")
    assert stack.inspect("web")["State"]["ExitCode"] == 0
    stack.compose("up", "--wait")


def test_watch_reloads_the_code_of_web(stack: Stack) -> None:
    view = stack.folder / "web/retort/greeting.py"
    before = view.read_text()
    with stack.start("watch") as watch:
        assert watch.stdout is not None
        for line in watch.stdout:
            if "Watch enabled" in line:
                break
        try:
            view.write_text(before.replace('f"Hello, ', 'f"Good day, '))
            stack.eventually("Good day, Amy!\n")
        finally:
            view.write_text(before)
            stack.eventually("Hello, Amy!\n")
            watch.terminate()
            watch.communicate()


def test_ten_db_inits_at_once_on_an_empty_database(stack: Stack) -> None:
    expected = state(stack)[0]
    stack.compose("down", "--volumes")
    stack.compose("up", "--wait", "db")
    runs = [stack.start("run", "--rm", "-T", "--no-deps", "db-init") for _ in range(10)]
    outs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 10, outs
    assert sum(f"schema: none to {HEAD}" in out for out in outs) == 1
    assert sum("seed: 6 persons" in out for out in outs) == 1
    assert stack.psql("SELECT count(*) FROM persons") == "6"
    tables = [line for line in expected.splitlines() if line.startswith("CREATE TABLE")]
    assert [
        line for line in state(stack)[0].splitlines() if line.startswith("CREATE TABLE")
    ] == tables
    stack.compose("up", "--wait")


def test_a_broken_migration_keeps_web_down(stack: Stack) -> None:
    versions = stack.folder / "db-init/db_init/migrations/versions"
    broken = versions / "9998_broken.py"
    broken.write_text(
        f"from alembic import op\n\nrevision = '9998'\ndown_revision = '{HEAD}'\n\n\n"
        "def upgrade():\n    op.execute('DROP TABLE persons CASCADE')\n    op.execute('BROKEN')\n"
    )
    stack.compose("down")
    try:
        out = stack.compose("up", "--wait", code=1)
        assert 'service "db-init" didn\'t complete successfully' in out
        said = stack.compose("logs", "--no-log-prefix", "--no-color", "db-init").splitlines()
        assert said[-1] == (
            "db-init: nothing was changed: 9998_broken.py, line 9: syntax error at or near "
            '"BROKEN"; mend that migration and start again'
        )
        assert stack.inspect("web")["State"]["Status"] == "created"
        assert stack.psql("SELECT count(*) FROM persons") == "6"
        assert stack.psql("SELECT version_num FROM alembic_version") == HEAD
    finally:
        broken.unlink()
    stack.compose("up", "--wait")
    assert stack.curl() == "Hello, Amy!\n"
