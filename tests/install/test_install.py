"""What a new user meets: a fresh clone, this machine's Python and pip, the registry of the day."""

import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Generator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from ..checkout import ROOT, copy
from ..ports import free_port

# The pip that the first release of each Python brought.
OLDEST_PIP = {11: "22.3", 12: "23.2.1", 13: "24.2", 14: "25.2"}[sys.version_info.minor]

LOCKED = dict(
    re.findall(
        r"^([\w.-]+)==([^\s;]+)(?: \\)?$",
        (ROOT / "tests/requirements.txt").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)


def make(folder: Path, *arguments: str, user: str | None = None, **variables: str) -> str:
    """What `make` prints; it has to succeed."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environ() | variables,
        user=user,
        group=user and "nogroup",
        extra_groups=user and [],
        umask=0o077,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def environ() -> dict[str, str]:
    """Without what pytest's own run of `make` has set."""
    ours = ("PYTHON", "MAKE", "MFLAGS", "VIRTUAL_ENV", "COVERAGE", "COV_", "TEST_DATABASE_URL")
    given = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return given | {"PYTHON": sys.executable}


def installed(folder: Path) -> dict[str, str]:
    """What is in the checkout's .venv, by name as the lock writes it."""
    script = (
        "import re; from importlib.metadata import distributions\n"
        "for one in distributions():\n"
        "    print(re.sub('[-_.]+', '-', one.name).lower(), one.version)"
    )
    out = subprocess.check_output([folder / ".venv/bin/python", "-c", script], text=True)
    return dict(line.split() for line in out.splitlines())


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """An index's folder with a newer version of a library that is locked, and asked for with an
    extra by another one."""
    name = "coverage-99.0.dist-info"
    (folder := tmp_path / "index/coverage").mkdir(parents=True)
    with zipfile.ZipFile(folder / "coverage-99.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("coverage.py", "")
        wheel.writestr(
            f"{name}/METADATA",
            "Metadata-Version: 2.1\nName: coverage\nVersion: 99.0\nProvides-Extra: toml\n",
        )
        wheel.writestr(f"{name}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{name}/RECORD", "")
    (folder / "index.html").write_text('<a href="coverage-99.0-py3-none-any.whl">it</a>')
    return tmp_path / "index"


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_the_lock_installs_the_same_by_the_oldest_pip_beside_newer_versions(
    tmp_path: Path, newer: Path, by: str
) -> None:
    python = str(tmp_path / "old/bin/python")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "old"], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", f"pip=={OLDEST_PIP}"], check=True)
    copy(folder := tmp_path / "clone")
    offered = {
        "PIP_EXTRA_INDEX_URL": newer.as_uri(),
        "UV_INDEX": newer.as_uri(),
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
    }
    if by == "pip":
        offered["UV_OFFLINE"] = "1"  # as where only pip knows the way to an index
    assert "installed from tests/requirements.txt" in make(
        folder, ".venv/dev", f"PYTHON={python}", **offered
    )
    found = installed(folder)
    assert len(LOCKED) > 50
    assert {name: found.get(name) for name in LOCKED} == LOCKED


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(params=[None, "nobody"] if os.geteuid() == 0 else [None])
def user(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str | None]:
    """Who it is: oneself, and where that is root somebody else too, who finds the way to Python
    and to the clone meanwhile."""
    ways = {*tmp_path.parents, *Path(sys.executable).parents, *Path(sys.base_prefix).parents}
    modes = {folder: folder.stat().st_mode for folder in ways if request.param}
    for folder, mode in modes.items():
        folder.chmod(mode | stat.S_IXOTH)
    yield request.param
    for folder, mode in modes.items():
        folder.chmod(mode)


def test_run_and_test_work_in_an_odd_place_and_after_a_move(
    tmp_path: Path, port: int, user: str | None
) -> None:
    home = tmp_path / "it's a (new) & odd place"
    before = os.umask(0o077)
    try:
        copy(clone := home / "retort")
    finally:
        os.umask(before)
    if user:
        subprocess.run(["chown", "-R", user, tmp_path], check=True)
    variables = {"PGPORT": "5433", "PORT": str(port), "HOME": str(home)}

    script = f"umask 077; exec {shlex.join(['make', 'run'])}"
    with (tmp_path / "log").open("w") as log:
        run = subprocess.Popen(
            ["sh", "-c", script],
            cwd=clone,
            env=environ() | variables,
            user=user,
            group=user and "nogroup",
            extra_groups=user and [],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert greeting(port, run, tmp_path / "log") == "Hello, Amy!\n"
    finally:
        os.killpg(run.pid, signal.SIGTERM)
        run.wait()
    assert "the data is kept" in (tmp_path / "log").read_text()

    clone.rename(moved := home / "shop")
    some = ("test", "POSTGRES=embedded", "T=tests/service/test_health.py")
    assert " passed" in make(moved, *some, user=user, **variables)
    make(moved, "format", user=user, **variables)

    for link in (moved / ".venv/bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere")
    assert "installed from" in make(moved, ".venv/run", user=user, **variables)
    shutil.rmtree(home)


def greeting(port: int, run: subprocess.Popen[bytes], log: Path) -> str:
    """What `GET /` says, as soon as it says something."""
    straight = build_opener(ProxyHandler({}))
    for _ in range(1200):
        assert run.poll() is None, log.read_text()
        try:
            with straight.open(f"http://127.0.0.1:{port}") as response:
                return response.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
