"""schemathesis asks for what the OpenAPI document allows, and for what it does not, and looks
whether each answer is as the document says: which status, which type, which fields, who may ask."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# schemathesis leaves its own generic types open.

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation

from db_init import auth
from retort.auth.tokens import Tokens
from tests.service.application import SECRET_KEY
from tests.service.gunicorn import environ, running
from tests.service.postgres import Server

EXAMPLES = 3  # of each operation, by each client, with data that is right and with data that is not

# What the document cannot say, by the code of the error.
REFUSED = {
    "PGRST100": "filters, `select` and `order` have a grammar; a pattern says how it begins",
    "PGRST102": "what a body holds depends on `columns`",
    "PGRST103": "416 is PostgREST's answer to an offset below zero",
    "PGRST105": "`and` and `or` are filters too, which PUT does not take",
    "PGRST108": "a filter on a table that `select` does not embed",
    "PGRST115": "the key in a body of PUT has to be that of the address",
    "PGRST200": "`select` names tables",
    "PGRST204": "`columns` names columns",
    "42703": "`select`, `order` and `on_conflict` name columns",
    "42P10": "`on_conflict` names columns that are unique",
    "21000": "PATCH and DELETE of a table need a filter, whichever it is",
    "23502": "a column that holds JSON has no type, but a column that cannot be null refuses it",
    "23514": "the table has a check",
    "HTTP412": "nobody has the ETag that If-Match asks for",
}
# How the codes begin that say that a text is no value of the column's type.
NO_VALUE = "22"


def is_listed(case: Case[Any], response: Response, failure: Failure) -> bool:
    """Whether there is a reason why the answer is not as the document says."""
    kind = type(failure).__name__
    if kind in ("MissingContentType", "MalformedJson"):
        # Only with `Prefer: return=representation` it has a body. OpenAPI knows none that may miss.
        return response.status_code == 201 and not response.content
    if kind not in ("RejectedPositiveData", "AcceptedNegativeData"):
        return False
    if kind == "AcceptedNegativeData" and response.status_code < 300:
        # Postgres takes as a text whatever it gets, as it does for PostgREST.
        return case.method in ("POST", "PUT", "PATCH") and case.path.count("/") <= 2
    said: dict[str, Any] = response.json()
    if case.path == "/logout":
        return said["message"] == "No log-in here gave this token"
    return said["code"] in REFUSED or said["code"].startswith(NO_VALUE)


def failures(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, headers: dict[str, str]
) -> Iterator[str]:
    """What the answers of an operation lack, each with the request."""
    found: list[str] = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[
            HealthCheck.filter_too_much,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )
    def ask(case: Case[Any]) -> None:
        response = case.call(headers=headers)
        try:
            case.validate_response(response)
        except FailureGroup as group:
            found.extend(
                f"{case.as_curl_command()}: {response.status_code} {response.text[:500]}: {each}"
                for each in group.exceptions
                if not is_listed(case, response, each)
            )

    try:
        ask()
    except Unsatisfiable:  # nothing could be wrong in a request that has no parameters
        assert mode == GenerationMode.NEGATIVE
    yield from found


@pytest.mark.parametrize("has_token", [False, True], ids=["anonymous", "with a token"])
def test_every_answer_is_as_the_document_says(
    server: Server, tmp_path: Path, has_token: bool
) -> None:
    with server.clone() as database, running(environ(database), tmp_path) as web:
        tokens = Tokens(SECRET_KEY, auth.member(str(database.web.username)), 3600)
        headers = {"Authorization": f"Bearer {tokens.issue('a client')}"} if has_token else {}
        schema = schemathesis.openapi.from_url(f"{web.url}/api/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) > 30
        wrong = [
            failure
            for operation in operations
            for mode in GenerationMode
            for failure in failures(operation, mode, headers)
        ]
        assert not wrong, "\n".join(wrong)
        assert '"level": "ERROR"' not in web.log.read_text()
