"""What is served, found out once at the start: the models, and what the database has beside
them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import partial
from typing import Any, TypeVar

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError

from ...auth.models import TABLES
from ...database import first_line
from ...environment import BadSettings
from ...schema import HEAD
from ..errors import ApiError, Guarded, MayRead
from ..run import autocommit_engine
from ..settings import RestSettings
from .check import wrong
from .computed import SqlSide
from .functions import attach
from .keys import Key, Keys, keys_of
from .models import closed, mapped
from .reflect import Found, misfit, reflect
from .relationships import connect
from .resource import PUBLIC, ApiOptions, Place, Resource, closest, likeness, place
from .view_relationships import connect_views
from .views import fit

T = TypeVar("T")

# The log-in's tables, which stay private even if `db` is not the one of our models.
OWN = set(TABLES)
VERSIONS = "alembic_version"
FUNCTIONS = "rpc"  # where PostgREST has them
# As in PostgREST, whoever guesses is told of no name that is less like the guess.
LIKELY = 0.75


class Catalog:
    """All resources, by schema and name."""

    def __init__(
        self, resources: Iterable[Resource], schemas: tuple[str, ...], *, by_db_init: bool
    ) -> None:
        self.resources = {resource.place: resource for resource in resources}
        self.schemas = schemas
        self.by_db_init = by_db_init
        """Whether the database is db-init's, whose migrations then have to fit the code."""

    def in_schema(self, schema: str) -> list[Resource]:
        return sorted(
            (resource for resource in self.resources.values() if resource.schema == schema),
            key=lambda resource: resource.name,
        )

    def shows(self, schema: str, table: str, expressions: Iterable[str]) -> bool:
        """Whether the table is served, and none of the expressions is about a hidden column."""
        resource = self.resources.get((schema, table))
        return resource is not None and not any(map(resource.tells, expressions))

    def profile(self, schema: str) -> str | None:
        """What the header Content-Profile says of an answer from this schema: its name in UTF-8,
        as WSGI takes that; None where there is only one."""
        return schema.encode().decode("latin-1") if len(self.schemas) > 1 else None

    def get(self, schema: str, name: str) -> Resource:
        """Raises ApiError: PGRST205, or PGRST202 where PostgREST has functions."""
        resource = self.resources.get((schema, name))
        if resource is not None:
            return resource
        if name == FUNCTIONS:
            raise ApiError(
                404,
                "PGRST202",
                "Functions are not served",
                hint="Use a view, a computed column, or a route of your own",
            )
        raise Guarded(partial(self._unknown, schema, name))

    def _unknown(self, schema: str, name: str, may_read: MayRead) -> ApiError:
        near = closest(name, [one.name for one in self.in_schema(schema) if may_read(one)])
        is_told = near is not None and likeness(name, near) >= LIKELY
        return ApiError(
            404,
            "PGRST205",
            f"Could not find the table '{schema}.{name}' in the schema cache",
            hint=f"Perhaps you meant the table '{schema}.{near}'" if is_told else None,
        )


def build(db: SQLAlchemy, settings: RestSettings) -> Catalog:
    """Give what is served: the models of `db`, and the schemas of its database that the settings
    name. Only these need a database.

    Raises BadModel, and BadSettings if the settings name what is not there, or the database does
    not answer.
    """
    models = {model.place: model for model in mapped(db)}
    schemas = tuple(settings.api_schemas) or _schemas(models)
    looked = _look(db, settings)
    tables, private = _of_models(db, models, looked)
    found = looked or Found({}, set(), Keys((), {}), {}, HEAD, ())
    known = {at: table for at, table in (found.tables | tables).items() if at not in private}
    resources: list[Resource] = []
    for at, table in known.items():
        model = models.get(at)
        if at[0] not in schemas or at[1] == VERSIONS:
            continue
        if at not in tables:
            resources += _as_found(table, model)
        elif model is not None:  # an association table has no model, and is not served
            resources.append(model)
    if settings.api_schemas and not resources:
        raise BadSettings(
            f"API_SCHEMAS: there is nothing to serve in {', '.join(schemas)}; "
            "run db-init, or name a schema that has tables"
        )
    # Who wrote to a model's table through a view would not be asked what the model says.
    ruled = {*tables, *private, *(at for at, one in models.items() if one.options != ApiOptions())}
    for resource in resources:
        _settle(resource, settings)
        resource.has_heirs = resource.place in found.ancestors
        if view := found.views.get(resource.place):
            fit(resource, view, found.keys.primary)
            if resource.mapper is None and view.below & ruled:
                resource.operations = frozenset()
    # What is not served is no association table either, but for a model's without a class.
    served = {resource.place for resource in resources}
    between = {at: table for at, table in known.items() if at in served or at in tables}
    keys: dict[Place, list[Key]] = defaultdict(list)
    for key in found.keys.foreign:
        keys[key.table].append(key)
    connect(resources, between, keys | {at: keys_of(table) for at, table in tables.items()})
    hidden = {at: model.options.hidden for at, model in models.items()}
    connect_views(resources, between, found.views, found.keys.foreign, hidden, private)
    attach(resources, found.functions, settings.api_extra_search_path)
    _tell_reads(resources, private)
    return Catalog(resources, schemas, by_db_init=found.revision is not None)


