"""`python -m embedded COMMAND`, in the checkout's top folder: what `make run` and others do."""

import os
import signal
import sys
from pathlib import Path

from dotenv import load_dotenv

from db_init.prepare import Failure

from .commands import COMMANDS
from .server import NotStarted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    checkout = Path.cwd()
    # A terminal that is closed, or a polite kill, ends everything as Ctrl-C does.
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    command, *arguments = sys.argv[1:]
    try:
        _read(checkout / ".env")
        sys.exit(COMMANDS[command](checkout, *arguments))
    except (Failure, NotStarted, OSError) as failure:
        sys.exit(f"{command}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


def _interrupt(number: int, frame: object) -> None:
    """End everything in order. No further signal disturbs that: `make` passes on what its whole
    group, and so this process too, has had already."""
    for each in SIGNALS:
        signal.signal(each, lambda number, frame: None)
    raise KeyboardInterrupt


def _read(file: Path) -> None:
    """Read the settings of `.env`, as Compose does."""
    try:
        load_dotenv(file, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        sys.exit(f".env: must be a text file in UTF-8; save it as one ({error})")
    # libpq would read these, but they are meant for another database.
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


if __name__ == "__main__":
    main()
