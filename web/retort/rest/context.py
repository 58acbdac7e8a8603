"""What Postgres is told of a request, in front of its statements and until its transaction ends:
who asks, where names are looked up, and, where a setting asks for it, the request itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import quote

from flask import Request
from sqlalchemy import Engine, event

from ..auth.tokens import ANONYMOUS, Identity
from ..round_trip import BEFORE, literal
from .catalog.resource import PUBLIC, Resource
from .catalog.types import DIALECT
from .request.headers import header_text
from .settings import RestSettings

BECOME = (
    "SELECT set_config('role', %(become_role)s, true), "
    "set_config('request.jwt.claims', %(become_claims)s, true); "
)

# The role of a log-in that has ended. Postgres reserves names that begin with pg_, so there is no
# such role, and what follows does not run.
ENDED = "pg_login_has_ended"
LOGIN = (
    "coalesce((SELECT %(become_role)s FROM public.logins WHERE id = %(become_login)s), "  # noqa: S608
    f"'{ENDED}')"
)
BECOME_IF_LOGGED_IN = BECOME.replace("%(become_role)s", LOGIN)

SETTINGS = ("method", "path", "headers", "cookies")
SET_REQUEST = ", ".join(
    f"set_config('request.{name}', %(request_{name})s, true)" for name in SETTINGS
)


@dataclass(frozen=True)
class Context:
    """SQL to send in front of each statement, in the same round trip, and its parameters."""

    sql: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    has_role: bool = False
    """Whether it becomes another role than ours."""
    has_zone: bool = False
    """Whether it sets another time zone than ours."""


class Contexts:
    """Makes them as the settings say."""

    def __init__(self, settings: RestSettings) -> None:
        # Measured, SET takes Postgres a seventh of the time of a set_config().
        self._claims = literal(json.dumps({"role": settings.role}))
        claims = self._claims.replace("%", "%%")
        self._nobody = Context(f'SET LOCAL "request.jwt.claims" = {claims}; ')
        self._extra = settings.api_extra_search_path
        self._sets_request = settings.api_request_settings
        self._path = cache(self._search_path)

    def of(
        self,
        identity: Identity = ANONYMOUS,
        resource: Resource | None = None,
        key: str | None = None,
        request: Request | None = None,
        zone: str | None = None,
    ) -> Context:
        """For a request about `resource`, or about its row with the key, in a time zone."""
        found = self._nobody if identity.role is None else _becoming(identity)
        if resource is None:
            return found
        if path := self._path(resource.schema):
            found = replace(found, sql=found.sql + path)
        if zone is not None:
            sql = f"{found.sql}SET LOCAL timezone = {literal(zone)}; "
            found = replace(found, sql=sql, has_zone=True)
        if self._sets_request and request is not None:
            parameters = {**found.parameters, **_request_settings(resource, key, request)}
            found = replace(found, sql=f"{found.sql}SELECT {SET_REQUEST}; ", parameters=parameters)
        return found

    def begin(self, engine: Engine, *, are_ours: bool) -> None:
        """Have the engine's connections begin as somebody without a token, and be that again after
        each transaction: what is not of the API, like the page at `/`, reads there too. Where their
        sessions are not ours alone, it is sent with each of its statements."""

        def connect(connection: Any, record: Any) -> None:
            if not are_ours:
                record.info[BEFORE] = self._nobody.sql
                return
            with connection.cursor() as cursor:
                cursor.execute(f'SET "request.jwt.claims" = {self._claims}')

        event.listen(engine, "connect", connect)

    def _search_path(self, schema: str) -> str:
        """As in PostgREST, the request's schema comes first. Of public alone, the search path that
        the database gives us takes care."""
        path = dict.fromkeys((schema, *self._extra))
        if list(path) == [PUBLIC]:
            return ""
        quote_ = DIALECT.identifier_preparer.quote_identifier
        return f"SET LOCAL search_path = {', '.join(map(quote_, path))}; "


def _becoming(identity: Identity) -> Context:
    """To have the token's role and claims, and to fail if the log-in that gave it has ended."""
    role = str(identity.role)
    become = {"become_role": role, "become_claims": json.dumps({**identity.claims, "role": role})}
    if identity.login is None:
        return Context(BECOME, become, has_role=True)
    return Context(BECOME_IF_LOGGED_IN, become | {"become_login": identity.login}, has_role=True)


def _request_settings(resource: Resource, key: str | None, request: Request) -> dict[str, str]:
    """PostgREST's settings, by the names of the parameters in SET_REQUEST. The path is the one
    below the API's own, as PostgREST has it, which has nothing above."""
    headers = {name.lower(): header_text(value) for name, value in request.headers.items()}
    headers.pop("cookie", None)
    found: dict[str, Any] = {
        "method": request.method,
        "path": f"/{quote(resource.name, safe='')}" + ("" if key is None else f"/{key}"),
        "headers": json.dumps(headers),
        "cookies": json.dumps(request.cookies.to_dict()),
    }
    return {f"request_{name}": value for name, value in found.items()}
