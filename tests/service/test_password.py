"""The password of `web` may change while it runs: it connects with the file's, or the last one."""

from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL, text

from retort import Settings
from retort.database import db

from .application import SECRET_KEY, application
from .postgres import Database


@pytest.fixture
def login(database: Database, role: str) -> Generator[URL]:
    """A role of this test's own, whose password is `first`."""
    database.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'first'",
        f"GRANT CONNECT ON DATABASE {database.owner.database} TO {role}",
    )
    yield database.web.set(username=role, password="first")
    database.execute(f"REVOKE CONNECT ON DATABASE {database.owner.database} FROM {role}")


@pytest.fixture(params=["DATABASE_PASSWORD", "DATABASE_URL"])
def variable(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def file(tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the environment says that the value is."""
    monkeypatch.setenv(f"{variable}_FILE", str(file := tmp_path / "file"))
    return file


def settings(login: URL, variable: str, file: Path) -> Settings:
    environ = {"SECRET_KEY": SECRET_KEY, "THREADS": "2", f"{variable}_FILE": str(file)}
    if variable == "DATABASE_PASSWORD":
        environ |= {
            "DATABASE_USER": str(login.username),
            "DATABASE_NAME": str(login.database),
            "DATABASE_HOST": str(login.host or login.query["host"]),
            "DATABASE_PORT": str(login.port or 5432),
        }
    return Settings.load(environ)


def write(file: Path, variable: str, login: URL, password: str) -> None:
    url = login.set(password=password).render_as_string(hide_password=False)
    file.write_text(password if variable == "DATABASE_PASSWORD" else url)


def connects(app: Flask) -> bool:
    """Whether every engine can connect anew."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
            with engine.connect() as connection:
                assert connection.scalar(text("SELECT 1")) == 1
    return True


def test_a_new_password_takes_effect_without_a_gap(
    database: Database, login: URL, file: Path, variable: str
) -> None:
    write(file, variable, login, "first")
    with application(settings(login, variable, file)) as app:
        for password in ("second", "third"):
            assert connects(app)
            write(file, variable, login, password)
            assert connects(app)  # the database has the one before
            database.execute(f"ALTER ROLE {login.username} PASSWORD '{password}'")
            assert connects(app)
        file.unlink()
        assert connects(app)


@pytest.mark.parametrize("variable", ["DATABASE_PASSWORD"], indirect=True)
def test_the_recipes_connect_with_it_too(database: Database, login: URL, file: Path) -> None:
    write(file, "DATABASE_PASSWORD", login, "first")
    database.execute(
        f"CREATE ROLE {login.username}_sheet",
        f"GRANT {database.web.username}_sheet TO {login.username}_sheet",
        f"GRANT {login.username}_sheet TO {login.username}",
    )
    with application(settings(login, "DATABASE_PASSWORD", file)) as app:
        write(file, "DATABASE_PASSWORD", login, "second")
        database.execute(f"ALTER ROLE {login.username} PASSWORD 'second'")
        assert app.test_client().get("/cheatsheet/count").status_code == 200
