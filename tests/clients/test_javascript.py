"""The clients that run on Node: each `*.test.mjs` here, by Node's own test runner."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_a_client_on_node(file: str, url: str, supabase_url: str, token: str) -> None:
    node = shutil.which("node")
    assert node, "There is no node on the PATH: install Node 20 or later, then make test-clients"
    assert (HERE / "node_modules").is_dir(), "The clients are not installed: make test-clients"
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", file],
        cwd=HERE,
        env={**os.environ, "API_URL": url, "API_TOKEN": token, "SUPABASE_URL": supabase_url},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout, pytrace=False)


def test_the_tour_of_the_manual(url: str) -> None:
    manual = (HERE.parents[1] / "web/retort/rest/README.md").read_text(encoding="utf-8")
    code = re.findall(r"```javascript\n(.*?)```", manual, re.DOTALL)[0]
    (HERE / "node_modules" / "tour.mjs").write_text(
        code.replace("http://localhost:8000/api", url), encoding="utf-8"
    )
    try:
        done = subprocess.run(
            ["node", "node_modules/tour.mjs"], cwd=HERE, capture_output=True, text=True, check=True
        )
    finally:
        (HERE / "node_modules" / "tour.mjs").unlink()
    assert done.stdout.splitlines() == re.findall(r"^// (.*)$", code, re.MULTILINE)
