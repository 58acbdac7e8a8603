"""The settings of the API."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ..auth.settings import AuthSettings
from ..environment import AnyCase, CommaSeparated


def _prefix(value: object) -> object:
    """The path without a slash at its end. Raises ValueError if it is not a path."""
    path = str(value).rstrip("/")
    if path and not re.fullmatch(r"(/[\w.-]+)+", path, re.ASCII):
        raise ValueError("not a path")
    return path


TxEnd = Literal["commit", "commit-allow-override", "rollback", "rollback-allow-override"]


class RestSettings(AuthSettings):
    """Where the API is, what it serves and to whom; it asks `auth` who that is."""

    api_prefix: Annotated[str, BeforeValidator(_prefix)] = Field(
        "/api", description="a path that begins with /, or / alone for none"
    )
    api_schemas: CommaSeparated = Field(
        [],
        description="schemas, comma-separated, whose tables and views are served too; the "
        "first is the default",
    )
    api_extra_search_path: CommaSeparated = Field(
        ["public"],
        description="schemas, comma-separated, where Postgres looks for names after the "
        "request's own; unset means public",
    )
    api_request_settings: bool = Field(
        False, description="1 to tell Postgres of each request, or 0"
    )
    api_read: Annotated[Literal["anyone", "token"], AnyCase] = Field(
        "anyone", description="anyone, or token for whoever sends one"
    )
    api_max_rows: int = Field(
        1000, ge=1, le=1_000_000, description="a number of rows from 1 to 1000000"
    )
    api_max_bytes: int = Field(
        4 * 1024 * 1024,
        ge=1024,
        le=512 * 1024**2,
        description="a number of bytes from 1024 to 536870912",
    )
    api_keyless: bool = Field(
        False, description="1 to allow writes to tables without a primary key, or 0"
    )
    api_unfiltered: bool = Field(
        False, description="1 to allow PATCH and DELETE of every row, without a filter, or 0"
    )
    api_cors_origins: CommaSeparated = Field(
        [],
        description="origins, comma-separated, like https://example.com; * for any; unset "
        "means none",
    )
    tx_end: Annotated[TxEnd, AnyCase] = Field(
        "commit-allow-override",
        description="commit, rollback, commit-allow-override or rollback-allow-override",
    )

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        yield from super().disagreements(given)
        schemas = [schema.strip() for schema in given.get("api_schemas", "").split(",")]
        for schema in dict.fromkeys(schemas):
            if schema and schemas.count(schema) > 1:
                yield f"API_SCHEMAS: names {schema} more than once"
