"""The settings of the standby."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlalchemy import URL

from ..settings import StackSettings, postgres_url


class StandbySettings(StackSettings):
    """Which standby there is to read from."""

    database_read_url: Annotated[URL, BeforeValidator(postgres_url)] | None = Field(
        None, description="a standby's URL, like postgresql://standby.example.com"
    )

    @property
    def read_url(self) -> URL | None:
        """The standby's URL for SQLAlchemy. The role, its password and the database are the
        primary's where it does not name others."""
        if (given := self.database_read_url) is None:
            return None
        return given.set(
            username=given.username or self.role,
            password=given.password or self.url.password,
            database=given.database or self.url.database,
        )