def _of_models(
    db: SQLAlchemy, models: Mapping[Place, Resource], found: Found | None
) -> tuple[dict[Place, Table], set[Place]]:
    """The tables of the models, as far as the database has them like that; and which of its tables
    are not served because a model, or the log-in, keeps them to itself."""
    tables = {place(table): table for table in db.metadata.tables.values()}
    tables |= {at: model.table for at, model in models.items()}
    private = {place(table) for table in closed(db) | OWN}
    if found is not None and found.revision in (None, HEAD):  # else db-init has yet to migrate them
        tables = {at: ours for at, ours in tables.items() if not misfit(ours, found.tables.get(at))}
        if (PUBLIC, VERSIONS) not in found.tables:
            # Db-init has never been here: a table may have the name of a log-in's and be another.
            private -= {place(own) for own in OWN if misfit(own, found.tables.get(place(own)))}
    return tables, private


def _settle(resource: Resource, settings: RestSettings) -> None:
    """Let the settings say what its model does not."""
    options = resource.options
    resource.readers = _said(options.read, settings.api_read)
    resource.max_rows = _said(options.max_rows, settings.api_max_rows)
    resource.max_bytes = settings.api_max_bytes
    resource.keyless = _said(options.keyless, settings.api_keyless)
    resource.unfiltered = _said(options.unfiltered, settings.api_unfiltered)


def _tell_reads(resources: list[Resource], private: Set[Place]) -> None:
    """Tell each resource which others its computed columns read; one that reads what nobody may
    read is none."""
    for here in resources:
        for name, side in [*here.computed.items()]:
            others: Any = side.tables if isinstance(side, SqlSide) else ()
            read = {*map(place, others)}
            if read & private:
                del here.computed[name]
            else:
                here.reads[name] = [one for one in resources if one.place in read]


def _said(by_model: T | None, by_settings: T) -> T:
    return by_settings if by_model is None else by_model


def _schemas(models: dict[Place, Resource]) -> tuple[str, ...]:
    """The schemas that models are in, `public` first."""
    return tuple(sorted({at[0] for at in models}, key=lambda name: (name != PUBLIC, name))) or (
        PUBLIC,
    )


def _look(db: SQLAlchemy, settings: RestSettings) -> Found | None:
    """What the database has; None if the settings do not ask for it. Raises BadSettings."""
    if not settings.api_schemas and settings.api_role is None:
        return None
    engine = autocommit_engine(db)
    try:
        with engine.connect() as connection:
            if lines := list(wrong(connection, settings)):
                raise BadSettings("\n".join(lines))
        schemas, extra = settings.api_schemas, settings.api_extra_search_path
        return reflect(engine, schemas, extra) if schemas else None
    except DBAPIError as error:
        if not settings.api_schemas:
            return None  # a role alone is no reason not to start
        reason = first_line(error)
        raise BadSettings(f"API_SCHEMAS: the database could not be read: {reason}") from None
    finally:
        engine.dispose()  # no connection may be open when Gunicorn forks


def _as_found(table: Table, model: Resource | None) -> list[Resource]:
    """A table as the database has it, with the `__api__` of the model of its name; nothing if that
    `__api__` needs the model."""
    options = ApiOptions() if model is None else model.options
    holds = not (options.hidden or options.before or options.after)
    if model is not None:
        current_app.logger.warning(
            "API_SCHEMAS: the table %s does not have the columns of its model: %s; it is %s",
            model.label,
            ", ".join(misfit(model.table, table)),
            "served without the model" if holds else "not served, since __api__ asks for the model",
        )
    read_only = options.read_only & set(table.columns.keys())
    options = options.model_copy(update={"read_only": read_only})
    at = place(table)
    return [Resource(at[1], at[0], table, options)] if holds else []
