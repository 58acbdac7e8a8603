"""Commands that look inside, beside a running stack and without one."""

import signal
import subprocess
from pathlib import Path

from .checkout import Run, ask, call, command, environ, is_stopped, no_cover


@no_cover
def test_psql_keeps_the_database_that_a_run_leaves(checkout: Path) -> None:
    with (
        Run(checkout, "run") as run,
        subprocess.Popen(
            command("psql"),
            cwd=checkout,
            env=environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as psql,
    ):
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write("SELECT 'before';\n")
        psql.stdin.flush()
        assert any("before" in line for line in psql.stdout)
        assert run.stop() == 0
        out, _ = psql.communicate("SELECT name FROM persons WHERE id = 1;\n")
        assert "Amy" in out
    assert is_stopped(checkout)


def test_ctrl_c_in_psql_is_psqls(checkout: Path) -> None:
    with subprocess.Popen(
        command("psql"),
        cwd=checkout,
        env=environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as psql:
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write("SELECT 'before';\n")
        psql.stdin.flush()
        while "before" not in psql.stdout.readline():
            pass
        psql.send_signal(signal.SIGINT)
        out, _ = psql.communicate("SELECT 'after';\n")
    assert "after" in out
    assert psql.returncode == 0


@no_cover
def test_psql_and_shell_need_no_running_stack(fresh: Path) -> None:
    assert "Person 1 'Amy'" in ask(fresh, "shell", "print(db.session.get(Person, 1))\n")
    assert "Freya" in ask(fresh, "psql", "SELECT name FROM persons ORDER BY id DESC LIMIT 1;")
    assert is_stopped(fresh)


def test_no_db_init_runs_beside_a_running_stack(checkout: Path, port: int) -> None:
    limit = "SELECT setconfig[1] FROM pg_db_role_setting WHERE setrole = 'web'::regrole;"
    with Run(checkout, "run"):
        # db-init would put this right.
        ask(checkout, "psql", "ALTER ROLE web RESET ALL; ALTER ROLE web SET lock_timeout = '7s';")
        assert "Amy" in ask(checkout, "shell", "db.session.get(Person, 1)\n")
        assert "lock_timeout=7s" in ask(checkout, "psql", limit)


def test_nor_where_a_token_or_an_account_is_made(checkout: Path, port: int) -> None:
    limit = "SELECT setconfig[1] FROM pg_db_role_setting WHERE setrole = 'web'::regrole;"
    with Run(checkout, "run"):
        ask(checkout, "psql", "ALTER ROLE web RESET ALL; ALTER ROLE web SET lock_timeout = '7s';")
        assert call(checkout, "token").returncode == 0
        assert (
            "created" in call(checkout, "account", "a@b.de", lines="correct horse battery\n").stdout
        )
        assert "lock_timeout=7s" in ask(checkout, "psql", limit)


@no_cover
def test_a_look_inside_needs_no_migration(checkout: Path) -> None:
    ask(checkout, "shell", "")
    ask(checkout, "psql", "UPDATE alembic_version SET version_num = '9999';")
    assert "9999" in ask(checkout, "psql", "SELECT * FROM alembic_version;")
    assert "<Person 1 'Amy'>" in ask(checkout, "shell", "db.session.get(Person, 1)\n")
    run = call(checkout, "run")
    assert run.returncode == 1
    assert "this database is of another version of the code" in run.stderr
    assert is_stopped(checkout)
