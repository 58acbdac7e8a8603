"""What anybody sees of the API without a token: what is there, and what Postgres gives them."""

from __future__ import annotations

import time
from collections.abc import Set

from ..auth.tokens import ANONYMOUS
from ..rest.access import may_read
from ..rest.api import Api
from ..rest.catalog.resource import Resource
from ..rest.rights import methods, rights

Seen = Set[Resource]

SECONDS = 5.0  # for which an answer holds, so that a page stays one round trip


class Sight:
    def __init__(self, api: Api) -> None:
        self.api = api
        self._seen: frozenset[Resource] = frozenset()
        self._until = float("-inf")

    def seen(self) -> frozenset[Resource]:
        """What has a page and can be read, by anybody or with a token, as it was a few seconds ago.

        Raises sqlalchemy.exc.DBAPIError, and TimeoutError where no connection is left.
        """
        if time.monotonic() > self._until:
            given, _ = rights(self.api, ANONYMOUS)
            self._seen = frozenset(
                resource
                for resource in self.api.catalog.resources.values()
                if resource.has_address and "get" in methods(resource, ANONYMOUS, given)
            )
            self._until = time.monotonic() + SECONDS
        return self._seen

    def is_open(self, resource: Resource) -> bool:
        """Whether it needs no token."""
        return may_read(resource, ANONYMOUS)
