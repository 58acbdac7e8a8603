"""Asks a running stack for a recipe of the cheat sheet, which it can run at once.

`python ask.py [ADDRESS] [WORDS] [--set NAME=VALUE] [--legacy] [--no-plan]` needs nothing but
Python. Without an address it asks the stack of its checkout; if none runs, it exits with 3.
"""

import argparse
import json
import socket
import subprocess
import sys
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

ROOT = Path(__file__).parents[3]
NONE_RUNS = 3


def running() -> str | None:
    """The address of the stack of this checkout, by `make run` or in Docker, if it runs."""
    with suppress(OSError, ValueError, KeyError):
        address: str = json.loads((ROOT / ".local/stack.json").read_text())["address"]
        url = urlsplit(address)
        socket.create_connection((url.hostname, url.port)).close()
        return address
    with suppress(OSError, subprocess.CalledProcessError):
        command = ["docker", "compose", "port", "web", "8000"]
        at = subprocess.check_output(command, cwd=ROOT, stderr=subprocess.DEVNULL, text=True)
        return f"http://{at.strip()}"
    return None


def recipe(address: str, *arguments: str) -> int:
    """Print what the stack at `address` answers: the run of a recipe, or the recipes that words
    find, as `flask cheatsheet` does. Give an exit code."""
    parser = argparse.ArgumentParser(prog="make recipe")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--set", action="append", default=[], dest="given", metavar="NAME=VALUE")
    parser.add_argument("--legacy", action="store_true")
    parser.add_argument("--no-plan", action="store_true")
    asked = parser.parse_args(arguments)
    query = [("color", "1")] if sys.stdout.isatty() else []
    own = [tuple(pair.split("=", 1)) for pair in asked.given]
    if wrong := next((pair for pair in asked.given if "=" not in pair), None):
        return _refuse(f"--set {wrong}: write it as NAME=VALUE")
    own += [("form", "legacy")] if asked.legacy else []
    own += [("plan", "0")] if asked.no_plan else []
    words = " ".join(asked.words)
    try:
        status, text = HTTPStatus.NOT_FOUND, f"there is no recipe {words!r} to run"
        if len(asked.words) == 1:
            status, text = _get(address, f"/cheatsheet/{quote(words, '')}", query + own)
        if status == HTTPStatus.NOT_FOUND and not own:
            status, text = _get(address, "/cheatsheet", [*query, ("q", words)])
    except OSError as error:
        return _refuse(f"{address} does not answer: {error}")
    if status != HTTPStatus.OK:
        return _refuse(text.strip())
    sys.stdout.write(text)
    return 0


def _get(address: str, path: str, query: list[tuple[str, str]]) -> tuple[HTTPStatus, str]:
    """The status and the text of an answer, by no proxy, even if the environment names one."""
    url = urlsplit(address)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=30)
    # The stack trusts this name, whatever TRUSTED_HOSTS says.
    headers = {"Host": "localhost", "Accept": "text/plain"}
    connection.request("GET", f"{path}?{urlencode(query)}", headers=headers)
    response = connection.getresponse()
    try:
        return HTTPStatus(response.status), response.read().decode()
    finally:
        connection.close()


def _refuse(why: str) -> int:
    print(f"Error: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    words = sys.argv[1:]
    address = words.pop(0) if words[:1] and words[0].startswith("http://") else running()
    sys.exit(recipe(address, *words) if address else NONE_RUNS)
