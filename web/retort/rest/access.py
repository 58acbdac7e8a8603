"""Who may read and write what, by the models and the settings. Postgres then checks the rights of
the role as well."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ..auth.tokens import Identity
from .catalog.resource import Operation, Resource, Who
from .errors import ApiError, Guarded, denied
from .request import READS, WRITES

# What a method does to the rows of a resource.
DOES: dict[str, set[Operation]] = {
    "POST": {"insert"},
    "PATCH": {"update"},
    "PUT": {"insert", "update"},
    "DELETE": {"delete"},
}


def is_one_of(who: Who, identity: Identity) -> bool:
    if isinstance(who, frozenset):
        return identity.role in who
    return who == "anyone" or identity.has_token


def may_read(resource: Resource, identity: Identity) -> bool:
    return is_one_of(resource.readers, identity)


def check_read(resources: Iterable[Resource], identity: Identity) -> None:
    """Raises ApiError 42501 unless `identity` may read all of `resources`."""
    for resource in resources:
        _check(may_read(resource, identity), resource, identity)


def as_seen(error: Guarded, identity: Identity) -> ApiError:
    """The error, which names only what `identity` may read. Raises ApiError 42501 if it is about
    what they may not."""
    check_read(error.about, identity)
    return error.make(partial(may_read, identity=identity))


def allowed(resource: Resource, key: str | None) -> str:
    """The methods for the resource, or for its row with the key, as the header Allow has them."""
    refused = {"POST": key is not None, "PUT": not resource.takes_keys}
    writes = [
        method
        for method in WRITES
        if resource.can_write and DOES[method] <= resource.operations and not refused.get(method)
    ]
    return ",".join(["OPTIONS", *READS, *writes])


def check_write(resource: Resource, identity: Identity, method: str, key: str | None) -> None:
    """Raises ApiError: 42501 if `identity` may not write it, HTTP405 if nobody can in this way."""
    _check(is_one_of(resource.options.write, identity), resource, identity)
    methods = allowed(resource, key)
    if method in methods.split(","):
        return
    hint = None
    if not resource.can_write:
        message = f"{resource.name} can only be read"
        details = (
            "it is a view that is not written to" if resource.is_view else "it has no primary key"
        )
    elif not DOES[method] <= resource.operations:
        message, details = f"{method} is not for {resource.name}", "it is a view"
    elif method == "POST":
        message, details = "POST is for the whole table", None
    else:
        message = f"PUT is not for {resource.name}"
        details = "only the database chooses its keys" if resource.key else "it has no primary key"
        hint = "POST adds a row, and PATCH changes one"
    raise ApiError(405, "HTTP405", message, details, hint, {"Allow": methods})


def _check(may: bool, resource: Resource, identity: Identity) -> None:
    if not may:
        raise denied(f"permission denied for table {resource.label}", has_token=identity.has_token)
