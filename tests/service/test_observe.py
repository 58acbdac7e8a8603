"""The files of web/observe/ agree with each other, with the metrics, and with the compose files."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from .compose import ROOT, services

FOLDER = ROOT / "web/observe"
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
NAMES = [alert["alert"] for alert in ALERTS]
RUNBOOK = (FOLDER / "RUNBOOK.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
PANELS: list[dict[str, Any]] = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
TESTS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/stack/alerts.test.yml").read_text(encoding="utf-8")
)["tests"]


def test_each_alert_has_an_entry_in_the_runbook_and_each_entry_an_alert() -> None:
    assert len(NAMES) > 10
    assert sorted(ENTRIES) == sorted(NAMES)


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_names_its_entry_which_says_what_is_seen_and_what_to_do(
    alert: dict[str, Any],
) -> None:
    name = alert["alert"]
    assert alert["annotations"]["runbook"] == f"web/observe/RUNBOOK.md#{name.lower()}"
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert re.search(r"\n\*\*Seen:\*\* \S.{20,}\n\n\*\*Do:\*\* \S.{20,}", ENTRIES[name], re.DOTALL)


def test_what_the_runbook_links_to_is_in_it() -> None:
    linked = set(re.findall(r"\]\(#(\w+)\)", RUNBOOK))
    assert linked <= {name.lower() for name in NAMES}


def test_each_alert_is_tested_both_ways() -> None:
    cases = [case for test in TESTS for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == set(NAMES)
    assert {case["alertname"] for case in TESTS[0]["alert_rule_test"]} == set(NAMES)
    assert not any(case.get("exp_alerts") for case in TESTS[0]["alert_rule_test"])


def test_each_panel_of_the_dashboard_has_a_place_of_its_own() -> None:
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_prometheus_comes_only_with_its_profile() -> None:
    compose = services("docker-compose.yml")
    assert compose["prometheus"]["profiles"] == ["observability"]
    needed = [name for one in compose.values() for name in one.get("depends_on", {})]
    assert "prometheus" not in needed


@pytest.mark.parametrize("path", ["docker-compose.yml", "web/deploy/compose.yml"])
def test_prometheus_is_given_the_addresses_of_all_replicas(path: str) -> None:
    compose = services(path)
    build = compose["prometheus"]["build"]
    file = "targets.yml" if isinstance(build, str) else build["args"]["TARGETS"]
    (targets,) = yaml.safe_load((FOLDER / file).read_text())
    replicas = {name for name in compose if re.fullmatch(r"web(-\d+)?", name)}
    assert {target.rpartition(":")[0] for target in targets["targets"]} == replicas


def declared() -> set[str]:
    """The series that the metrics of `web` have. In a process of its own, since whoever imports
    them counts."""
    code = """
from prometheus_client import REGISTRY
import retort.metrics.meters
ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}
print(*(one.name + end for one in REGISTRY.collect() if one.name.startswith("retort_")
        for end in ends[one.type]))
"""
    return {*subprocess.check_output([sys.executable, "-c", code], text=True).split()}


def test_every_metric_of_an_alert_and_of_the_dashboard_is_one_that_web_has() -> None:
    used = {
        name
        for query in [*QUERIES, *(alert["expr"] for alert in ALERTS)]
        for name in re.findall(r"\bretort_\w+", query)
    }
    assert len(used) > 10
    assert used - declared() == set()
