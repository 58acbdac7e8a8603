"""Fixtures: the stack and the lab, with a view that shows who asks."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ...application import MakeApp, application, settings_on
from ...postgres import Server
from ..lab import Stack, stack


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute(
            "CREATE SCHEMA eyes",
            """
            CREATE VIEW eyes.asker AS SELECT current_user::text AS role,
                coalesce(current_setting('request.jwt.claims', true), '') AS claims
            """,
            "GRANT USAGE ON SCHEMA eyes TO PUBLIC",
            "GRANT SELECT ON eyes.asker TO PUBLIC",
        )
        yield shared


@pytest.fixture
def client(shared: Stack) -> FlaskClient:
    return shared.app.test_client()


@pytest.fixture
def lab(shared: Stack) -> FlaskClient:
    return shared.lab.test_client()


@pytest.fixture
def another(shared: Stack) -> Generator[MakeApp]:
    """Makes applications with other settings."""
    with ExitStack() as made:

        def make(**others: str) -> Flask:
            settings = settings_on(shared.database.web, THREADS="1", **others)
            return made.enter_context(application(settings))

        yield make
