"""The settings of the stack itself; each feature has a `settings.py` of its own."""

import os
import pwd
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import ArgumentError

from .environment import AnyCase, CommaSeparated, Environment, Refused, split

PORT = 5432  # Postgres' own


def postgres_url(value: object) -> URL:
    """Take a URL as people write it, give SQLAlchemy's, to which a plain ``postgresql://`` means
    psycopg 3. Raises Refused."""
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
        raise Refused("what follows :// is not a user, a password, a host and a database") from None
    except ValueError:
        raise Refused("its port is not a number") from None
    if several:
        url = url.set(query=_hosts(several[2]) | dict(url.query))
    elif url.host and not url.port:
        url = url.set(port=PORT)
    try:
        make_dsn(**PGDialect_psycopg2().create_connect_args(url)[1])
    except (ArgumentError, ProgrammingError) as error:  # an option that libpq does not know
        raise Refused(str(error).removeprefix("invalid dsn: ").strip()) from None
    return url


def _of_the_primary(url: URL) -> URL:
    """Of several hosts, the one that takes writes, unless the URL says otherwise."""
    if "," not in str(PGDialect_psycopg2().create_connect_args(url)[1].get("host")):
        return url
    return url.set(query={"target_session_attrs": "read-write"} | dict(url.query))


def _hosts(text: str) -> dict[str, str]:
    """Take ``h1:5433,h2``, give libpq's options `host` and `port`. Raises Refused."""
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

    database_url: (
        Annotated[URL, BeforeValidator(postgres_url), AfterValidator(_of_the_primary)] | None
    ) = Field(None, description="a URL like postgresql://scott:tiger@localhost:5432/test")
    database_user: str | None = Field(None, description="a role's name")
    database_password: SecretStr | None = Field(None, description="that role's password")
    database_host: str = Field("localhost", description="a host name, or a socket's folder")
    database_port: int = Field(PORT, ge=1, le=65535, description="a port from 1 to 65535")
    database_name: str | None = Field(None, description="a database's name")

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        yield from super().disagreements(given)
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
        """The database's URL for SQLAlchemy, made of the parts if DATABASE_URL is not set."""
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
        """The name of the role that connects: the URL's, or else libpq's default."""
        named = self.url.username or self.url.query.get("user") or os.environ.get("PGUSER")
        return str(named or pwd.getpwuid(os.geteuid()).pw_name)


class StackSettings(DatabaseSettings):
    """What the web process needs whatever its features are."""

    secret_key: SecretStr = Field(
        min_length=32, description="at least 32 characters, random and kept secret"
    )
    secret_key_fallbacks: Annotated[
        list[Annotated[SecretStr, Field(min_length=32)]], BeforeValidator(split)
    ] = Field(
        [],
        description="keys like SECRET_KEY, comma-separated, whose signatures are accepted too",
    )
    trusted_hosts: CommaSeparated = Field(
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
    prepared_statements: bool = Field(
        True, description="1, or 0 behind a pooler that lends connections to transactions"
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = Field(
        "info", description="debug, info, warning or error"
    )
    log_format: Annotated[Literal["json", "text"], AnyCase] | None = Field(
        None, description="json or text; unset means text on a terminal, else json"
    )
    log_values: bool = Field(False, description="1 to log what requests ask for, or 0")
    sqlalchemy_echo: bool = Field(False, description="1 to log every statement, or 0")

    @property
    def fallbacks(self) -> list[str]:
        """SECRET_KEY_FALLBACKS as texts."""
        return [key.get_secret_value() for key in self.secret_key_fallbacks]
