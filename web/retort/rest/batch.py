"""`POST /api/`: a list of requests, in one transaction, all of them or none."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from flask import Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from ..auth.tokens import Identity
from .access import as_seen
from .api import Api
from .errors import COMPACT, ApiError, Guarded, too_large
from .key import key_in
from .read import read
from .references import Answers, in_body, in_path
from .request import READS
from .request.body import bad_body, dump, validated
from .request.headers import JSON, NDJSON, preferences
from .request.parse import MAX_URL, check_text
from .run import transaction
from .sqlstate import from_database
from .write import write

MAX_REQUESTS = 100

Method = Literal["GET", "HEAD", "FETCH", "POST", "PATCH", "PUT", "DELETE"]


class Item(BaseModel):
    """A request of the list. A body that is not a text is sent as JSON."""

    model_config = ConfigDict(extra="forbid")

    method: Method = "GET"
    path: str = Field(pattern="^/", max_length=MAX_URL)
    headers: dict[str, Annotated[str, Field(pattern=r"^[^\r\n\x00]*$")]] = {}
    body: Any = None

    def resolved(self, prefix: str, answers: Answers) -> Item:
        """The same with values for its references to the earlier answers.

        Raises ApiError for one to what is not there, or ValueError for one that is too long.
        """
        path = in_path(self.path.removeprefix(f"{prefix}/"), answers)
        body = in_body(self.method, self.body, answers)
        return Item(method=self.method, path=f"/{path}", headers=self.headers, body=body)

    def request(self, root: str, prefix: str, zone: str | None) -> Request:
        """The same as a request of Flask's, in the time zone if it names none itself.

        Raises ApiError or ValueError if it cannot be one.
        """
        for text in (self.path, *self.headers, *self.headers.values()):
            check_text(text)
        path, _, query = self.path.partition("?")
        headers = Headers(self.headers)
        headers.setdefault("Content-Type", JSON)
        if zone is not None:
            headers.add("Prefer", f"timezone={zone}")  # of several, the first is heeded
        builder = EnvironBuilder(
            path=path,
            base_url=f"http://localhost{root}{prefix}",
            query_string=query,
            method=self.method,
            headers=headers,
            data=self.body if isinstance(self.body, str | None) else dump(self.body),
        )
        return Request(builder.get_environ())


Items = TypeAdapter(Annotated[list[Item], Field(min_length=1, max_length=MAX_REQUESTS)])


def batch(api: Api, request: Request, identity: Identity) -> Response:
    """Take a list of `{"method", "path", "headers", "body"}`, of which only the path is required;
    give a list of `{"status", "headers", "body"}`. A request may refer to what the answers to those
    before it show.

    If one fails, raises ApiError with its place in the list, and nothing is written.
    """
    items = validated(Items, request.get_data(), "a list of requests")
    wish = preferences(request.headers, heeds_tx=api.heeds_tx)
    with transaction(api.db, is_undone=api.undoes(wish.get("tx"))) as connection:
        answers: list[str] = []
        before, zone = Answers(api.settings.api_max_bytes), wish.get("timezone")
        size = 0
        for place, item in enumerate(items):
            try:
                answer, body = _answer(api, connection, identity, request, item, before, zone)
                size += len(answer.encode())
                if size > api.settings.api_max_bytes:
                    raise too_large()
            except ApiError as error:
                error.body["request"] = place
                raise
            answers.append(answer)
            before.bodies.append(body)
    response = Response(f"[{','.join(answers)}]", content_type=JSON)
    if applied := wish.applied({"timezone", "tx"}):
        response.headers["Preference-Applied"] = applied
    return response


def _answer(
    api: Api,
    connection: Connection,
    identity: Identity,
    batch: Request,
    item: Item,
    before: Answers,
    zone: str | None,
) -> tuple[str, str | None]:
    """The answer to an item of the `batch`, and its body if that is JSON. Raises ApiError."""
    prefix = api.settings.api_prefix
    try:
        request = item.resolved(prefix, before).request(batch.script_root, prefix, zone)
    except ValueError as error:
        raise bad_body("The body must be a list of requests", str(error)) from None
    try:
        response = _dispatch(api, request, identity, connection)
    except DBAPIError as error:
        raise from_database(error, api.catalog, has_token=identity.has_token) from error
    text = response.get_data(as_text=True)
    is_json = (response.mimetype or "").endswith("json")
    body = (text or "null") if is_json or not text else json.dumps(text)
    headers = response.get_wsgi_headers(request.environ)
    head = {"status": response.status_code, "headers": dict(headers)}
    said = json.dumps(head, separators=COMPACT)[:-1] + f',"body":{body}}}'
    return said, text if is_json else None


def _dispatch(api: Api, request: Request, identity: Identity, connection: Connection) -> Response:
    """One request of the list. Raises ApiError."""
    name, _, key = request.path.removeprefix("/").partition("/")
    if NDJSON in request.headers.get("Accept", "").lower():
        raise ApiError(406, "PGRST107", "A batch does not stream", hint="Accept application/json")
    answer = read if request.method in READS else write
    in_address = key_in(request.environ, key) if key else None
    try:
        return answer(api, request, identity, name, in_address, connection)
    except Guarded as error:
        raise as_seen(error, identity) from None
