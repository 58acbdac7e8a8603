"""`make deploy`: what is here replaces what runs, under load, and nothing fails or is lost."""

import fcntl
import os
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Generator
from contextlib import closing
from functools import cached_property
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from retort.schema import HEAD

from ..checkout import copy
from ..faults.load import Load
from ..ports import free_port
from .conftest import Stack

FILES = ("--file", "docker-compose.yml", "--file", "web/deploy/compose.yml")
MIGRATION = """
from alembic import op

revision = "{revision}"
down_revision = "{before}"
still_serves = "{serves}"

def upgrade() -> None:
    op.execute("{sql}")
"""


class Deployed(Stack):
    """A stack behind the proxy; `port` is that of HTTPS."""

    def deploy(self, **variables: str) -> tuple[int, str]:
        """The exit code of `make deploy`, and what it printed."""
        return self.make("deploy", **variables)

    def make(self, target: str, **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            ["make", target],
            cwd=self.folder,
            env=os.environ | {"COMPOSE_PROJECT_NAME": self.project} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def connect(self) -> HTTPSConnection:
        return HTTPSConnection("localhost", self.port, timeout=20, context=self.trust)

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """That the proxy is its own authority."""
        return ssl.create_default_context(cadata=self.root)

    @cached_property
    def root(self) -> str:
        """Its certificate."""
        root = ("exec", "-T", "proxy", "cat", "/data/caddy/pki/authorities/local/root.crt")
        return self.compose(*FILES, *root)

    def change(self, before: str, after: str) -> None:
        """Let the greeting say something else."""
        view = self.folder / "web/retort/greeting.py"
        code = view.read_text()
        assert before in code
        view.write_text(code.replace(before, after))

    def greetings(self) -> set[str]:
        """What twenty who ask one after the other are told: both replicas have answered."""

        def greeting() -> str:
            with closing(self.connect()) as connection:
                connection.request("GET", "/")
                return connection.getresponse().read().decode()

        return {greeting() for _ in range(20)}

    def migrate(self, revision: str, before: str, serves: str, sql: str) -> Path:
        """Add a migration."""
        (self.folder / f"web/retort/revisions/{revision}.txt").write_text(f"{before}\n")
        path = self.folder / f"db-init/db_init/migrations/versions/{revision}_more.py"
        path.write_text(
            MIGRATION.format(revision=revision, before=before, serves=serves, sql=sql).lstrip()
        )
        return path


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployed]:
    copy(folder := tmp_path_factory.mktemp("deployed"))
    stack = Deployed(folder, f"retort-test-{secrets.token_hex(3)}", free_port())
    (folder / ".env").write_text(f"HTTP_PORT={free_port()}\nHTTPS_PORT={stack.port}\n")
    try:
        code, said = stack.deploy()
        assert code == 0, said
        yield stack
    finally:
        stack.compose(*FILES, "down", "--volumes", "--rmi", "local", "--timeout", "5")


def token(stack: Deployed) -> str:
    return stack.compose("exec", "-T", "web", "flask", "token").strip()


def load(stack: Deployed) -> Load:
    """Clients, whose connections are kept or new."""
    return Load(stack, stack.connect, token(stack))


def test_three_deploys_and_not_one_request_fails(deployed: Deployed) -> None:
    with load(deployed) as clients:
        deployed.change("Hello", "Good morning")
        assert deployed.deploy()[0] == 0
        assert deployed.greetings() == {"Good morning, Amy!\n"}
        # The code that runs does not know this one.
        sql = "ALTER TABLE persons ADD COLUMN nickname text"
        deployed.migrate("0090", HEAD, "all", sql)
        code, said = deployed.deploy()
        assert code == 0, said
        assert f"schema: {HEAD} to 0090" in said
        deployed.change("Good morning", "Good evening")
        assert deployed.deploy()[0] == 0
        assert deployed.greetings() == {"Good evening, Amy!\n"}
    row = clients.record("Three deploys, one with a migration")
    assert row.failed == "none"
    assert row.sent > 500
    assert row.found == row.acknowledged == clients.found().total()
    deployed.psql("DELETE FROM persons WHERE id > 6")


def test_another_key_signs_and_nobody_is_logged_out(deployed: Deployed) -> None:
    def keys() -> list[str]:
        key = ("python", "-c", "import retort; print(retort.create_app().config['SECRET_KEY'])")
        return [deployed.compose(*FILES, "exec", "-T", each, *key) for each in ("web", "web-2")]

    before = keys()
    with load(deployed) as clients:  # with a token of before
        code, said = deployed.make("signing-key")
        assert code == 0, said
    after = keys()
    assert len({*before}) == len({*after}) == 1
    assert before != after
    row = clients.record("Another key signs")
    assert row.failed == "none"
    assert row.found == row.acknowledged > 20
    deployed.psql("DELETE FROM persons WHERE id > 6")


def test_only_the_proxy_is_published(deployed: Deployed) -> None:
    for service in ("web", "web-2", "db"):
        assert not any(deployed.inspect(service)["NetworkSettings"]["Ports"].values()), service
    proxy = deployed.inspect("proxy")
    ports: dict[str, list[dict[str, str]] | None] = proxy["NetworkSettings"]["Ports"]
    assert {each["HostIp"] for port in ports.values() for each in port or []} == {"127.0.0.1"}
    assert proxy["HostConfig"]["ReadonlyRootfs"]
    assert proxy["HostConfig"]["CapDrop"] == ["ALL"]


