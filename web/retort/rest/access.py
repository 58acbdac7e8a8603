"""Who may read and write what, as the models and the settings have it. What the roles of Postgres
may do comes on top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..auth.tokens import Identity
from .catalog.resource import Resource
from .errors import ApiError, denied


@dataclass(frozen=True)
class Access:
    """`read` says who may read what no model says otherwise of."""

    read: Literal["anyone", "token"]

    def may_read(self, resource: Resource, identity: Identity) -> bool:
        return _is(resource.options.read or self.read, identity)

    def check_read(self, resources: Iterable[Resource], identity: Identity) -> None:
        """Raises ApiError 42501."""
        for resource in resources:
            _check(self.may_read(resource, identity), resource, identity)


def check_write(resource: Resource, identity: Identity) -> None:
    """Raises ApiError: 42501 for who may not, HTTP405 where nobody can."""
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
