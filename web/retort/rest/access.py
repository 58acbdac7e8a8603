"""Who may read and write what, by the models and the settings. Postgres then checks the rights of
the role as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..auth.tokens import Identity
from .catalog.resource import Resource
from .errors import ApiError, denied


@dataclass(frozen=True)
class Access:
    """`read` is who may read a resource whose model does not say it."""

    read: Literal["anyone", "token"]

    def may_read(self, resource: Resource, identity: Identity) -> bool:
        return _is(resource.options.read or self.read, identity)

    def check_read(self, resources: Iterable[Resource], identity: Identity) -> None:
        """Raises ApiError 42501 unless `identity` may read all of `resources`."""
        for resource in resources:
            _check(self.may_read(resource, identity), resource, identity)


def check_write(resource: Resource, identity: Identity) -> None:
    """Raises ApiError: 42501 if `identity` may not write it, HTTP405 if nobody can."""
    _check(_is(resource.options.write, identity), resource, identity)
    if not resource.can_write:
        raise ApiError(
            405,
            "HTTP405",
            f"{resource.name} can only be read",
            "it is a view, or has no primary key",
            headers={"Allow": "GET, HEAD, OPTIONS, FETCH"},
        )


def _is(who: str | frozenset[str], identity: Identity) -> bool:
    if isinstance(who, frozenset):
        return identity.role in who
    return who == "anyone" or identity.has_token


def _check(may: bool, resource: Resource, identity: Identity) -> None:
    if not may:
        raise denied(f"permission denied for table {resource.label}", has_token=identity.has_token)
