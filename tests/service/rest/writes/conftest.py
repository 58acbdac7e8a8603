"""Fixtures: a schema of a test's own, and requests about it by somebody with a token."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from retort import Settings
from retort.auth.tokens import tokens

from ...application import MakeApp
from ...postgres import Database

Send = Callable[..., TestResponse]


@pytest.fixture
def serve(database: Database, settings: Settings, make_app: MakeApp) -> Callable[..., Send]:
    """Takes statements that make tables in the schema `shop`, in which `member` is the role of who
    has a token, and settings; gives what sends a request."""

    def serve(*statements: str, **changed: Any) -> Send:
        web = settings.url.username
        member = f"{web}_member"
        database.execute("CREATE SCHEMA shop", f"GRANT USAGE ON SCHEMA shop TO {web}, {member}")
        for statement in statements:
            database.execute(statement.replace(" member", f" {member}"))
        app = make_app(api_schemas=["shop"], **changed)
        token = {"Authorization": f"Bearer {tokens(app).issue('me')}"}

        def send(method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            form = "data" if isinstance(body, str) else "json"
            kwargs: dict[str, Any] = {"method": method, "headers": token | given, form: body}
            return app.test_client().open(f"/api{path}", **kwargs)

        return send

    return serve
