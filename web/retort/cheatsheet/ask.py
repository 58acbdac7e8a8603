"""Asks a running stack for a recipe of the cheat sheet, which it can run at once.

`python ask.py ADDRESS [WORDS] [--set NAME=VALUE] [--legacy] [--no-plan]` needs nothing but Python.
"""

import argparse
import sys
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import quote, urlencode, urlsplit


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
    sys.exit(recipe(*sys.argv[1:]))
