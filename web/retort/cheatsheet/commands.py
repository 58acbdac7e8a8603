"""`flask cheatsheet`: the sheet in a terminal."""

from __future__ import annotations

import sys

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError

from ..database import first_line
from .parameters import BadParameter, read
from .recipes import RECIPES
from .renderers import terminal
from .runs.runner import Busy, Runner, Unprepared
from .search import search


def init_app(app: Flask, runner: Runner) -> None:
    @app.cli.command()
    @click.argument("words", nargs=-1)
    @click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter.")
    @click.option("--legacy", is_flag=True, help="Run the legacy form.")
    @click.option("--no-plan", is_flag=True, help="Leave the plans out.")
    def cheatsheet(
        words: tuple[str, ...], given: tuple[str, ...], *, legacy: bool, no_plan: bool
    ) -> None:
        """Run the recipe that WORDS name, or list those that they find."""
        color = sys.stdout.isatty()
        if len(words) != 1 or words[0] not in RECIPES:
            query = " ".join(words)
            if given or legacy or no_plan:
                raise click.ClickException(f"there is no recipe {query!r} to run")
            text = (
                terminal.found(query, search(query), color=color)
                if query
                else terminal.listing(color=color)
            )
            click.echo(text, nl=False, color=color)
            return
        recipe = RECIPES[words[0]]
        try:
            values = read(recipe.parameters, dict(_pair(text) for text in given))
            form = "legacy" if legacy else "modern"
            run = runner.run(recipe, values, form, plans=not no_plan)
        except (BadParameter, Busy, LookupError) as error:
            raise click.ClickException(str(error)) from None
        except Unprepared as error:
            raise click.ClickException(f"{error}; run db-init on this database") from None
        except DBAPIError as error:
            reason = first_line(error)
            raise click.ClickException(f"the database does not answer: {reason}") from None
        click.echo(terminal.ran(run, color=color), nl=False, color=color)


def _pair(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise click.ClickException(f"--set {text}: write it as NAME=VALUE")
    return name, value
