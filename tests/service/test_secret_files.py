"""The secrets are made once, at random, each for its group alone."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from db_init import secret_files

SECRET = re.compile(r"[\w-]{43}")


def test_a_missing_secret_is_made_at_random(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert secret_files.create(tmp_path, name)
    one, two = ((tmp_path / name).read_text() for name in ("one", "two"))
    assert SECRET.fullmatch(one)
    assert SECRET.fullmatch(two)
    assert one != two


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    secret_files.create(tmp_path, "one")
    before = (tmp_path / "one").read_text(), (tmp_path / "one").stat()
    assert not secret_files.create(tmp_path, "one")
    assert ((tmp_path / "one").read_text(), (tmp_path / "one").stat()) == before


def test_without_a_group_only_the_owner_reads(tmp_path: Path) -> None:
    secret_files.create(tmp_path, "one")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o400


def test_with_a_group_only_the_group_reads(tmp_path: Path) -> None:
    secret_files.create(tmp_path, "one", group=os.getgid())
    status = (tmp_path / "one").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o040, os.getgid())


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    secret_files.create(tmp_path, "one")
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_one_that_another_run_makes_meanwhile_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(_: Path) -> bool:
        return False

    monkeypatch.setattr(Path, "exists", not_yet)
    (tmp_path / "one").write_text("theirs")
    assert not secret_files.create(tmp_path, "one")
    assert (tmp_path / "one").read_text() == "theirs"
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_as_a_command_it_says_what_it_did_but_no_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "db_init.secret_files", str(tmp_path), "one", "two"]
    (tmp_path / "one").write_text("old")
    environ = os.environ | {"PYTHONPATH": "db-init"}
    out = subprocess.check_output(command, env=environ, text=True)
    assert out == "secrets: one kept\nsecrets: two created\n"


def test_a_secret_is_replaced_where_that_is_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "db_init.secret_files", "--renew", str(tmp_path)]
    secret_files.create(tmp_path, "one", group=os.getgid())
    before = (tmp_path / "one").read_text()
    environ = os.environ | {"PYTHONPATH": "db-init:web"}
    said = subprocess.check_output([*command, f"one:{os.getgid()}"], env=environ, text=True)
    assert said == "secrets: one created\n"
    assert SECRET.fullmatch((tmp_path / "one").read_text())
    assert (tmp_path / "one").read_text() != before
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o040
    assert [file.name for file in tmp_path.iterdir()] == ["one"]
