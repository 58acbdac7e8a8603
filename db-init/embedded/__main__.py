"""`python -m embedded run|dev|psql|shell|token|account|recipe|migration`: the stack without Docker.

To be run in the checkout's top folder.
"""

import signal
import sys
from pathlib import Path

from dotenv import load_dotenv

from db_init.prepare import Failure

from . import NotStarted, commands


def main() -> None:
    checkout = Path.cwd()
    # A terminal that is closed, or a polite kill, ends everything as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    load_dotenv(checkout / ".env")
    command, *arguments = sys.argv[1:]
    try:
        sys.exit(commands.COMMANDS[command](checkout, *arguments))
    except (Failure, NotStarted) as failure:
        sys.exit(f"{command}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
