"""Runs the benchmark and prints what came out of it; takes which Postgres it is to be."""

import json
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.request import Request, urlopen

import pytest

from ..service import gunicorn
from ..service.postgres import Database, Server
from . import load
from .load import UNIQUE, Asked

ROUNDS, SECONDS = 7, 1

RETORT, DEPLOYED = "Retort as shipped", "what people deploy (ORM, 4 sync workers, log)"
RAW, ASYNC = "psycopg2 and SQL by hand, gthread 2 x 16", "Starlette and asyncpg, 2 workers"

# How Gunicorn is told to serve each; Retort as it is served in production, the others without its
# configuration.
PLAIN = "--config=python:tests.bench.plain"
APPLICATIONS: dict[str, list[str]] = {
    RETORT: [],
    DEPLOYED: [PLAIN, "--workers=4", "--access-logfile=-", "tests.bench.deployed:app"],
    RAW: [PLAIN, "--workers=2", "--threads=16", "tests.bench.raw:app"],
    ASYNC: [
        PLAIN,
        "--workers=2",
        "--worker-class=tests.bench.asynchronous.Worker",
        "tests.bench.asynchronous:app",
    ],
}

FILL = (
    "TRUNCATE persons, orders RESTART IDENTITY CASCADE",
    # Whole seconds and whole cents: JSON has one way to write them.
    """
    INSERT INTO persons (name, email, manager_id, tags, profile, created_at, updated_at)
    SELECT 'Person ' || n, n || '@example.com', nullif(n / 10, 0), ARRAY['a', 'b'],
           jsonb_build_object('city', 'Wien', 'floor', n % 7), moment, moment
    FROM generate_series(1, 10000) n, date_trunc('second', now()) moment
    """,
    """
    INSERT INTO orders (person_id, status, amount, placed_at)
    SELECT n % 10000 + 1, 'paid', n % 1000 + 0.25, date_trunc('second', now())
    FROM generate_series(0, 99999) n
    """,
    "VACUUM ANALYZE persons, orders",
    # What takes 200 ms.
    "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(0.2)::text AS slept",
)
SLOW = Asked("/api/slow", {})
HOLDERS = 4


@dataclass
class Contest:
    """One thing to ask for, where the API has it and where the others do, and how many times as
    many requests a second as what people deploy it is to answer."""

    name: str
    ours: Asked
    theirs: Asked
    goal: float
    without: tuple[str, ...] = ()
    """The applications that do not have it."""
    waits: dict[str, list[list[float]]] = field(default_factory=dict[str, list[list[float]]])

    def of(self, application: str) -> Asked:
        return self.ours if application == RETORT else self.theirs

    def ratio(self, other: str) -> float:
        """How many times as many requests Retort answers as another: of each round, the median."""
        pairs = zip(self.waits[RETORT], self.waits[other], strict=True)
        return median(len(ours) / len(theirs) for ours, theirs in pairs)

    def print(self) -> None:
        print(f"\n{self.name:<48}{'req/s':>7}{'p99':>9}{'Retort is':>12}")
        for application, rounds in self.waits.items():
            rate = median(len(waits) / SECONDS for waits in rounds)
            line = f"  {application:<46}{rate:>7,.0f}{p99(rounds):>6.1f} ms"
            if application != RETORT:
                line += f"{self.ratio(application):>10.2f} x"
            if application == DEPLOYED:
                is_met = self.ratio(DEPLOYED) >= self.goal
                line += f"  at least {self.goal}: {'met' if is_met else 'NOT met'}"
            print(line)


def p99(rounds: list[list[float]]) -> float:
    """Of each round the wait, in milliseconds, that a hundredth exceeds; of these, the median."""
    return 1000 * median(quantiles(waits, n=100)[98] for waits in rounds)


