"""Fixtures: what runs the recipes, on a database of its own."""

from collections.abc import Generator

import pytest
from flask import Flask

from retort.cheatsheet.run import Runner


@pytest.fixture
def runner(app: Flask) -> Generator[Runner]:
    runner: Runner = app.extensions["cheatsheet"]
    yield runner
    runner.sandbox.close()
