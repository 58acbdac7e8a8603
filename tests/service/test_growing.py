"""What grows beyond one machine is what docker-compose.yml runs: the manifests agree with it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

GROWING = Path(__file__).parents[2] / "web/deploy/growing"
COMPOSE = yaml.safe_load((GROWING.parents[2] / "docker-compose.yml").read_text())["services"]
SWARM = yaml.safe_load((GROWING / "swarm.yml").read_text())["services"]
KINDS = {
    (one["kind"], one["metadata"]["name"]): one
    for one in yaml.safe_load_all((GROWING / "kubernetes.yml").read_text())
}
PODS: dict[str, Any] = {
    "web": KINDS["Deployment", "web"]["spec"]["template"]["spec"],
    "db-init": KINDS["Job", "db-init"]["spec"]["template"]["spec"],
}
SERVICES = sorted(PODS)


def container(service: str) -> dict[str, Any]:
    (one,) = PODS[service]["containers"]
    return one


# Another server, which is not the stack's alone, and whose backups are its own affair.
OF_THE_SERVER = ("DATABASE_HOST", "OWNS_SERVER", "BACKUP_PASSWORD_FILE")


def fixed(service: str) -> dict[str, str]:
    """The variables that docker-compose.yml sets itself, but for what depends on where the database
    is."""
    given: dict[str, str | None] = COMPOSE[service]["environment"]
    return {
        name: value
        for name, value in given.items()
        if value is not None and not str(value).startswith("${") and name not in OF_THE_SERVER
    }


def megabytes(size: str) -> int:
    found = re.fullmatch(r"(\d+)[mM]i?", size)
    assert found, size
    return int(found[1])


@pytest.mark.parametrize("service", SERVICES)
def test_the_images_are_those_that_compose_builds(service: str) -> None:
    for image in (container(service)["image"], SWARM[service]["image"]):
        assert f"/retort-{service}:" in image


@pytest.mark.parametrize("service", SERVICES)
def test_the_variables_are_those_of_compose(service: str) -> None:
    one, configured = container(service), KINDS["ConfigMap", "retort"]["data"]
    assert one["envFrom"] == [{"configMapRef": {"name": "retort"}}]
    given = configured | {each["name"]: each["value"] for each in one["env"]}
    assert {name: given[name] for name in given if name in fixed(service)} == fixed(service)
    assert set(given) - set(fixed(service)) <= {"DATABASE_HOST", "PROXIES"}
    swarm = SWARM[service]["environment"]
    elsewhere = {k: v.replace("/secrets", "/run/secrets", 1) for k, v in fixed(service).items()}
    of_its_own = {"DATABASE_HOST", "PROXIES"}
    assert {name: swarm[name] for name in swarm if name not in of_its_own} == elsewhere


def test_web_behind_a_proxy_believes_it() -> None:
    given = {each["name"]: each["value"] for each in container("web")["env"]}
    assert given["PROXIES"] == SWARM["web"]["environment"]["PROXIES"] == "1"


@pytest.mark.parametrize("service", SERVICES)
def test_each_has_the_secrets_that_it_needs_and_no_other(service: str) -> None:
    needed = {Path(v).name for k, v in fixed(service).items() if k.endswith("_FILE")}
    (volume,) = (each["secret"] for each in PODS[service]["volumes"] if "secret" in each)
    assert {item["key"] for item in volume["items"]} == needed
    assert {item["source"] for item in SWARM[service]["secrets"]} == needed


@pytest.mark.parametrize("service", SERVICES)
def test_each_is_as_hardened_as_in_compose(service: str) -> None:
    here, swarm, one = COMPOSE[service], SWARM[service], container(service)
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": here["read_only"],
        "capabilities": {"drop": here["cap_drop"]},
    }
    pod = PODS[service]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert ("Ingress" in KINDS["NetworkPolicy", service]["spec"]["policyTypes"]) is True
    for name in ("read_only", "cap_drop", "init", "logging"):
        assert swarm[name] == here[name], name
    limits = swarm["deploy"]["resources"]["limits"]
    assert limits["pids"] == here["pids_limit"]
    assert megabytes(limits["memory"]) == megabytes(here["mem_limit"])
    assert megabytes(one["resources"]["limits"]["memory"]) == megabytes(here["mem_limit"])


def test_web_is_asked_how_it_is_and_told_to_stop_as_in_compose() -> None:
    here, swarm, one = COMPOSE["web"], SWARM["web"], container("web")
    assert swarm["healthcheck"] == here["healthcheck"]
    assert swarm["stop_grace_period"] == here["stop_grace_period"]
    assert [port["target"] for port in swarm["ports"]] == [one["ports"][0]["containerPort"]]
    assert [port["target"] for port in here["ports"]] == [one["ports"][0]["containerPort"]]
    assert one["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert one["livenessProbe"]["httpGet"]["path"] == "/livez"
    grace = PODS["web"]["terminationGracePeriodSeconds"]
    assert grace - one["lifecycle"]["preStop"]["sleep"]["seconds"] >= 40
    assert KINDS["Deployment", "web"]["spec"]["replicas"] == SWARM["web"]["deploy"]["replicas"] == 2


def test_pgbouncer_is_as_hardened_as_the_others() -> None:
    pooled = yaml.safe_load((GROWING / "pgbouncer.yml").read_text())["services"]["pgbouncer"]
    for name in ("read_only", "cap_drop", "init", "logging", "security_opt", "pids_limit"):
        assert pooled[name] == COMPOSE["web"][name], name
    assert pooled["networks"] == ["internal"]
    assert "ports" not in pooled
