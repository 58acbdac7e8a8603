"""`python -m embedded run|dev|psql|shell|migration`: the stack without Docker."""

import sys
from pathlib import Path

from dotenv import load_dotenv

from db_init.prepare import Failure

from . import commands

ROOT = Path(__file__).parents[2]


def main() -> None:
    load_dotenv(ROOT / ".env")
    command, *arguments = sys.argv[1:]
    try:
        sys.exit(commands.COMMANDS[command](ROOT, *arguments))
    except Failure as failure:
        sys.exit(f"{command}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
