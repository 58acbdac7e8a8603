"""Who asks the sheet: a browser, a program, a terminal."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


def run(client: FlaskClient, slug: str, **parameters: object) -> dict[str, Any]:
    response = client.get(f"/cheatsheet/{slug}", query_string=parameters, headers=JSON)
    assert response.status_code == 200, response.text
    return response.get_json()


def cli(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["cheatsheet", *arguments])
    return result.exit_code, result.output
