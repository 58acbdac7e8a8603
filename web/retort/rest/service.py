"""What every exchange shares: the database, the resources, the settings, who may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flask_sqlalchemy import SQLAlchemy

from ..auth.tokens import Identity, Tokens
from .errors import denied
from .resources import Catalog, Resource

TxEnd = Literal["commit", "commit-allow-override", "rollback", "rollback-allow-override"]


@dataclass(frozen=True)
class Service:
    db: SQLAlchemy
    catalog: Catalog
    tokens: Tokens
    prefix: str
    read: Literal["anyone", "token"]
    max_rows: int | None
    tx_end: TxEnd

    def may_read(self, resource: Resource, identity: Identity) -> bool:
        return _is(resource.api.read or self.read, identity)

    def may_write(self, resource: Resource, identity: Identity) -> bool:
        return _is(resource.api.write, identity)

    def check_read(self, resources: Iterable[Resource], identity: Identity) -> None:
        """Raises ApiError 42501."""
        for resource in resources:
            if not self.may_read(resource, identity):
                raise denied(
                    f"permission denied for table {resource.label}", has_token=identity.has_token
                )

    def check_write(self, resource: Resource, identity: Identity) -> None:
        """Raises ApiError 42501."""
        if not self.may_write(resource, identity):
            raise denied(
                f"permission denied for table {resource.label}", has_token=identity.has_token
            )

    def rolls_back(self, wish: str | None) -> bool:
        """Whether a transaction is undone at its end, as TX_END and `Prefer: tx=` have it."""
        end, _, override = self.tx_end.partition("-")
        return (wish if wish and override else end) == "rollback"

    @property
    def heeds_tx(self) -> bool:
        return self.tx_end.endswith("-allow-override")


def _is(who: str | frozenset[str], identity: Identity) -> bool:
    if isinstance(who, frozenset):
        return identity.role in who
    return who == "anyone" or identity.has_token