def contests(token: str) -> list[Contest]:
    persons, limits = "/api/persons", "order=id&limit="
    as_token = {
        "Authorization": f"Bearer {token}",
        "Prefer": "return=representation",
        "Accept": "application/vnd.pgrst.object+json",
    }
    project = json.dumps({"name": UNIQUE})
    return [
        Contest("greeting", Asked("/", {}), Asked("/", {}), 3),
        Contest("one row", Asked(f"{persons}/17", {}), Asked("/row/17", {}), 2.5, (RAW,)),
        Contest(
            "100 of 10,000 rows",
            Asked(f"{persons}?{limits}100", {}),
            Asked("/list?limit=100", {}),
            4,
        ),
        Contest(
            "25 rows, each with 10 embedded",
            Asked(f"{persons}?select=*,orders(*)&{limits}25", {}),
            Asked("/embedded?limit=25", {}),
            6,
            (ASYNC,),
        ),
        Contest("page", Asked("/", {"Accept": "text/html"}), Asked("/page", {}), 4, (RAW,)),
        Contest(
            "insert",
            Asked("/api/projects?select=id,name", as_token, project),
            Asked("/projects", {}, project),
            2,
            (RAW,),
        ),
    ]


def main(wanted: str | None) -> None:
    """Start everything, check that all answers are the same, measure, print."""
    with ExitStack() as stack:
        server = stack.enter_context(Server.prepared(wanted))
        database = stack.enter_context(server.clone())
        database.execute(*FILL, f"GRANT SELECT ON slow TO {database.web.username}")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retort")))
        addresses = {
            name: stack.enter_context(serve(database, folder / str(place), name)).url[7:]
            for place, name in enumerate(APPLICATIONS)
        }
        found = contests(token(database))
        for contest in found:
            check(contest, addresses)
        print(
            f"{load.PROCESSES * load.CONNECTIONS} connections kept alive; the median of {ROUNDS} "
            f"rounds of {SECONDS} s, in turn."
        )
        pool = stack.enter_context(load.clients())
        for contest in found:
            contest.waits = {name: [] for name in addresses if name not in contest.without}
            for _ in range(ROUNDS):
                for name, rounds in contest.waits.items():
                    rounds.append(load.waits(pool, addresses[name], contest.of(name), SECONDS))
            contest.print()
        beside(pool, stack.enter_context(load.clients(1)), addresses[RETORT], found[0])


def beside(pool: Any, others: Any, address: str, greeting: Contest) -> None:
    """How long the greeting takes while others hold a query of 200 ms each."""
    held = load.hold(others, address, SLOW, ROUNDS * SECONDS + 2, HOLDERS)
    wait = p99([load.waits(pool, address, greeting.ours, SECONDS) for _ in range(ROUNDS)])
    assert min(held.get()) > 0.2
    print(f"\ngreeting beside {HOLDERS} clients with queries of 200 ms: p99 {wait:.1f} ms", end="")
    print(f", less than 15 ms: {'met' if wait < 15 else 'NOT met'}")


def serve(database: Database, folder: Path, name: str) -> Any:
    folder.mkdir()
    environ = gunicorn.environ(database, **settings(database))
    return gunicorn.running(environ, folder, *APPLICATIONS[name])


def settings(database: Database) -> dict[str, str]:
    url = database.web
    return {
        "WORKERS": "2",
        "THREADS": "16",
        "API_SCHEMAS": "public",
        "PYTHONPATH": f"{gunicorn.ROOT}:{gunicorn.ROOT / 'web'}",
        "SQLALCHEMY_URL": url.render_as_string(hide_password=False),
        "DATABASE_URL": url.set(drivername="postgresql").render_as_string(hide_password=False),
    }


def token(database: Database) -> str:
    command = [sys.executable, "-m", "flask", "--app", "retort", "token"]
    environ = gunicorn.environ(database, **settings(database))
    return subprocess.run(
        command, env=environ, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()[-1]


def check(contest: Contest, addresses: dict[str, str]) -> None:
    """End it where the applications do not answer with the same, but for a page's words and the
    ids of new rows."""
    answers: dict[str, Any] = {}
    for name, address in addresses.items():
        if name not in contest.without:
            asked = contest.of(name)
            body = asked.body.replace(UNIQUE, name).encode() or None
            headers = asked.headers | {"Content-Type": "application/json"}
            with urlopen(Request(f"http://{address}{asked.path}", body, headers)) as response:
                text: str = response.read().decode()
            answers[name] = comparable(text.replace(name, UNIQUE))
    for name, answer in answers.items():
        if answer != answers[RETORT] or not answer:
            sys.exit(f"{contest.name}: {name} answers otherwise than {RETORT}")


def comparable(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return sorted({*re.findall(r"Person \d+", text)})
    return {**found, "id": None} if "name" in found else found


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except pytest.UsageError as error:
        sys.exit(str(error))
