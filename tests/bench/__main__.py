"""Runs the benchmark and prints what came out of it; takes which Postgres it is to be."""

import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import pytest

from ..service import gunicorn
from ..service.postgres import Database, Server
from . import load

WORKERS, THREADS = 2, 8
ROUNDS, SECONDS = 7, 1

RETORT, ORM, RAW = "retort", "ORM (selectinload) and jsonify", "psycopg2, SQL by hand"
APPLICATIONS = {RETORT: [], ORM: ["tests.bench.orm:app"], RAW: ["tests.bench.raw:app"]}

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
)


@dataclass
class Contest:
    """One thing to ask for, where the API has it and where the others do, and how much of
    the others' requests a second it is to answer."""

    name: str
    path: str
    plain_path: str
    goals: dict[str, float]
    rates: dict[str, list[float]] = field(
        default_factory=lambda: {name: list[float]() for name in APPLICATIONS}
    )

    def path_at(self, application: str) -> str:
        return self.path if application == RETORT else self.plain_path

    def ratio(self, other: str) -> float:
        """How many times as many requests the API answers: of each round, the median."""
        pairs = zip(self.rates[RETORT], self.rates[other], strict=True)
        return median(ours / theirs for ours, theirs in pairs)

    def print(self) -> None:
        print(f"\n{self.name:<44}{'req/s':>8}{'retort is':>12}  goal")
        for application, rates in self.rates.items():
            line = f"  {application:<42}{median(rates):>8,.0f}"
            if application != RETORT:
                ratio = self.ratio(application)
                line += f"{ratio:>10.2f} x"
                if goal := self.goals.get(application):
                    line += f"  at least {goal}: {'met' if ratio >= goal else 'NOT met'}"
            print(line)


CONTESTS = [
    Contest(
        "100 of 10,000 rows",
        "/api/persons?order=id&limit=100",
        "/list?order=id&limit=100",
        {ORM: 3, RAW: 0.8},
    ),
    Contest(
        "25 rows, each with 10 embedded",
        "/api/persons?select=*,orders(*)&order=id&limit=25",
        "/embedded?order=id&limit=25",
        {ORM: 6},
    ),
]


def main(wanted: str | None) -> None:
    """Start everything, check that all answers are the same, measure, print."""
    with ExitStack() as stack:
        server = stack.enter_context(Server.prepared(wanted))
        database = stack.enter_context(server.clone())
        database.execute(*FILL)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retort")))
        urls = {
            name: stack.enter_context(serve(database, folder / str(place), application)).url
            for place, (name, application) in enumerate(APPLICATIONS.items())
        }
        for contest in CONTESTS:
            check(contest, urls)
        print(
            f"Each application: Gunicorn, {WORKERS} workers of {THREADS} "
            f"threads.\n{load.PROCESSES * load.CONNECTIONS} connections kept alive; the median "
            f"of {ROUNDS} rounds of {SECONDS} s, in turn."
        )
        pool = stack.enter_context(load.clients())
        for contest in CONTESTS:
            for _ in range(ROUNDS):
                for name, url in urls.items():
                    host, port = url.removeprefix("http://").split(":")
                    path = contest.path_at(name)
                    contest.rates[name].append(load.rate(pool, host, int(port), path, SECONDS))
            contest.print()


def serve(database: Database, folder: Path, application: list[str]) -> Any:
    """A Gunicorn as in production, but for the application."""
    folder.mkdir()
    url = database.web
    environ = gunicorn.environ(
        database,
        WORKERS=str(WORKERS),
        THREADS=str(THREADS),
        PYTHONPATH=f"{gunicorn.ROOT}:{gunicorn.ROOT / 'web'}",
        SQLALCHEMY_URL=url.render_as_string(hide_password=False),
        DATABASE_URL=url.set(drivername="postgresql").render_as_string(hide_password=False),
    )
    return gunicorn.running(environ, folder, *application)


def check(contest: Contest, urls: dict[str, str]) -> None:
    """End it where the applications do not answer with the same rows."""
    answers: dict[str, Any] = {}
    for name, url in urls.items():
        with urlopen(url + contest.path_at(name)) as response:
            answers[name] = json.load(response)
    for name, answer in answers.items():
        if answer != answers[RETORT] or not answer:
            sys.exit(f"{contest.name}: {name} answers otherwise than {RETORT}")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except pytest.UsageError as error:
        sys.exit(str(error))