def test_of_two_deploys_at_once_the_second_refuses(deployed: Deployed) -> None:
    with (deployed.folder / "web/deploy/deploy.sh").open() as script:
        fcntl.flock(script, fcntl.LOCK_EX)
        code, said = deployed.deploy()
    assert code == 2
    assert "another deploy is under way" in said


def test_a_prefix_that_a_client_names_is_not_believed(deployed: Deployed) -> None:
    forged = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"}
    with closing(deployed.connect()) as connection:
        connection.request("GET", "/api/", headers=forged)
        text = connection.getresponse().read().decode()
    assert '"/api' in text
    assert "evil" not in text


def test_a_compressed_row_is_written_back_with_its_etag(deployed: Deployed) -> None:
    key = deployed.psql("INSERT INTO persons (name) SELECT repeat('Zoe', 300) RETURNING id")
    path, who = f"/api/persons/{key}", {"Authorization": f"Bearer {token(deployed)}"}
    statuses: list[int] = []
    with closing(deployed.connect()) as connection:
        for encoding in ("gzip", "zstd"):
            connection.request("GET", path, headers={"Accept-Encoding": encoding})
            (row := connection.getresponse()).read()
            assert row.headers["Content-Encoding"] == encoding
            headers = who | {"If-Match": row.headers["ETag"], "Content-Type": "application/json"}
            for _ in range(2):  # the second time, somebody has changed it
                connection.request("PATCH", path, '{"tags": ["new"]}', headers)
                (answer := connection.getresponse()).read()
                statuses.append(answer.status)
    deployed.psql(f"DELETE FROM persons WHERE id = {key}")
    assert statuses == [204, 412] * 2


def test_http_2_and_3_are_offered(deployed: Deployed) -> None:
    context = ssl.create_default_context(cadata=deployed.root)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("localhost", deployed.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as client,
    ):
        assert client.selected_alpn_protocol() == "h2"
    with closing(deployed.connect()) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().headers["Alt-Svc"].startswith("h3=")


def test_a_request_has_the_time_that_web_gives_it_and_a_minute(deployed: Deployed) -> None:
    seconds = ("-e", "REQUEST_SECONDS=20", "-e", "STREAM_SECONDS=3600")
    adapted = ("caddy", "adapt", "--config", "/etc/caddy/Caddyfile")
    out = deployed.compose(*FILES, "exec", "-T", *seconds, "proxy", *adapted)
    assert '"write_timeout":3680000000000' in out  # nanoseconds


def test_what_was_asked_for_is_not_in_the_log_of_the_proxy(deployed: Deployed) -> None:
    rows = "SELECT repeat('x', 1000) FROM generate_series(1, 30000)"  # more than any buffer has
    deployed.psql(f"INSERT INTO persons (name) {rows}")
    asked = {"Accept": "application/x-ndjson", "apikey": "Mallory"}
    log, tries = "", 100
    while tries and "incomplete response" not in log:
        tries -= 1
        with closing(deployed.connect()) as connection:
            connection.request("GET", "/api/persons?name=neq.Mallory", headers=asked)
            connection.getresponse()
            time.sleep(0.2)  # until it is stuck in the answer; then the client leaves
        log = deployed.compose(*FILES, "logs", "proxy")
    deployed.psql("DELETE FROM persons WHERE id > 6")
    assert '"uri":"/api/persons"' in log
    assert "Mallory" not in log


def test_when_both_replicas_are_away_it_says_when_to_come_back(deployed: Deployed) -> None:
    deployed.compose(*FILES, "kill", "web", "web-2")
    with closing(deployed.connect()) as connection:
        connection.request("GET", "/api/persons")
        text = (answer := connection.getresponse()).read()
    deployed.compose(*FILES, "up", "--wait", "--no-deps", "--no-build", "web", "web-2")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert text.startswith(b"The server is away for a moment.")


def test_a_migration_that_stops_the_code_that_runs_is_refused(deployed: Deployed) -> None:
    revision = "SELECT version_num FROM alembic_version"
    expected = deployed.psql(revision)
    before = [deployed.container(service) for service in ("web", "web-2")]
    sql = "ALTER TABLE persons DROP COLUMN profile"
    migration = deployed.migrate("0091", expected, "", sql)
    code, said = deployed.deploy()
    assert code == 2
    assert f"nothing was changed: the code that runs expects {expected}, which 0091" in said
    assert deployed.psql(revision) == expected
    assert [deployed.container(service) for service in ("web", "web-2")] == before
    assert len(deployed.greetings()) == 1
    migration.unlink()
    (deployed.folder / "web/retort/revisions/0091.txt").unlink()


def test_a_version_that_does_not_start_leaves_the_other_replica_alone(deployed: Deployed) -> None:
    before = deployed.greetings()
    deployed.change("{persons[0].name", "dear {persons[0].name")
    code, said = deployed.deploy(WORKERS="none")
    assert code == 2
    assert "WORKERS: must be" in said
    assert "web does not become ready and is stopped; the other one goes on" in said
    assert deployed.greetings() == before
    code, said = deployed.deploy()
    assert code == 0, said
    assert {"dear" in greeting for greeting in deployed.greetings()} == {True}


def test_the_one_that_an_earlier_deploy_left_is_replaced_first(deployed: Deployed) -> None:
    deployed.compose(*FILES, "stop", "web-2")
    with load(deployed) as clients:
        code, said = deployed.deploy()
        assert code == 0, said
    assert said.index("web-2 is replaced") < said.index("web is replaced")
    assert all(one.is_good for one in clients.answers)
