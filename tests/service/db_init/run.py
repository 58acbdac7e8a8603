"""How these tests run db-init, and what it says."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import URL, make_url

from db_init.prepare import Failure, prepare


def start(environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "db_init"],
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def refusal(*arguments: str | URL) -> str:
    url, role, password = arguments
    with pytest.raises(Failure) as failure:
        prepare(make_url(url), str(role), str(password), lambda line: None, patience=0)
    assert "\n" not in str(failure.value)
    return str(failure.value)


Migration = Callable[[str], None]
