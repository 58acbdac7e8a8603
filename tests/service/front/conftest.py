"""Gunicorn with its own configuration, and the application of these tests."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .. import gunicorn
from .client import exchange, get

Serve = Callable[..., gunicorn.Web]


@pytest.fixture(scope="module")
def serve() -> Generator[Serve]:
    """Starts a Gunicorn with other settings. The application needs no database."""
    with ExitStack() as stack:

        def serve(**settings: str) -> gunicorn.Web:
            folder = stack.enter_context(TemporaryDirectory())
            environ = gunicorn.environment(
                DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
                PYTHONPATH=f"{gunicorn.ROOT}:{gunicorn.ROOT / 'web'}",
                LOG_FORMAT="json",
                BODY_BYTES="100000",
                **gunicorn.MEASURED,
                **settings,
            )
            application = "tests.service.front.application:app"
            web = stack.enter_context(gunicorn.running(environ, Path(folder), application))
            exchange(web.url, get("/livez", "Connection: close"))  # a worker is there
            return web

        yield serve


@pytest.fixture(scope="module")
def web(serve: Serve) -> gunicorn.Web:
    return serve()
