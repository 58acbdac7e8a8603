"""What `make run` and its kin do. Each takes the checkout's folder, gives an exit code."""

import signal
import subprocess
import sys
from pathlib import Path

from pydantic import Field

from retort.settings import Environment

from . import DATABASE, data, start, url
from .migration import make_migration
from .stack import Steps, prepared, refuse_used, serve

PYTHON = sys.executable
FLASK = [PYTHON, "-m", "flask", "--app", "retort"]


class Address(Environment):
    """Where `web` listens."""

    bind: str = Field("127.0.0.1", description="an address of this machine")
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
    refuse_used(name, address.bind, address.port)
    step = Steps()
    with start(data(root)) as server:
        environ = prepared(root, server, step)
        code = serve(command, environ, f"http://{address}", step)
    if (data(root) / "postmaster.pid").exists():
        server.stop()  # somebody else uses it, or was killed; but this is the stack's end
    return code


def shell(root: Path) -> int:
    """`flask shell`, beside a running stack or on its own."""
    with start(data(root)) as server:
        return _interact([*FLASK, "shell"], prepared(root, server, _silently))


def psql(root: Path) -> int:
    """psql as the database's owner, beside a running stack or on its own."""
    with start(data(root)) as server:
        environ = prepared(root, server, _silently)
        dsn = url(server, DATABASE).set(drivername="postgresql").render_as_string()
        return _interact([str(server.bin_path / "psql"), dsn], environ)


def token(root: Path) -> int:
    """`flask token`: a token for the API of `make run`."""
    with start(data(root)) as server:
        return _interact([*FLASK, "token"], prepared(root, server, _silently))


def account(root: Path, email: str = "") -> int:
    """`flask account`: an account for the API, whose password it asks for."""
    if not email:
        sys.exit("account: say whose it is: make account e=amy@example.com")
    with start(data(root)) as server:
        return _interact([*FLASK, "account", email], prepared(root, server, _silently))


def recipe(root: Path, *words: str) -> int:
    """`flask cheatsheet`: a recipe's run, or a list of recipes."""
    with start(data(root)) as server:
        return _interact([*FLASK, "cheatsheet", *words], prepared(root, server, _silently))


def _silently(who: str, what: str) -> None:
    pass


def _interact(command: list[str], environ: dict[str, str]) -> int:
    def ignore(number: int, frame: object) -> None:
        """Ctrl-C is for the command, which goes on."""

    signal.signal(signal.SIGINT, ignore)
    return subprocess.run(command, env=environ, check=False).returncode


def migration(root: Path, message: str = "") -> int:
    """Write the migration from what the migrations make to what the models say."""
    if not message:
        sys.exit('migration: say what it does: make migration m="add a column"')
    make_migration(root, message)
    return 0


COMMANDS = {
    command.__name__: command
    for command in (run, dev, shell, psql, token, account, recipe, migration)
}
