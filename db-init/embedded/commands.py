"""What `make run` and others do. Each command takes the checkout's folder, gives an exit code."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from db_init import migrate
from db_init.prepare import Failure
from retort.cheatsheet import ask
from retort.environment import Environment

from . import keep, stack
from .migration import make_migration
from .server import start

PYTHON = sys.executable
FLASK = [PYTHON, "-m", "flask", "--app", "retort"]


def _address(text: str) -> str:
    """The address as Compose takes it. Raises ValueError for a name, brackets or a zone."""
    if "%" in text:
        raise ValueError("a zone")
    return str(ip_address(text))


class Address(Environment):
    """Where `web` listens."""

    bind: Annotated[str, AfterValidator(_address)] = Field(
        "127.0.0.1", description="an IP address of this machine, like 127.0.0.1 or ::1"
    )
    port: int = Field(8000, ge=1, le=65535, description="a port from 1 to 65535")

    def __str__(self) -> str:
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        return f"{host}:{self.port}"


def run(root: Path) -> int:
    """The stack as it runs in production, on one machine."""
    address = Address.load()
    config = ["--config", str(root / "web/gunicorn.conf.py")]
    command = [PYTHON, "-m", "gunicorn", *config, "--bind", str(address)]
    return _serve("run", root, address, command)


def dev(root: Path) -> int:
    """The same with Flask's reloader and debugger."""
    address = Address.load()
    bind = ["--host", address.bind, "--port", str(address.port)]
    return _serve("dev", root, address, [*FLASK, "run", "--debug", *bind])


def _serve(name: str, root: Path, address: Address, command: list[str]) -> int:
    url = f"http://{address}"
    step = stack.Steps()
    if not stack.data(root).parent.exists():  # so no killed start has left a `web` there
        stack.refuse_used(name, address.bind, address.port)
    with stack.only_one(name, root, url, step) as record:
        stack.refuse_used(name, address.bind, address.port)
        step.restart()
        with start(stack.data(root)) as server:
            environ = stack.prepared(root, server, step)
            return stack.serve(command, environ, url, step, record)


def shell(root: Path) -> int:
    """`flask shell`, beside a running stack or on its own."""
    return _flask(root, "shell")


def token(root: Path) -> int:
    """`flask token`: a token for the API of `make run`."""
    return _flask(root, "token")


def account(root: Path, email: str = "") -> int:
    """`flask account`: an account for the API, whose password it asks for."""
    if not email:
        sys.exit("account: say whose it is: make account e=amy@example.com")
    return _flask(root, "account", email)


def recipe(root: Path, *words: str) -> int:
    """A recipe's run, or a list of recipes: from the running stack, or by `flask cheatsheet`."""
    if address := stack.running(root):
        return ask.recipe(address, *words)
    return _flask(root, "cheatsheet", *words)


def cheatsheet(root: Path) -> int:
    """Run every recipe, on a temporary Postgres that has nothing but what db-init makes, and
    write the cheat sheet's files."""
    with tempfile.TemporaryDirectory() as folder, start(stack.data(Path(folder))) as server:
        environ = stack.prepared(Path(folder), server, lambda who, what: None)
        environ["PYTHONPATH"] = str(root / "web")
        return _interact([PYTHON, "-m", "retort.cheatsheet.edition"], environ)


def psql(root: Path, *arguments: str) -> int:
    """psql as the database's owner, beside a running stack or on its own. Arguments are options of
    psql's."""
    with start(stack.data(root)) as server:
        try:
            stack.environ(root, server)
        except Failure as failure:  # psql can still look inside
            print(f"psql: {failure}", file=sys.stderr)
        owner = stack.owner(server).set(drivername="postgresql")
        program = str(server.programs / "psql")
        return _interact([program, *arguments, owner.render_as_string()])


def migration(root: Path, message: str = "") -> int:
    """Write the migration that the models need beyond the existing ones. If it joins merged
    branches, it needs no message."""
    try:
        message = message or ("join" if len(migrate.heads(migrate.scripts())) > 1 else "")
    except migrate.MigrationFailed as failure:
        raise Failure(str(failure)) from failure
    if not message:
        sys.exit('migration: say what it does: make migration m="add a column"')
    make_migration(root, message)
    return 0


def _flask(root: Path, *arguments: str) -> int:
    with start(stack.data(root)) as server:
        return _interact([*FLASK, *arguments], stack.environ(root, server))


def _interact(command: list[str], environ: Mapping[str, str] | None = None) -> int:
    def ignore(number: int, frame: object) -> None:
        """Ctrl-C is for the command, which decides what to do with it."""

    signal.signal(signal.SIGINT, ignore)
    return subprocess.run(command, env=environ, check=False).returncode


COMMANDS = {
    command.__name__: command
    for command in (
        run,
        dev,
        shell,
        psql,
        token,
        account,
        recipe,
        cheatsheet,
        migration,
        keep.backup,
        keep.restore,
        keep.upgrade,
    )
}
