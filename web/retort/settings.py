"""What the environment may say: every variable, typed and checked at the start.

Each variable may also be given as ``NAME_FILE``, the path of a file that holds the
value: the way in for secrets. What surrounds a value, like a newline at its end, is no part
of it, and an empty variable counts as unset.
"""

import os
import pwd
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import ArgumentError

from .jwt_keys import keys

PORT = 5432  # Postgres' own


class BadSettings(SystemExit):
    """Wrong settings, a line each. Uncaught it ends the process with these lines and
    exit code 1, be it Gunicorn, ``flask`` or db-init that was starting."""


class Refused(ValueError):
    """Why a value is refused, in words that repeat no secret."""


class Environment(BaseModel):
    """Settings read from the environment. A field's description says what it accepts."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Take a process environment, give the settings it holds.

        Raises BadSettings, which names every wrong variable and what it accepts.
        """
        given: dict[str, str] = {}
        wrong: dict[str, str] = {}
        for field in cls.model_fields:
            name = field.upper()
            value, path = (environ.get(key, "").strip() for key in (name, f"{name}_FILE"))
            if value and path:
                wrong[field] = f"{name}: also given as {name}_FILE; unset one of the two"
            elif path:
                try:
                    value = Path(path).read_text(encoding="utf-8-sig").strip()
                except (OSError, ValueError) as error:
                    wrong[field] = f"{name}_FILE: must be a text file that can be read ({error})"
            if value:
                given[field] = value
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            settings = None
            for detail in error.errors():
                field = str(detail["loc"][0])
                accepts = cls.model_fields[field].description
                reason = detail.get("ctx", {}).get("error")
                why = f" ({reason})" if isinstance(reason, Refused) else ""
                wrong.setdefault(field, f"{field.upper()}: must be {accepts}{why}")
        lines = [*wrong.values(), *cls.disagreements(given)]
        if lines or settings is None:
            raise BadSettings("\n".join(lines))
        return settings

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        """What is wrong with the fields given together, a line each."""
        yield from ()


def _postgres_url(value: object) -> URL:
    """The URL as people write it, made SQLAlchemy's: to SQLAlchemy 2.1 a plain
    ``postgresql://`` means psycopg 3."""
    scheme, _, rest = str(value).partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg2"):
        raise Refused("it has to begin with postgresql://")
    # libpq's way to name several hosts, whose ports SQLAlchemy would read as one.
    several = re.fullmatch(r"([^@]*@)?([^@/?]*,[^@/?]*)((?:[/?].*)?)", rest, re.DOTALL)
    if several:
        rest = f"{several[1] or ''}{several[3]}"
    try:
        url = make_url(f"postgresql+psycopg2://{rest}")
    except ArgumentError:
        raise Refused("what follows :// is no user, password, host and database") from None
    except ValueError:
        raise Refused("its port is no number") from None
    if several:
        url = url.set(query=_hosts(several[2]) | dict(url.query))
    elif url.host and not url.port:
        url = url.set(port=PORT)
    try:
        make_dsn(**PGDialect_psycopg2().create_connect_args(url)[1])
    except (ArgumentError, ProgrammingError) as error:  # an option that libpq does not know
        raise Refused(str(error).removeprefix("invalid dsn: ").strip()) from None
    return url


def _hosts(text: str) -> dict[str, str]:
    """Take ``h1:5433,h2``, give the hosts and their ports, as libpq's options have them."""
    hosts: list[str] = []
    ports: list[str] = []
    for part in text.split(","):
        found = re.fullmatch(r"(?:\[(.*)\]|([^:]*))(?::(\d+))?", part)
        if found is None:
            raise Refused("each of its hosts has to be like h1 or h1:5432")
        hosts.append(found[1] or found[2])
        ports.append(found[3] or str(PORT))
    return {"host": ",".join(hosts), "port": ",".join(ports)}


