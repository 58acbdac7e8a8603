"""What anybody sees of the API without a token: what is there, and what Postgres gives them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..auth.tokens import ANONYMOUS
from ..rest.access import may_read
from ..rest.api import Api
from ..rest.catalog.resource import Resource
from ..rest.request.scanner import quoted
from ..rest.rights import methods, rights

Seen = Mapping[Resource, frozenset[str]]
"""With the columns that may be read, hidden ones too, by which tables may be joined."""

SECONDS = 5.0  # for which an answer holds, so that a page stays one round trip


def columns(resource: Resource, seen: Seen) -> list[str]:
    """Those that a page shows."""
    may = seen.get(resource, resource.columns)
    return [name for name in resource.columns if name in may]


def star(resource: Resource, seen: Seen) -> str:
    """What to select for all of them: a star means those too that may not be read."""
    names = columns(resource, seen)
    is_part = 0 < len(names) < len(resource.columns)
    return ",".join(map(quoted, names)) if is_part else "*"


class Sight:
    def __init__(self, api: Api) -> None:
        self.api = api
        self._seen: Seen = {}
        self._until = float("-inf")

    def seen(self) -> Seen:
        """What has a page and can be read, by anybody or with a token, as it was a few seconds ago.

        Raises sqlalchemy.exc.DBAPIError, and TimeoutError where no connection is left.
        """
        if time.monotonic() > self._until:
            given, parts, _ = rights(self.api, ANONYMOUS)
            self._seen = {
                resource: parts.get(resource.place)
                or frozenset(column.name for column in resource.table.columns)
                for resource in self.api.catalog.resources.values()
                if resource.has_address and "get" in methods(resource, ANONYMOUS, given)
            }
            self._until = time.monotonic() + SECONDS
        return self._seen

    def is_open(self, resource: Resource) -> bool:
        """Whether it needs no token."""
        return may_read(resource, ANONYMOUS)
