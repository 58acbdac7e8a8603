"""The sheet as pages, and a run as parts of one."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from logging import getLogger
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Response,
    get_template_attribute,
    make_response,
    render_template,
    url_for,
)
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from ..alone import alone, models, rows
from ..recipe import Chapter, Recipe
from ..recipes import CHAPTERS, RECIPES
from ..runs.plan import Node
from ..runs.record import Statement
from ..runs.recorded import recorded
from ..runs.result import Shown
from ..runs.runner import Run
from ..search import Found
from . import diagram, highlight, wording
from .fields import fields

# As everywhere, except for the script, which asks for recipes found and for runs.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PARTS = "cheatsheet/parts.html"
ROOM = 52  # characters of a row beside the code, more or less
PADDING = 4  # characters that each of its columns needs besides
NUMBER = re.compile(r"-?[\d.,:%]+( ms)?|NULL|None|")

_log = getLogger(__name__)


def add_filters(routes: Blueprint) -> None:
    """Add the filters that the templates use."""
    for function in (prose, linked, highlighted, sql, script, total, numeric, wide, site):
        routes.add_app_template_filter(function)
    routes.add_app_template_test(wording.reads_catalogue, "catalogue")
    for function in (
        wording.parameters,
        wording.took,
        wording.step,
        wording.grouped,
        wording.catalogue,
        wording.needs,
    ):
        routes.add_app_template_filter(function, f"sheet_{function.__name__}")


def index(query: str, found: Found) -> Response:
    """The list, or what a search found."""
    return _page(
        render_template(
            "cheatsheet/index.html",
            query=query,
            found=found,
            chapters=CHAPTERS,
            count=len(RECIPES),
            boxes=diagram.boxes(),
        )
    )


def chapter(chapter: Chapter) -> Response:
    """A chapter: all its recipes, with their code and what they gave when they were recorded."""
    return _page(
        render_template(
            "cheatsheet/chapter.html",
            chapter=chapter,
            recipes=[(recipe, recorded(recipe, "modern")) for recipe in chapter.recipes],
            chapters=CHAPTERS,
            count=len(RECIPES),
        )
    )


def recipe(
    recipe: Recipe,
    given: Mapping[str, str],
    run: Run | None = None,
    error: HTTPException | None = None,
) -> Response:
    """A recipe, its form filled with what is `given`, and the run, or why there is none."""
    every = list(RECIPES.values())
    at = every.index(recipe)
    problem = (error and error.description) or ""
    form = "legacy" if recipe.legacy and given.get("form") == "legacy" else "modern"
    own = {name: given[name] for name in recipe.parameters.model_fields if name in given}
    own |= {"form": form} if form == "legacy" else {}
    # Not all by url_for: a recipe may have a parameter `name`, and so has the address.
    address = url_for("cheatsheet.recipe", name=recipe.slug, _external=True)
    address += f"?{urlencode(own)}" if own else ""
    page = _page(
        render_template(
            "cheatsheet/recipe.html",
            recipe=recipe,
            run=run,
            form=form,
            programs={one: alone(recipe, one) for one in recipe.forms},
            models=models(recipe),
            rows=rows(recipe),
            curl=shlex.join(["curl", address]),
            fields=fields(recipe, given, problem),
            problem=problem,
            chapters=CHAPTERS,
            count=len(every),
            previous=every[at - 1] if at else None,
            next=every[at + 1] if at + 1 < len(every) else None,
        )
    )
    if error is not None:
        page.status_code = error.code or 500
        page.headers.extend([one for one in error.get_headers() if one[0] == "Retry-After"])
    return page


def lines(events: Iterator[Statement | Run]) -> Iterator[str]:
    """Take a run as it happens, give lines of JSON, each with a part of the page and its HTML."""
    sent, more, summary, result, sql = (
        get_template_attribute(PARTS, name) for name in ("sent", "more", "summary", "result", "sql")
    )
    same: list[Statement] = []  # those to the catalogue in a row, which are shown together
    try:
        for event in events:
            if isinstance(event, Statement) and wording.reads_catalogue(event):
                same.append(event)
                continue
            if same:
                yield _line("statements", sent(same))
                same = []
            if isinstance(event, Statement):
                yield _line("statements", sent([event]))
            else:
                if event.record.more:
                    yield _line("statements", more(event))
                yield _line("result", result(event))
                yield _line("sql", sql(event))
                yield _line("summary", summary(event))
    except Exception:  # it is too late for a status
        _log.exception("cheatsheet")
        yield _line("problem", "The run was interrupted. Run it again.")


def _line(part: str, html: str) -> str:
    return json.dumps({"part": part, "html": html.strip()}, ensure_ascii=False) + "\n"


def _page(html: str) -> Response:
    response = make_response(html)
    response.headers["Content-Security-Policy"] = CSP
    return response


def prose(words: str) -> Markup:
    """A text as HTML, with code for what is in backticks."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words))))  # noqa: S704


