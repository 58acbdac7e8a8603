"""`make audit` and `make sbom`: what is inside."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make(target: str, **environ: str) -> subprocess.CompletedProcess[str]:
    # As if .venv were up to date, which the tests run in.
    command = ["make", "-s", "-o", ".venv/dev", target]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False
    )


def test_an_audit_without_its_database_fails_and_says_so() -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    done = make("audit", **nowhere, NO_PROXY="", no_proxy="")
    assert done.returncode != 0
    last = done.stdout.splitlines()[-1]
    assert last == "audit: nothing is known: the database of vulnerabilities does not answer"
    assert "Traceback" not in done.stdout + done.stderr


def test_the_list_of_each_image_names_the_libraries_of_its_lock() -> None:
    done = make("sbom")
    assert (done.returncode, done.stderr) == (0, "")
    for image in ("web", "db-init"):
        found = json.loads((ROOT / f".local/sbom/{image}.json").read_text())
        assert found["bomFormat"] == "CycloneDX"
        lock = (ROOT / image / "requirements.txt").read_text()
        named = {f"{each['name']}=={each['version']}" for each in found["components"]}
        assert named == set(re.findall(r"(?m)^([\w.-]+==\S+)", lock))
