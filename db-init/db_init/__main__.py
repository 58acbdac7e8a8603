"""`python -m db_init`: prepare the database that the environment names, then exit. Its arguments
are the revisions of the code that runs: it migrates only if that goes on working."""

import sys

from pydantic import Field, SecretStr

from retort.settings import DatabaseSettings

from .prepare import Failure, prepare


class Settings(DatabaseSettings):
    """How to connect as the database's owner, and the role that `web` connects as."""

    web_user: str = Field("web", description="a role's name, not the owner's")
    web_password: SecretStr = Field(description="that role's password")
    owns_server: bool = Field(False, description="1 if nobody else uses the server, or 0")
    backup_password: SecretStr = Field(
        SecretStr(""), description="the password of the role for scheduled backups"
    )


def main() -> None:
    settings = Settings.load()
    try:
        prepare(
            settings.url,
            settings.web_user,
            settings.web_password.get_secret_value(),
            report=lambda line: print(f"db-init: {line}", flush=True),
            running=sys.argv[1:],
            owns_server=settings.owns_server,
            backup_password=settings.backup_password.get_secret_value(),
        )
    except Failure as failure:
        sys.exit(f"db-init: {failure}")


if __name__ == "__main__":
    main()