def linked(words: str) -> Markup:
    """A text as HTML, where each recipe that it names is a link to it."""

    def link(found: re.Match[str]) -> str:
        return f'<a href="{url_for("cheatsheet.recipe", name=found[1])}">{found[0]}</a>'

    return Markup(re.sub(r"(?<=recipe )<code>(.+?)</code>", link, prose(words)))  # noqa: S704


def highlighted(code: str, language: str) -> Markup:
    """Code as HTML with colours, without a newline at its end."""
    return Markup(highlight.html(code, language).rstrip("\n"))  # noqa: S704


def sql(statement: Statement) -> Markup:
    """A statement with a line for each clause, and with its colours."""
    return highlighted(wording.sql(statement.sql), "sql")


def script(run: Run) -> Markup:
    """All that a run sent, as one text to copy."""
    # Not by `highlight`, which would keep the values, a reader's own, in its cache.
    value = Markup('\n<span class="c1">-- {}</span>')
    return Markup("\n\n").join(
        value.format(wording.catalogue(same)).lstrip()
        if wording.reads_catalogue(same[0])
        else sql(same[0])
        + ";"
        + Markup("").join(map(value.format, wording.parameters(same[0].parameters)))
        for same in wording.grouped(run.statements)
    )


def total(root: Node) -> float:
    """The milliseconds of all steps of a plan."""
    return sum(node.milliseconds for _, node in root.walk()) or 1.0


def numeric(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns hold numbers only."""
    return [all(NUMBER.fullmatch(cell) for cell in column) for column in zip(*rows, strict=True)]


def wide(table: Shown) -> bool:
    """Whether three columns or more would have to break their values beside the code."""
    columns = zip(table.columns, *table.rows, strict=True)
    longest = [max(len(line) for cell in one for line in cell.split("\n")) for one in columns]
    return len(longest) > 2 and sum(longest) + PADDING * len(longest) > ROOM  # noqa: PLR2004


def site(url: str) -> str:
    """The words for a link: the site, and the page or the name there."""
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("www.")
    names = {
        "docs.sqlalchemy.org": "SQLAlchemy",
        "alembic.sqlalchemy.org": "Alembic",
        "flask-sqlalchemy.palletsprojects.com": "Flask-SQLAlchemy",
        "flask-sqlalchemy.readthedocs.io": "Flask-SQLAlchemy",
        "flask.palletsprojects.com": "Flask",
        "postgresql.org": "Postgres",
        "docs.python.org": "Python",
        "psycopg.org": "psycopg",
    }
    place = parts.path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    if parts.fragment:  # a heading, or a name like sqlalchemy.orm.Session.get
        place = ".".join(parts.fragment.split(".")[-2:])
    words = place if "." in place else place.replace("-", " ")
    return f"{names.get(host, host)}: {words}"
