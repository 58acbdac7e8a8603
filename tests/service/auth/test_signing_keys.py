"""The key that signs gives way to another, and no token that is valid is refused meanwhile."""

import os
import stat
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import jwt
import pytest
from flask import Flask

from db_init import secret_files, signing_key
from retort.auth.tokens import LEEWAY, tokens

from ..application import application, settings_on
from ..postgres import Database

FILES = ("secret_key", "secret_key_fallbacks")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        secret_files.create(tmp_path, name, group=os.getgid())
    return tmp_path


def accepts(app: Flask, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/api/persons", headers=headers).status_code == 200


def test_replicas_before_and_after_accept_each_others_tokens(
    database: Database, folder: Path
) -> None:
    """As they are replaced one after the other, at each of three turns."""

    def replica() -> Flask:
        given = {f"{name.upper()}_FILE": str(folder / name) for name in FILES}
        settings = settings_on(database.web, THREADS="1", SECRET_KEY="", **given)
        return running.enter_context(application(settings))

    with ExitStack() as running:
        first = old = replica()
        for _ in range(3):
            signing_key.turn(folder)
            new = replica()
            assert tokens(new).key != tokens(old).key
            assert accepts(old, tokens(new).issue("me"))
            assert accepts(new, tokens(old).issue("me"))
            assert new.config["SECRET_KEY_FALLBACKS"][0] == old.config["SECRET_KEY"]
            old = new
        # The second turn ended what the first key had signed.
        assert not accepts(old, tokens(first).issue("me"))


def test_the_files_stay_as_private_as_they_were(folder: Path) -> None:
    before = [(folder / name).stat() for name in FILES]
    out = subprocess.check_output(
        [sys.executable, "-m", "db_init.signing_key", str(folder)],
        env=os.environ | {"PYTHONPATH": "db-init"},
        text=True,
    )
    after = [(folder / name).stat() for name in FILES]
    assert [(s.st_mode, s.st_gid) for s in after] == [(s.st_mode, s.st_gid) for s in before]
    assert {stat.S_IMODE(s.st_mode) for s in after} == {0o040}
    assert {path.name for path in folder.iterdir()} == {*FILES}
    for name in FILES:
        (folder / name).chmod(0o600)
        assert not any(key in out for key in (folder / name).read_text().split(","))


@pytest.mark.parametrize(("seconds", "is_good"), [(-5, True), (5, False)])
@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
def test_clocks_may_differ_by_half_a_minute(
    app: Flask, claim: str, seconds: int, is_good: bool
) -> None:
    """Those of whoever signs and of whoever verifies, whichever is ahead."""
    assert LEEWAY == 30
    now, differ = int(time.time()), LEEWAY + seconds
    given = {"iss": "retort", "sub": "me", "exp": now + 60}
    given[claim] = now - differ if claim == "exp" else now + differ
    assert accepts(app, jwt.encode(given, tokens(app).key, "HS256")) == is_good
