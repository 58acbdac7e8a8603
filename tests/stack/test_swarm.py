"""The stack for Docker Swarm, as Docker itself reads it; nothing is started."""

import os
import subprocess

import yaml

from ..checkout import ROOT


def test_docker_takes_the_stack() -> None:
    given = {"REGISTRY": "registry.example.com", "VERSION": "1", "DATABASE_HOST": "db.example.com"}
    command = ["docker", "stack", "config", "--compose-file", "web/deploy/growing/swarm.yml"]
    out = subprocess.check_output(command, cwd=ROOT, env=os.environ | given, text=True)
    services = yaml.safe_load(out)["services"]
    assert services["web"]["image"] == "registry.example.com/retort-web:1"
    assert services["db-init"]["deploy"]["mode"] == "replicated-job"
