"""Makes resources of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from pydantic import ValidationError
from sqlalchemy import Table

from .resource import ApiOptions, BadModel, Resource, place


def options_of(model: type[Any]) -> ApiOptions | None:
    """What a model says of itself; None if it is not served. Raises BadModel."""
    said: Mapping[str, Any] | bool = getattr(model, "__api__", {})
    if said is False:
        return None
    try:
        return ApiOptions.model_validate({} if said is True else said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadModel(f"__api__ of {model.__name__}: {where}: {first['msg']}") from None


def closed(db: SQLAlchemy) -> set[Table]:
    """The tables of models that are not served. Raises BadModel."""
    base: Any = db.Model
    tables = {mapper.local_table: options_of(mapper.class_) for mapper in base.registry.mappers}
    return {
        table for table, options in tables.items() if isinstance(table, Table) and options is None
    }


def mapped(db: SQLAlchemy) -> list[Resource]:
    """A resource for each model of `db` that is served. Raises BadModel."""
    found: list[Resource] = []
    base: Any = db.Model
    base.registry.configure()  # the first query would do it, but maybe later
    for mapper in base.registry.mappers:
        table: Any = mapper.local_table
        options = options_of(mapper.class_)
        # Of the models that share a table by inheritance, only the first is served.
        if options is None or not issubclass(type(table), Table) or mapper.single:
            continue
        schema, name = place(table)
        found.append(Resource(name, schema, table, options, mapper, is_view=table.is_view))
    return found