class DatabaseSettings(Environment):
    """Where the database is and who connects: one URL, or its parts."""

    database_url: Annotated[URL, BeforeValidator(_postgres_url)] | None = Field(
        None, description="a URL like postgresql://scott:tiger@localhost:5432/test"
    )
    database_user: str | None = Field(None, description="a role's name")
    database_password: SecretStr | None = Field(None, description="that role's password")
    database_host: str = Field("localhost", description="a host name, or a socket's folder")
    database_port: int = Field(PORT, ge=1, le=65535, description="a port from 1 to 65535")
    database_name: str | None = Field(None, description="a database's name")

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        parts = [name for name in given if name in DatabaseSettings.model_fields]
        if "database_url" in given:
            parts.remove("database_url")
            for part in parts:
                yield f"{part.upper()}: also a part of DATABASE_URL; unset one of the two"
        elif missing := {"database_user", "database_name"} - set(parts):
            names = " and ".join(sorted(part.upper() for part in missing))
            yield f"{names}: not set; give them, or the whole as DATABASE_URL"

    @property
    def url(self) -> URL:
        """The database's URL for SQLAlchemy, made of the parts if there was none."""
        if self.database_url is not None:
            return self.database_url
        password = self.database_password
        return URL.create(
            "postgresql+psycopg2",
            self.database_user,
            password.get_secret_value() if password else None,
            self.database_host,
            self.database_port,
            self.database_name,
        )

    @property
    def role(self) -> str:
        """As whom it connects: whom the URL names, or else whom libpq takes."""
        named = self.url.username or self.url.query.get("user") or os.environ.get("PGUSER")
        return str(named or pwd.getpwuid(os.geteuid()).pw_name)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _comma_separated(value: object) -> object:
    return [item.strip() for item in value.split(",")] if isinstance(value, str) else value


def _prefix(value: object) -> object:
    """Without a slash at the end; a path of one word or more."""
    path = str(value).rstrip("/")
    if path and not re.fullmatch(r"(/[\w.-]+)+", path, re.ASCII):
        raise ValueError("not a path")
    return path


def _jwt_key(value: SecretStr) -> SecretStr:
    keys(value.get_secret_value())
    return value


TxEnd = Literal["commit", "commit-allow-override", "rollback", "rollback-allow-override"]


class Settings(DatabaseSettings):
    """What the web process may be told."""

    secret_key: SecretStr = Field(
        min_length=32, description="at least 32 characters, random and kept secret"
    )
    trusted_hosts: Annotated[list[str], BeforeValidator(_comma_separated)] = Field(
        [],
        description="host names, comma-separated, '.example.com' with all below it; "
        "unset trusts any",
    )
    proxies: int = Field(
        0, ge=0, le=10, description="the number of reverse proxies in front, from 0 to 10"
    )
    workers: int = Field(2, ge=1, le=64, description="a number of processes from 1 to 64")
    threads: int = Field(
        16, ge=1, le=256, description="a number of threads a process, from 1 to 256"
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        Field("info", description="debug, info, warning or error")
    )
    log_format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] | None = Field(
        None, description="json or text; unset means text on a terminal, else json"
    )
    api_prefix: Annotated[str, BeforeValidator(_prefix)] = Field(
        "/api", description="a path that begins with /, or / alone for none"
    )
    api_schemas: Annotated[list[str], BeforeValidator(_comma_separated)] = Field(
        [],
        description="schemas, comma-separated, whose tables and views are served too; the "
        "first is the default",
    )
    api_read: Annotated[Literal["anyone", "token"], BeforeValidator(_lower)] = Field(
        "anyone", description="anyone, or token for nobody without one"
    )
    api_role: str | None = Field(
        None, description="a role's name: as whom a token runs that names none"
    )
    api_max_rows: int = Field(
        1000, ge=1, le=1_000_000, description="the rows of one answer, from 1 to 1000000"
    )
    api_cors_origins: Annotated[list[str], BeforeValidator(_comma_separated)] = Field(
        [],
        description="origins, comma-separated, like https://example.com; * for any; unset "
        "means none",
    )
    tx_end: Annotated[TxEnd, BeforeValidator(_lower)] = Field(
        "commit-allow-override",
        description="commit, rollback, commit-allow-override or rollback-allow-override",
    )
    token_minutes: int = Field(
        60, ge=1, le=525_600, description="the minutes that a token is good for, up to 525600"
    )
    jwt_key: Annotated[SecretStr, AfterValidator(_jwt_key)] | None = Field(
        None,
        description="another issuer's key: a secret of at least 32 characters, a public key "
        "in PEM, or a JWKS document",
    )
    jwt_audience: str | None = Field(
        None, description="the audience that another issuer's tokens must be for"
    )
    sqlalchemy_echo: bool = Field(False, description="1 to log every statement, or 0")

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        yield from super().disagreements(given)
        for name in ("trusted_hosts", "api_schemas", "api_cors_origins"):
            if "" in map(str.strip, given.get(name, name).split(",")):
                yield f"{name.upper()}: has an empty entry; a comma goes between two"
        schemas = [schema.strip() for schema in given.get("api_schemas", "").split(",")]
        for schema in dict.fromkeys(schemas):
            if schema and schemas.count(schema) > 1:
                yield f"API_SCHEMAS: {schema} is there more than once"
