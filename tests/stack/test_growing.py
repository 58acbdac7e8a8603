"""What the page on growing shows, as Docker itself reads it; nothing is started."""

import os
import re
import subprocess
from pathlib import Path

import yaml

from ..checkout import ROOT


def test_docker_takes_the_stack() -> None:
    given = {"REGISTRY": "registry.example.com", "VERSION": "1", "DATABASE_HOST": "db.example.com"}
    command = ["docker", "stack", "config", "--compose-file", "web/deploy/growing/swarm.yml"]
    out = subprocess.check_output(command, cwd=ROOT, env=os.environ | given, text=True)
    services = yaml.safe_load(out)["services"]
    assert services["web"]["image"] == "registry.example.com/retort-web:1"
    assert services["db-init"]["deploy"]["mode"] == "replicated-job"


def test_docker_lays_the_bigger_postgres_over_the_usual_one(tmp_path: Path) -> None:
    page = (ROOT / "web/deploy/growing/README.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert shown
    (file := tmp_path / "bigger.yml").write_text(shown[1])
    command = ["docker", "compose", "-f", "docker-compose.yml", "-f", str(file), "config"]
    db = yaml.safe_load(subprocess.check_output(command, cwd=ROOT, text=True))["services"]["db"]
    assert (int(db["mem_limit"]), int(db["shm_size"])) == (8 * 2**30, 2**30)
    assert db["read_only"] is True
