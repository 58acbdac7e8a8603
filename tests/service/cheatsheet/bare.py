"""A Python that has the libraries and nothing of this project; it forks for each program."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass
class Ended:
    """What a program printed, and the error that ended it: its class, and what it says."""

    printed: str
    error: str
    says: str


class Bare:
    """An interpreter that does not see this project's folders."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    @classmethod
    @contextmanager
    def started(cls, options: str) -> Generator["Bare"]:
        """Start one, with options for the server."""
        with subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__))],
            env={"PATH": os.environ["PATH"], "PGOPTIONS": options},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield cls(process)
            process.communicate()

    def run(self, program: str, name: str = "__main__") -> Ended:
        """Run a program as a file; or import it, by a name."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([program, name]), file=self.process.stdin, flush=True)
        return Ended(**json.loads(self.process.stdout.readline()))


def serve() -> None:
    """Take programs from stdin, one a line; say of each how it ended."""
    for name in ("flask_sqlalchemy", "psycopg2.extras", "sqlalchemy.dialects.postgresql.psycopg2"):
        import_module(name)  # once, for all that are forked
    assert not any(find_spec(name) for name in ("retort", "db_init", "tests"))
    for line in sys.stdin:
        reader, writer = os.pipe()
        if not (child := os.fork()):
            with os.fdopen(writer, "w") as answer:
                json.dump(_ended(*json.loads(line)), answer)
            os._exit(0)  # without what a process does at its end: that is the server's
        os.close(writer)
        with os.fdopen(reader) as answer:
            print(answer.read(), flush=True)
        os.waitpid(child, 0)


def _ended(program: str, name: str) -> dict[str, Any]:
    module = sys.modules[name] = ModuleType(name)
    printed, ended = StringIO(), {"error": "", "says": ""}
    try:
        with redirect_stdout(printed):
            exec(compile(program, "program.py", "exec"), module.__dict__)
    except BaseException as error:
        ended = {"error": type(error).__name__, "says": str(error)}
    return {"printed": printed.getvalue(), **ended}


if __name__ == "__main__":
    serve()
