"""`/tables`: every table that the API serves, to look at in a browser.

A page's address is a request of the API with `/tables` in place of its prefix. The page
sends that request, as anybody would, and shows it with the SQL that it made.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from ...auth.tokens import ANONYMOUS
from ..resources import Resource, closest
from ..service import Service
from .address import OPERATORS, Address
from .answer import Answer, ask
from .cells import cell
from .relations import counts, key_of, links, relations, row_url

SIZES = (10, 25, 100, 500)


def blueprint(service: Service) -> Blueprint:
    pages = Blueprint("tables", __name__, url_prefix="/tables")
    resources = {
        resource.label: resource
        for schema in service.catalog.schemas
        for resource in service.catalog.in_schema(schema)
    }

    def is_open(resource: Resource) -> bool:
        return service.may_read(resource, ANONYMOUS)

    def find(label: str) -> Resource:
        if label not in resources:
            near = closest(label, resources)
            hint = f" Perhaps you meant {near}?" if near else ""
            raise NotFound(f"There is no table {label} here.{hint}")
        return resources[label]

    def page(template: str, resource: Resource, answer: Answer, **context: Any) -> Response:
        html = render_template(
            template,
            resource=resource,
            answer=answer,
            is_open=is_open,
            cell=cell,
            links=links(resource),
            key_of=key_of,
            row_url=row_url,
            **context,
        )
        if answer.error is None:
            return make_response(html)
        # An ambiguous name is 300 to the API, which sends a browser nowhere.
        return make_response(html, max(answer.error.status, 400), answer.error.headers)

    @pages.get("")
    def tables() -> str:  # pyright: ignore[reportUnusedFunction]
        return render_template("tables.html", resources=resources.values(), is_open=is_open)

    @pages.get("/<table>")
    def table(table: str) -> Any:  # pyright: ignore[reportUnusedFunction]
        resource = find(table)
        address = Address(resource, list(request.args.items(multi=True)))
        if address.is_form:
            return redirect(address.of_form())
        answer = ask(service, resource, address.parameters)
        names = list(answer.rows[0]) if answer.rows else list(resource.columns)
        has_key = bool(resource.key) and {*resource.key} <= {*names}
        # A key of one column leads to the row by itself, if it leads nowhere else.
        lead = resource.key[0] if has_key and len(resource.key) == 1 else None
        most = resource.api.max_rows or service.max_rows or SIZES[-1]
        return page(
            "table.html",
            resource,
            answer,
            address=address,
            names=names,
            lead=lead if lead not in links(resource) else None,
            has_key=has_key,
            numeric={n for n in names if any(isinstance(r[n], Decimal) for r in answer.rows)},
            size=min(answer.limit, most),
            sizes=[size for size in SIZES if size <= most],
            operators=OPERATORS,
        )

    @pages.get("/<table>/<key>")
    def row(table: str, key: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        resource = find(table)
        embeds = [embed for _, embed in counts(resource, is_open).values()]
        select = [("select", ",".join(["*", *embeds]))] if embeds else []
        answer = ask(service, resource, select, key)
        row = answer.rows[0] if answer.rows else {}
        return page(
            "table_row.html",
            resource,
            answer,
            key=key,
            row=row,
            relations=relations(resource, row, is_open),
        )

    @pages.context_processor
    def addresses() -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        def table_url(resource: Resource) -> str:
            return url_for("tables.table", table=resource.label)

        return {"table_url": table_url}

    return pages
