"""The profile `observability`: Prometheus, its alerts, and the queries of the dashboard."""

import json
import re
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import yaml

from ..ports import free_port
from .conftest import Stack
from .test_hardening import check

FOLDER = Path(__file__).parents[2] / "web/observe"
TESTS = Path(__file__).with_name("alerts.test.yml")


@pytest.fixture(scope="module")
def observed(stack: Stack) -> Generator[int]:
    """The stack with the profile; gives the port of its Prometheus."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("COMPOSE_PROFILES", "observability")
        environ.setenv("PROMETHEUS_PORT", str(port := free_port()))
        stack.compose("up", "--wait")
        yield port
        stack.compose("rm", "--stop", "--force", "prometheus")
    stack.compose("up", "--wait")


def ask(port: int, path: str) -> Any:
    with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as response:
        return json.load(response)["data"]


def target(port: int) -> Any:
    """Where it reads metrics, which it learns from a file a moment after it is ready."""
    end = time.monotonic() + 30
    while not (found := ask(port, "api/v1/targets")["activeTargets"]) and time.monotonic() < end:
        time.sleep(0.2)
    (one,) = found
    return one


def test_without_the_profile_nothing_of_it_is_there(stack: Stack) -> None:
    assert stack.compose("config", "--services").split() == ["secrets", "db", "db-init", "web"]
    assert set(stack.compose("config", "--volumes").split()) == {"data", "secrets"}


@pytest.mark.usefixtures("observed")
def test_prometheus_is_hardened_like_all_others(stack: Stack) -> None:
    check(stack, "prometheus")


def test_only_this_machine_reaches_it_and_it_does_not_reach_the_database(
    stack: Stack, observed: int
) -> None:
    settings = stack.inspect("prometheus")["NetworkSettings"]
    assert settings["Ports"] == {
        "9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(observed)}],
    }
    assert not set(settings["Networks"]) & set(stack.inspect("db")["NetworkSettings"]["Networks"])


def test_it_evaluates_every_alert_and_knows_where_web_is(observed: int) -> None:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    loaded = ask(observed, "api/v1/rules")["groups"]
    assert {rule["name"] for group in loaded for rule in group["rules"]} == {
        rule["alert"] for group in groups for rule in group["rules"]
    }
    assert target(observed)["scrapeUrl"] == "http://web:9000/metrics"


def test_it_reads_what_web_counts(stack: Stack, observed: int) -> None:
    stack.curl("/")
    counted = "api/v1/query?query=" + quote('retort_requests_total{route="/",status="200"}')
    end = time.monotonic() + 45  # it looks every 15 seconds
    while not (found := ask(observed, counted)["result"]) and time.monotonic() < end:
        time.sleep(0.5)
    assert target(observed)["health"] == "up"
    assert sum(int(one["value"][1]) for one in found) >= 1


def test_its_files_are_right_and_so_is_what_each_alert_comes_at(tmp_path: Path) -> None:
    """Of the dashboard, that Prometheus understands each query."""
    queries = re.findall(r'"expr": (".*")', (FOLDER / "dashboard.json").read_text())
    rules = [
        {"record": f"panel:{number}", "expr": json.loads(query).replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries)
    ]
    assert len(rules) > 15
    tmp_path.chmod(0o755)
    (tmp_path / "dashboard.yml").write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}))
    for path in (TESTS, *FOLDER.glob("*.yml")):
        (tmp_path / path.name).write_text(path.read_text())
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    script = """
    cd /files
    promtool check config --lint=all --lint-fatal prometheus.yml
    promtool check rules --lint=all --lint-fatal alerts.yml dashboard.yml
    promtool test rules alerts.test.yml
    """
    volume = ("--volume", f"{tmp_path}:/files:ro", "--entrypoint", "sh")
    done = subprocess.run(
        ["docker", "run", "--rm", *volume, "prom/prometheus:v3", "-euc", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
