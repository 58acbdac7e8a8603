"""`flask token` and `flask account`: what an operator does by hand."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from ..database import first_line
from . import accounts
from .tokens import tokens


@click.command()
@click.option("--subject", default="operator", show_default=True, help="The token's subject.")
@click.option("--role", help="The role of Postgres it runs as; without it API_ROLE.")
@with_appcontext
def token(subject: str, role: str | None) -> None:
    """Print a token for the API."""
    click.echo(tokens(current_app).issue(subject, role))


@click.command()
@click.argument("email")
@click.option("--role", help="The role of Postgres it runs as; without it API_ROLE.")
@click.option("--lock", is_flag=True, help="Let it log in no more, until its password is changed.")
@with_appcontext
def account(email: str, role: str | None, lock: bool) -> None:
    """Create the account EMAIL, or change its password, which is asked for; its tokens end."""
    try:
        done = _lock(email) if lock else _save(email, role)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except OperationalError as error:
        reason = first_line(error)
        raise click.ClickException(f"the database does not answer: {reason}") from None
    except ProgrammingError as error:
        problem = f"this database has no accounts: {first_line(error)}; run db-init"
        raise click.ClickException(problem) from None
    click.echo(f"account {accounts.normalized(email)}: {done}")


def _lock(email: str) -> str:
    accounts.lock(email)
    return "locked"


def _save(email: str, role: str | None) -> str:
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    return "created" if accounts.save(email, password, role) else "changed"
