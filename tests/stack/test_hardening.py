"""What the running containers and the images allow, read from the engine itself."""

import json
from urllib.error import HTTPError

import pytest

from .conftest import SERVICES, Stack, docker

OURS = ("secrets", "db-init", "web")
SECRETS = (
    "owner_password",
    "web_password",
    "backup_password",
    "secret_key",
    "secret_key_fallbacks",
)


@pytest.mark.parametrize("service", SERVICES)
def test_each_container_is_hardened(stack: Stack, service: str) -> None:
    check(stack, service)


def check(stack: Stack, service: str) -> None:
    """Fail unless the service's container has what docker-compose.yml calls hardened."""
    container = stack.inspect(service)
    host = container["HostConfig"]
    assert container["Config"]["User"].partition(":")[0] not in ("", "0", "root")
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["Privileged"] is False
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert 0 < host["PidsLimit"] <= 256
    assert host["Init"] is True
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


@pytest.mark.parametrize("service", ["db", "web"])
def test_what_runs_has_no_capability_and_cannot_get_one(stack: Stack, service: str) -> None:
    status = stack.compose("exec", "-T", service, "cat", "/proc/1/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert fields["CapEff"] == fields["CapPrm"] == fields["CapBnd"] == "0" * 16
    assert fields["NoNewPrivs"] == "1"
    assert "0" not in fields["Uid"].split()


def test_the_disk_cannot_be_written(stack: Stack) -> None:
    for path in ("/app/x", "/venv/x", "/secrets/x", "/x"):
        stack.compose("exec", "-T", "web", "sh", "-c", f"! echo x > {path}")
    stack.compose("exec", "-T", "web", "sh", "-c", "echo x > /tmp/x && rm /tmp/x")


def test_only_web_is_published_and_only_to_this_machine(stack: Stack) -> None:
    published = {
        service: stack.inspect(service)["NetworkSettings"]["Ports"] for service in SERVICES
    }
    assert published["web"] == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]}
    for service in ("secrets", "db", "db-init"):
        assert not any(published[service].values()), service


def test_db_has_no_way_out(stack: Stack) -> None:
    (network,) = stack.inspect("db")["NetworkSettings"]["Networks"]
    assert json.loads(docker("network", "inspect", network))[0]["Internal"] is True


@pytest.mark.parametrize(
    ("service", "readable"),
    [
        ("db", {"owner_password"}),
        ("web", {"web_password", "secret_key", "secret_key_fallbacks"}),
        ("db-init", {"owner_password", "web_password", "backup_password"}),
    ],
)
def test_each_secret_is_read_only_by_who_needs_it(
    stack: Stack, service: str, readable: set[str]
) -> None:
    how = ("exec", "-T") if service != "db-init" else ("run", "--rm", "-T", "--no-deps")
    script = "cd /secrets; for f in *; do if cat $f >/dev/null 2>&1; then echo $f; fi; done"
    assert set(stack.compose(*how, service, "sh", "-c", script).split()) & set(SECRETS) == readable


def values(stack: Stack) -> dict[str, str]:
    """The secrets, read as only the machine's root can."""
    volume = f"{stack.volume('secrets')}:/secrets:ro"
    command = ("run", "--rm", "--volume", volume, "--entrypoint", "cat", "postgres:18")
    return {name: docker(*command, f"/secrets/{name}") for name in SECRETS}


def test_no_secret_is_in_inspect_history_or_logs(stack: Stack) -> None:
    told = stack.compose("logs", "--no-color") + stack.compose("config")
    for service in SERVICES:
        container = stack.inspect(service)
        told += json.dumps(container)
        told += docker("image", "inspect", container["Image"])
        told += docker("history", "--no-trunc", container["Image"])
    for name, value in values(stack).items():
        assert len(value) == 43, name
        assert value not in told, name


def test_the_secrets_are_made_once(stack: Stack) -> None:
    before = values(stack)
    assert stack.compose("run", "--rm", "-T", "secrets").count(" kept") == len(SECRETS)
    assert values(stack) == before
    assert len(set(before.values())) == len(SECRETS)


@pytest.mark.parametrize("service", ["db-init", "web"])
def test_an_image_holds_no_tool_and_no_source_uncompiled(stack: Stack, service: str) -> None:
    image = stack.inspect(service)["Image"]
    script = """
import importlib.util, pathlib, sys
tools = ["pip", "setuptools", "pytest", "coverage", "ruff", "docker", "testcontainers", "debugpy"]
site = pathlib.Path(sys.prefix, "lib").glob("python*/site-packages/*")
names = {path.name.partition("-")[0] for path in site}
print([tool for tool in tools if tool in names])
sources = [*pathlib.Path("/app").rglob("*.py"), *pathlib.Path(sys.prefix).rglob("*.py")]
compiled = [importlib.util.cache_from_source(path) for path in sources
            if "migrations" not in path.parts and path.name != "gunicorn.conf.py"]
print(len(compiled) > 500, [path for path in compiled if not pathlib.Path(path).exists()][:3])
"""
    out = docker("run", "--rm", image, "python", "-c", script).splitlines()
    assert out == ["[]", "True []"]


@pytest.mark.parametrize("service", ["db-init", "web"])
def test_all_may_read_an_images_files_and_none_but_root_may_write_them(
    stack: Stack, service: str
) -> None:
    """Whatever modes they have in the checkout, which here are a strict and a lax umask's."""
    image = stack.inspect(service)["Image"]
    wrong = "! -type l ( ! -perm -o=r -o -perm /go=w -o -type d ! -perm -o=x -o ! -user root )"
    find = ("--user", "0", image, "find", "/app", "/venv", *wrong.split())
    assert docker("run", "--rm", *find) == ""


@pytest.mark.parametrize("service", ["db-init", "web"])
def test_an_image_is_its_base_and_its_dependencies(stack: Stack, service: str) -> None:
    image = stack.inspect(service)["Image"]
    size, base = (
        json.loads(docker("image", "inspect", name))[0]["Size"]
        for name in (image, "python:3.14-slim")
    )
    assert size - base < 80_000_000
    used = docker("run", "--rm", image, "du", "--apparent-size", "-scB1", "/venv", "/app")
    assert size - base - int(used.splitlines()[-1].split()[0]) < 5_000_000


def test_web_connects_to_no_other_database_of_the_server(stack: Stack) -> None:
    allowed = "has_database_privilege('web', oid, 'CONNECT')"
    said = stack.psql(f"SELECT datname FROM pg_database WHERE datallowconn AND {allowed}")
    assert said == "retort"


def test_no_log_holds_what_a_client_asks_for(stack: Stack) -> None:
    """Not the database's either, which has words for every mistake."""
    with pytest.raises(HTTPError, match="400"):
        stack.curl("/api/persons?id=eq.hunter2")
    assert "hunter2" not in stack.compose("logs", "--no-color")
