"""The API as one object: what its views need, and what other features may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_sqlalchemy import SQLAlchemy

from ..auth.tokens import Tokens
from .catalog import Catalog
from .context import Contexts
from .reads import Reads
from .settings import RestSettings


@dataclass(frozen=True)
class Api:
    db: SQLAlchemy
    reads: Reads
    catalog: Catalog
    tokens: Tokens
    settings: RestSettings
    contexts: Contexts
    described: dict[str, Any] = field(default_factory=dict[str, Any])
    """OpenAPI's paths of other features."""

    def describe(self, paths: Mapping[str, Any]) -> None:
        """Add paths of another feature to the OpenAPI document."""
        self.described.update(paths)

    @property
    def heeds_tx(self) -> bool:
        """Whether `Prefer: tx=` may say how a transaction ends."""
        return self.settings.tx_end.endswith("-allow-override")

    def undoes(self, wish: str | None) -> bool:
        """Whether the `wish` of `Prefer: tx=`, or else TX_END, rolls a transaction back at its
        end."""
        return (wish or self.settings.tx_end).partition("-")[0] == "rollback"
