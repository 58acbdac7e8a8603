"""The sheet's addresses. Each answers as a page, as text for a terminal, or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from logging import getLogger
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, stream_with_context, url_for
from werkzeug.exceptions import BadRequest, ServiceUnavailable, TooManyRequests

from ..astray import Astray, near
from ..media import HTML, JSON, TEXT, preferred
from .parameters import BadParameter, read
from .recipe import Recipe
from .recipes import CHAPTERS, RECIPES
from .renderers import data, page, terminal
from .runs.record import Statement
from .runs.recorded import recorded
from .runs.runner import Busy, Run, Runner, Unprepared
from .runs.stream import happening
from .search import search

NDJSON = "application/x-ndjson"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
RETRY_AFTER = 1  # second

# Parameters of an address that are not the recipe's; those that only choose how it is shown.
SHOWN = ("form", "color", "plan")
OWN = (*SHOWN, "run")
TRUE = ("1", "true", "yes")

_log = getLogger(__name__)


def blueprint(runner: Runner) -> Blueprint:
    """The sheet's routes; `runner` runs the recipes."""
    routes = Blueprint(
        "cheatsheet",
        __name__,
        url_prefix="/cheatsheet",
        template_folder="templates",
        static_folder="static",
    )
    page.add_filters(routes)

    @routes.get("")
    def index() -> Response | str:
        query = request.args.get("q", "").strip()
        found = search(query)
        form = preferred()
        if form == HTML:
            return page.index(query, found)
        if form == JSON:
            return jsonify(data.found(found) if query else data.listing())
        text = (
            terminal.found(query, found, color=_color())
            if query
            else terminal.listing(color=_color())
        )
        return Response(text, mimetype=TEXT)

    @routes.route("/<name>", methods=["GET", "POST"])
    def recipe(name: str) -> Response | str:
        recipe = _recipe(name)
        form = preferred()
        if form == HTML:
            return _page(runner, recipe)
        run = _run(runner, recipe, *given(recipe), plans=_plans())
        if form == JSON:
            return jsonify(data.ran(run))
        return Response(terminal.ran(run, color=_color()), mimetype=TEXT)

    @routes.get("/chapters/<name>")
    def chapter(name: str) -> Response | str:
        chapter = next((one for one in CHAPTERS if one.slug == name), None)
        if chapter is None:
            links = _chapters(name) or near()
            raise Astray(f"There is no chapter {name!r}. /cheatsheet lists all.", links)
        form = preferred()
        if form == HTML:
            return page.chapter(chapter)
        if form == JSON:
            return jsonify(data.chapter(chapter))
        return Response(terminal.chapter(chapter, color=_color()), mimetype=TEXT)

    @routes.post("/<name>/run")
    def stream(name: str) -> Response:
        recipe = _recipe(name)
        form, values = given(recipe)
        events = happening(lambda heard: _run(runner, recipe, form, values, on_statement=heard))
        # An error before the first statement can still be an answer with its own status.
        first = next(events)
        return Response(stream_with_context(page.lines(chain([first], events))), mimetype=NDJSON)

    return routes


def _page(runner: Runner, recipe: Recipe) -> Response:
    """The recipe with its recorded run, or with a fresh one where the address asks for that."""
    try:
        form, values = given(recipe)
    except BadRequest as error:
        return page.recipe(recipe, request.values, error=error)
    if request.method != "POST" and {*request.values} <= {*SHOWN}:
        return page.recipe(recipe, request.values, recorded(recipe, form))
    try:
        run = _run(runner, recipe, form, values, plans=_plans())
        return page.recipe(recipe, request.values, run)
    except TooManyRequests as error:
        return page.recipe(recipe, request.values, recorded(recipe, form), error)


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        found = [match.recipe.slug for match in search(name).matches[:3]]
        recipes = {slug: url_for("cheatsheet.recipe", name=slug) for slug in found}
        raise Astray(
            f"There is no recipe {name!r}. /cheatsheet lists all.", _chapters(name) | recipes
        )
    return RECIPES[name]


def _chapters(name: str) -> dict[str, str]:
    """The addresses of the chapters whose names have these words, by what they are called."""
    words = {*name.split("-")}
    found = [one.slug for one in CHAPTERS if words <= {*one.slug.split("-")}]
    return {f"chapters/{slug}": url_for("cheatsheet.chapter", name=slug) for slug in found}


def _run(
    runner: Runner,
    recipe: Recipe,
    form: str,
    values: dict[str, Any],
    *,
    plans: bool = True,
    on_statement: Callable[[Statement], None] = lambda statement: None,
) -> Run:
    try:
        return runner.run(recipe, values, form, on_statement, plans=plans)
    except Busy as busy:
        raise TooManyRequests(str(busy), retry_after=RETRY_AFTER) from None
    except Unprepared as error:
        _log.error("cheatsheet: %s; run db-init on this database", error)
        raise ServiceUnavailable("The database is not prepared for the cheat sheet.") from None


def given(recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """Which form of the recipe the request asks for, and the values of its parameters.

    Aborts with 400, which names what is wrong, and with 415.
    """
    if request.content_length and request.mimetype not in FORMS:
        abort(415, "Send parameters in the address, or as a form: curl -d least=100.")
    fields = request.values.to_dict()
    form = fields.get("form", "modern")
    try:
        recipe.form(form)
        return form, read(
            recipe.parameters, {name: fields[name] for name in fields if name not in OWN}
        )
    except LookupError:
        abort(400, f"form: {recipe.slug} has no form {form!r}; without it, the modern form runs.")
    except BadParameter as error:
        abort(400, f"{error}.")


def _plans() -> bool:
    return request.values.get("plan", "1") in TRUE


def _color() -> bool:
    return request.args.get("color", "") in TRUE
