"""`/livez`, for what restarts the process: it is alive. `/readyz`, for what routes to it: it can
serve, or else why it cannot; of a schema that does not fit, `schema.misfit` says why."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Blueprint, Flask, Response, copy_current_request_context, current_app, jsonify
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from . import schema
from .database import read
from .deadline import Deadline, current
from .media import TEXT
from .standby import standby

blueprint = Blueprint("health", __name__)

PATHS = ("/livez", "/readyz")
NEEDS_DB_INIT = "NEEDS_DB_INIT"
PATIENCE = 1  # second

# To look a name up, or to connect, may take longer. In a thread of its own, nobody else waits.
_probe = ThreadPoolExecutor(1, thread_name_prefix="readyz")


def init_app(app: Flask) -> None:
    app.config[NEEDS_DB_INIT] = True
    app.register_blueprint(blueprint)


def without_db_init(app: Flask) -> None:
    """Note that the database is served as it is, whatever its migrations are."""
    app.config[NEEDS_DB_INIT] = False


@blueprint.get("/livez")
def livez() -> Response:
    return Response("ok\n", mimetype=TEXT)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    deadline = Deadline()
    answer = _probe.submit(copy_current_request_context(partial(_state, deadline)))
    try:
        found, served = answer.result(PATIENCE)
    except ProgrammingError:  # no table alembic_version, or no right to read it
        found = served = None
    except (OperationalError, PoolTimeout, TimeoutError):
        answer.cancel()
        deadline.end()
        return _not_ready(database=f"no answer within {PATIENCE} s")
    ok = {"database": "ok"}
    if (reads := standby(current_app)) is not None:
        ok["standby"] = reads.state()
    if not (misfit := schema.misfit(found, served)):
        return jsonify(ready=True, **ok, schema=schema.HEAD), 200
    if not current_app.config[NEEDS_DB_INIT]:
        return jsonify(ready=True, **ok, schema="served as it is, without db-init"), 200
    return _not_ready(**ok, schema=misfit)


def _not_ready(**why: str) -> tuple[Response, int]:
    response = jsonify(ready=False, **why)
    response.headers["Retry-After"] = "1"  # second
    return response, 503


def _state(deadline: Deadline) -> tuple[str | None, str | None]:
    current.set(deadline)
    return read(schema.STATE)[0]
