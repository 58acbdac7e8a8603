"""A Gunicorn with metrics, and a reader of them."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from .. import gunicorn
from ..postgres import Database

ANY_PORT = "127.0.0.1:0"


class Served:
    """It runs, and tells where its metrics are."""

    def __init__(self, web: gunicorn.Web) -> None:
        self.web, self.url = web, web.url
        self.metrics = web.wait(r"Metrics at: (http://[\d.:]+/metrics)")[1]

    def numbers(self, name: str) -> dict[tuple[str, ...], float]:
        """The values of what has this name, by the values of its labels in their names' order."""
        with urlopen(self.metrics, timeout=10) as response:
            text: str = response.read().decode()
        return {
            tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"retort_{name}"
        }

    def number(self, name: str) -> float:
        """The one value of what has this name; 0 if it was not counted yet."""
        return sum(self.numbers(name).values())

    def comes_to(self, name: str, wanted: float) -> bool:
        """Whether the number is so much soon, which it is when the workers have added up."""
        end = time.monotonic() + 10
        while (found := self.number(name)) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        assert found == wanted, name
        return True


@contextmanager
def served(database: Database, folder: Path, **settings: str) -> Generator[Served]:
    """Serve with two workers, stopped afterwards."""
    given = {"WORKERS": "2", "METRICS_BIND": ANY_PORT, "LOG_FORMAT": "json"} | settings
    environ = gunicorn.environ(database, TMPDIR=str(folder), **given, **gunicorn.MEASURED)
    with gunicorn.running(environ, folder) as web:
        yield Served(web)
