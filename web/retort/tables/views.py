"""The routes of the pages."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..astray import Astray
from ..auth.tokens import ANONYMOUS
from ..rest.api import Api
from ..rest.catalog.resource import Resource, closest
from .address import OPERATORS, Address
from .answer import Answer, ask
from .cells import cell
from .relations import counting, key_of, links, relations, row_url, rows_url

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
    for rule, view in (("", tables), ("/<table>", table_page), ("/<table>/<key>", row_page)):
        pages.add_url_rule(f"/tables{rule}", view.__name__, partial(view, api))
    pages.context_processor(lambda: {"table_url": table_url})
    return pages


def table_url(resource: Resource) -> str:
    return url_for("tables.table_page", table=resource.label)


def tables(api: Api) -> str:
    resources = served(api).values()
    return render_template("tables.html", resources=resources, is_open=partial(_is_open, api))


def table_page(api: Api, table: str) -> Any:
    resource = _find(api, table)
    address = Address(resource, list(request.args.items(multi=True)))
    if address.is_form:
        return redirect(address.of_form())
    answer = ask(api, resource, address.parameters)
    names = list(answer.rows[0]) if answer.rows else list(resource.columns)
    has_key = bool(resource.key) and {*resource.key} <= {*names}
    # A key of one column is the link to the row, unless it refers to another row.
    lead = resource.key[0] if has_key and len(resource.key) == 1 else None
    return _page(
        api,
        "table.html",
        resource,
        answer,
        address=address,
        names=names,
        lead=lead if lead not in links(resource) else None,
        has_key=has_key,
        numeric={n for n in names if any(isinstance(r[n], Decimal) for r in answer.rows)},
        size=answer.limit,
        sizes=[size for size in SIZES if size <= resource.max_rows],
        operators=OPERATORS,
    )


def row_page(api: Api, table: str, key: str) -> Any:
    resource = _find(api, table)
    is_open = partial(_is_open, api)
    answer = ask(api, resource, counting(resource, is_open), key)
    if answer.error and answer.error.status == HTTPStatus.NOT_ACCEPTABLE:
        # A view may have the key of a table below several times.
        parts = key.split(",") if len(resource.key) > 1 else [key]
        return redirect(rows_url(resource, dict(zip(resource.key, parts, strict=True))))
    row = answer.rows[0] if answer.rows else {}
    shown = relations(resource, row, is_open)
    return _page(api, "table_row.html", resource, answer, key=key, row=row, relations=shown)


def served(api: Api) -> dict[str, Resource]:
    """All that is served, by the name that a page gives it."""
    return {
        resource.label: resource
        for schema in api.catalog.schemas
        for resource in api.catalog.in_schema(schema)
    }


def _find(api: Api, label: str) -> Resource:
    resources = served(api)
    if label not in resources:
        near = closest(label, resources)
        links = {near: table_url(resources[near])} if near else {}
        raise Astray(f"There is no table {label} here.", links)
    return resources[label]


def _is_open(api: Api, resource: Resource) -> bool:
    return api.access.may_read(resource, ANONYMOUS)


def _page(api: Api, template: str, resource: Resource, answer: Answer, **more: Any) -> Response:
    html = render_template(
        template,
        resource=resource,
        answer=answer,
        is_open=partial(_is_open, api),
        cell=cell,
        links=links(resource),
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
