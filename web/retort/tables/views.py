"""The routes of the pages."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..astray import Astray, near
from ..rest.api import Api
from ..rest.catalog.resource import Resource, closest
from ..rest.errors import ApiError
from ..rest.key import have_keys, key_in, parts_of
from .address import OPERATORS, Address
from .answer import Answer, ask
from .cells import cell
from .relations import counting, key_of, links, relations, row_url, rows_url
from .sight import Seen, Sight, columns

SIZES = (10, 25, 100, 500)
OF_PAGES = ("Content-Range", "Retry-After", "WWW-Authenticate")


def blueprint(api: Api) -> Blueprint:
    pages = Blueprint(
        "tables",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/static/tables",  # below /tables a table may be called `static`
    )
    sight = Sight(api)
    have_keys(pages)
    for rule, view in (("", tables), ("/<table>", table_page), ("/<table>/<key:key>", row_page)):
        pages.add_url_rule(f"/tables{rule}", view.__name__, partial(view, sight))
    pages.context_processor(lambda: {"table_url": table_url})
    return pages


def table_url(resource: Resource) -> str:
    return url_for("tables.table_page", table=resource.label)


def tables(sight: Sight) -> str:
    seen = sight.seen()
    resources = [resource for resource in served(sight.api).values() if resource in seen]
    return render_template("tables.html", resources=resources, seen=seen, is_open=sight.is_open)


def table_page(sight: Sight, table: str) -> Any:
    resource = _find(sight, table)
    seen = _seen(sight, resource)
    address = Address(resource, list(request.args.items(multi=True)), seen)
    if address.is_form:
        return redirect(address.of_form())
    answer = ask(sight.api, resource, address.parameters)
    shown = columns(resource, seen)
    names = list(answer.rows[0]) if answer.rows else shown
    has_key = bool(resource.key) and {*resource.key} <= {*names}
    # A key of one column is the link to the row, unless it refers to another row.
    lead = resource.key[0] if has_key and len(resource.key) == 1 else None
    return _page(
        sight,
        "table.html",
        resource,
        answer,
        seen,
        address=address,
        names=names,
        lead=lead if lead not in links(resource, seen) else None,
        has_key=has_key,
        numeric={n for n in names if any(isinstance(r[n], Decimal) for r in answer.rows)},
        size=answer.limit,
        sizes=[size for size in SIZES if size <= resource.max_rows],
        operators=OPERATORS,
        fields=resource.fields if address.star == "*" else shown,
    )


def row_page(sight: Sight, table: str, key: str) -> Any:
    resource = _find(sight, table)
    seen = _seen(sight, resource)
    try:
        in_address = key_in(request.environ, key)
    except ApiError as error:
        raise Astray(f"There is nothing at this address. {error.body['hint']}.", near()) from None
    answer = ask(sight.api, resource, counting(resource, seen, sight.is_open), in_address)
    if answer.error and answer.error.status == HTTPStatus.NOT_ACCEPTABLE:
        # A view may have the key of a table below several times.
        parts = parts_of(in_address, len(resource.key))
        return redirect(rows_url(resource, dict(zip(resource.key, parts, strict=True))))
    row = answer.rows[0] if answer.rows else {}
    shown = relations(resource, row, seen, sight.is_open)
    return _page(sight, "table_row.html", resource, answer, seen, key=key, row=row, relations=shown)


def served(api: Api) -> dict[str, Resource]:
    """All that is served, by the name that a page gives it."""
    return {
        resource.label: resource
        for schema in api.catalog.schemas
        for resource in api.catalog.in_schema(schema)
    }


def _find(sight: Sight, label: str) -> Resource:
    resources = served(sight.api)
    if label not in resources:
        seen = sight.seen()
        near = closest(
            label, [name for name, one in resources.items() if one in seen and sight.is_open(one)]
        )
        links = {near: table_url(resources[near])} if near else {}
        raise Astray(f"There is no table {label} here.", links)
    return resources[label]


def _seen(sight: Sight, resource: Resource) -> Seen:
    """What is seen, if the resource can be."""
    try:
        return sight.seen() if sight.is_open(resource) else {}
    except (DBAPIError, PoolTimeout):  # the page will say it of the resource
        return {}


def _page(
    sight: Sight,
    template: str,
    resource: Resource,
    answer: Answer,
    seen: Seen,
    **more: Any,
) -> Response:
    html = render_template(
        template,
        resource=resource,
        answer=answer,
        is_open=sight.is_open,
        cell=cell,
        links=links(resource, seen),
        key_of=key_of,
        row_url=row_url,
        **more,
    )
    if answer.error is None:
        return make_response(html)
    # A function of the database may have chosen the others, for an answer that is no page.
    headers = {name: text for name, text in answer.error.headers.items() if name in OF_PAGES}
    # The API says 300 for an ambiguous name, which a browser takes for a redirection.
    return make_response(html, max(answer.error.status, 400), headers)
